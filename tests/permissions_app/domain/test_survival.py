import json
from collections import Counter
from math import exp, isclose, log, sqrt
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.survival import (
    cumulative_incidence,
    incidence_difference,
    incidence_from_times,
    kaplan_meier,
    median,
    point_at,
)

SIX_MP_T = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_E = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
TWO_T = [1, 2, 2, 3, 4, 5, 5, 6, 7, 8]
TWO_E = [1, 2, 1, 0, 1, 2, 1, 0, 1, 0]


def test_kaplan_meier__six_mp__published_curve():
    curve = {point.time: point for point in kaplan_meier(times=SIX_MP_T, events=SIX_MP_E)}
    survival = [round(curve[time].survival, 4) for time in (6, 7, 10, 13, 16, 22, 23)]
    assert survival == [0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482]
    assert round(curve[6].se, 4) == 0.0764
    assert (curve[6].at_risk, curve[6].events) == (21, 3)
    assert curve[6].low < curve[6].survival < curve[6].high


def test_median__six_mp__23():
    assert median(kaplan_meier(times=SIX_MP_T, events=SIX_MP_E)) == 23


def test_median__curve_stays_above_half__none():
    assert median(kaplan_meier(times=[1, 2, 3], events=[1, 0, 0])) is None
    assert median(()) is None


@pytest.mark.parametrize(("cause", "incidence"), [(1, 0.608333), (2, 0.216667)])
def test_incidence_from_times__two_causes__published_values(cause, incidence):
    curve = incidence_from_times(times=TWO_T, events=TWO_E, cause=cause)
    assert round(curve[-1][1].incidence, 6) == incidence
    assert [time for time, _ in curve] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_incidence_from_times__lengths_differ__value_error():
    with pytest.raises(ValueError, match="length"):
        incidence_from_times(times=[1], events=[])


def test_incidence_from_times__nobody__empty():
    assert incidence_from_times(times=[], events=[]) == ()


def test_cumulative_incidence__two_cohorts__by_hand():
    # Day 0: 10 devices, watched to age 2. Day 1: 20, watched to age 1. Day 3: not yet.
    points = cumulative_incidence(
        cohorts={0: 10, 1: 20, 3: 99},
        hits={(0, 1): (1, 1), (1, 0): (2, 0), (1, 1): (0, 3), (0, 2): (2, 0), (1, 2): (5, 5)},
        as_of=2,
    )
    counts = [(p.age, p.at_risk, p.recovered, p.lost) for p in points]
    assert counts == [(0, 30, 2, 0), (1, 28, 1, 4), (2, 8, 2, 0)]
    free_1 = 28 / 30 * 23 / 28
    by_hand = [2 / 30, 2 / 30 + 28 / 30 / 28, 2 / 30 + 28 / 30 / 28 + free_1 * 2 / 8]
    assert [p.incidence for p in points] == pytest.approx(by_hand, abs=1e-15)


def test_cumulative_incidence__no_recovery_yet__zero_without_an_interval():
    (point,) = cumulative_incidence(cohorts={5: 4}, hits={}, as_of=5)
    assert (point.at_risk, point.incidence) == (4, 0.0)
    assert (point.se, point.low, point.high) == (None, None, None)


def test_cumulative_incidence__nobody_left_to_watch__none():
    # The only old cohort is empty: ages 1 and 2 are reached by no device.
    points = cumulative_incidence(cohorts={0: 0, 2: 4}, hits={(2, 0): (1, 0)}, as_of=2)
    assert [p.incidence for p in points] == [0.25, None, None]


def test_cumulative_incidence__everyone_decided__stays_known():
    points = cumulative_incidence(cohorts={0: 2}, hits={(0, 0): (1, 1)}, as_of=2)
    assert [(p.at_risk, p.incidence) for p in points] == [(2, 0.5), (0, 0.5), (0, 0.5)]


def test_cumulative_incidence__everyone_back__exactly_one():
    # 1/10 + 9/10 * 1/9 + ... does not add up to 1 in floating point.
    hits = {(0, age): (1, 0) for age in range(10)}
    last = cumulative_incidence(cohorts={0: 10}, hits=hits, as_of=12)[-1]
    assert (last.incidence, last.se, last.low, last.high) == (1.0, None, None, None)


@pytest.mark.parametrize("cohorts", [{}, {9: 3}])
def test_cumulative_incidence__no_cohort_old_enough__empty(cohorts):
    assert cumulative_incidence(cohorts=cohorts, hits={}, as_of=5) == ()


@pytest.mark.parametrize(
    ("cohorts", "hits"),
    [
        ({0: -1}, {}),
        ({0: 1}, {(0, 0): (-1, 0)}),
        ({0: 1}, {(0, -1): (1, 0)}),
        ({0: 1}, {(0, 0): (1, 1)}),
        ({0: 1}, {(1, 0): (1, 0)}),
    ],
)
def test_cumulative_incidence__impossible_counts__value_error(cohorts, hits):
    with pytest.raises(ValueError, match=r"negative|devices|exist"):
        cumulative_incidence(cohorts=cohorts, hits=hits, as_of=3)


