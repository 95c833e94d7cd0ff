"""What is told of a device whose permission changed."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.domain.device import DAY_MS, DeviceFacts, Exposure
from permissions_app.domain.status_changes import status_change

NOW = 20_700 * DAY_MS


def facts(**told: Any) -> DeviceFacts:
    """A phone that was denied just now."""
    usual = {"platform": "ios", "status": "denied", "cause": "refused", "status_at": NOW}
    return DeviceFacts(**{**usual, **told})


def test_change__other_status_or_other_cause__told() -> None:
    change = status_change(was="not_determined", was_cause=None, facts=facts())
    assert change is not None
    assert (change.was, change.status, change.cause, change.at) == (
        "not_determined",
        "denied",
        "refused",
        NOW,
    )
    other = status_change(was="denied", was_cause="refused_once", facts=facts())
    assert other is not None
    assert other.was_cause == "refused_once"


@pytest.mark.parametrize(
    ("was", "cause", "told"),
    [
        ("denied", "refused", {}),
        ("authorized", None, {"status": "authorized", "cause": None}),
        (None, None, {"status": None}),
        (None, None, {"status": "not_determined", "cause": None}),
        (None, None, {"platform": None}),
    ],
)
def test_change__nothing_new_or_nothing_known__not_told(
    was: Any, cause: Any, told: dict[str, Any]
) -> None:
    assert status_change(was=was, was_cause=cause, facts=facts(**told)) is None


def test_change__first_reading_that_says_something__told() -> None:
    first = status_change(was=None, was_cause=None, facts=facts())
    assert first is not None
    assert first.was is None


@pytest.mark.parametrize(
    ("at", "seen"),
    [(NOW - DAY_MS, True), (NOW, True), (NOW - DAY_MS - 1, False), (NOW + 1, False)],
)
def test_change__interruption_before_it__told_within_a_day(at: int, seen: bool) -> None:
    exposure = Exposure("soft_ask", at, "d-1", "s4", "a", "order_placed", "accepted")
    change = status_change(was=None, was_cause=None, facts=facts(exposures=(exposure,)))
    assert change is not None
    assert (change.after is not None) is seen
    if change.after is not None:
        assert (change.after.campaign, change.after.decision) == ("s4", "d-1")


def test_change__recovery__only_of_the_change_itself() -> None:
    told = {"status": "authorized", "cause": None, "recovery": "tapped"}
    back = status_change(was="denied", was_cause="refused", facts=facts(**told, recovered_at=NOW))
    later = status_change(
        was="provisional", was_cause=None, facts=facts(**told, recovered_at=NOW - 5)
    )
    assert back is not None
    assert later is not None
    assert (back.recovery, later.recovery) == ("tapped", None)
