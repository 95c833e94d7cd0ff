"""When the dialog comes, and whether later would be better.

A team asks at some point of a person's way through the app: after so many screens, sessions, minutes or value moments.
Two numbers belong to every such point. *Per ask*: of the devices first asked there, how many said yes. *Per eligible
device*: the share of all eligible devices that come that far, times the rate per ask; it pays for the people who leave
before they are asked. Asking later nearly always raises the first and often lowers the second.

Where the dialog *lands* is the median of the first asks. Where the rate *levels off* is told so: steps with too few
asks are left out; the rates are smoothed so that they never fall (pooled with their neighbours where they would); the
first step within LEVEL of the rate of the last tenth of the asks is where it levels off, if the asks from there on were
granted more often than those before by more than chance explains. (The very last step alone has often so few asks that
its luck would decide.) All of this is an association: people who were asked late are
people who stayed. Only a gate drawn by chance tells what moving the dialog would do.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Literal

from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.proportions import Difference, Proportion, newcombe, wilson

Shape = Literal["not_enough", "flat", "rising", "level"]
MIN_ASKS = 50
"""Asks at a step before it has a say in where the rate levels off."""
MIN_STEPS = 3
LEVEL = 0.02
"""Rates this close to the highest are level with it: two points."""
LAST_PART = 0.1
"""The last steps that together have this part of the asks say how high the highest rate is."""


@dataclass(frozen=True, slots=True)
class Product:
    """A share times a rate, with its interval; fractions."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TimingPoint:
    """One step. `asked`: devices first asked there, `granted` of them said yes, `refused` no; the others never came
    to the dialog. `came`: eligible devices that came at least this far.
    """

    step: int
    asked: int
    granted: int
    refused: int
    came: int
    per_ask: Proportion | None
    share: Proportion | None
    per_eligible: Product | None


@dataclass(frozen=True, slots=True)
class Levelling:
    """`level`: it levels off at `step`. `flat`: it does not rise by more than chance. `rising`: it still rises at the
    last step with enough asks. `gain`: per ask, from `step` on minus before.
    """

    shape: Shape
    step: int | None = None
    gain: Difference | None = None


def timing_points(
    *,
    kind: str,
    asked: Mapping[tuple[int, str], int],
    lived: Mapping[int, int],
    eligible: int,
) -> tuple[TimingPoint, ...]:
    """One point for each step of STEPS[kind] that somebody came to. `asked`: (step, "granted", "refused" or "open") ->
    devices. `lived`: the last step devices came to -> devices.
    """
    points = []
    for step in STEPS[kind]:
        granted, refused = asked.get((step, "granted"), 0), asked.get((step, "refused"), 0)
        n = granted + refused + asked.get((step, "open"), 0)
        came = sum(devices for last, devices in lived.items() if last >= step)
        if not n and not came:
            continue
        per_ask, share = _rate(granted, n), _rate(came, eligible)
        points.append(
            TimingPoint(step, n, granted, refused, came, per_ask, share, _product(share, per_ask))
        )
    return tuple(points)


def landing(points: Sequence[TimingPoint]) -> int | None:
    """The step at which the dialog lands: the lower median of the first asks. None while nobody was asked."""
    total, passed = sum(point.asked for point in points), 0
    for point in points:
        passed += point.asked
        if passed and passed * 2 >= total:
            return point.step
    return None


def levelling(points: Sequence[TimingPoint]) -> Levelling:
    """Where the rate per ask levels off, or why that cannot be said."""
    heavy = [point for point in points if point.asked >= MIN_ASKS]
    if len(heavy) < MIN_STEPS:
        return Levelling("not_enough")
    smooth = never_falling([(point.granted / point.asked, point.asked) for point in heavy])
    height = _last_rate(smooth, [point.asked for point in heavy])
    first = next(i for i, rate in enumerate(smooth) if rate >= height - LEVEL)
    if first == 0:
        return Levelling("flat")
    gain = _against(heavy[first:], heavy[:first])
    if gain is None or gain.low <= 0:
        return Levelling("flat")
    if first == len(heavy) - 1:
        return Levelling("rising", None, gain)
    return Levelling("level", heavy[first].step, gain)


def best_reach(points: Sequence[TimingPoint]) -> int | None:
    """The step at which most devices say yes per eligible device, among those with enough asks; the earliest of equal
    ones. None where no step has enough.
    """
    told = [p for p in points if p.asked >= MIN_ASKS and p.per_eligible]
    return (
        max(told, key=lambda p: p.per_eligible.rate if p.per_eligible else 0.0).step
        if told
        else None
    )


def never_falling(rates: Sequence[tuple[float, int]]) -> list[float]:
    """Weighted rates as the closest ones that never fall (pool adjacent violators). Weights must be positive."""
    blocks: list[tuple[float, int, int]] = []
    for rate, weight in rates:
        block = (rate, weight, 1)
        while blocks and blocks[-1][0] > block[0]:
            before = blocks.pop()
            total = before[1] + block[1]
            mean = (before[0] * before[1] + block[0] * block[1]) / total
            block = (mean, total, before[2] + block[2])
        blocks.append(block)
    return [rate for rate, _, length in blocks for _ in range(length)]


def _last_rate(rates: Sequence[float], asked: Sequence[int]) -> float:
    """The rate of the last steps that together have LAST_PART of all asks."""
    granted, n = 0.0, 0
    for rate, asks in zip(reversed(rates), reversed(asked), strict=True):
        granted, n = granted + rate * asks, n + asks
        if n >= LAST_PART * sum(asked):
            break
    return granted / n


def moved(
    points: Sequence[TimingPoint], *, here: int, there: int
) -> tuple[Difference | None, Difference | None]:
    """What differs between asks at step `there` and asks at step `here`: (per ask, per eligible device), each with
    its interval; None where a side has no rate.
    """
    by_step = {point.step: point for point in points}
    one, other = by_step.get(there), by_step.get(here)
    if one is None or other is None:
        return None, None
    return _against([one], [other]), _apart(one.per_eligible, other.per_eligible)


def _against(ones: Sequence[TimingPoint], others: Sequence[TimingPoint]) -> Difference | None:
    return newcombe(
        successes=sum(point.granted for point in ones),
        trials=sum(point.asked for point in ones),
        other_successes=sum(point.granted for point in others),
        other_trials=sum(point.asked for point in others),
    )


def _rate(hits: int, n: int) -> Proportion | None:
    """None also where the counts contradict each other; the nightly audit reports that."""
    return wilson(successes=hits, trials=n) if 0 <= hits <= n else None


def _product(share: Proportion | None, rate: Proportion | None) -> Product | None:
    """The product; its bounds join those of both as Newcombe joins two (square and add)."""
    if share is None or rate is None:
        return None
    value = share.rate * rate.rate
    below = sqrt(
        (rate.rate * (share.rate - share.low)) ** 2 + (share.rate * (rate.rate - rate.low)) ** 2
    )
    above = sqrt(
        (rate.rate * (share.high - share.rate)) ** 2 + (share.rate * (rate.high - rate.rate)) ** 2
    )
    return Product(value, max(0.0, value - below), min(1.0, value + above))


def _apart(one: Product | None, other: Product | None) -> Difference | None:
    if one is None or other is None:
        return None
    value = one.rate - other.rate
    below = sqrt((one.rate - one.low) ** 2 + (other.high - other.rate) ** 2)
    above = sqrt((one.high - one.rate) ** 2 + (other.rate - other.low) ** 2)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))
