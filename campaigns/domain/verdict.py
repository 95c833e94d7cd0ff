"""What a trial says so far, in one sentence.

There are four answers. *Not enough data*: an arm is too small for any statement. *Enough evidence for B*: B leads
every other arm, by a method that allows looking every day. *No practical difference*: whatever lies between the
arms is smaller than what the team said would be worth knowing. Else *keep going*.

Only the always-valid sequence may name a winner. A chance to be best of 97 % or a small expected loss is shown
beside it, and grants nothing: somebody who stops at the first good morning is wrong far more often than that. With
more than two arms every pair is a question, and Holm's correction keeps all answers together at 5 %. When devices
came into the arms in other proportions than planned, no winner is named at all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from permissions_app.domain.multiplicity import holm
from permissions_app.domain.sample_ratio import SampleRatio
from permissions_app.domain.sequences import ALPHA, Bounds, Pair, difference_at

Kind = Literal["not_enough", "keep_going", "winner", "no_difference", "mismatch"]
MIN_DEVICES = 100
"""In each arm, before anything is said."""
MIN_OUTCOMES = 10
"""Of each outcome, yes and no, over all arms: the sequence rests on many devices, not on three lucky ones."""
THIN = "\u202f"


@dataclass(frozen=True, slots=True)
class ArmCount:
    """An arm: its devices, and those that did what is measured. `share`: of all devices of the trial, the part that
    was to come into this arm.
    """

    key: str
    devices: int
    hits: int
    share: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """`first` minus `other`. `bounds`: of all comparisons together at 95 %, None where they cannot be told yet.
    `p`: always-valid, corrected by Holm.
    """

    first: str
    other: str
    bounds: Bounds | None
    p: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """`winner` is None unless `kind` is "winner". `small`: the arm that is too small, '' for none. `leader`: the arm
    with the highest rate, '' while nothing is measured.
    """

    kind: Kind
    winner: str | None
    comparisons: tuple[Comparison, ...]
    leader: str = ""
    small: str = ""


def verdict(
    *,
    arms: Sequence[ArmCount],
    planned: int,
    smallest: float,
    ratio: SampleRatio | None = None,
) -> Verdict:
    """What the counts say now. `planned`: devices of the whole trial, fixed before launch; each pair of arms has its
    share of them as N*. `smallest`: the smallest difference worth knowing, a fraction. `ratio`: how evenly devices
    came into the arms. Raises ValueError for impossible counts.
    """
    compared = _compare(arms, planned)
    leader = max(arms, key=_rate).key if any(arm.devices for arm in arms) else ""
    if ratio is not None and ratio.mismatch:
        return Verdict("mismatch", None, compared, leader)
    small = _too_small(arms)
    if small is not None or len(arms) < 2:
        return Verdict("not_enough", None, compared, leader, small or "")
    if all(c.bounds and -smallest <= c.bounds.low and c.bounds.high <= smallest for c in compared):
        return Verdict("no_difference", None, compared, leader)
    if _beats_all(leader, compared):
        return Verdict("winner", leader, compared, leader)
    return Verdict("keep_going", None, compared, leader)


def n_star(*, planned: int, first: ArmCount, other: ArmCount) -> int:
    """The N* of a pair: what the plan gives to these two arms."""
    return max(1, round(planned * (first.share + other.share)))


def sentence(
    *, told: Verdict, names: Mapping[str, str], smallest: float, devices: int, planned: int
) -> str:
    """The verdict for people. `names`: arm -> how it is called. `devices`: in the arms compared. `planned`: for them
    together.
    """
    if told.kind == "mismatch":
        return (
            "No winner can be named: devices came into the arms in other proportions than planned."
        )
    if told.kind == "not_enough":
        return f"Not enough data: {_what_is_missing(told, names)}."
    if told.kind == "no_difference":
        between = _listed(told, names)
        return f"No practical difference: whatever lies between {between} is smaller than {_points(smallest)}."
    closest = _closest(told)
    if told.kind == "winner":
        return f"Enough evidence for {names[told.leader]}: {_lead(closest, told, names)}."
    progress = f"{_count(devices)} of {_count(planned)} planned devices are in"
    if devices >= planned:
        progress = f"all {_count(planned)} planned devices are in, so it narrows slowly from here"
    if closest is None or closest.bounds is None:
        return f"Keep going: nothing can be told apart yet; {progress}."
    return f"Keep going: {_lead(closest, told, names)}; {progress}."


def _compare(arms: Sequence[ArmCount], planned: int) -> tuple[Comparison, ...]:
    """Every pair, the higher rate first."""
    pairs = [sorted(pair, key=_rate, reverse=True) for pair in combinations(arms, 2)]
    alpha = ALPHA / max(1, len(pairs))
    bounds = [
        difference_at(
            Pair(first.hits, first.devices, other.hits, other.devices),
            n_star=n_star(planned=planned, first=first, other=other),
            alpha=alpha,
        )
        for first, other in pairs
    ]
    adjusted = holm([1.0 if found is None else found.p for found in bounds])
    return tuple(
        Comparison(first.key, other.key, found, p)
        for (first, other), found, p in zip(pairs, bounds, adjusted, strict=True)
    )


def _too_small(arms: Sequence[ArmCount]) -> str | None:
    """The smallest arm when it is too small, '' when too little happened in all of them, else None."""
    if not arms:
        return ""
    least = min(arms, key=lambda arm: arm.devices)
    if least.devices < MIN_DEVICES:
        return least.key
    hits = sum(arm.hits for arm in arms)
    misses = sum(arm.devices for arm in arms) - hits
    return "" if min(hits, misses) < MIN_OUTCOMES else None


def _beats_all(leader: str, compared: Sequence[Comparison]) -> bool:
    own = [c for c in compared if leader in (c.first, c.other)]
    return bool(own) and all(
        c.first == leader and c.bounds is not None and c.bounds.value > 0 and c.p <= ALPHA
        for c in own
    )


def _rate(arm: ArmCount) -> float:
    return arm.hits / arm.devices if arm.devices else -1.0


def _closest(told: Verdict) -> Comparison | None:
    """The comparison of the leader with the arm that comes next."""
    own = [c for c in told.comparisons if told.leader in (c.first, c.other) and c.bounds]
    return min(own, key=lambda c: abs(c.bounds.value) if c.bounds else 2.0, default=None)


def _lead(closest: Comparison | None, told: Verdict, names: Mapping[str, str]) -> str:
    if closest is None or closest.bounds is None:
        return f"{names[told.leader]} leads"
    found = closest.bounds
    if told.kind == "winner":
        return (
            f"it leads {names[closest.other]} by {_points(found.value)} "
            f"({_signed(found.low)} to {_signed(found.high)}), on whatever day one looks"
        )
    start = (
        f"{names[closest.first]} leads {names[closest.other]} by {_points(found.value)}"
        if found.value
        else f"{names[closest.first]} and {names[closest.other]} are level"
    )
    return f"{start}, but anything from {_signed(found.low)} to {_signed(found.high)} still fits"


def _what_is_missing(told: Verdict, names: Mapping[str, str]) -> str:
    if told.small:
        return f"{names[told.small]} has fewer than {MIN_DEVICES} devices"
    if not told.comparisons:
        return "there is nothing to compare with"
    return f"fewer than {MIN_OUTCOMES} devices did it, or fewer than {MIN_OUTCOMES} did not"


def _listed(told: Verdict, names: Mapping[str, str]) -> str:
    keys = dict.fromkeys(key for c in told.comparisons for key in (c.first, c.other))
    said = [names[key] for key in sorted(keys)]
    return f"{', '.join(said[:-1])} and {said[-1]}"


def _points(value: float) -> str:
    return f"{abs(value) * 100:.1f}{THIN}points"


def _signed(value: float) -> str:
    return f"{'−' if value < 0 else '+'}{abs(value) * 100:.1f}"


def _count(n: int) -> str:
    return f"{n:,}".replace(",", THIN)
