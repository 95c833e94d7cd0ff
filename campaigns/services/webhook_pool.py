"""Many calls at a time, so that one slow server holds up neither the others nor the worker.

Calls run in threads of their own, and the task that starts them does not wait for their end. An endpoint has at most
EACH calls under way in a process, and one only while it is failing; all failing ones together have half of the
places. These threads do not touch the database: what came of a call is written down by one more thread.
"""

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import structlog
from django.db import close_old_connections, connection
from django.utils import timezone

from campaigns.domain.webhook_tries import Answer
from campaigns.services.webhook_sending import Claim, call, keep, take

log = structlog.get_logger(__name__)
PLACES, EACH = 32, 4
PAUSE = 0.2
"""Seconds to wait for a free place before the task leaves the rest to the next one."""


class Pool:
    """The calls that are under way in this process."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._under_way: Counter[int] = Counter()
        self._failing: set[int] = set()
        self._promised = 0
        self._callers = ThreadPoolExecutor(PLACES, thread_name_prefix="webhook")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="webhook-log")

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
                self._callers.submit(self._call, claim)
            total += len(taken.claims)
            if not taken.left or not (taken.claims or self._place_gets_free()):
                break
        return total

    def close(self) -> None:
        """Let all calls come to an end, and let go of the database."""
        self._callers.shutdown()
        self._writer.submit(_let_go)
        self._writer.shutdown()

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

    def _call(self, claim: Claim) -> None:
        try:
            self._writer.submit(self._keep, claim, call(claim, now=timezone.now()))
        except Exception:
            log.exception("webhook_call_failed", delivery=claim.delivery)  # it comes due again
            self._ended(claim)

    def _keep(self, claim: Claim, answer: Answer) -> None:
        try:
            close_old_connections()  # the database may have been away since the last time
            keep(claim, answer, now=timezone.now(), draw=random.random())  # noqa: S311  luck, not a secret
        except Exception:
            log.exception("webhook_not_written", delivery=claim.delivery)  # it comes due again
        finally:
            self._ended(claim)

    def _ended(self, claim: Claim) -> None:
        with self._changed:
            self._under_way[claim.endpoint] -= 1
            self._changed.notify_all()


def _let_go() -> None:
    """Close the connection of this thread."""
    connection.close()
