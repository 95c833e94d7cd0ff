from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.planning import Plan, devices_needed, power_curve, power_of

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


def test_power_of__simulated_trials__found_as_often():
    rng = np.random.default_rng(11)
    n = 800
    a, b = (rng.binomial(n, p, 20_000) / n for p in (0.4, 0.45))
    pooled = (a + b) / 2
    found = np.abs(b - a) > 1.959964 * np.sqrt(2 * pooled * (1 - pooled) / n)
    assert power_of(PLAN, per_arm=n) == pytest.approx(found.mean(), abs=0.01)


@given(
    st.floats(0.01, 0.8),
    st.floats(0.005, 0.15),
    st.integers(2, 5),
    st.sampled_from([0.5, 0.8, 0.95]),
)
def test_devices_needed__any_plan__is_just_enough(baseline, difference, arms, power):
    plan = Plan(baseline=baseline, difference=difference, arms=arms)
    per_arm = devices_needed(plan, power=power).per_arm
    assert power_of(plan, per_arm=per_arm) >= power - 1e-9
    assert per_arm <= 3 or power_of(plan, per_arm=per_arm - 1) < power + 2e-3


@given(st.floats(0.05, 0.5), st.integers(2, 4))
def test_devices_needed__half_the_difference_or_one_more_arm__more(baseline, arms):
    plan = Plan(baseline=baseline, difference=0.1, arms=arms)
    need = devices_needed(plan).per_arm
    assert devices_needed(replace(plan, difference=0.05)).per_arm > 3 * need
    assert devices_needed(replace(plan, arms=arms + 1)).per_arm > need


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
