"""Libraries say "off"; the device's story says why."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.events import Event, EventContext, RawPermission
from permissions_app.domain.fold import fold

ANDROID: dict[str, Any] = {"platform": "android", "api_level": 34}


def facts_after(*events: dict[str, Any]) -> DeviceFacts:
    """The facts after events a minute apart, and as many `days` more as they say."""
    story, now = [], 0
    for number, happened in enumerate(events):
        told = {**ANDROID, **happened}
        now += 60_000 + told.pop("days", 0) * DAY_MS
        kind = told.pop("type")
        story.append(Event(f"{number:036d}", kind, now, EventContext(**told)))
    return fold(facts=DeviceFacts(), events=story)


def status(library: str, value: str | bool, **more: Any) -> dict[str, Any]:
    return {"type": "permission_status", "permission": RawPermission(library, value, **more)}


def dialog(outcome: str, library: str, value: str | bool, **more: Any) -> dict[str, Any]:
    permission = RawPermission(library, value, source="request", **more)
    return {"type": "native_prompt_answered", "outcome": outcome, "permission": permission}


@pytest.mark.parametrize("library", ["permission_handler", "react-native-permissions", "notifee"])
def test_dialog__swiped_away__is_no_refusal_now_or_later(library: str) -> None:
    off = "denied"
    swiped = dialog("dismissed", library, off, ask_count=1)
    assert facts_after(swiped).status == "not_determined"
    later = status(library, off, ask_count=1)
    facts = facts_after(swiped, later)
    assert (facts.status, facts.cause, facts.denial) == ("not_determined", None, None)


def test_dialog__swiped_away_and_then_refused__leaves_one() -> None:
    facts = facts_after(
        dialog("dismissed", "permission_handler", "denied", ask_count=1),
        dialog("denied", "permission_handler", "denied", ask_count=2),
        status("permission_handler", "denied", ask_count=2),
    )
    assert (facts.status, facts.cause, facts.denial) == ("denied", "refused_once", None)


def test_dialog__refused_twice__is_final_also_after_a_swipe() -> None:
    facts = facts_after(
        dialog("dismissed", "permission_handler", "denied", ask_count=1),
        dialog("denied", "permission_handler", "denied", ask_count=2),
        dialog("denied", "permission_handler", "permanentlyDenied", ask_count=3),
    )
    assert (facts.status, facts.cause) == ("denied", "refused")


def test_upgrade__granted_without_a_dialog_and_off_later__was_switched_off() -> None:
    facts = facts_after(
        status("permission_handler", "granted", ask_count=0),
        status("permission_handler", "denied", ask_count=0),
        status("permission_handler", "denied", ask_count=0),
    )
    assert (facts.status, facts.cause) == ("denied", "turned_off")


def test_never_asked__and_never_on__is_not_determined() -> None:
    assert (
        facts_after(status("permission_handler", "denied", ask_count=0)).status == "not_determined"
    )


def test_off__after_months_unused__was_taken_back_and_may_be_asked_again() -> None:
    unused = {**status("permission_handler", "denied", ask_count=1), "days": 91}
    again = status("permission_handler", "denied", ask_count=1)
    facts = facts_after(status("permission_handler", "granted", ask_count=1), unused, again)
    assert (facts.status, facts.cause, facts.denial) == ("denied", "auto_reset", None)


def test_off__after_months_unused_and_refused_again__is_a_refusal() -> None:
    facts = facts_after(
        dialog("granted", "permission_handler", "granted", ask_count=1),
        {**status("permission_handler", "denied", ask_count=1), "days": 91},
        dialog("denied", "permission_handler", "denied", ask_count=2),
        status("permission_handler", "denied", ask_count=2),
    )
    assert (facts.status, facts.cause, facts.denial) == ("denied", "refused_once", None)


def test_off__after_some_weeks__was_switched_off() -> None:
    later = {**status("permission_handler", "denied", ask_count=1), "days": 60}
    facts = facts_after(status("permission_handler", "granted", ask_count=1), later)
    assert (facts.status, facts.cause) == ("denied", "turned_off")


def test_off__after_months_unused_on_android_12__was_switched_off() -> None:
    before = {**status("permission_handler", "granted"), "api_level": 31}
    after = {**status("permission_handler", "denied"), "api_level": 31, "days": 120}
    assert facts_after(before, after).cause == "turned_off"


def test_dialog__refused_after_the_system_took_it_back__is_the_first_refusal() -> None:
    """Told by the outcome alone; that it was granted once does not make this no a final one."""
    facts = facts_after(
        dialog("granted", "android", True, ask_count=1),
        {**status("android", False, ask_count=1), "days": 95},
        {"type": "native_prompt_answered", "outcome": "denied"},
    )
    assert (facts.status, facts.cause, facts.denial) == ("denied", "refused_once", None)


def test_dialog__refused_twice_told_by_the_outcome_alone__is_final() -> None:
    no = {"type": "native_prompt_answered", "outcome": "denied"}
    facts = facts_after(no, no)
    assert facts.cause == "refused"
    assert facts.denial is not None
