"""An interval that stays true however often one looks.

An ordinary 95 % interval is right 95 times of 100 when one looks once. Who looks every morning and stops at the
first good one is wrong far more often. A confidence sequence is wider, and in exchange it covers the true
difference on *all* days together with 95 %: one may look daily, and stop whenever it is clear of zero.

It is sharpest around one number of devices, N*, which has to be chosen before the first device is seen; chosen
afterwards it would no longer be true. Source: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform
central limit theory and asymptotic confidence sequences", arXiv 2103.06476.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, log, sqrt

ALPHA = 0.05
DEFAULT_N_STAR = 5000
"""Devices, over the arms compared, at which the sequence is sharpest when nobody planned another number."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arms so far: (successes, trials) of the one and of the other it is compared with."""

    successes: int
    trials: int
    other_successes: int
    other_trials: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """First rate minus the other's, or divided by it minus 1, with the bounds of the sequence at this point.

    `p`: the smallest error rate at which the sequence would exclude 0 here; it too may be looked at on any day.
    """

    value: float
    low: float
    high: float
    p: float


def tuning(*, n_star: int) -> float:
    """The paper's rho: makes the 95 % sequence sharpest at `n_star` devices. Raises ValueError below 1.

    It does not depend on the level asked for later, so that all levels are read off one sequence and a p-value
    says the same as the bounds.
    """
    if n_star < 1:
        raise ValueError("N* must be at least 1")
    return sqrt((-2 * log(ALPHA) + log(-2 * log(ALPHA) + 1)) / n_star)


def difference_at(pair: Pair, *, n_star: int, alpha: float = ALPHA) -> Bounds | None:
    """The difference of the two rates in -1..1. None while a side is empty, or while nobody in either arm or
    everybody in both did it: then the spread cannot be told yet.
    """
    rates = _rates(pair)
    if rates is None:
        return None
    rate, other = rates
    variance = rate * (1 - rate) / pair.trials + other * (1 - other) / pair.other_trials
    return _bounds(rate - other, variance, pair, n_star, alpha)


def ratio_at(pair: Pair, *, n_star: int, alpha: float = ALPHA) -> Bounds | None:
    """The relative difference, rate / other - 1, by the delta method. None as for `difference_at`, and while the
    other's rate is 0.
    """
    rates = _rates(pair)
    if rates is None or rates[1] == 0:
        return None
    rate, other = rates
    variance = rate * (1 - rate) / pair.trials / other**2
    variance += other * (1 - other) / pair.other_trials * rate**2 / other**4
    return _bounds(rate / other - 1, variance, pair, n_star, alpha)


def difference_over_time(
    pairs: Sequence[Pair], *, n_star: int, alpha: float = ALPHA
) -> tuple[Bounds | None, ...]:
    """The sequence itself: one entry for each day's cumulative counts, in order.

    Raises ValueError where a count falls from one day to the next: these are no cumulative counts.
    """
    for before, after in pairwise(pairs):
        if after.trials < before.trials or after.other_trials < before.other_trials:
            raise ValueError("cumulative counts cannot fall")
    return tuple(difference_at(pair, n_star=n_star, alpha=alpha) for pair in pairs)


def _rates(pair: Pair) -> tuple[float, float] | None:
    if not (0 <= pair.successes <= pair.trials and 0 <= pair.other_successes <= pair.other_trials):
        raise ValueError("successes must lie between 0 and trials")
    if not pair.trials or not pair.other_trials:
        return None
    return pair.successes / pair.trials, pair.other_successes / pair.other_trials


def _bounds(value: float, variance: float, pair: Pair, n_star: int, alpha: float) -> Bounds | None:
    if not 0 < alpha < 1:
        raise ValueError("alpha must lie between 0 and 1")
    if variance <= 0:
        return None
    n = pair.trials + pair.other_trials
    rho = tuning(n_star=n_star)
    spread = n * rho * rho + 1
    # The paper's boundary, with the variance of the estimate (spread of one device / n) in place of sigma^2 / n.
    half = sqrt(variance * 2 * spread / (n * rho * rho) * log(sqrt(spread) / alpha))
    # The same boundary solved for alpha, rho staying as it was chosen before.
    p = sqrt(spread) * exp(-(value * value / variance) * n * rho * rho / (2 * spread))
    return Bounds(value, value - half, value + half, min(1.0, p))
