"""Background work on what we do. Tasks carry no payload: each does what is due in PostgreSQL."""

import threading
import time

from celery import shared_task

from campaigns.services import forecasts

SECONDS_A_TASK_MAY_DRAIN = 20.0

_one = threading.Lock()
"""One forecast at a time in a process: the other threads of a worker go on counting."""


@shared_task
def work_out_forecasts() -> int:
    """Work out the forecasts that wait; returns how many there were."""
    if not _one.acquire(blocking=False):
        return 0
    try:
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        while time.monotonic() < ends and forecasts.run_next():
            total += 1
        return total
    finally:
        _one.release()
