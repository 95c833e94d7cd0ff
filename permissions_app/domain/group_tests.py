"""Whether groups of people come back differently, or only look so.

Two questions can be asked of several curves. The *log-rank* test compares how fast people recover among those who
are still there; somebody who is gone is simply no longer watched. *Gray's* test compares the curves that are drawn,
the chance to have recovered in a world where people also leave; somebody who is gone stays, as somebody who will not
come back. They differ when one group loses many more devices than another.

Both are read off the daily counts of the curves. Log-rank: Mantel, Cancer Chemotherapy Reports 50 (1966), with the
hypergeometric variance for ties. Gray: Annals of Statistics 16 (1988), rho = 0, with the variance that allows for ties.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import chdtrc

from permissions_app.domain.survival import AgePoint

Matrix = np.ndarray[Any, np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class GroupTest:
    """Chi-square with `df` degrees of freedom; `p`: how often chance alone would differ this much."""

    chi2: float
    df: int
    p: float


def log_rank(groups: Sequence[Sequence[AgePoint]]) -> GroupTest | None:
    """Compare the speed of recovery. None with fewer than two groups, or while nobody recovered."""
    curves = _counts(groups)
    if curves is None:
        return None
    at_risk, recovered, _ = curves
    size = at_risk.shape[0]
    score, variance = np.zeros(size), np.zeros((size, size))
    for n, d in zip(at_risk.T, recovered.T, strict=True):
        total, events = n.sum(), d.sum()
        if total == 0 or events == 0:
            continue
        share = n / total
        score += d - events * share
        if total > 1:
            spread = events * (total - events) / (total - 1)
            variance += spread * (np.diag(share) - np.outer(share, share))
    return _told(score, variance)


def gray(groups: Sequence[Sequence[AgePoint]]) -> GroupTest | None:
    """Compare the cumulative incidences. None with fewer than two groups, or while nobody recovered."""
    curves = _counts(groups)
    if curves is None:
        return None
    sums = _Gray(curves[0].shape[0])
    for n, d, lost in zip(*(counts.T for counts in curves), strict=True):
        if d.sum() + lost.sum():
            sums.step(n, d, lost)
    return _told(sums.score, sums.whole_variance())


class _Gray:
    """Gray's score and its variance along the ages.

    `free`: by group, neither recovered nor lost just before; `came`: its incidence just before; `pooled`: the
    incidence of all under the hypothesis that they are one. The variance has three parts because a device's
    contribution depends on what happens later: `drift` is what the pooled estimate carries on, and the parts are
    put together at the end.
    """

    def __init__(self, size: int) -> None:
        self.free, self.came, self.pooled = np.ones(size), np.zeros(size), 0.0
        self.score, self.drift = np.zeros(size), np.zeros((size, size))
        self.first, self.mixed, self.last = (
            np.zeros((size, size)),
            np.zeros((size, size)),
            np.zeros(size),
        )

    def step(self, n: Matrix, d: Matrix, lost: Matrix) -> None:
        """One age at which somebody recovered or was lost."""
        there = n > 0
        safe = np.where(there, n, 1.0)
        free = np.where(there, self.free * (n - d - lost) / safe, self.free)
        came = np.where(there, self.came + self.free * d / safe, self.came)
        weight = np.where(there, n / np.where(self.free > 0, self.free, 1.0), 0.0)
        total, events = weight.sum(), d.sum()
        watched = weight * (1 - self.came)
        pooled = self.pooled + events / total
        spread = np.diag(weight) - np.outer(weight, weight) / total
        self.drift += spread * events / (total * (1 - self.pooled))
        if events:
            self.score += d - events * watched / watched.sum()
            self._recoveries(n, events, total, free, pooled, spread)
        self._losses(n, lost, free, pooled)
        self.free, self.came, self.pooled = free, came, pooled

    def _recoveries(
        self, n: Matrix, events: float, total: float, free: Matrix, pooled: float, spread: Matrix
    ) -> None:
        for group in (int(row) for row in np.flatnonzero(n > 0)):
            later = 1 - (1 - pooled) / free[group] if free[group] > 0 else 1.0
            ties = 1 - (events - 1) / (total * self.free[group] - 1) if events > 1 else 1.0
            size = ties * self.free[group] * events / (total * n[group])
            self._add(group, spread[:, group] - later * self.drift[:, group], later, size)

    def _losses(self, n: Matrix, lost: Matrix, free: Matrix, pooled: float) -> None:
        for group in (int(row) for row in np.flatnonzero((lost > 0) & (free > 0))):
            later = (1 - pooled) / free[group]
            ties = 1 - (lost[group] - 1) / (n[group] - 1) if lost[group] > 1 else 1.0
            size = ties * self.free[group] ** 2 * lost[group] / n[group] ** 2
            self._add(group, later * self.drift[:, group], -later, size)

    def _add(self, group: int, column: Matrix, later: float, size: float) -> None:
        self.first += np.outer(column, column) * size
        self.mixed[:, group] += column * later * size
        self.last[group] += later * later * size

    def whole_variance(self) -> Matrix:
        """The parts together."""
        cross = self.mixed @ self.drift.T
        return self.first + (self.drift * self.last) @ self.drift.T + cross + cross.T


def _counts(groups: Sequence[Sequence[AgePoint]]) -> tuple[Matrix, Matrix, Matrix] | None:
    """At risk, recovered and lost by group (rows) and age (columns); None where there is nothing to compare."""
    kept = [points for points in groups if points and points[0].at_risk]
    ages = max((len(points) for points in kept), default=0)
    told = np.zeros((3, len(kept), ages))
    for row, points in enumerate(kept):
        for point in points:
            told[:, row, point.age] = point.at_risk, point.recovered, point.lost
    if len(kept) < 2 or not told[1].any():
        return None
    return told[0], told[1], told[2]


def _told(score: Matrix, variance: Matrix) -> GroupTest | None:
    """The statistic; one group is left out, since the scores add up to nothing."""
    df = len(score) - 1
    part = variance[:-1, :-1]
    if np.linalg.matrix_rank(part) < df:
        return None
    chi2 = float(score[:-1] @ np.linalg.solve(part, score[:-1]))
    return GroupTest(chi2, df, float(chdtrc(df, chi2)))
