"""What a device counts towards."""

from __future__ import annotations

from typing import Any

from permissions_app.domain.device import (
    DAY_MS,
    ArmFacts,
    CampaignFacts,
    Denial,
    DeviceFacts,
    MomentFacts,
)
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


def cells_of(**facts: Any) -> set[tuple[str, int, str, str, int]]:
    """The cells of a device on iOS, without their platform."""
    device = DeviceFacts(first_seen_at=1, platform="ios", **facts)
    cells = contributions(facts=device, standing=Standing())
    return {(measure, day, key, arm, age) for measure, day, _, key, arm, age in cells}


def test_moment__first_time__counts_place_session_screen_and_how_often() -> None:
    day = 3
    moment = MomentFacts(4, day * DAY_MS, 9 * DAY_MS, session=2, screen=7, place="denied")
    found = cells_of(moments={"order": moment}, status="authorized")
    assert {cell for cell in found if cell[0].startswith("moment")} == {
        ("moment", day, "order", "authorized", 0),
        ("moment_session", day, "order", "denied", 2),
        ("moment_screen", day, "order", "", 7),
        ("moment_times", day, "order", "", 3),
    }


def test_moment__client_that_counts_nothing__has_no_screen_and_session_0() -> None:
    found = cells_of(moments={"order": MomentFacts(1, 5, 5)})
    assert ("moment_session", 0, "order", "not_asked", 0) in found
    assert not {cell for cell in found if cell[0] == "moment_screen"}


def test_moment__far_beyond__is_counted_in_the_last_step() -> None:
    moment = MomentFacts(5000, 5, 5, session=4000, screen=900_000)
    found = cells_of(moments={"order": moment})
    ages = {cell[0]: cell[4] for cell in found if cell[2] == "order"}
    assert (ages["moment_session"], ages["moment_screen"], ages["moment_times"]) == (60, 200, 100)


def test_revision__each_variant__counts_on_the_day_it_was_first_shown() -> None:
    arms = {
        "1.a": ArmFacts(first_shown_at=2 * DAY_MS, accepted=2),
        "3.b": ArmFacts(first_shown_at=6 * DAY_MS),
        "2.a": ArmFacts(accepted=1),
    }
    campaign = CampaignFacts(shown=3, first_shown_at=2 * DAY_MS, arms=arms)
    found = cells_of(campaigns={"s1": campaign}, status="authorized")
    assert {cell for cell in found if cell[0].startswith("revision")} == {
        ("revision_shown", 2, "s1", "1.a", 0),
        ("revision_accepted", 2, "s1", "1.a", 0),
        ("revision_authorized", 2, "s1", "1.a", 0),
        ("revision_shown", 6, "s1", "3.b", 0),
        ("revision_authorized", 6, "s1", "3.b", 0),
    }


def recovered_after(**facts: Any) -> list[tuple[object, ...]]:
    told = DeviceFacts(
        first_seen_at=1,
        platform="ios",
        status="authorized",
        denial=Denial(5 * DAY_MS, "refused"),
        recovered_at=9 * DAY_MS,
        campaigns={"r4": CampaignFacts(shown=1, first_shown_at=7 * DAY_MS)},
        **facts,
    )
    cells = contributions(facts=told, standing=Standing())
    return [cell[1:] for cell in cells if cell[0] == "recovered_after"]


def test_recovered_after__tapped_redirect__on_the_day_it_was_first_seen() -> None:
    found = recovered_after(recovery="tapped", recovery_campaign="r4")
    assert found == [(7, "ios", "r4", "tapped", 0)]


def test_recovered_after__on_their_own_or_without_a_campaign__nothing() -> None:
    assert recovered_after(recovery="organic") == []
    assert recovered_after(recovery="seen", recovery_campaign="") == []