def test_incidence_difference__two_arms__normal_interval():
    arm = cumulative_incidence(cohorts={0: 100}, hits={(0, 0): (20, 0)}, as_of=0)
    holdout = cumulative_incidence(cohorts={0: 100}, hits={(0, 0): (10, 0)}, as_of=0)
    found = incidence_difference(arm=arm, holdout=holdout, age=0)
    half = NormalDist().inv_cdf(0.975) * sqrt(0.2 * 0.8 / 100 + 0.1 * 0.9 / 100)
    assert found is not None
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1 - half, 0.1 + half))


def test_incidence_difference__undefined_side__none():
    arm = cumulative_incidence(cohorts={0: 100}, hits={(0, 0): (20, 0)}, as_of=0)
    nothing = cumulative_incidence(cohorts={0: 100}, hits={}, as_of=0)
    assert incidence_difference(arm=arm, holdout=nothing, age=0) is None
    assert incidence_difference(arm=arm, holdout=(), age=0) is None
    assert incidence_difference(arm=arm, holdout=arm, age=9) is None
    assert point_at(arm, age=-1) is None


def test_cumulative_incidence__million_devices__se_of_a_plain_proportion():
    # Nobody is lost or censored, so the curve is a plain proportion with a binomial error.
    hits = {(0, age): (100 + age, 0) for age in range(31)}
    points = cumulative_incidence(cohorts={0: 1_000_000}, hits=hits, as_of=30)
    rate = sum(back for back, _ in hits.values()) / 1_000_000
    assert points[-1].incidence == pytest.approx(rate, rel=1e-12)
    assert points[-1].se == pytest.approx(sqrt(rate * (1 - rate) / 1_000_000), rel=1e-9)


devices = st.lists(
    # day of denial, day of the event counted from it, 0 still denied / 1 recovered / 2 lost
    st.tuples(st.integers(0, 6), st.integers(0, 7), st.integers(0, 2)),
    max_size=25,
)


def brute_force(people, as_of):
    """Each age by looking at every single device; the variance as the plain double sum."""
    watched = [
        (as_of - day, when if what and day + when <= as_of else None, what)
        for day, when, what in people
        if day <= as_of
    ]
    oldest = max((last for last, _, _ in watched), default=-1)
    steps, free, incidence, rows = [], 1.0, 0.0, []
    for age in range(oldest + 1):
        at_risk = [w for w in watched if w[0] >= age and (w[1] is None or w[1] >= age)]
        back = sum(1 for w in at_risk if w[1] == age and w[2] == 1)
        away = sum(1 for w in at_risk if w[1] == age and w[2] == 2)
        n = len(at_risk)
        if n:
            incidence += free * back / n
            steps.append((n, back, back + away, free, incidence))
            free *= (n - back - away) / n
        variance = 0.0
        for n_j, r, d, before, f_j in steps:
            gap = incidence - f_j
            if d < n_j:
                variance += gap**2 * d / (n_j * (n_j - d))
            variance += before**2 * r * (n_j - r) / n_j**3 - 2 * gap * before * r / n_j**2
        rows.append((age, n, back, away, incidence, variance, n > 0 or free == 0))
    return rows


@given(people=devices, as_of=st.integers(-1, 8))
def test_cumulative_incidence__random_devices__equals_brute_force(people, as_of):
    cohorts = Counter(day for day, _, _ in people)
    hits = {}
    for day, when, what in people:
        if what:
            back, away = hits.get((day, when), (0, 0))
            hits[day, when] = (back + (what == 1), away + (what == 2))
    points = cumulative_incidence(cohorts=cohorts, hits=hits, as_of=as_of)
    rows = brute_force(people, as_of)
    assert [(p.age, p.at_risk, p.recovered, p.lost) for p in points] == [row[:4] for row in rows]
    z = NormalDist().inv_cdf(0.975)
    known = True
    for point, (_, _, _, _, incidence, variance, defined) in zip(points, rows, strict=True):
        known = known and defined
        if not known:
            assert point.incidence is None
            continue
        assert isclose(point.incidence, incidence, abs_tol=1e-12)
        if point.se is None:
            assert incidence < 1e-12 or incidence > 1 - 1e-12 or variance < 1e-12
            continue
        assert isclose(point.se**2, variance, abs_tol=1e-12)
        spread = z * point.se / (point.incidence * log(point.incidence))
        bounds = sorted(point.incidence ** exp(side * spread) for side in (-1, 1))
        assert [point.low, point.high] == pytest.approx(bounds, abs=1e-9)


@given(people=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 2)), min_size=1, max_size=25))
def test_incidence__both_causes_and_the_free__add_up_to_one(people):
    times, events = [t for t, _ in people], [e for _, e in people]
    first = incidence_from_times(times=times, events=events, cause=1)
    second = incidence_from_times(times=times, events=events, cause=2)
    neither = kaplan_meier(times=times, events=events)
    for (_, one), (_, two), rest in zip(first, second, neither, strict=True):
        assert isclose(one.incidence + two.incidence + rest.survival, 1.0, abs_tol=1e-9)


def test_points__are_plain_numbers():
    (point,) = cumulative_incidence(cohorts={0: 8}, hits={(0, 0): (2, 1)}, as_of=0)
    assert json.dumps([point.incidence, point.low, point.high])
