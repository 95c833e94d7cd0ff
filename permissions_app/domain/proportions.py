"""Rates with honest uncertainty: "31 %, probably between 26 % and 37 %".

A rate measured on few people says little, and near 0 % or 100 % the usual plus-or-minus formula
gives nonsense such as a negative rate. The Wilson interval behaves at small numbers and at the
edges; the Newcombe interval does the same for the difference between two rates. With nobody
measured there is no rate: the answer is None, shown as "not enough data".
"""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from statistics import NormalDist

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class Proportion:
    """`successes` out of `trials`; `rate`, `low` and `high` are fractions in 0..1."""

    successes: int
    trials: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """First rate minus second rate, with its interval; fractions in -1..1."""

    value: float
    low: float
    high: float


@lru_cache(maxsize=16)
def critical_value(confidence: float) -> float:
    """Two-sided standard normal quantile: 0.95 -> 1.95996. Raises ValueError outside (0, 1)."""
    if not 0 < confidence < 1:
        raise ValueError("confidence must lie between 0 and 1")
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def wilson(*, successes: int, trials: int, confidence: float = CONFIDENCE) -> Proportion | None:
    """Rate with its Wilson score interval; None when `trials` is 0.

    Raises ValueError unless 0 <= successes <= trials. Source: Wilson, JASA 22 (1927).
    """
    if not 0 <= successes <= trials:
        raise ValueError("successes must lie between 0 and trials")
    if trials == 0:
        return None
    z = critical_value(confidence)
    rate = successes / trials
    scale = 1 + z * z / trials
    centre = (rate + z * z / (2 * trials)) / scale
    half = z / scale * sqrt(rate * (1 - rate) / trials + z * z / (4 * trials * trials))
    low = 0.0 if successes == 0 else max(0.0, centre - half)
    high = 1.0 if successes == trials else min(1.0, centre + half)
    return Proportion(successes, trials, rate, low, high)


def newcombe(
    *,
    successes: int,
    trials: int,
    other_successes: int,
    other_trials: int,
    confidence: float = CONFIDENCE,
) -> Difference | None:
    """First rate minus the other, with Newcombe's hybrid score interval; None when a side is empty.

    Raises ValueError for impossible counts. Source: Newcombe, Statistics in Medicine 17 (1998),
    method 10.
    """
    first = wilson(successes=successes, trials=trials, confidence=confidence)
    other = wilson(successes=other_successes, trials=other_trials, confidence=confidence)
    if first is None or other is None:
        return None
    value = first.rate - other.rate
    below = sqrt((first.rate - first.low) ** 2 + (other.high - other.rate) ** 2)
    above = sqrt((first.high - first.rate) ** 2 + (other.rate - other.low) ** 2)
    return Difference(value, max(-1.0, value - below), min(1.0, value + above))
