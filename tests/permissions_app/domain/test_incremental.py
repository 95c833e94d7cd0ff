"""Redirect arm minus holdout, and the words for it."""

import pytest

from permissions_app.domain.incremental import increments, said
from permissions_app.domain.survival import AgePoint, cumulative_incidence


def curve(n: int, recovered: int, *, days: int = 40) -> tuple[AgePoint, ...]:
    """`recovered` of `n` devices came back after 3 days; watched for `days`."""
    return cumulative_incidence(cohorts={0: n}, hits={(0, 3): (recovered, 0)}, as_of=days)


def words(arm, holdout) -> list[str]:
    found = increments(arm=arm, holdout=holdout)
    return [said(one, has_holdout=holdout is not None).replace("\u202f", " ") for one in found]


def test_increments__clear_difference__value_and_normal_interval_of_both_curves():
    seven, thirty = increments(arm=curve(1000, 80), holdout=curve(500, 10))
    assert seven.difference is not None
    assert seven.difference.value == pytest.approx(0.06)
    half = 1.959964 * (0.08 * 0.92 / 1000 + 0.02 * 0.98 / 500) ** 0.5
    assert seven.difference.low == pytest.approx(0.06 - half, abs=1e-6)
    assert (seven.age, thirty.age, thirty.difference) == (7, 30, seven.difference)


def test_said__with_a_holdout_and_a_clear_difference__because_of():
    assert words(curve(1000, 80), curve(500, 10))[1] == (
        "Within 30 days, 6.0 points more recovered because of the redirect (+3.9 to +8.1): "
        "8.0 % against 2.0 % of the devices held out."
    )
    assert "6.0 points fewer recovered because of" in words(curve(500, 10), curve(1000, 80))[1]


def test_said__interval_holds_zero__no_cause():
    text = words(curve(100, 8), curve(100, 7))[0]
    assert "no effect can be told yet" in text
    assert "because" not in text


def test_said__no_holdout__after_and_never_because():
    text = words(curve(1000, 80), None)[1]
    assert text.startswith("Within 30 days, 8.0 % recovered after a redirect.")
    assert "because" not in text


@pytest.mark.parametrize(
    ("arm", "holdout", "why"),
    [
        ((), None, "no device was watched for 30 days"),
        (curve(10, 1, days=8), None, "no device was watched for 30 days"),
        (curve(100, 5), (), "nobody in the holdout was watched for 30 days"),
    ],
)
def test_said__a_side_cannot_tell__not_enough_data(arm, holdout, why):
    text = words(arm, holdout)[1]
    assert text.startswith("Not enough data: ")
    assert why in text


def test_increments__nobody_held_out_recovered__wilson_of_those_watched():
    (_, thirty) = increments(arm=curve(1000, 80), holdout=curve(100, 0))
    assert thirty.difference is not None
    assert thirty.difference.value == pytest.approx(0.08)
    high = 1.959964**2 / (100 + 1.959964**2)  # Wilson of 0 of 100
    point = curve(1000, 80)[30]
    assert point.low is not None
    assert thirty.difference.low == pytest.approx(
        0.08 - ((0.08 - point.low) ** 2 + high**2) ** 0.5, abs=1e-6
    )
    assert thirty.difference.high == pytest.approx(point.high)
    assert "because of the redirect" in words(curve(1000, 80), curve(100, 0))[1]
    assert "no effect can be told yet" in words(curve(100, 5), curve(20, 0))[1]


def test_increments__nobody_at_all_recovered__no_difference_and_an_interval_around_it():
    (_, thirty) = increments(arm=curve(100, 0), holdout=curve(50, 0))
    assert thirty.difference is not None
    assert thirty.difference.value == 0
    assert thirty.difference.low < 0 < thirty.difference.high
