"""Which events arrive, whether a moment wants them or not: counted by name and day, a few sampled.

The catalogue of seen events is where moments are picked from. It is written a few times a second by
a thread of the web process, so that a batch of events waits for none of it. What is in the buffer
when a process is killed is lost: these counts guide people, the dashboards rest on devices. An
event that a moment matched counts once, however often it is sent; of the others no id is kept, and
one that is sent again counts again.
"""

import atexit
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable
from typing import Any

import msgspec
import psycopg
import structlog
from django.conf import settings
from django.db import connection as django_connection

from permissions_app.domain.device import DAY_MS
from permissions_app.domain.sampling import sample_of
from permissions_app.selectors import raw
from permissions_app.services.arrivals import Arrival

SECONDS_BETWEEN_WRITES = 0.5
MOST_BUFFERED = 5_000
"""Batches. Beyond this the oldest are dropped: a database that is away must not fill the process."""
SAMPLES_KEPT = 200
"""The newest of each name; `trim` deletes the others."""
SAMPLE_DAYS = 90
SECONDS_BETWEEN_SAMPLES = 60.0
"""How often a process samples a name of which it has taken SAMPLES_KEPT; before that, each batch."""
NAMES_REMEMBERED = 5_000
MOST_SAMPLES_A_WRITE = 1_000

COUNT = """
INSERT INTO permissions_app_seenevent AS e (app_id, name, day, count)
SELECT s.app_id, s.name, date '1970-01-01' + s.day, s.count
FROM jsonb_to_recordset(%s) AS s(app_id bigint, name text, day int, count bigint)
JOIN permissions_app_app a ON a.id = s.app_id ORDER BY 1, 2, 3
ON CONFLICT (app_id, name, day) DO UPDATE SET count = e.count + excluded.count
"""
KEEP = """
INSERT INTO permissions_app_seensample (app_id, name, at, properties)
SELECT s.app_id, s.name, to_timestamp(s.at / 1000.0), s.properties
FROM jsonb_to_recordset(%s) AS s(app_id bigint, name text, at bigint, properties jsonb)
JOIN permissions_app_app a ON a.id = s.app_id
"""
TRIM = """
DELETE FROM permissions_app_seensample AS s USING (
    SELECT id, row_number() OVER (PARTITION BY app_id, name ORDER BY at DESC, id DESC) AS place
    FROM permissions_app_seensample
) AS r
WHERE s.id = r.id AND (r.place > %s OR s.at < now() - make_interval(days => %s))
"""

logger = structlog.get_logger(__name__)
_buffer: deque["_Batch"] = deque(maxlen=MOST_BUFFERED)
_sampled: dict[tuple[int, str], tuple[int, float]] = {}
"""(app, name) -> samples that this process took, and when the next one is due (monotonic)."""
_wake = threading.Event()
_start = threading.Lock()
_writers: list[threading.Thread] = []
"""The one thread of this process that writes; empty before the first batch, and in a fresh fork."""
_encode = msgspec.json.Encoder().encode


class _Batch(msgspec.Struct, frozen=True):
    """What was seen in one batch: (name, day) -> how often; and (name, ms, properties)."""

    app_id: int
    counts: dict[tuple[str, int], int]
    samples: list[tuple[str, int, Any]]


def note(*, app_id: int, arrivals: Iterable[Arrival]) -> None:
    """Count these events soon; at once where the settings say that no thread may run (tests).

    Leaves out whatever is no moment event.
    """
    counts: dict[tuple[str, int], int] = {}
    samples: list[tuple[str, int, Any]] = []
    looked_at: set[str] = set()
    for arrival in arrivals:
        name = arrival.body.name
        if arrival.type != "moment_reached" or name is None:
            continue
        where = (name, arrival.at // DAY_MS)
        counts[where] = counts.get(where, 0) + 1
        if name not in looked_at:
            looked_at.add(name)
            if _wanted(app_id, name):
                samples.append((name, arrival.at, arrival.body.properties))
    if not counts:
        return
    _buffer.append(_Batch(app_id, counts, samples))
    if not settings.SEEN_THREAD:
        flush()
    elif not _writing():
        _start_thread()


def flush() -> int:
    """Write what is buffered; returns the number of batches. While the database is away they stay
    for the next time.
    """
    batches: list[_Batch] = []
    while _buffer:
        batches.append(_buffer.popleft())
    if not batches:
        return 0
    try:
        _write(batches)
    except psycopg.OperationalError:
        _buffer.extendleft(reversed(batches))
        raise
    return len(batches)


def trim() -> int:
    """Delete samples beyond the newest SAMPLES_KEPT of each name, and old ones; returns how many."""
    return raw.execute(TRIM, (SAMPLES_KEPT, SAMPLE_DAYS)).rowcount


def _write(batches: list[_Batch]) -> None:
    counts: Counter[tuple[int, str, int]] = Counter()
    for batch in batches:
        for (name, day), n in batch.counts.items():
            counts[batch.app_id, name, day] += n
    rows = [
        {"app_id": app, "name": name, "day": day, "count": n}
        for (app, name, day), n in counts.items()
    ]
    kept = [
        {"app_id": batch.app_id, "name": name, "at": at, "properties": sample_of(properties)}
        for batch in batches
        for name, at, properties in batch.samples
    ]
    with raw.atomic():
        raw.execute(COUNT, (_encode(rows).decode(),))
        if kept:
            raw.execute(KEEP, (_encode(kept[:MOST_SAMPLES_A_WRITE]).decode(),))


def _wanted(app_id: int, name: str) -> bool:
    """Whether an event of this name is due to be sampled by this process."""
    now = time.monotonic()
    taken, due = _sampled.get((app_id, name), (0, 0.0))
    if now < due:
        return False
    if len(_sampled) >= NAMES_REMEMBERED:
        _sampled.clear()
    taken += 1
    wait = 0.0 if taken < SAMPLES_KEPT else SECONDS_BETWEEN_SAMPLES
    _sampled[app_id, name] = (taken, now + wait)
    return True


def _writing() -> bool:
    return bool(_writers) and _writers[-1].is_alive()


def _start_thread() -> None:
    with _start:
        if not _writing():
            _writers[:] = [threading.Thread(target=_run, name="seen-events", daemon=True)]
            _writers[0].start()
            atexit.register(_last_flush)


def _run() -> None:
    while not _wake.wait(SECONDS_BETWEEN_WRITES):
        _flush_or_warn()
    django_connection.close()


def _last_flush() -> None:
    _wake.set()
    _flush_or_warn()


def _flush_or_warn() -> None:
    try:
        flush()
    except (psycopg.Error, *raw.CONNECTION_LOST, ValueError, TypeError) as error:
        logger.warning("seen.write_failed", error=str(error), waiting=len(_buffer))
        django_connection.close()
