from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.planning import (
    Plan,
    devices_needed,
    devices_to_plan,
    power_curve,
    power_of,
)
from permissions_app.domain.sequences import Pair, difference_at

PLAN = Plan(baseline=0.4, difference=0.05, per_day=100)


def test_devices_needed__textbook_example__as_published():
    """Fleiss, Levin and Paik, table of sample sizes without correction: 0.60 against 0.70, 80 %: 356 an arm."""
    assert devices_needed(Plan(baseline=0.6, difference=0.1)).per_arm == 356


def test_devices_needed__days__whole_days_until_all_are_there():
    need = devices_needed(replace(PLAN, share=0.5))
    assert need.devices == 2 * need.per_arm
    assert need.days == -(-need.devices // 50)


@pytest.mark.parametrize("per_day", [0, 0.1])
def test_devices_needed__nobody_comes_or_for_ever__no_number_of_days(per_day):
    assert devices_needed(replace(PLAN, per_day=per_day)).days is None


def test_power_of__simulated_trials__named_as_often():
    rng = np.random.default_rng(11)
    n, planned = 2500, 3000
    a, b = (rng.binomial(n, p, 4000) for p in (0.4, 0.45))
    named = [
        found is not None and found.low > 0
        for one, other in zip(a, b, strict=True)
        for found in [difference_at(Pair(int(other), n, int(one), n), n_star=2 * planned)]
    ]
    expected = power_of(PLAN, per_arm=n, planned_per_arm=planned)
    assert np.mean(named) == pytest.approx(expected, abs=0.02)


def test_devices_to_plan__looked_at_daily__named_with_at_least_80_percent():
    need = devices_to_plan(PLAN)
    rng = np.random.default_rng(12)
    daily = need.per_arm // 20
    a, b = (rng.binomial(daily, p, (600, 20)).cumsum(axis=1) for p in (0.4, 0.45))
    named = sum(
        any(
            found is not None and found.low > 0
            for day in range(20)
            for found in [
                difference_at(
                    Pair(int(b[w, day]), daily * (day + 1), int(a[w, day]), daily * (day + 1)),
                    n_star=need.devices,
                )
            ]
        )
        for w in range(600)
    )
    assert 0.8 <= named / 600 <= 0.92


@given(
    st.floats(0.01, 0.8),
    st.floats(0.005, 0.15),
    st.integers(2, 5),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_devices_to_plan__any_plan__is_just_enough(baseline, difference, arms, power):
    plan = Plan(baseline=baseline, difference=difference, arms=arms)
    n = devices_to_plan(plan, power=power).per_arm
    assert power_of(plan, per_arm=n, planned_per_arm=n) >= power - 1e-9
    assert n <= 3 or power_of(plan, per_arm=n - 1, planned_per_arm=n - 1) < power + 2e-3


@given(st.floats(0.05, 0.5), st.integers(2, 4))
def test_needs__half_the_difference_one_more_arm_or_daily_looks__more(baseline, arms):
    plan = Plan(baseline=baseline, difference=0.1, arms=arms)
    for needed in (devices_needed, devices_to_plan):
        need = needed(plan).per_arm
        assert needed(replace(plan, difference=0.05)).per_arm > 3 * need
        assert needed(replace(plan, arms=arms + 1)).per_arm > need
    assert devices_needed(plan).per_arm < devices_to_plan(plan).per_arm


def test_power_curve__days__rises():
    curve = power_curve(PLAN, days=[1, 7, 28, 90])
    assert [point.devices for point in curve] == [100, 700, 2800, 9000]
    assert [point.power for point in curve] == sorted(point.power for point in curve)


def test_power_curve__nobody_comes__empty():
    assert power_curve(replace(PLAN, per_day=0), days=[1, 2]) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"baseline": 0},
        {"baseline": 1},
        {"difference": 0},
        {"difference": 0.6},
        {"arms": 1},
        {"arms": 6},
        {"share": 0},
        {"share": 1.1},
        {"per_day": -1},
        {"baseline": float("nan")},
    ],
)
def test_devices_needed__impossible_plan__refused_in_words(change):
    with pytest.raises(ValueError, match=r"\.$"):
        devices_needed(replace(PLAN, **change))
