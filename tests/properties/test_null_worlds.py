"""Worlds in which nothing is true: how often the product would say that something is.

Every statement that is made about chance has a rate of false alarms that is written beside it. Here a thousand worlds
or more without any effect are drawn, and the alarms are counted. The bounds are those of the binomial distribution: a
method that keeps its promise crosses one in fewer than one of a thousand choices of the seeds, which are fixed.

The verdict over 28 days of daily looks has its worlds in tests/campaigns/domain/test_verdict.py, the alert about
fewer yeses in tests/campaigns/domain/test_alert_rules.py.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import binom

from campaigns.domain.alert_rules import (
    CERTAINTY,
    OUTSIDE_DAYS,
    ArmDevices,
    DayCount,
    Ratio,
    Signals,
    VersionCount,
    findings,
    settings_of,
)
from permissions_app.domain.group_tests import log_rank
from permissions_app.domain.multiplicity import holm
from permissions_app.domain.sample_ratio import ALARM, sample_ratio
from permissions_app.domain.survival import AgePoint, cumulative_incidence

WORLDS = 1_000
UNLIKELY = 0.0005
USUAL = settings_of({})


def most(rate: float, worlds: int = WORLDS) -> int:
    """Alarms that are not exceeded, but by bad luck, when each world gives one at `rate`."""
    return int(binom.ppf(1 - UNLIKELY, worlds, rate))


def least(rate: float, worlds: int = WORLDS) -> int:
    """Alarms that are not fallen short of, but by good luck."""
    return int(binom.ppf(UNLIKELY, worlds, rate))


@pytest.mark.parametrize(
    "shares", [(0.45, 0.45, 0.1), (0.3, 0.3, 0.3, 0.1), (0.5, 0.5)], ids=["two", "three", "even"]
)
def test_sample_ratio__arms_by_the_plan__the_banner_shows_in_one_of_a_thousand(
    shares: tuple[float, ...],
) -> None:
    rng = np.random.default_rng(1)
    worlds = 20 * WORLDS  # of alarms this rare a thousand worlds would tell nothing
    drawn = rng.multinomial(rng.integers(200, 5_000, size=worlds), shares)
    told = [sample_ratio(counts=row.tolist(), shares=shares) for row in drawn]
    alarms = sum(found.mismatch for found in told if found)
    assert least(ALARM, worlds) <= alarms <= most(ALARM, worlds)
    below = sum(found.p < 0.05 for found in told if found)
    assert least(0.045, worlds) <= below <= most(0.055, worlds)


def test_sample_ratio__lost_devices__the_banner_shows() -> None:
    """What the alarms above are weighed against: an arm that loses a fifth of its devices."""
    rng = np.random.default_rng(2)
    drawn = rng.multinomial(3_000, [0.3, 0.3, 0.3, 0.1], size=200)
    drawn[:, 2] = rng.binomial(drawn[:, 2], 0.8)
    told = [sample_ratio(counts=row.tolist(), shares=[0.3, 0.3, 0.3, 0.1]) for row in drawn]
    assert sum(found.mismatch for found in told if found) > 150


def test_holm__three_arms_without_a_difference__any_pair_in_five_of_a_hundred_worlds() -> None:
    rng = np.random.default_rng(3)
    devices = rng.multinomial(3_000, [1 / 3] * 3, size=WORLDS)
    hits = rng.binomial(devices, 0.4)
    p = np.stack([two_sided(hits, devices, pair) for pair in combinations(range(3), 2)], axis=1)
    corrected = sum(min(holm(row.tolist())) <= 0.05 for row in p)
    assert least(0.03) <= corrected <= most(0.05)
    # Without the correction somebody would find something in every eighth world.
    assert (p.min(axis=1) <= 0.05).sum() > most(0.05)


def two_sided(hits: np.ndarray, devices: np.ndarray, pair: tuple[int, int]) -> np.ndarray:
    """P-values of the difference between two arms, one for each world."""
    one, other = pair
    rates = hits / devices
    pooled = (hits[:, one] + hits[:, other]) / (devices[:, one] + devices[:, other])
    error = np.sqrt(pooled * (1 - pooled) * (1 / devices[:, one] + 1 / devices[:, other]))
    p: np.ndarray = 2 * ndtr(-np.abs(rates[:, one] - rates[:, other]) / error)
    return p


@pytest.mark.parametrize("sizes", [(300, 300), (200, 600)], ids=["equal", "unequal"])
def test_log_rank__equal_groups__below_five_per_cent_in_five_of_a_hundred_worlds(
    sizes: tuple[int, int],
) -> None:
    rng = np.random.default_rng(5)
    told = [log_rank([equal_group(rng, size) for size in sizes]) for _ in range(WORLDS)]
    below = sum(found.p < 0.05 for found in told if found)
    assert least(0.05) <= below <= most(0.05)


def equal_group(rng: np.random.Generator, size: int) -> tuple[AgePoint, ...]:
    """Devices denied in eight weeks, told by weeks: some come back, twice as many leave, and the twelfth week ends the
    view of the others.
    """
    weeks, back, away = (
        rng.integers(0, 8, size),
        rng.geometric(0.05, size),
        rng.geometric(0.1, size),
    )
    hits: dict[tuple[int, int], tuple[int, int]] = {}
    for week, age, returned in zip(
        weeks.tolist(), np.minimum(back, away).tolist(), (back <= away).tolist(), strict=True
    ):
        recovered, lost = hits.get((week, age), (0, 0))
        hits[week, age] = (recovered + returned, lost + (not returned))
    cohorts = dict(enumerate(np.bincount(weeks, minlength=8).tolist()))
    return cumulative_incidence(cohorts=cohorts, hits=hits, as_of=12)


def test_denial_spike__new_version_like_the_others__one_false_alarm_in_ten_thousand_looks() -> None:
    """Three new versions at each look; the threshold is set to where it never holds anything back."""
    rng = np.random.default_rng(6)
    worlds = 5 * WORLDS
    settings = settings_of({"denial_spike": {"threshold": 1}})
    alarms = 0
    for _ in range(worlds):
        rate = rng.uniform(0.2, 0.8)
        rows = [
            version(rng, f"5.{i}", new=True, size=int(rng.integers(60, 800)), rate=rate)
            for i in range(3)
        ]
        rows.append(version(rng, "4.0", new=False, size=2_000, rate=rate))
        alarms += bool(findings(signals=Signals(versions=rows), settings=settings))
    # Of the two-sided error of CERTAINTY only the half upwards is an alarm; twice that is allowed for small counts.
    assert alarms <= most(1 - CERTAINTY, worlds)


def version(
    rng: np.random.Generator, name: str, *, new: bool, size: int, rate: float
) -> VersionCount:
    return VersionCount("ios", name, new, size, int(rng.binomial(size, rate)))


def test_outside__share_just_at_the_threshold__one_false_alarm_in_ten_thousand_looks() -> None:
    rng = np.random.default_rng(7)
    worlds = 10 * WORLDS
    alarms = 0
    for hits in rng.binomial(150, 0.05, size=(worlds, OUTSIDE_DAYS)).tolist():
        days = [DayCount("2026-11-01", 150, n) for n in hits]
        seen = Signals(dialogs={"ios": days}, asking=frozenset({"ios"}))
        alarms += bool(findings(signals=seen, settings=USUAL))
    # Wilson's interval is a little short on the side of small shares.
    assert alarms <= most(3 * (1 - CERTAINTY), worlds)


def test_ratio_alert__arms_by_the_plan__as_rare_as_the_banner() -> None:
    rng = np.random.default_rng(8)
    worlds, shares = 20 * WORLDS, [0.45, 0.45, 0.1]
    alarms = 0
    for row in rng.multinomial(1_500, shares, size=worlds).tolist():
        told = sample_ratio(counts=row, shares=shares)
        assert told is not None
        arms = tuple(
            ArmDevices(key, n, expected)
            for key, n, expected in zip("abh", row, told.expected, strict=True)
        )
        seen = Ratio("s1", "Order is ready", 1, True, told.p, told.mismatch, arms)
        alarms += bool(findings(signals=Signals(ratios=[seen]), settings=USUAL))
    assert alarms <= most(ALARM, worlds)
