"""What a device adds to the results of the trials it is in."""

from __future__ import annotations

from typing import Any

from permissions_app.domain.device import DAY_MS, CampaignFacts, DeviceFacts
from permissions_app.domain.measures import contributions
from permissions_app.domain.standing import HOLDOUT, Assignment, Standing

DAY = 20_000


def trial_cells(
    campaign: str, assignment: Assignment, **facts: Any
) -> list[tuple[int, str, str, int]]:
    """(day, key, arm, age) of the trial cells of an iOS device that is assigned once."""
    cells = contributions(
        facts=DeviceFacts(first_seen_at=1, platform="ios", **facts),
        standing=Standing(assigned={campaign: assignment}),
    )
    return [(cell[1], *cell[3:]) for cell in cells if cell[0] == "trial"]


def assigned(arm: str = "a", revision: int = 2) -> Assignment:
    return Assignment(arm, DAY * DAY_MS + 5, revision)


def test_trial__saw_it_and_said_yes__by_the_revision_of_its_assignment() -> None:
    seen = CampaignFacts(shown=2, accepted=1, first_shown_at=DAY * DAY_MS + 9)
    found = trial_cells("s1", assigned(), campaigns={"s1": seen}, status="authorized")
    assert found == [(DAY, "s1.2.a", "saA", 0)]


def test_trial__never_saw_it__counts_all_the_same() -> None:
    assert trial_cells("s1", assigned(), status="denied") == [(DAY, "s1.2.a", "D", 0)]


def test_trial__held_out__counts_where_it_stands() -> None:
    assert trial_cells("s1", assigned(HOLDOUT)) == [(DAY, "s1.2.holdout", "W", 0)]


def test_trial__recovered_since_the_assignment__with_its_days() -> None:
    found = trial_cells("r4", assigned(), status="authorized", recovered_at=(DAY + 12) * DAY_MS)
    assert found == [(DAY, "r4.2.a", "AR", 12)]


def test_trial__recovered_before_the_assignment__no_recovery_of_this_trial() -> None:
    found = trial_cells("r4", assigned(), status="authorized", recovered_at=DAY * DAY_MS + 4)
    assert found == [(DAY, "r4.2.a", "A", 0)]


def test_trial__removed_after_the_assignment__lost() -> None:
    found = trial_cells("r4", assigned(), status="denied", removed_at=(DAY + 3) * DAY_MS)
    assert found == [(DAY, "r4.2.a", "DL", 3)]


def test_trial__recovered_and_removed_later__recovered() -> None:
    found = trial_cells(
        "r4", assigned(), recovered_at=(DAY + 1) * DAY_MS, removed_at=(DAY + 9) * DAY_MS
    )
    assert found == [(DAY, "r4.2.a", "WR", 1)]


def test_trial__soft_ask__tells_no_recovery() -> None:
    found = trial_cells("s1", assigned(), status="authorized", recovered_at=(DAY + 12) * DAY_MS)
    assert found == [(DAY, "s1.2.a", "A", 0)]


def test_trial__gates__told_by_what_became_of_the_soft_ask() -> None:
    seen = CampaignFacts(shown=1, accepted=0, first_shown_at=DAY * DAY_MS + 9)
    found = trial_cells("t1", assigned("late"), campaigns={"s1": seen}, status="denied")
    assert found == [(DAY, "t1.2.late", "sD", 0)]
    assert trial_cells("t1", assigned("late")) == [(DAY, "t1.2.late", "W", 0)]
