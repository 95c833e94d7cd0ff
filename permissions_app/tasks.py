"""Background work on what is true. Tasks carry no payload: each does what is due in PostgreSQL."""

import random
import time

from celery import shared_task
from django.utils import timezone

from permissions_app.services import erase, partitions, rebuild, replays, rollups, seen, untaken

SECONDS_A_TASK_MAY_DRAIN = 20.0


@shared_task
def fold_rollups() -> int:
    """Count the devices that changed, until none is waiting; returns the notes taken."""
    ends, total = time.monotonic() + SECONDS_A_TASK_MAY_DRAIN, 0
    for app_id in rollups.apps_waiting():
        while time.monotonic() < ends:
            folded = rollups.fold_queue(app_id=app_id)
            total += folded.notes
            if folded.notes == 0:
                break
    return total


@shared_task
def audit_rollups() -> int:
    """Recompute a sample of every app from its events and raise an alarm where a number differs."""
    return rebuild.audit_all(fraction=random.random())  # noqa: S311  where a sample starts is no secret


@shared_task
def keep_partitions() -> int:
    """Make the partitions of the coming months."""
    return partitions.keep()


@shared_task
def trim_samples() -> int:
    """Keep only the newest samples of each event name, what was not taken of late, and the answers of
    the last day.
    """
    return seen.trim() + untaken.trim() + replays.trim(now=timezone.now())


@shared_task
def forget_erasures() -> int:
    """Let go of erasures that no late event can reach any more."""
    return erase.forget_erasures(now=time.time_ns() // 1_000_000)
