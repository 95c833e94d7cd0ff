"""Many calls at a time, so that one slow server holds up neither the others nor the worker.

Calls run in threads of their own, and the task that starts them does not wait for their end. An endpoint has at most
EACH calls under way in a process, and one only while it is failing; all failing ones together have half of the
places. The threads touch the database just to write down what came of a call, a few at a time.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import connection
from django.utils import timezone

from campaigns.services.webhook_sending import Claim, call, keep, take

log = structlog.get_logger(__name__)
PLACES, EACH = 32, 4
WRITERS = 2
PAUSE = 0.2
"""Seconds to wait for a free place before the task leaves the rest to the next one."""


class Pool:
    """The calls that are under way in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: Counter[int] = Counter()
        self._failing: set[int] = set()
        self._promised = 0
        self._writers = threading.Semaphore(WRITERS)
        self._threads = ThreadPoolExecutor(PLACES, thread_name_prefix="webhook")

    def drain(self, *, ends: float) -> int:
        """Put under way what is due, until nothing is, no place gets free, or it is `ends` (monotonic); returns how
        many calls began.
        """
        total = 0
        while time.monotonic() < ends:
            self._promised = 0
            taken = take(now=timezone.now(), room=self._room)
            with self._changed:
                self._under_way.update(claim.endpoint for claim in taken.claims)
            for claim in taken.claims:
                self._threads.submit(self._send, claim)
            total += len(taken.claims)
            if not taken.left or not (taken.claims or self._place_gets_free()):
                break
        return total

    def wait_until_idle(self, *, seconds: float) -> bool:
        """Whether all calls came to an end in this time."""
        with self._changed:
            return self._changed.wait_for(lambda: not self._under_way.total(), seconds)

    def _room(self, endpoint: int, failing: bool) -> int:
        """How many calls to an endpoint may begin. What is promised here counts until the next round."""
        with self._changed:
            (self._failing.add if failing else self._failing.discard)(endpoint)
            free = PLACES - self._promised - self._under_way.total()
            if failing:
                taken = sum(self._under_way[one] for one in self._failing)
                free = min(free, PLACES // 2 - self._promised - taken)
            room = max(0, min(free, (1 if failing else EACH) - self._under_way[endpoint]))
            self._promised += room
            return room

    def _place_gets_free(self) -> bool:
        with self._changed:
            return self._changed.wait(PAUSE)

    def _send(self, claim: Claim) -> None:
        try:
            answer = call(claim, now=timezone.now())
            with self._writers:
                try:
                    keep(claim, answer, now=timezone.now(), draw=random.random())  # noqa: S311  luck, not a secret
                finally:
                    connection.close()
        except Exception:
            log.exception("webhook_sending_failed", delivery=claim.delivery)  # it comes due again
        finally:
            with self._changed:
                self._under_way[claim.endpoint] -= 1
                self._changed.notify_all()
