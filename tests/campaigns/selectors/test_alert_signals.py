"""What the rules are given, read from cells and tables."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from campaigns.domain.alert_rules import DayCount, VersionCount
from campaigns.models import WebhookDelivery
from campaigns.selectors.alert_signals import signals
from campaigns.services.webhook_endpoints import disable_endpoint
from permissions_app.models import App, FoldQueue
from permissions_app.services.ingest import ingest
from tests.factories import (
    Cast,
    make_cast,
    make_device,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
    republish,
)
from tests.webhooks import make_log

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
DAY = date(2026, 11, 20)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


def test_signals__grants__by_platform_and_day_with_today_last(cast: Cast) -> None:
    make_rollups(
        cast.app,
        [
            ("answered", DAY, "ios", "", "", 0, 10),
            ("granted", DAY, "ios", "", "", 0, 6),
            ("answered", ago(30), "ios", "", "", 0, 5),
            ("answered", ago(31), "ios", "", "", 0, 999),
            ("answered", ago(1), "android", "", "", 0, 7),
        ],
    )
    make_rollups(cast.mallorys_app, [("answered", DAY, "ios", "", "", 0, 1000)])
    found = signals(app=cast.app, now=NOW).grants
    assert len(found["ios"]) == 31
    assert found["ios"][-1] == DayCount("2026-11-20", 10, 6)
    assert found["ios"][0] == DayCount("2026-10-21", 5, 0)
    assert found["android"][-2].all == 7
    assert sum(day.all for day in found["web"]) == 0


def test_signals__versions__new_ones_by_the_first_device_they_asked(cast: Cast) -> None:
    make_rollups(
        cast.app,
        [
            ("funnel_asked", ago(3), "ios", "app_asked:4.2", "rsapxD", 0, 70),
            ("funnel_asked", ago(2), "ios", "app_asked:4.2", "rsapxgA", 0, 30),
            ("funnel_asked", ago(2), "ios", "app_asked:4.2", "rsW", 0, 500),
            ("funnel_asked", ago(100), "ios", "app_asked:4.1", "rsapxD", 0, 9),
            ("funnel_asked", ago(20), "ios", "app_asked:4.1", "rsapxgA", 0, 40),
            ("funnel_asked", ago(20), "ios", "app_asked:unknown", "rsapxgA", 0, 40),
            ("funnel_asked", ago(200), "ios", "app_asked:1.0", "rsapxgA", 0, 40),
            ("funnel_asked", ago(3), "ios", "app:4.9", "rsapxD", 0, 70),
        ],
    )
    assert list(signals(app=cast.app, now=NOW).versions) == [
        VersionCount("ios", "4.2", True, 100, 70),
        VersionCount("ios", "4.1", False, 40, 0),
    ]


def test_signals__dialogs_and_arrivals__by_day(cast: Cast) -> None:
    make_rollups(
        cast.app,
        [
            ("prompt", ago(1), "ios", "", "outside", 0, 4),
            ("prompt", ago(1), "ios", "", "campaign", 0, 6),
            ("devices", ago(1), "ios", "", "", 0, 50),
            ("devices", ago(1), "web", "", "", 0, 5),
            ("devices", DAY, "ios", "", "", 0, 3),
        ],
    )
    found = signals(app=cast.app, now=NOW)
    assert found.dialogs["ios"][-2] == DayCount("2026-11-19", 10, 4)
    assert len(found.arrived) == 14
    assert found.arrived[-1] == ("2026-11-19", 55), "today is not over"


def test_signals__asking__platforms_of_live_soft_asks(cast: Cast) -> None:
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, name="Paused", status="paused")
    make_redirect_rule(cast.app, moment, status="live")
    assert signals(app=cast.app, now=NOW).asking == frozenset()
    ask = make_soft_ask(cast.app, moment, name="Live", status="live")
    assert signals(app=cast.app, now=NOW).asking == {"ios", "android", "web"}
    republish(ask, platforms=("ios",))
    assert signals(app=cast.app, now=NOW).asking == {"ios"}


def test_signals__last_event__hours_since_it_arrived(cast: Cast) -> None:
    assert signals(app=cast.app, now=NOW).silent_hours is None
    arrive(cast.app)
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(received_at) FROM permissions_app_event")
        (at,) = cursor.fetchone()
    found = signals(app=cast.app, now=at + timedelta(hours=9))
    assert found.silent_hours == pytest.approx(9.0)
    assert found.last_event == at.isoformat()
    assert signals(app=cast.mallorys_app, now=NOW).silent_hours is None


def test_signals__notes_that_wait__how_long(cast: Cast) -> None:
    device = make_device(cast.app)
    note = FoldQueue.objects.create(app_id=cast.app.pk, device_id=device.pk)
    found = signals(app=cast.app, now=note.queued_at + timedelta(minutes=12))
    assert found.behind_seconds == 720


def test_signals__ratio__of_live_campaigns_only(cast: Cast) -> None:
    moment = make_moment(cast.app)
    rules = [make_redirect_rule(cast.app, moment, name=name, status="live") for name in "ab"]
    rules = [republish(rule, holdout=0.5) for rule in rules]
    for rule in rules:
        published = rule.published
        assert published is not None
        key = f"{rule.key}.{published.number}"
        make_rollups(
            cast.app,
            [
                ("trial", ago(5), "ios", f"{key}.a", "sD", 0, 700),
                ("trial", ago(5), "ios", f"{key}.holdout", "D", 0, 300),
            ],
        )
    rules[1].status = "paused"
    rules[1].save()
    (found,) = signals(app=cast.app, now=NOW).ratios
    assert (found.campaign, found.name, found.mismatch) == (rules[0].key, "a", True)
    assert [(arm.key, arm.devices, arm.expected) for arm in found.arms] == [
        ("a", 700, 500.0),
        ("holdout", 300, 500.0),
    ]


def arrive(app: App) -> None:
    """One event comes in."""
    received = int(NOW.timestamp() * 1000)
    event = {
        "id": str(uuid.uuid4()),
        "device_id": "device-1",
        "type": "session_started",
        "occurred_at": received - 1000,
        "platform": "ios",
    }
    ingest(app_id=app.pk, payload=json.dumps({"events": [event]}).encode(), received=received)


def test_signals__webhooks__those_that_no_person_disabled_with_their_messages_by_day(
    cast: Cast,
) -> None:
    rows = [make_log(cast.app, now=NOW) for _ in range(3)]
    make_log(cast.mallorys_app, now=NOW)
    for row, reason in zip(rows, ("gone", "person"), strict=False):
        disable_endpoint(app=cast.app, pk=row.endpoint_id, reason=reason, actor=None, now=NOW)
    WebhookDelivery.objects.filter(endpoint=rows[0].endpoint_id, state="delivered").update(
        created_at=NOW - timedelta(days=2)
    )
    (lost,) = signals(app=cast.app, now=NOW).webhooks
    assert (lost.pk, lost.name, lost.reason) == (rows[0].endpoint_id, "Warehouse 0", "gone")
    assert len(lost.days) == 8
    told = {day: (delivered, other) for day, delivered, other in lost.days}
    assert told["2026-11-18"] == (1, 0)
    assert told["2026-11-20"][0] == 0
    assert told["2026-11-20"][1] >= 2
    assert told["2026-11-19"] == (0, 0)
