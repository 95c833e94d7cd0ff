"""What a redirect caused, in one sentence; or, without a holdout, that nobody can say.

Some people find their way back through Settings by themselves. Only devices that chance held out tell how many: what
the redirect caused is its arm minus the holdout. Everybody counts who came into an arm, whether the line was seen or
not (intention to treat), because those who saw it are other people than those who did not.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from permissions_app.domain.proportions import Difference
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
        nobody = "of the redirect arm" if not found.arm.incidence else "held out"
        return (
            f"Not enough data: none of the devices {nobody} recovered within {found.age} days, "
            "so the difference has no interval yet."
        )
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
    if _watched(arm, age) is None or _watched(holdout, age) is None:
        return None
    return incidence_difference(arm=arm, holdout=holdout, age=age)


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}{THIN}%"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value) * 100:.1f}"
