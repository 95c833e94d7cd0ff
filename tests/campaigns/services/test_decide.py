"""Answers to devices: what is told, what is kept, what is logged."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from campaigns.domain import decision as rule
from campaigns.models import Campaign, DecisionLog
from campaigns.selectors.rulesets import rulesets
from campaigns.services import decide as service
from campaigns.services.decide import Answer, Request, answer
from permissions_app.domain.events import EventContext, RawPermission, parse_decision_id
from permissions_app.models import App, Device, FoldQueue
from permissions_app.selectors.catalogue import catalogues
from permissions_app.services.apps import bump_ruleset
from tests.factories import (
    make_cast,
    make_device,
    make_moment,
    make_redirect_rule,
    make_soft_ask,
    republish,
)

NOW = 1_795_000_000_000
DAY = 86_400_000
ASKABLE: dict[str, Any] = {
    "platform": "ios",
    "status": "not_determined",
    "sessions": 3,
    "first_seen_at": NOW - DAY,
}
DENIED: dict[str, Any] = {
    "platform": "ios",
    "os_version": "17.0",
    "status": "denied",
    "cause": "refused",
    "answers": 1,
    "refusals": 1,
    "status_at": NOW - 10 * DAY,
    "sessions": 3,
    "first_seen_at": NOW - 20 * DAY,
}
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with a live soft ask and a live redirect rule on one moment, without holdouts."""
    rulesets.forget()
    catalogues.forget()
    app = make_cast().app
    moment = make_moment(app)
    ask = make_soft_ask(app, moment, status="live")
    rule = make_redirect_rule(app, moment, status="live")
    for campaign in (ask, rule):
        republish(campaign, holdout=0.0)
    return app


def soft_ask() -> Campaign:
    """The one soft ask."""
    return Campaign.objects.get(kind="soft_ask")


def ask(app: App, device: str = "device-1", *, now: int = NOW, **fields: Any) -> Answer:
    """Ask at the moment."""
    fields.setdefault("moment", "order_placed")
    return answer(app_id=app.pk, request=Request(device_id=device, **fields), now=now)


def test_answer__askable_device__gets_the_words_and_a_reservation(app: App) -> None:
    device = make_device(app, **ASKABLE)
    told = ask(app)
    assert (told.action, told.variant, told.moment) == ("soft_ask", "a", "order_placed")
    assert told.copy is not None
    assert told.copy["accept_label"] == "Tell me"
    assert told.expires_at == "2026-11-18T11:16:40.000Z"
    ref = parse_decision_id(told.decision_id)
    assert ref is not None
    device.refresh_from_db()
    assert device.version == 2
    assert [r["decision"] for r in device.standing["reserved"]] == [ref.id]
    logged = DecisionLog.objects.get()
    assert (str(logged.id), logged.action, logged.device_id) == (ref.id, "soft_ask", device.pk)
    assert logged.detail["copy"]["accept_label"] == "Tell me"
    assert logged.propensity == 1
    assert FoldQueue.objects.filter(device_id=device.pk).exists()


def test_answer__asked_again_at_once__is_capped_and_logged(app: App) -> None:
    make_device(app, **ASKABLE)
    ask(app)
    told = ask(app)
    assert (told.action, told.reason) == ("none", "fatigue_cap")
    assert told.retry_after is not None
    assert list(DecisionLog.objects.values_list("reason", flat=True).order_by("reason")) == [
        "ask_softly",
        "fatigue_cap",
    ]


def test_answer__promise_lapsed_unshown__is_made_again(app: App) -> None:
    make_device(app, **ASKABLE)
    ask(app)
    assert ask(app, now=NOW + 600_001).action == "soft_ask"


def test_answer__denied_device__gets_the_line_and_the_way(app: App) -> None:
    make_device(app, **DENIED)
    told = ask(app)
    assert told.action == "settings_redirect"
    assert told.settings is not None
    assert told.settings.kind == "link"
    assert told.settings.link["constant"] == "openNotificationSettingsURLString"


def test_answer__status_told_with_the_question__counts(app: App) -> None:
    make_device(app, **DENIED)
    told = ask(app, context=EventContext(permission=RawPermission("ios", 2)))
    assert (told.action, told.reason) == ("none", "already_authorized")
    assert not DecisionLog.objects.exists()


def test_answer__unknown_moment__says_so(app: App) -> None:
    assert ask(app, moment="nothing").reason == "unknown_moment"


def test_answer__event_and_properties__find_their_moment(app: App) -> None:
    make_device(app, **ASKABLE)
    told = ask(app, moment=None, event="Order Placed", properties={"total": 3})
    assert told.moment == "order_placed"


def test_answer__unknown_device_told_first_session_allowed__is_created(app: App) -> None:
    republish(soft_ask(), min_sessions=1, allow_first_session=True)
    told = ask(app, "fresh", context=EventContext(platform="ios"))
    assert told.action == "soft_ask"
    assert Device.objects.get(key="fresh").standing["reserved"]


def test_answer__unknown_device_that_gets_nothing__is_not_created(app: App) -> None:
    assert ask(app, "fresh", context=EventContext(platform="ios")).action == "none"
    assert not Device.objects.filter(key="fresh").exists()


def test_answer__holdout__is_logged_sticky_and_reserves_nothing(app: App) -> None:
    republish(soft_ask(), holdout=0.9)
    keys = [f"device-{n}" for n in range(30)]
    for key in keys:
        make_device(app, key, **ASKABLE)
    held = [key for key in keys if ask(app, key).reason == "holdout"]
    assert len(held) > 15
    device = Device.objects.get(key=held[0])
    assert device.standing["assigned"][soft_ask().key]["arm"] == "holdout"
    assert "reserved" not in device.standing
    assert DecisionLog.objects.filter(device_id=device.pk).get().reason == "holdout"
    assert ask(app, held[0], now=NOW + DAY).reason == "holdout"


def test_answer__device_changed_meanwhile__decides_again(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = make_device(app, **ASKABLE)
    first = rule.decide
    calls: list[int] = []

    def overtaken(**inputs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:  # another request of the same device gets its answer in between
            ask(app)
        return first(**inputs)

    monkeypatch.setattr(service, "decide", overtaken)
    told = ask(app)
    assert (told.action, told.reason) == ("none", "fatigue_cap")
    device.refresh_from_db()
    assert len(device.standing["reserved"]) == 1


def test_rules__published__are_seen_after_the_version_moves(app: App) -> None:
    make_device(app, **ASKABLE)
    Campaign.objects.filter(kind="soft_ask").update(status="paused")
    assert rulesets.get(app.pk).soft_asks == {}
    Campaign.objects.filter(kind="soft_ask").update(status="live")
    assert rulesets.get(app.pk).soft_asks == {}
    bump_ruleset(app_id=app.pk)
    rulesets._kept[app.pk] = (0.0, *rulesets._kept[app.pk][1:])
    assert list(rulesets.get(app.pk).soft_asks) == ["order_placed"]


def test_request__names_are_bounded() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            msgspec.json.encode({"device_id": "d", "moment": "x" * 121}), type=Request
        )
