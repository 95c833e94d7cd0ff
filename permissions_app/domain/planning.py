"""How many devices a trial needs before it starts, and how long that takes.

Three choices decide it: the rate to expect without a change, the smallest difference that would be worth
knowing, and how many arms share the devices. Half the difference needs four times the devices. Planned here is
an ordinary comparison at the end, at 5 % false alarms shared between the comparisons, found with 80 % of the
chances; the sequence one may look at daily needs about a third more and often ends earlier.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

from scipy.special import ndtr, ndtri

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
    if not 0 < plan.difference < 1 or plan.baseline + plan.difference >= 1:
        raise ValueError("The rate and the difference together must stay below 100 %.")
    if not 2 <= plan.arms <= 5:
        raise ValueError("A trial has 2 to 5 arms.")
    if not 0 < plan.share <= 1:
        raise ValueError("The share of devices must lie above 0 and at most at 100 %.")
    if not 0 <= plan.per_day < 1e9:
        raise ValueError("Devices a day cannot be negative.")


def devices_needed(plan: Plan, *, power: float = POWER, alpha: float = ALPHA) -> Need:
    """Devices for each arm so that a raise of `difference` is found with probability `power`, two-sided at
    `alpha` divided by the pairs of arms. Source: Fleiss, Levin and Paik, Statistical Methods for Rates and
    Proportions (2003), 4.14, without continuity correction. Raises ValueError for an impossible plan.
    """
    check(plan)
    p, q = plan.baseline, plan.baseline + plan.difference
    mean = (p + q) / 2
    under_null = _critical(plan, alpha) * sqrt(2 * mean * (1 - mean))
    under_change = float(ndtri(power)) * sqrt(p * (1 - p) + q * (1 - q))
    per_arm = max(2, ceil(((under_null + under_change) / plan.difference) ** 2))
    devices = per_arm * plan.arms
    daily = plan.per_day * plan.share
    days = ceil(devices / daily) if daily > 0 and devices / daily <= LONGEST_DAYS else None
    return Need(per_arm, devices, days)


def power_of(plan: Plan, *, per_arm: float, alpha: float = ALPHA) -> float:
    """The chance to find the difference with this many devices in each arm."""
    check(plan)
    if per_arm <= 0:
        return 0.0
    p, q = plan.baseline, plan.baseline + plan.difference
    mean = (p + q) / 2
    null = sqrt(2 * mean * (1 - mean) / per_arm)
    real = sqrt((p * (1 - p) + q * (1 - q)) / per_arm)
    limit = _critical(plan, alpha) * null
    return float(ndtr((plan.difference - limit) / real) + ndtr((-plan.difference - limit) / real))


def power_curve(plan: Plan, *, days: Sequence[int]) -> tuple[PlanPoint, ...]:
    """The power after each of these numbers of days. Empty while no devices come."""
    check(plan)
    daily = plan.per_day * plan.share
    if daily <= 0:
        return ()
    return tuple(
        PlanPoint(day, int(daily * day), power_of(plan, per_arm=daily * day / plan.arms))
        for day in days
    )


def _critical(plan: Plan, alpha: float) -> float:
    pairs = plan.arms * (plan.arms - 1) // 2
    return float(ndtri(1 - alpha / pairs / 2))
