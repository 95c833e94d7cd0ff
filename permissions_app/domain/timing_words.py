"""What the timing of the dialog shows, in sentences that do not say more than an association can."""

from collections.abc import Sequence

from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.proportions import Difference
from permissions_app.domain.timing import (
    MIN_ASKS,
    MIN_STEPS,
    TimingPoint,
    best_reach,
    landing,
    levelling,
    moved,
)

THIN = "\u202f"
UNITS = {"screens": "screen", "sessions": "session", "moments": "value moment"}
MINUTES = {
    0: "the first minute",
    60: "1 hour",
    180: "3 hours",
    720: "12 hours",
    1440: "1 day",
    4320: "3 days",
    10080: "7 days",
    20160: "14 days",
    43200: "30 days",
}


def spot(*, kind: str, step: int) -> str:
    """A step in a sentence: "screen 7", "12 hours", "no value moment"."""
    if kind == "minutes":
        return MINUTES.get(step, f"{step} minute{'' if step == 1 else 's'}")
    if kind == "moments" and step == 0:
        return "no value moment"
    return f"{UNITS[kind]} {step}"


def label(*, kind: str, step: int) -> str:
    """A step on an axis or in a table: "7", "10–11", "100+", "1 h", "7 d"."""
    if kind == "minutes":
        return _duration(step)
    steps = STEPS[kind]
    index = steps.index(step)
    if index + 1 == len(steps):
        return f"{step}+"
    last = steps[index + 1] - 1
    return f"{step}" if last == step else f"{step}–{last}"


def headline(*, kind: str, points: Sequence[TimingPoint]) -> str:
    """Where the dialog lands, and where the rate levels off."""
    lands = landing(points)
    if lands is None:
        return "Not enough data: no device was asked yet."
    here = f"Your dialog lands at {spot(kind=kind, step=lands)}"
    found = levelling(points)
    if found.shape == "not_enough":
        return (
            f"{here}. Where the rate levels off cannot be said: not enough data, fewer than {MIN_STEPS} steps have "
            f"{MIN_ASKS} asks."
        )
    if found.shape == "flat":
        return (
            f"{here}; the rate per ask does not rise with later asks by more than chance explains."
        )
    if found.shape == "rising" or found.step is None:
        return f"{here}; the rate still rises at the last step with {MIN_ASKS} asks, so it does not level off yet."
    return f"{here}; the rate levels off at {spot(kind=kind, step=found.step)}."


def evidence(*, kind: str, points: Sequence[TimingPoint]) -> tuple[str, ...]:
    """What speaks for and against moving the dialog: to where the rate levels off when that is later, else to where
    most come of it per eligible device. Empty where nothing can be said.
    """
    lands, target = landing(points), levelling(points).step
    if lands is None:
        return ()
    if target is None or target <= lands:
        target = best_reach(points)
    if target is None:
        return ()
    if target == lands:
        return (
            f"No step with {MIN_ASKS} asks brings more per eligible device than {spot(kind=kind, step=lands)}, where "
            "the dialog lands: nothing speaks for moving it.",
        )
    return _compared(kind, points, lands, target)


def _compared(kind: str, points: Sequence[TimingPoint], lands: int, target: int) -> tuple[str, ...]:
    by_step = {point.step: point for point in points}
    here, there = by_step[lands], by_step[target]
    per_ask, per_eligible = moved(points, here=lands, there=target)
    now, then = spot(kind=kind, step=lands), spot(kind=kind, step=target)
    told = []
    if per_ask and here.per_ask and there.per_ask:
        told.append(
            f"Per ask: {_percent(there.per_ask.rate)} at {then} against {_percent(here.per_ask.rate)} at {now}, "
            f"{_signed(per_ask.value)}{THIN}points ({_signed(per_ask.low)} to {_signed(per_ask.high)})."
        )
    if here.share and there.share:
        told.append(
            f"Reach: {_percent(there.share.rate)} of eligible devices come to {then}, "
            f"{_percent(here.share.rate)} to {now}."
        )
    if per_eligible and here.per_eligible and there.per_eligible:
        told.append(
            f"Per eligible device: {_percent(there.per_eligible.rate)} against {_percent(here.per_eligible.rate)}, "
            f"{_signed(per_eligible.value)}{THIN}points ({_signed(per_eligible.low)} to "
            f"{_signed(per_eligible.high)}): {_speaks(per_eligible, then)}."
        )
    return tuple(told)


def _speaks(found: Difference, then: str) -> str:
    if found.low > 0:
        return f"this speaks for moving it to {then}"
    if found.high < 0:
        return f"this speaks against moving it to {then}"
    return f"this speaks neither for nor against moving it to {then}"


def _duration(minutes: int) -> str:
    if minutes == 0:
        return f"<{THIN}1{THIN}min"
    if minutes < 60:
        return f"{minutes}{THIN}min"
    return f"{minutes // 60}{THIN}h" if minutes < 1440 else f"{minutes // 1440}{THIN}d"


def _percent(rate: float) -> str:
    return f"{rate * 100:.1f}{THIN}%"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value) * 100:.1f}"
