"""A changed permission is told once, from the fold and never from the hot path, where somebody listens."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import WebhookMessage
from campaigns.services.webhook_changes import tell_changes
from campaigns.services.webhook_endpoints import disable_endpoint, enable_endpoint
from permissions_app.models import App, ChangeNote
from permissions_app.services.ingest import ingest
from permissions_app.services.rebuild import rebuild
from permissions_app.services.rollups import fold_queue
from tests.factories import Cast
from tests.webhooks import HOST, URL, make_endpoint

pytestmark = pytest.mark.django_db
NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
MINUTE, DAY = 60_000, 86_400_000


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    """URL may be called; nothing is sent here."""
    settings.WEBHOOK_HOSTS = [HOST]


def happens(app: App, device: str, kind: str, *, ago: int = 0, **fields: Any) -> None:
    """One event of an iPhone, `ago` ms before NOW, counted at once."""
    entry = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": kind,
        "occurred_at": NOW - ago,
        "platform": "ios",
        "os_version": "18.1",
        **fields,
    }
    payload = json.dumps({"events": [entry]}).encode()
    assert ingest(app_id=app.pk, payload=payload, received=NOW).accepted == 1
    fold_queue(app_id=app.pk)


def reads(app: App, device: str, value: int, *, ago: int = 0) -> None:
    """A reading: 0 not determined, 1 denied, 2 authorised."""
    permission = {"value": value, "library": "ios"}
    happens(app, device, "permission_status", ago=ago, permission=permission)


def told() -> list[dict[str, Any]]:
    tell_changes(now=timezone.now())
    return [json.loads(row.body)["data"] for row in WebhookMessage.objects.order_by("pk")]


def test_change__denied_and_back__each_told_once(app: App) -> None:
    make_endpoint(app, URL, "permission.changed")
    reads(app, "d1", 0, ago=5 * DAY)
    assert told() == [], "that it was never asked is how a device begins"
    reads(app, "d1", 1, ago=3 * DAY)
    reads(app, "d1", 1, ago=2 * DAY)
    (denied,) = told()
    assert denied == {
        "app": "shop",
        "simulated": False,
        "device_id": "d1",
        "platform": "ios",
        "from": "not_determined",
        "from_cause": None,
        "to": "denied",
        "cause": "refused",
        "changed_at": "2026-05-29T12:00:00Z",
        "recovery": None,
        "after": None,
    }
    reads(app, "d1", 2, ago=DAY)
    _, back = told()
    assert (back["from"], back["from_cause"]) == ("denied", "refused")
    assert (back["to"], back["cause"], back["recovery"]) == ("authorized", None, "organic")
    assert len(told()) == 2
    assert not ChangeNote.objects.exists()


def test_change__after_a_soft_ask__names_moment_campaign_and_decision(app: App) -> None:
    make_endpoint(app, URL, "permission.changed")
    decision = str(uuid.uuid4())
    shown = {"decision_id": decision, "moment": "order_placed", "campaign": "s4", "variant": "a"}
    happens(app, "d1", "session_started", ago=DAY)
    happens(app, "d1", "soft_ask_shown", ago=2 * MINUTE, **shown)
    happens(app, "d1", "soft_ask_accepted", ago=MINUTE, **shown)
    reads(app, "d1", 2)
    (change,) = told()
    after = change["after"]
    assert (change["from"], change["to"]) == (None, "authorized")
    assert (after["kind"], after["outcome"]) == ("soft_ask", "accepted")
    assert after["at"] == "2026-06-01T11:58:00Z"
    assert set(after) == {
        "kind",
        "outcome",
        "at",
        "moment",
        "campaign",
        "variant",
        "decision_id",
    }


def test_change__late_event__the_difference_is_told(app: App) -> None:
    """An older reading arrives after a newer one: the status stays, so nothing is told."""
    make_endpoint(app, URL, "permission.changed")
    reads(app, "d1", 2)
    assert len(told()) == 1
    reads(app, "d1", 0, ago=DAY)
    assert len(told()) == 1


def test_change__nobody_listens__no_note(cast: Cast) -> None:
    app = cast.app
    reads(app, "d1", 1, ago=DAY)
    assert not ChangeNote.objects.exists()
    endpoint, _ = make_endpoint(app, URL, "permission.changed")
    make_endpoint(cast.mallorys_app, URL, "campaign.paused")
    for app_ in (cast.app, cast.mallorys_app):
        app_.refresh_from_db()
    assert (cast.app.notes_changes, cast.mallorys_app.notes_changes) == (True, False)
    now = timezone.now()
    disable_endpoint(app=app, pk=endpoint.pk, reason="person", actor=None, now=now)
    reads(app, "d1", 2)
    assert not ChangeNote.objects.exists()
    enable_endpoint(app=app, pk=endpoint.pk, actor=None)
    reads(app, "d2", 2)
    assert [change["device_id"] for change in told()] == ["d2"]


def test_change__rebuild__tells_nothing(app: App) -> None:
    make_endpoint(app, URL, "permission.changed")
    reads(app, "d1", 1)
    assert len(told()) == 1
    list(rebuild(app_id=app.pk))
    assert not ChangeNote.objects.exists()


def test_changes__more_than_are_taken_at_once__all_of_them_bit_by_bit(app: App) -> None:
    make_endpoint(app, URL, "permission.changed")
    for number in range(5):
        reads(app, f"d{number}", 2)
    now = timezone.now()
    assert [tell_changes(now=now, limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert WebhookMessage.objects.count() == 5
