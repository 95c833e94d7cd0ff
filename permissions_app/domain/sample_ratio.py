"""Whether devices came into the arms of a trial as often as they should have.

With two wordings of equal weight, 600 devices in one and 400 in the other do not happen by chance. Something
sends devices to one arm or loses them from the other, and then a difference between the arms may come from
whom they hold rather than from the words. No winner is named until it is understood.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

from scipy.special import chdtrc

ALARM = 0.001
"""Below this probability a mismatch is shown, and the winner is hidden."""


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """`chi2`: Pearson's statistic. `p`: how probable counts at least this uneven are. `expected`: devices that
    each arm should have.
    """

    chi2: float
    p: float
    expected: tuple[float, ...]

    @property
    def mismatch(self) -> bool:
        """Whether the arms cannot be compared."""
        return self.p < ALARM


def sample_ratio(*, counts: Sequence[int], shares: Sequence[float]) -> SampleRatio | None:
    """Pearson's chi-square of the counts against the shares (any positive scale). Arms without a share must be
    empty: a device in one is a mismatch for certain. None with fewer than two arms that have a share, or while
    there are no devices.

    Raises ValueError for negative numbers or different lengths.
    """
    if len(counts) != len(shares):
        raise ValueError("every arm needs a share")
    if any(n < 0 for n in counts) or any(not share >= 0 for share in shares):
        raise ValueError("counts and shares cannot be negative")
    total, whole = sum(counts), fsum(shares)
    arms = sum(1 for share in shares if share > 0)
    if total == 0 or arms < 2:
        return None
    expected = tuple(total * share / whole for share in shares)
    if any(n and not share for n, share in zip(counts, shares, strict=True)):
        return SampleRatio(float("inf"), 0.0, expected)
    chi2 = fsum((n - e) ** 2 / e for n, e in zip(counts, expected, strict=True) if e)
    return SampleRatio(chi2, float(chdtrc(arms - 1, chi2)), expected)
