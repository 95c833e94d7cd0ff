"""What caps save and cost."""

from __future__ import annotations

import pytest

from permissions_app.domain.caps import CAPS, cap_effects

INTERRUPTED = {1: 100, 2: 50, 4: 10}
ACCEPTED = {1: 60, 2: 20, 3: 5, 4: 1}


def test_caps__counted_by_hand__saved_and_lost() -> None:
    found = {
        e.cap: (e.saved, e.lost) for e in cap_effects(interrupted=INTERRUPTED, accepted=ACCEPTED)
    }
    assert found == {
        1: (50 * 1 + 10 * 3, 26),
        2: (10 * 2, 6),
        3: (10 * 1, 1),
        4: (0, 0),
        5: (0, 0),
        6: (0, 0),
    }


def test_caps__shares__of_all_interruptions_and_yeses() -> None:
    tightest = cap_effects(interrupted=INTERRUPTED, accepted=ACCEPTED)[0]
    assert tightest.interruptions == 240
    assert tightest.saved_share == pytest.approx(80 / 240)
    assert tightest.lost_share == pytest.approx(26 / 86)


def test_caps__nobody_interrupted__no_share() -> None:
    found = cap_effects(interrupted={}, accepted={})
    assert [effect.cap for effect in found] == list(CAPS)
    assert all(effect.saved_share is None and effect.lost_share is None for effect in found)


def test_caps__looser__never_saves_more() -> None:
    found = cap_effects(
        interrupted={n: n for n in range(1, 21)}, accepted=dict.fromkeys(range(1, 21), 3)
    )
    assert [e.saved for e in found] == sorted((e.saved for e in found), reverse=True)
    assert [e.lost for e in found] == sorted((e.lost for e in found), reverse=True)
