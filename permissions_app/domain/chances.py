"""How likely each of several wordings is to be the best one, given what was seen so far.

Each rate is unknown; after 16 of 100 it is probably somewhere near 16 %, and a Beta distribution says how
probable each value is. From there two questions have exact answers: how likely is it that this wording has the
highest rate, and how much would be given away on average by choosing it. Both are read off whenever one likes,
and both mislead when one stops at the first good moment: they help to decide, and prove nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from scipy.special import betainc, betaincinv, betaln, xlog1py, xlogy

Array = Any
"""A numpy array of floats: the stubs say no more than this."""
Counts = tuple[int, int]
"""(successes, trials)."""

_LEVELS = (1e-15, 1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 0.01, 0.05, 0.15, 0.3, 0.5)
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(24)


@dataclass(frozen=True, slots=True)
class Chance:
    """Of one arm. `best`: the probability that it has the highest rate. `loss`: by how much the best rate is
    above its own on average, as a fraction; the average over what the rates may be.
    """

    best: float
    loss: float


def posterior_interval(
    *, successes: int, trials: int, confidence: float = 0.95
) -> tuple[float, float]:
    """The middle part of what a rate may be after these counts, from a uniform prior.

    Raises ValueError unless 0 <= successes <= trials.
    """
    a, b = _posterior((successes, trials))
    tail = (1 - confidence) / 2
    return float(betaincinv(a, b, tail)), float(betaincinv(a, b, 1 - tail))


def chances(arms: Sequence[Counts]) -> tuple[Chance, ...]:
    """The chance of each arm to be the best, and its expected loss, from uniform priors. Exact to about ten
    digits: integrals of polynomials, piece by piece.

    Raises ValueError for fewer than two arms, or unless 0 <= successes <= trials.
    """
    if len(arms) < 2:
        raise ValueError("one arm has nothing to be better than")
    return _chances(tuple(arms))


@lru_cache(maxsize=512)
def _chances(arms: tuple[Counts, ...]) -> tuple[Chance, ...]:
    posteriors = [_posterior(arm) for arm in arms]
    at, weights = _grid(posteriors)
    below = [betainc(a, b, at) for a, b in posteriors]
    highest = float(np.sum(weights * (1 - np.prod(below, axis=0))))  # the mean of the best rate
    told = []
    for index, (a, b) in enumerate(posteriors):
        others = np.prod(below[:index] + below[index + 1 :], axis=0)
        density = np.exp(xlogy(a - 1, at) + xlog1py(b - 1, -at) - betaln(a, b))
        best = float(np.sum(weights * density * others))
        told.append(Chance(min(1.0, max(0.0, best)), max(0.0, highest - a / (a + b))))
    return tuple(told)


def _posterior(arm: Counts) -> tuple[int, int]:
    successes, trials = arm
    if not 0 <= successes <= trials:
        raise ValueError("successes must lie between 0 and trials")
    return successes + 1, trials - successes + 1


def _grid(posteriors: Sequence[tuple[int, int]]) -> tuple[Array, Array]:
    """Points in 0..1 and their weights, dense where any of the distributions moves, however narrow it is."""
    levels = np.array([*_LEVELS, *(1 - level for level in _LEVELS)])
    edges = np.unique(
        np.concatenate([[0.0, 1.0], *(betaincinv(a, b, levels) for a, b in posteriors)])
    )
    low, high = edges[:-1, None], edges[1:, None]
    at = (low + high) / 2 + (high - low) / 2 * _NODES
    weights = (high - low) / 2 * _WEIGHTS
    return at.ravel(), weights.ravel()
