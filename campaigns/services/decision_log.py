"""The log of decisions that interrupted nobody.

They are written a few times a second, many at once, by a thread of the web process: an answer that
shows nothing costs the caller no write. What is in the buffer when a process is killed is lost, and
that is accepted for these lines alone; a decision that shows or holds back something is written
with its reservation before it is answered.
"""

import atexit
import threading
from collections import deque
from typing import Any

import msgspec
import psycopg
import structlog
from django.conf import settings
from django.db import connection as django_connection

from permissions_app.selectors import raw

SECONDS_BETWEEN_WRITES = 0.25
MOST_BUFFERED = 20_000
"""Beyond this the oldest lines are dropped: the log must never hold up or fill a process whose
database is away.
"""

WRITE = """
INSERT INTO campaigns_decisionlog
    (id, app_id, device_id, at, moment, action, reason, campaign, revision, variant, propensity, detail)
SELECT id, app_id, device_id, to_timestamp(at / 1000.0), moment, action, reason, campaign, revision, variant,
       propensity, detail
FROM jsonb_to_recordset(%s) AS l(id uuid, app_id bigint, device_id bigint, at bigint, moment text, action text,
    reason text, campaign text, revision int, variant text, propensity float8, detail jsonb)
WHERE EXISTS (SELECT FROM permissions_app_device AS d WHERE d.id = l.device_id)
"""
ERASING = (7_203, 0)
"""The advisory lock that keeps writing and erasing apart: a line that waits in a buffer while its device is erased
must not be written afterwards.
"""
SHARE = "SELECT pg_advisory_xact_lock_shared(%s, %s)"

logger = structlog.get_logger(__name__)
_buffer: deque["Line"] = deque(maxlen=MOST_BUFFERED)
_wake = threading.Event()
_start = threading.Lock()
_writers: list[threading.Thread] = []
"""The one thread of this process that writes; empty before the first line, and in a fresh fork."""
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True):
    """One decision as it is logged. `at` in ms."""

    id: str
    app_id: int
    device_id: int
    at: int
    moment: str
    action: str
    reason: str
    campaign: str
    revision: int
    variant: str
    propensity: float | None
    detail: dict[str, Any]


def add(line: Line) -> None:
    """Log a line soon; at once where the settings say that no thread may run (tests)."""
    _buffer.append(line)
    if not settings.DECISION_LOG_THREAD:
        flush()
    elif not _writing():
        _start_thread()


def flush() -> int:
    """Write what is buffered; returns the number of lines. On a database error the lines stay for
    the next time.
    """
    lines: list[Line] = []
    while _buffer:
        lines.append(_buffer.popleft())
    if lines:
        try:
            with raw.atomic():
                raw.execute(SHARE, ERASING)
                raw.execute(WRITE, (_encode(lines).decode(),))
        except psycopg.Error:
            _buffer.extendleft(reversed(lines))
            raise
    return len(lines)


def _writing() -> bool:
    return bool(_writers) and _writers[-1].is_alive()


def _start_thread() -> None:
    with _start:
        if not _writing():
            _writers[:] = [threading.Thread(target=_run, name="decision-log", daemon=True)]
            _writers[0].start()
            atexit.register(_last_flush)


def _run() -> None:
    while not _wake.wait(SECONDS_BETWEEN_WRITES):
        try:
            flush()
        except (psycopg.Error, *raw.CONNECTION_LOST) as error:
            logger.warning("decision_log.write_failed", error=str(error), waiting=len(_buffer))
            django_connection.close()


def _last_flush() -> None:
    _wake.set()
    try:
        flush()
    except (psycopg.Error, *raw.CONNECTION_LOST) as error:
        logger.warning("decision_log.lost_at_exit", error=str(error), lines=len(_buffer))
