"""Who sees which words, and who deliberately sees nothing.

Every device gets a number between 0 and 1 that depends only on the campaign's seed and the device's
key. The number decides the arm: with two arms of equal weight, devices below 0.5 see the first. The
same device gets the same number on our server, in a client and on any later day, so nothing has to
be remembered for the draw to be repeatable.

The holdout (devices that are eligible and are shown nothing, so that we can tell what a campaign
causes) is drawn with a seed of its own. Being held out therefore says nothing about the arm, and
changing one share never reshuffles the other.

The number is GrowthBook's hash, version 2, so that its clients agree with ours to the last digit;
its published test vectors are in `tests/cases/growthbook.json`.
"""

from collections.abc import Sequence
from functools import lru_cache

FNV_OFFSET = 0x811C9DC5
FNV_PRIME = 0x01000193
HOLDOUT_SUFFIX = "/holdout"
"""What is added to a campaign's seed to draw its holdout: no arm is drawn with such a seed."""

Range = tuple[float, float]


def _units(text: str) -> bytes | tuple[int, ...]:
    """The numbers a client hashes: one per character in ASCII, UTF-16 units otherwise (as
    JavaScript does).
    """
    if text.isascii():
        return text.encode("ascii")
    raw = text.encode("utf-16-le", "surrogatepass")
    return tuple(raw[i] | raw[i + 1] << 8 for i in range(0, len(raw), 2))


def _fold(state: int, units: Sequence[int]) -> int:
    for unit in units:
        state = (state ^ unit) * 0x01000193 & 0xFFFFFFFF
    return state


@lru_cache(maxsize=4096)
def _seeded(seed: str) -> int:
    """The hash state after the seed: campaigns are few and devices many, so the seed is hashed
    once.
    """
    return _fold(FNV_OFFSET, _units(seed))


def fnv1a32(text: str) -> int:
    """The 32-bit FNV-1a hash of a text."""
    return _fold(FNV_OFFSET, _units(text))


def bucket(*, seed: str, value: str) -> float:
    """The number in [0, 1) of `value` (a device key) under `seed`: GrowthBook hash v2, in steps of
    0.0001.
    """
    inner = _fold(_seeded(seed), _units(value))
    return _fold(FNV_OFFSET, b"%d" % inner) % 10000 / 10000


def bucket_ranges(
    *, count: int, coverage: float = 1.0, weights: Sequence[float] | None = None
) -> tuple[Range, ...]:
    """The slice of [0, 1) that each of `count` variations owns, in order.

    `coverage` is the share of each slice that takes part, cut to [0, 1]. Weights of the wrong
    number, or whose sum is not 1 (within 0.01), are replaced by equal ones, as GrowthBook's clients
    do; see `arm_ranges` for ours.
    """
    coverage = min(max(coverage, 0.0), 1.0)
    equal = [1 / count] * count if count > 0 else []
    chosen = list(weights) if weights is not None and len(weights) == count else equal
    if not 0.99 <= sum(chosen) <= 1.01:
        chosen = equal
    ranges: list[Range] = []
    start = 0.0
    for weight in chosen:
        ranges.append((start, start + coverage * weight))
        start += weight
    return tuple(ranges)


def arm_shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights of any positive sum as shares that add up to 1; all zeros when nothing sensible has a
    weight.

    A weight that is negative, infinite or not a number counts as zero: such a campaign is refused
    when it is saved, and must not break a decision if it exists all the same.
    """
    sane = [weight if 0 < weight < float("inf") else 0.0 for weight in weights]
    total = 0.0
    for (
        weight
    ) in sane:  # not `sum`, which rounds otherwise from Python 3.12 on: clients add like this
        total += weight
    if not 0 < total < float("inf"):
        return (0.0,) * len(sane)
    return tuple(weight / total for weight in sane)


def choose_variation(*, n: float, ranges: Sequence[Range]) -> int:
    """The index of the first range with `lo <= n < hi`, or -1."""
    for index, (low, high) in enumerate(ranges):
        if low <= n < high:
            return index
    return -1


def choose_arm(*, seed: str, value: str, shares: Sequence[float], ranges: Sequence[Range]) -> int:
    """The index of the arm that `value` draws; -1 when no arm has a share.

    `ranges` are `bucket_ranges` of `shares`. Rounding may leave a sliver above the last range: it
    belongs to the last arm that has a share.
    """
    last = -1
    positive = 0
    for index, share in enumerate(shares):
        if share > 0:
            last = index
            positive += 1
    if positive < 2:
        return last
    chosen = choose_variation(n=bucket(seed=seed, value=value), ranges=ranges)
    return chosen if chosen >= 0 else last


def in_holdout(*, seed: str, value: str, holdout: float) -> bool:
    """Whether `value` belongs to the held-out share (0..1) of the campaign with this seed."""
    if not holdout > 0:
        return False
    return bucket(seed=seed + HOLDOUT_SUFFIX, value=value) < holdout
