"""What a redirect caused, in one sentence; or, without a holdout, that nobody can say.

Some people find their way back through Settings by themselves. Only devices that chance held out tell how many: what
the redirect caused is its arm minus the holdout. Everybody counts who came into an arm, whether the line was seen or
not (intention to treat), because those who saw it are other people than those who did not.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

from permissions_app.domain.proportions import Difference, wilson
from permissions_app.domain.survival import AgePoint, incidence_difference, point_at

THIN = "\u202f"
AGES = (7, 30)


@dataclass(frozen=True, slots=True)
class Increment:
    """Recovered within `age` days. `arm`, `holdout`: the curves at that age, None where nobody was watched that long
    or there is no holdout. `difference`: arm minus holdout with its 95 % interval; None where a side cannot tell yet.
    """

    age: int
    arm: AgePoint | None
    holdout: AgePoint | None
    difference: Difference | None


def increments(
    *, arm: Sequence[AgePoint], holdout: Sequence[AgePoint] | None
) -> tuple[Increment, ...]:
    """One for each of AGES. `holdout` None: the redirect has none."""
    return tuple(
        Increment(
            age=age,
            arm=_watched(arm, age),
            holdout=_watched(holdout or (), age),
            difference=_difference(arm, holdout or (), age),
        )
        for age in AGES
    )


def said(found: Increment, *, has_holdout: bool) -> str:
    """The increment for people. "Because of" is only said of a difference that chance made and its interval excludes
    zero.
    """
    within = f"Within {found.age} days"
    if found.arm is None or found.arm.incidence is None:
        return f"Not enough data: no device was watched for {found.age} days."
    rate = _percent(found.arm.incidence)
    if not has_holdout:
        return (
            f"{within}, {rate} recovered after a redirect. "
            "Without a holdout nobody can say how many would have done so by themselves."
        )
    if found.holdout is None or found.holdout.incidence is None:
        return f"Not enough data: nobody in the holdout was watched for {found.age} days."
    if found.difference is None:
        return f"Not enough data: the difference within {found.age} days has no interval yet."
    told = found.difference
    bounds = f"{_signed(told.low)} to {_signed(told.high)}"
    both = f"{rate} against {_percent(found.holdout.incidence)} of the devices held out"
    points = f"{abs(told.value) * 100:.1f}{THIN}points"
    if told.low > 0:
        return f"{within}, {points} more recovered because of the redirect ({bounds}): {both}."
    if told.high < 0:
        return f"{within}, {points} fewer recovered because of the redirect ({bounds}): {both}."
    return (
        f"{within}, {both}: anything from {bounds} points still fits, so no effect can be told yet."
    )


def _watched(points: Sequence[AgePoint], age: int) -> AgePoint | None:
    point = point_at(points, age=age)
    return None if point is None or point.incidence is None or not point.at_risk else point


def _difference(
    arm: Sequence[AgePoint], holdout: Sequence[AgePoint], age: int
) -> Difference | None:
    """Arm minus holdout. Where nobody (or everybody) of a side recovered yet its curve has no standard error: then the
    interval joins the bounds of both sides as Newcombe joins two, with Wilson's for that side, of the devices still
    watched at that age; fewer than ever were, so rather too wide than too narrow.
    """
    first, other = _watched(arm, age), _watched(holdout, age)
    if first is None or other is None:
        return None
    found = incidence_difference(arm=arm, holdout=holdout, age=age)
    one, two = _bounds(first), _bounds(other)
    if found is not None or one is None or two is None:
        return found
    value = one[1] - two[1]
    below = sqrt((one[1] - one[0]) ** 2 + (two[2] - two[1]) ** 2)
    above = sqrt((one[2] - one[1]) ** 2 + (two[1] - two[0]) ** 2)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))


def _bounds(point: AgePoint) -> tuple[float, float, float] | None:
    """(low, incidence, high); None where it cannot be told."""
    if point.incidence is None:
        return None
    if point.low is not None and point.high is not None:
        return point.low, point.incidence, point.high
    if point.incidence not in (0.0, 1.0):
        return None
    hits = point.at_risk if point.incidence else 0
    rate = wilson(successes=hits, trials=point.at_risk)
    return None if rate is None else (rate.low, point.incidence, rate.high)


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}{THIN}%"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value) * 100:.1f}"
