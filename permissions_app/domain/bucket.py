"""How many requests somebody may send, without counting them one by one.

A bucket holds `limit` requests and fills evenly: after `window` seconds it is full again. Whoever
has been quiet may send all of it at once; whoever keeps sending gets `limit` requests in each
window. All that has to be remembered is one number, the time at which the bucket is full again.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quota:
    """`limit` requests (1 or more) in any `window` seconds."""

    limit: int
    window: float


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a request. Times in seconds.

    `remaining`: whole requests that are left. `reset`: until the bucket is full again.
    `retry_after`: until the same request would be allowed, 0 when it was. `full_at`: what to
    remember, on the clock that `now` was read from.
    """

    allowed: bool
    remaining: int
    reset: float
    retry_after: float
    full_at: float


def take(*, quota: Quota, full_at: float, now: float, cost: int = 1) -> Taken:
    """Take a request that costs `cost` (1 or more, at most the limit) out of the bucket.

    `full_at`: as remembered, 0 for somebody new. What is refused costs nothing, so that a client
    that asks too often is let in again after `retry_after`, and not later each time it asks.
    """
    each = quota.window / quota.limit
    waiting = max(full_at - now, 0.0)
    wanted = waiting + cost * each
    # Sums of small fractions: a hair above the window still is the window.
    if wanted > quota.window * (1 + 1e-9):
        return Taken(False, _left(quota, waiting), waiting, wanted - quota.window, now + waiting)
    return Taken(True, _left(quota, wanted), wanted, 0.0, now + wanted)


def _left(quota: Quota, waiting: float) -> int:
    return max(0, int((quota.window - waiting) / quota.window * quota.limit + 1e-6))
