"""A stopped app, as clients meet it on every way."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client

from campaigns.models import Campaign, DecisionLog
from campaigns.selectors.rulesets import rulesets
from campaigns.selectors.worlds import worlds
from campaigns.services.bundle import bundles
from permissions_app.models import App, Device
from permissions_app.selectors import keys
from permissions_app.selectors.catalogue import catalogues
from permissions_app.services.apps import set_stopped
from permissions_app.services.keys import create_key
from tests.factories import make_cast, make_device, make_moment, make_soft_ask, republish

NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
FACTS: dict[str, Any] = {"platform": "ios", "status": "not_determined", "sessions": 3}
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with a live soft ask, which is then stopped, and a device that could be asked."""
    keys._remembered.clear()
    app = make_cast().app
    republish(make_soft_ask(app, make_moment(app), status="live"), holdout=0.0)
    make_device(app, "phone", **FACTS)
    turn(app, stopped=True)
    return app


def turn(app: App, *, stopped: bool) -> None:
    set_stopped(app_id=app.pk, stopped=stopped, reason="", actor=None, now=NOW)
    for kept in (rulesets, catalogues, bundles):
        kept.forget()  # the second for which a process trusts its last look is over


def call(app: App, path: str, body: Any = None) -> Any:
    _, key = create_key(app=app, kind="pk", name="shipped", actor=None)
    headers = {"Authorization": f"Bearer {key}"}
    if body is None:
        return json.loads(Client().get(path, headers=headers).content)
    told = Client().post(path, json.dumps(body), content_type="application/json", headers=headers)
    return json.loads(told.content)


ASKED = {"device_id": "phone", "moment": "order_placed"}
FLAGS = "/ofrep/v1/evaluate/flags"
CONTEXT = {"context": {"targetingKey": "phone"}}


def test_stopped__decision__none_and_nothing_written(app: App) -> None:
    told = call(app, "/api/v1/decisions", ASKED)
    assert (told["action"], told["reason"]) == ("none", "app_stopped")
    assert Device.objects.get().standing == {}
    assert not DecisionLog.objects.exists()


def test_stopped__ofrep__disabled_with_our_reason(app: App) -> None:
    one = call(app, f"{FLAGS}/order_placed", CONTEXT)
    [bulk] = call(app, FLAGS, CONTEXT)["flags"]
    for told in (one, bulk):
        assert (told["reason"], told["value"]["action"]) == ("DISABLED", "none")
        assert told["metadata"] == {"reason": "app_stopped"}


def test_stopped__bundle__says_so_and_then_no_longer(app: App) -> None:
    assert json.loads(call(app, "/api/v1/bundle")["payload"])["stopped"] is True
    turn(app, stopped=False)
    payload = json.loads(call(app, "/api/v1/bundle")["payload"])
    assert (payload["stopped"], payload["ruleset"]["stopped"]) == (False, False)


def test_going_on__decision__as_before(app: App) -> None:
    turn(app, stopped=False)
    assert call(app, "/api/v1/decisions", ASKED)["action"] == "soft_ask"


def test_stopped__forecast__is_of_the_app_as_it_would_run(app: App) -> None:
    ask = Campaign.objects.get()
    found = worlds(campaign=ask, content=ask.content, start=0, end=1)
    assert found is not None
    assert not found.live.stopped
    assert not found.proposed.stopped
