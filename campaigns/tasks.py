"""Background work on what we do. Tasks carry no payload: each does what is due in PostgreSQL."""

import threading
import time

from celery import shared_task
from django.utils import timezone

from campaigns.services import forecasts, letters, segments
from permissions_app.selectors.days import day_number, today

SECONDS_A_TASK_MAY_DRAIN = 20.0

_slow = threading.Lock()
"""One slow thing at a time in a process: the other threads of a worker go on counting."""


@shared_task
def work_out_forecasts() -> int:
    """Work out the forecasts that wait; returns how many there were."""
    if not _slow.acquire(blocking=False):
        return 0
    try:
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        while time.monotonic() < ends and forecasts.run_next():
            total += 1
        return total
    finally:
        _slow.release()


@shared_task
def send_letters() -> int:
    """Send the e-mails that wait; returns how many went out. A mail server that does not answer is
    left alone until the next time.
    """
    if not _slow.acquire(blocking=False):
        return 0
    try:
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        while time.monotonic() < ends:
            tried = letters.send_next(now=timezone.now())
            if tried is None or not tried.answered:
                break
            total += tried.sent
        return total
    finally:
        _slow.release()


@shared_task
def look_at_segments() -> int:
    """Write down who is in which segment, once a day for each; returns how many were looked at."""
    if not _slow.acquire(blocking=False):
        return 0
    try:
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        day = day_number(today(timezone.now()))
        for app_id, key in segments.due_looks(day=day):
            if time.monotonic() > ends:
                break
            total += segments.look(app_id=app_id, key=key, day=day) is not None
        return total
    finally:
        _slow.release()
