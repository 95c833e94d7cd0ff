"""The door for decisions that clients made by themselves; what is kept of them is tested with the service."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from campaigns.models import DecisionLog
from campaigns.selectors.published import published_revisions
from campaigns.selectors.rulesets import rulesets
from permissions_app.models import App
from permissions_app.selectors import keys
from permissions_app.services import limits
from permissions_app.services.keys import create_key
from tests.campaigns.services.test_made import Phone
from tests.factories import make_moment, make_soft_ask, republish

PATH = "/api/v1/decisions/made"


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """Nothing is remembered of the test before."""
    for kept in (rulesets, published_revisions, limits):
        kept.forget()
    keys._remembered.clear()
    yield
    limits.forget()


@pytest.fixture
def key(app: App) -> str:
    """A publishable key of the app, which has a live soft ask without a holdout."""
    republish(make_soft_ask(app, make_moment(app), status="live"), holdout=0.0)
    return create_key(app=app, kind="pk", name="shipped", actor=None)[1]


def send(key: str, body: bytes, **headers: str) -> Any:
    return Client().post(
        PATH,
        data=body,
        content_type="application/json",
        headers={"Authorization": f"Bearer {key}", **headers},
    )


def test_made__a_decision_of_a_phone__accepted_once(app: App, key: str) -> None:
    body = json.dumps({"decisions": [Phone(app, "phone").decide()[1]]}).encode()
    told = send(key, body)
    assert told.status_code == 200
    assert json.loads(told.content) == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert json.loads(send(key, body).content)["duplicates"] == 1
    assert DecisionLog.objects.count() == 1


def test_made__too_large__413(key: str) -> None:
    assert send(key, b'{"decisions": [' + b" " * 1_100_000 + b"]}").status_code == 413


def test_made__nobodys_key__401(key: str) -> None:
    assert send("pk_nobody", b'{"decisions": []}').status_code == 401


def test_made__get__405(key: str) -> None:
    told = Client().get(PATH, headers={"Authorization": f"Bearer {key}"})
    assert (told.status_code, told["Allow"]) == (405, "POST, OPTIONS")


def test_made__too_often__429_and_nothing_kept(app: App, key: str, settings: Any) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "events": settings.WEB_WORKERS}
    body = json.dumps({"decisions": [Phone(app, "phone").decide()[1]]}).encode()
    assert send(key, b'{"decisions": []}').status_code == 200
    told = send(key, body)
    assert told.status_code == 429
    assert 0 < int(told["Retry-After"]) <= 60
    assert not DecisionLog.objects.exists()
