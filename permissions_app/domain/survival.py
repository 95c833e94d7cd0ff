"""How many people who said no come back, by days since they said it.

Counting "recovered so far" treats someone who refused yesterday like someone who refused last year.
Here every device counts only for the days it could be watched: a device that is still denied at the
last complete day drops out of later ages without counting as a failure, and a device that is gone
(uninstalled, lost) can no longer recover. The result is the cumulative incidence: the chance that a
refusal is undone within so many days, in a world where people also leave. Recovery is only seen at
the next open, so read it as "detected by day t". Where nobody is left to watch, the answer is None,
shown as "not enough data".

The estimate is Aalen and Johansen's. Its variance is the Greenwood-type (delta method) one, which
becomes Greenwood's own when nobody is lost. The interval is built on log(-log(incidence)), which
keeps it inside 0..1.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import exp, log, sqrt

from permissions_app.domain.proportions import CONFIDENCE, Difference, critical_value

Cohorts = Mapping[int, int]
"""Day of denial (any day number) -> devices denied on it."""
Hits = Mapping[tuple[int, int], tuple[int, int]]
"""(day of denial, age in days) -> (recovered, lost) devices at that age."""

ROUNDING = 1e-12
"""Sums of fractions that end this close to 1 are 1."""


@dataclass(frozen=True, slots=True)
class AgePoint:
    """The curve at one age in days. Counts are devices; the rest are fractions in 0..1.

    `incidence` is None where nobody could be watched; `se`, `low` and `high` also where it is still
    0 or already 1.
    """

    age: int
    at_risk: int
    recovered: int
    lost: int
    incidence: float | None
    se: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class SurvivalPoint:
    """Kaplan-Meier at one time: the fraction without the event so far."""

    time: float
    at_risk: int
    events: int
    survival: float | None
    se: float | None
    low: float | None
    high: float | None


def cumulative_incidence(
    *, cohorts: Cohorts, hits: Hits, as_of: int, confidence: float = CONFIDENCE
) -> tuple[AgePoint, ...]:
    """Recovery by age from daily counts, one point for every age 0, 1, ... that a cohort reached by
    day `as_of`.

    at_risk(a) is the sum over cohorts d with d + a <= as_of of n_d minus all hits before age a.
    Hits after `as_of` are left out. Empty without a cohort that old. Raises ValueError for negative
    counts, or more hits than devices.
    """
    at_risk, recovered, lost = _risk_sets(cohorts, hits, as_of)
    curve = _AalenJohansen(critical_value(confidence))
    return tuple(
        curve.step(age, at_risk[age], recovered[age], lost[age]) for age in range(len(at_risk))
    )


def point_at(points: Sequence[AgePoint], *, age: int) -> AgePoint | None:
    """The point of a daily curve at `age`; None when the curve does not reach it."""
    return points[age] if 0 <= age < len(points) else None


def incidence_difference(
    *,
    arm: Sequence[AgePoint],
    holdout: Sequence[AgePoint],
    age: int,
    confidence: float = CONFIDENCE,
) -> Difference | None:
    """Incremental recovery at an age: the arm's incidence minus the holdout's, with a normal
    interval.

    None where a side is undefined or has no standard error yet.
    """
    first, other = point_at(arm, age=age), point_at(holdout, age=age)
    if first is None or other is None or first.incidence is None or other.incidence is None:
        return None
    if first.se is None or other.se is None:
        return None
    value = first.incidence - other.incidence
    half = critical_value(confidence) * sqrt(first.se**2 + other.se**2)
    return Difference(value, max(-1.0, value - half), min(1.0, value + half))


def incidence_from_times(
    *, times: Sequence[float], events: Sequence[int], cause: int = 1, confidence: float = CONFIDENCE
) -> tuple[tuple[float, AgePoint], ...]:
    """The same curve from one (time, event) pair per device: 0 censored, `cause` recovered,
    anything else lost.

    Returns (time, point) for each distinct time, in order; `point.age` is its rank. Censoring at a
    time counts after the events at that time. Raises ValueError when the lengths differ.
    """
    if len(times) != len(events):
        raise ValueError("times and events must have the same length")
    order = sorted(set(times))
    rank = {time: index for index, time in enumerate(order)}
    last = len(order) - 1
    cohorts: Counter[int] = Counter()
    recovered: Counter[int] = Counter()
    lost: Counter[int] = Counter()
    for time, event in zip(times, events, strict=True):
        age = rank[time]
        if event == 0:
            cohorts[last - age] += 1  # watched for exactly `age`, then the data ends
            continue
        cohorts[0] += 1
        (recovered if event == cause else lost)[age] += 1
    hits = {(0, age): (recovered[age], lost[age]) for age in recovered | lost}
    points = cumulative_incidence(cohorts=cohorts, hits=hits, as_of=last, confidence=confidence)
    return tuple(zip(order, points, strict=False))


def kaplan_meier(
    *, times: Sequence[float], events: Sequence[int], confidence: float = CONFIDENCE
) -> tuple[SurvivalPoint, ...]:
    """The special case without a competing risk: any event but 0 counts. One point for each
    distinct time.
    """
    curve = incidence_from_times(
        times=times, events=[1 if event else 0 for event in events], confidence=confidence
    )
    return tuple(
        SurvivalPoint(
            time,
            point.at_risk,
            point.recovered,
            _complement(point.incidence),
            point.se,
            _complement(point.high),
            _complement(point.low),
        )
        for time, point in curve
    )


def median(points: Iterable[SurvivalPoint]) -> float | None:
    """The first time at which half or fewer are without the event; None if the curve never gets
    there.
    """
    reached = (p.time for p in points if p.survival is not None and p.survival <= 0.5 + 1e-12)
    return next(reached, None)


def _complement(fraction: float | None) -> float | None:
    return None if fraction is None else 1.0 - fraction


def _risk_sets(cohorts: Cohorts, hits: Hits, as_of: int) -> tuple[list[int], list[int], list[int]]:
    """Devices at risk, recovered and lost at each age. Work is proportional to cohorts plus hits
    plus ages.
    """
    days = [day for day in cohorts if day <= as_of]
    ages = as_of - min(days) + 1 if days else 0
    entering = [0] * (ages + 1)  # cohorts that reach at least this age
    recovered, lost, gone = [0] * ages, [0] * ages, [0] * ages
    gone_in_time: Counter[int] = Counter()
    leaving_hits = [0] * ages  # hits of cohorts for which this age is the last one watched
    for day in days:
        if cohorts[day] < 0:
            raise ValueError("a cohort cannot be negative")
        entering[as_of - day] += cohorts[day]
    for (day, age), (back, away) in hits.items():
        if min(age, back, away) < 0:
            raise ValueError("hits and their ages cannot be negative")
        if day + age > as_of:
            continue
        if back + away > 0 and day not in cohorts:
            raise ValueError("hits in a cohort that does not exist")
        if day not in cohorts:
            continue
        recovered[age] += back
        lost[age] += away
        gone[age] += back + away
        gone_in_time[day] += back + away
        leaving_hits[as_of - day] += back + away
    if any(total > cohorts[day] for day, total in gone_in_time.items()):
        raise ValueError("more hits than devices in a cohort")
    at_risk = [0] * ages
    watched, already_gone = sum(entering), 0
    for age in range(ages):
        at_risk[age] = watched - already_gone
        watched -= entering[age]  # their last age: from the next one on nobody watches them
        already_gone += gone[age] - leaving_hits[age]
    return at_risk, recovered, lost


class _AalenJohansen:
    """Runs along the ages and keeps the sums that the incidence and its variance need."""

    def __init__(self, z: float) -> None:
        self.z = z
        self.free = 1.0  # fraction neither recovered nor lost so far
        self.incidence = 0.0
        self.ended = False  # somebody was watched, but nobody is any more
        # Sums over past ages j. F: incidence, S: fraction free just before, n: at risk,
        # d: recovered or lost, r: recovered.
        self.a = self.fa = self.ffa = 0.0  # d / (n (n - d)), times F_j, times F_j squared
        self.g = 0.0  # S^2 r (n - r) / n^3
        self.h = self.fh = 0.0  # S r / n^2, times F_j

    def step(self, age: int, n: int, r: int, lost: int) -> AgePoint:
        if n > 0:
            self._add(n, r, r + lost)
        elif self.free > 0:
            self.ended = True
        if self.ended:
            return AgePoint(age, n, r, lost, None, None, None, None)
        f = 1.0 if self.incidence > 1 - ROUNDING else self.incidence
        variance = (
            f * f * self.a - 2 * f * self.fa + self.ffa + self.g - 2 * f * self.h + 2 * self.fh
        )
        se = sqrt(max(0.0, variance))
        if not (0 < f < 1) or se == 0:
            return AgePoint(age, n, r, lost, f, None, None, None)
        spread = min(self.z * se / (f * -log(f)), 500.0)  # beyond, both bounds are 0 and 1 anyway
        loglog = log(-log(f))
        low, high = exp(-exp(loglog + spread)), exp(-exp(loglog - spread))
        return AgePoint(age, n, r, lost, f, se, low, high)

    def _add(self, n: int, r: int, d: int) -> None:
        before = self.free
        self.incidence += before * r / n
        self.free = 0.0 if d == n else before * (n - d) / n
        f = self.incidence
        if d < n:  # at d == n the curve is final, and its distance to later points is 0
            weight = d / (n * (n - d))
            self.a += weight
            self.fa += f * weight
            self.ffa += f * f * weight
        self.g += before * before * r * (n - r) / n**3
        self.h += before * r / n**2
        self.fh += f * before * r / n**2
