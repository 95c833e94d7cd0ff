"""Asking many questions at once without being fooled by the luckiest of them.

Twenty comparisons at 5 % find one difference by luck alone. Holm's correction keeps the chance of a single
false finding at 5 % over all of them: it is used where a finding has consequences, between the arms of a trial.
Benjamini and Hochberg's keeps the share of false findings among all findings at 5 %: it is used where one looks
around, across segments.
"""

from collections.abc import Sequence


def bonferroni(p_values: Sequence[float]) -> tuple[float, ...]:
    """Each p-value times the number of questions, at most 1."""
    return tuple(min(1.0, p * len(p_values)) for p in _checked(p_values))


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the order given: reject those at or below the level (Holm 1979, step-down)."""
    m = len(_checked(p_values))
    adjusted, highest = [0.0] * m, 0.0
    for rank, index in enumerate(sorted(range(m), key=lambda i: p_values[i])):
        highest = max(highest, min(1.0, (m - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)


def benjamini_hochberg(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p-values in the order given (Benjamini and Hochberg 1995, step-up)."""
    m = len(_checked(p_values))
    adjusted, lowest = [0.0] * m, 1.0
    order = sorted(range(m), key=lambda i: p_values[i])
    for rank in range(m, 0, -1):
        index = order[rank - 1]
        lowest = min(lowest, p_values[index] * m / rank)
        adjusted[index] = lowest
    return tuple(adjusted)


def _checked(p_values: Sequence[float]) -> Sequence[float]:
    if any(not 0 <= p <= 1 for p in p_values):
        raise ValueError("a p-value lies between 0 and 1")
    return p_values
