"""How often one key may call: buckets in the memory of the web process.

Nothing is read or written in the database, so a refusal is the cheapest answer there is. Each web
process has its own buckets and its part of the limit: callers that are spread over the processes,
as busy ones are, get the whole of it; one that always meets the same process gets that part.
"""

import threading
import time

from django.conf import settings

from permissions_app.domain.bucket import Quota, Taken, take

WINDOW = 60.0
"""Limits are set in requests a minute."""
MOST_REMEMBERED = 10_000

_full_at: dict[tuple[str, str], float] = {}
_one_at_a_time = threading.Lock()


def quota(*, group: str) -> Quota | None:
    """What one key may do in this process; None where nothing is limited.

    `group`: a name of `settings.RATE_LIMITS`.
    """
    limit: int = settings.RATE_LIMITS[group]
    return Quota(max(1, limit // settings.WEB_WORKERS), WINDOW) if limit else None


def ask(*, group: str, caller: str) -> Taken | None:
    """Count one request of a caller (the prefix of its key, say); None where nothing is limited."""
    allowed = quota(group=group)
    if allowed is None:
        return None
    now, who = time.monotonic(), (group, caller)
    with _one_at_a_time:
        if len(_full_at) >= MOST_REMEMBERED and who not in _full_at:
            _forget_the_quiet(now)
        taken = take(quota=allowed, full_at=_full_at.get(who, 0.0), now=now)
        _full_at[who] = taken.full_at
    return taken


def forget() -> None:
    """Start with full buckets, as a fresh process does."""
    _full_at.clear()


def _forget_the_quiet(now: float) -> None:
    """A full bucket need not be remembered. When none is full, all are: nobody is locked out."""
    quiet = [who for who, full_at in _full_at.items() if full_at <= now]
    for who in quiet:
        del _full_at[who]
    if not quiet:
        _full_at.clear()
