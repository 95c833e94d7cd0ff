"""Waiting for what the running product does by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0


def wait_until(
    holds: Callable[[], bool],
    what: str | Callable[[], object],
    seconds: float = PATIENCE_SECONDS,
) -> None:
    """Return as soon as the condition holds; fail when it does not within the time. `what`: is waited for, or tells how
    things stand then.
    """
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            told = what if isinstance(what, str) else what()
            raise AssertionError(f"waited {seconds:.0f} s in vain: {told}")
        time.sleep(0.02)
