"""What a device counts towards."""

from __future__ import annotations

from typing import Any

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.measures import contributions
from permissions_app.domain.standing import Standing


def measures_of(**facts: Any) -> set[str]:
    cells = contributions(facts=DeviceFacts(first_seen_at=1, **facts), standing=Standing())
    return {cell[0] for cell in cells}


def test_granted__by_the_dialog__counts() -> None:
    found = measures_of(
        platform="ios", answers=1, first_answered_at=5, first_authorized_at=5, status="authorized"
    )
    assert {"answered", "granted"} <= found


def test_granted__only_in_settings_after_a_refusal__is_a_recovery_and_no_grant() -> None:
    found = measures_of(
        platform="ios",
        answers=1,
        refusals=1,
        first_answered_at=5,
        first_authorized_at=9,
        status="authorized",
    )
    assert "answered" in found
    assert "granted" not in found


def test_granted__by_the_dialog_after_an_earlier_yes__counts() -> None:
    found = measures_of(
        platform="android",
        api_level=34,
        answers=1,
        first_answered_at=9,
        first_authorized_at=2,
        status="authorized",
    )
    assert "granted" in found


def test_eligible__browser_tab_on_ios_that_reports_nothing__is_only_a_device() -> None:
    assert measures_of(platform="web", browser="Mobile Safari", standalone=False) == {"devices"}


def test_on_by_default__android_12__is_counted_apart() -> None:
    assert measures_of(platform="android", api_level=31) == {"devices", "on_by_default"}
