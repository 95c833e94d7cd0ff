"""Where the dialog lands, where the rate levels off, and the words for it."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.timing import (
    TimingPoint,
    best_reach,
    landing,
    levelling,
    moved,
    never_falling,
    timing_points,
)
from permissions_app.domain.timing_words import evidence, headline, label, spot


def screens(
    rates: dict[int, tuple[int, int]], *, lived: dict[int, int] | None = None
) -> tuple[TimingPoint, ...]:
    """step -> (asked, granted); `lived`: last step -> devices, else everybody comes to the end."""
    asked = {}
    for step, (n, granted) in rates.items():
        asked[step, "granted"] = granted
        asked[step, "refused"] = n - granted
    lived = lived or {100: 1000}
    return timing_points(kind="screens", asked=asked, lived=lived, eligible=1000)


RISING = {
    1: (200, 60),
    2: (400, 160),
    3: (200, 100),
    4: (100, 55),
    5: (100, 60),
    6: (100, 61),
    7: (100, 60),
}


def test_points__per_eligible__share_that_comes_that_far_times_the_rate():
    points = screens({2: (200, 80)}, lived={1: 400, 2: 100, 5: 500})
    one, two = points[0], points[1]
    assert (one.step, one.asked, one.per_ask, one.came) == (1, 0, None, 1000)
    assert (two.came, two.granted, two.refused) == (600, 80, 120)
    assert two.per_eligible is not None
    assert two.per_eligible.rate == pytest.approx(0.6 * 0.4)
    assert two.per_eligible.low < 0.24 < two.per_eligible.high
    assert [point.step for point in points] == [1, 2, 3, 4, 5]


def test_points__open_asks__count_as_asked():
    asked = {(1, "granted"): 3, (1, "refused"): 2, (1, "open"): 5}
    (point,) = timing_points(kind="sessions", asked=asked, lived={1: 10}, eligible=10)
    assert point.per_ask is not None
    assert (point.asked, point.per_ask.rate) == (10, 0.3)


def test_points__contradicting_counts__no_rate():
    (point,) = timing_points(kind="sessions", asked={}, lived={1: 10}, eligible=4)
    assert (point.share, point.per_eligible) == (None, None)


def test_landing__lower_median_of_first_asks():
    assert landing(screens(RISING)) == 2
    assert landing(screens({3: (10, 1), 8: (10, 1)})) == 3
    assert landing(screens({})) is None


def test_never_falling__falls__are_pooled_with_their_weights():
    assert never_falling([(0.1, 1), (0.5, 1), (0.3, 3), (0.6, 1)]) == pytest.approx(
        [0.1, 0.35, 0.35, 0.6]
    )


@given(st.lists(st.tuples(st.floats(0, 1), st.integers(1, 1000)), min_size=1, max_size=20))
def test_never_falling__anything__rises_and_keeps_the_mean(rates):
    smooth = never_falling(rates)
    assert all(a <= b + 1e-12 for a, b in pairwise(smooth))
    whole = sum(rate * weight for rate, weight in rates)
    assert sum(
        rate * weight for rate, (_, weight) in zip(smooth, rates, strict=True)
    ) == pytest.approx(whole, abs=1e-6)


def test_levelling__rises_and_stays__the_first_step_within_two_points():
    found = levelling(screens(RISING))
    assert (found.shape, found.step) == ("level", 5)
    assert found.gain is not None
    assert found.gain.value == pytest.approx(181 / 300 - 375 / 900)


@pytest.mark.parametrize(
    ("rates", "shape"),
    [
        ({1: (200, 60), 2: (49, 30), 3: (49, 30), 4: (200, 100)}, "not_enough"),
        ({}, "not_enough"),
        ({1: (200, 100), 2: (200, 98), 3: (200, 90)}, "flat"),
        ({1: (60, 26), 2: (60, 28), 3: (60, 30), 4: (60, 30)}, "flat"),
        ({1: (300, 60), 2: (300, 100), 3: (300, 140), 4: (300, 200)}, "rising"),
    ],
)
def test_levelling__otherwise__says_why_not(rates, shape):
    assert (levelling(screens(rates)).shape, levelling(screens(rates)).step) == (shape, None)


def test_levelling__last_step_with_few_asks_and_luck__does_not_decide():
    lucky = {**RISING, 8: (100, 61), 9: (100, 60), 10: (50, 32)}
    assert (levelling(screens(lucky)).shape, levelling(screens(lucky)).step) == ("level", 5)


def test_moved__steps_without_asks__unknown():
    assert moved(screens({2: (10, 5)}), here=2, there=7) == (None, None)
    assert moved((), here=2, there=7) == (None, None)


def test_headline__every_shape__one_sentence():
    said = headline(kind="screens", points=screens(RISING))
    assert said == "Your dialog lands at screen 2; the rate levels off at screen 5."
    assert headline(kind="screens", points=()) == "Not enough data: no device was asked yet."
    few = headline(kind="screens", points=screens({2: (10, 5)}))
    assert "cannot be said: not enough data" in few
    flat = headline(kind="screens", points=screens({1: (200, 100), 2: (200, 98), 3: (200, 90)}))
    assert "does not rise" in flat
    rising = screens({1: (300, 60), 2: (300, 100), 3: (300, 140), 4: (300, 200)})
    assert "does not level off yet" in headline(kind="screens", points=rising)


def test_evidence__most_stay__for_moving():
    told = evidence(kind="screens", points=screens(RISING))
    assert told[0].replace("\u202f", " ").startswith("Per ask: 60.0 % at screen 5 against 40.0 %")
    assert "speaks for moving it" in told[2]


def test_evidence__most_leave_before__against_moving():
    points = screens(RISING, lived={2: 700, 100: 300})
    told = evidence(kind="screens", points=points)
    assert "Reach: 30.0 % of eligible devices come to screen 5, 100.0 % to screen 2." in told[
        1
    ].replace("\u202f", " ")
    assert "speaks against moving it" in told[2]


def test_evidence__lands_where_most_comes_of_it__nothing_speaks_for_moving():
    rates = {**RISING, 8: (1300, 800)}
    assert landing(screens(rates)) == 8
    told = evidence(kind="screens", points=screens(rates))
    assert told == (
        "No step with 50 asks brings more per eligible device than screen 8, where the dialog lands: "
        "nothing speaks for moving it.",
    )


def test_evidence__rate_falls__for_moving_it_to_where_most_comes_of_it():
    points = screens({1: (400, 200), 2: (600, 180), 3: (100, 30)}, lived={1: 200, 3: 800})
    assert best_reach(points) == 1
    assert levelling(points).shape == "flat"
    assert "this speaks for moving it to screen 1" in evidence(kind="screens", points=points)[2]


def test_best_reach__nowhere_enough_asks__none():
    assert best_reach(screens({1: (49, 40)})) is None


def test_evidence__cannot_be_said__nothing():
    assert evidence(kind="screens", points=screens({2: (10, 5)})) == ()
    assert evidence(kind="screens", points=()) == ()


def test_words__every_step_of_every_kind__has_a_spot_and_its_own_label():
    for kind, steps in STEPS.items():
        labels = [label(kind=kind, step=step) for step in steps]
        assert len(set(labels)) == len(steps)
        assert all(spot(kind=kind, step=step) for step in steps)
    assert label(kind="screens", step=10) == "10–11"
    assert label(kind="screens", step=100) == "100+"
    assert label(kind="minutes", step=180) == "3\u202fh"
    assert spot(kind="minutes", step=1) == "1 minute"
    assert spot(kind="moments", step=0) == "no value moment"
