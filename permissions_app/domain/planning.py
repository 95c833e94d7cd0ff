"""How many devices a trial needs before it starts, and how long that takes.

Three choices decide it: the rate to expect without a change, the smallest difference that would be worth knowing, and
how many arms share the devices. Half the difference needs four times the devices.

Two numbers are told. *One look at the end* is what text books plan: an ordinary comparison, made once. *Looking every
day* is what this product does: the always-valid sequence alone names a winner, and for the same chance of 80 % at the
planned number it needs about twice the devices, but often ends earlier. The plan is the second number; it is also the
N* of the sequence. Both share 5 % false alarms between the pairs of arms.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log, sqrt

from scipy.special import ndtr, ndtri

from permissions_app.domain.sequences import tuning

ALPHA = 0.05
POWER = 0.8
LONGEST_DAYS = 3650
"""Longer waits are not told as a number of days: nobody would wait."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a person chooses. `baseline` and `difference` are fractions; `share`: of the devices that come to the
    moment, the part that takes part; `per_day`: devices that come on a day.
    """

    baseline: float
    difference: float
    arms: int = 2
    share: float = 1.0
    per_day: float = 0.0


@dataclass(frozen=True, slots=True)
class PlanPoint:
    """After `days` days: devices in all arms together, and the chance to find the difference if it is there."""

    days: int
    devices: int
    power: float


@dataclass(frozen=True, slots=True)
class Need:
    """`per_arm` and `devices` (all arms). `days` is None where no devices come, or it takes longer than
    LONGEST_DAYS.
    """

    per_arm: int
    devices: int
    days: int | None


def check(plan: Plan) -> None:
    """Raise ValueError, in words for people, where a plan cannot be."""
    if not 0 < plan.baseline < 1:
        raise ValueError("The rate to expect must lie between 0 and 100 %.")
    if not plan.difference > 0:
        raise ValueError("The smallest difference worth knowing must be above 0 points.")
    if plan.baseline + plan.difference >= 1:
        raise ValueError("The rate and the difference together must stay below 100 %.")
    if not 2 <= plan.arms <= 5:
        raise ValueError("A trial has 2 to 5 arms.")
    if not 0 < plan.share <= 1:
        raise ValueError("The share of devices must lie above 0 and at most at 100 %.")
    if not 0 <= plan.per_day < 1e9:
        raise ValueError("Devices a day cannot be negative.")


def devices_needed(plan: Plan, *, power: float = POWER, alpha: float = ALPHA) -> Need:
    """Devices for each arm so that one look at the end finds a raise of `difference` with probability `power`,
    two-sided at `alpha` divided by the pairs of arms. Source: Fleiss, Levin and Paik, Statistical Methods for Rates and
    Proportions (2003), 4.14, without continuity correction. Raises ValueError for an impossible plan.
    """
    check(plan)
    p, q = plan.baseline, plan.baseline + plan.difference
    mean = (p + q) / 2
    critical = float(ndtri(1 - alpha / _pairs(plan) / 2))
    reach = critical * sqrt(2 * mean * (1 - mean)) + float(ndtri(power)) * sqrt(_spread(plan))
    return _need(plan, max(2, ceil((reach / plan.difference) ** 2)))


def devices_to_plan(plan: Plan, *, power: float = POWER, alpha: float = ALPHA) -> Need:
    """Devices at which the always-valid sequence, looked at daily and sharpest there, has named a raise of `difference`
    with at least this probability. Finding it on an earlier day is not counted in. Raises ValueError.
    """
    check(plan)
    reach = _multiplier(1.0, alpha / _pairs(plan)) + float(ndtri(power))
    per_arm = max(2, ceil(_spread(plan) * (reach / plan.difference) ** 2))
    return _need(plan, per_arm)


def power_of(plan: Plan, *, per_arm: float, planned_per_arm: float, alpha: float = ALPHA) -> float:
    """The chance that the sequence, sharpest at `planned_per_arm` devices in each arm, names the difference when it is
    looked at with `per_arm` of them.
    """
    check(plan)
    if per_arm <= 0:
        return 0.0
    away = plan.difference / sqrt(_spread(plan) / per_arm)
    limit = _multiplier(per_arm / planned_per_arm, alpha / _pairs(plan))
    return float(ndtr(away - limit) + ndtr(-away - limit))


def power_curve(plan: Plan, *, days: Sequence[int]) -> tuple[PlanPoint, ...]:
    """The power after each of these numbers of days. Empty while no devices come."""
    planned = devices_to_plan(plan).per_arm
    daily = plan.per_day * plan.share
    if daily <= 0:
        return ()
    return tuple(
        PlanPoint(
            day,
            int(daily * day),
            power_of(plan, per_arm=daily * day / plan.arms, planned_per_arm=planned),
        )
        for day in days
    )


def _need(plan: Plan, per_arm: int) -> Need:
    devices = per_arm * plan.arms
    daily = plan.per_day * plan.share
    days = ceil(devices / daily) if daily > 0 and devices / daily <= LONGEST_DAYS else None
    return Need(per_arm, devices, days)


def _spread(plan: Plan) -> float:
    """Devices times the variance of the difference of two arms of this size."""
    p, q = plan.baseline, plan.baseline + plan.difference
    return p * (1 - p) + q * (1 - q)


def _multiplier(progress: float, alpha: float) -> float:
    """Half the width of the sequence in standard errors when `progress` of its N* is there: 3.0 at 1, against 1.96 for
    a single look.
    """
    x = progress * tuning(n_star=1) ** 2
    return sqrt(2 * (x + 1) / x * log(sqrt(x + 1) / alpha))


def _pairs(plan: Plan) -> int:
    return plan.arms * (plan.arms - 1) // 2
