"""Background work on what we do. Tasks carry no payload: each does what is due in PostgreSQL."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from celery import shared_task
from django.utils import timezone

from campaigns.services import (
    alert_messages,
    alerts,
    digests,
    forecasts,
    letters,
    segments,
    webhook_changes,
    webhook_sending,
)
from campaigns.services.waiting import Tried
from campaigns.services.webhook_pool import Pool
from permissions_app.selectors.days import day_number, today

log = structlog.get_logger(__name__)
SECONDS_A_TASK_MAY_DRAIN = 20.0
PATIENCE = 2.0
"""Seconds that a task which comes seldom waits for the others: they come at the same full second, and are short."""

_slow = threading.Lock()
"""One slow thing at a time in a process: the other threads of a worker go on counting."""
_calls = Pool()
_calling = threading.Lock()


@contextmanager
def _alone(*, patience: float = 0.0) -> Iterator[bool]:
    """Hold `_slow`; False where somebody else has it for longer than `patience` seconds."""
    alone = _slow.acquire(timeout=patience)
    try:
        yield alone
    finally:
        if alone:
            _slow.release()


def _send_all(send_next: Callable[[], Tried | None], *, ends: float) -> int:
    """Send what waits until nothing does, the time is over, or a server does not answer; returns how many went out."""
    total = 0
    while time.monotonic() < ends:
        tried = send_next()
        if tried is None:
            break
        total += tried.sent
        if not tried.answered:
            break
    return total


@shared_task
def work_out_forecasts() -> int:
    """Work out the forecasts that wait; returns how many there were."""
    with _alone() as alone:
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        while alone and time.monotonic() < ends and forecasts.run_next():
            total += 1
        return total


@shared_task
def send_letters() -> int:
    """Send the e-mails that wait; returns how many went out. A mail server that does not answer is
    left alone until the next time.
    """
    with _alone() as alone:
        if not alone:
            return 0
        ends = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN
        return _send_all(lambda: letters.send_next(now=timezone.now()), ends=ends)


@shared_task
def look_at_segments() -> int:
    """Write down who is in which segment, once a day for each; returns how many were looked at."""
    with _alone() as alone:
        if not alone:
            return 0
        ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        day = day_number(today(timezone.now()))
        for app_id, key in segments.due_looks(day=day):
            if time.monotonic() > ends:
                break
            total += segments.look(app_id=app_id, key=key, day=day, now=timezone.now()) is not None
        return total


@shared_task
def check_alerts() -> int:
    """Look at every app that is due; returns how many alerts were opened."""
    with _alone(patience=PATIENCE) as alone:
        if not alone:
            return 0
        ends, opened = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
        for app_id in alerts.due_apps(now=timezone.now()):
            if time.monotonic() > ends:
                break
            try:
                opened += alerts.check(app_id=app_id, now=timezone.now()).opened
            except Exception:
                log.exception("alert_check_failed", app=app_id)  # the other apps have their turn
        alert_messages.trim(now=timezone.now())
        return opened


@shared_task
def send_alert_messages() -> int:
    """Send the e-mails about alerts; returns how many went out. A mail server that does not answer is left alone until
    the next time.
    """
    with _alone(patience=PATIENCE) as alone:
        if not alone:
            return 0
        ends = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN
        return _send_all(lambda: alert_messages.send_next(now=timezone.now()), ends=ends)


@shared_task
def send_digests() -> int:
    """Send the weekly e-mails that are due; returns how many went out."""
    with _alone(patience=PATIENCE) as alone:
        if not alone:
            return 0
        digests.prepare(now=timezone.now())
        ends = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN
        return _send_all(lambda: digests.send_next(now=timezone.now()), ends=ends)


@shared_task
def send_webhooks() -> int:
    """Tell of what was noted, and begin to call the webhooks that are due; returns how many calls began. The calls go
    on by themselves.
    """
    if not _calling.acquire(blocking=False):
        return 0
    try:
        ends = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN
        while time.monotonic() < ends and webhook_changes.tell_changes(now=timezone.now()):
            pass
        return _calls.drain(ends=ends)
    finally:
        _calling.release()


@shared_task
def tend_webhooks() -> int:
    """Disable webhooks that cannot keep up, and forget old messages; returns how many were forgotten."""
    webhook_sending.tend(now=timezone.now())
    ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
    while time.monotonic() < ends and (gone := webhook_sending.trim(now=timezone.now())):
        total += gone
    return total
