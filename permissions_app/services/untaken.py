"""What arrived and was not stored, kept for a while: the self-check shows it to whoever connects a client.

A client learns of a refusal from the answer, but most throw the answer away. A few refusals of each
batch are kept, and of an app the newest. A client that has gone wrong in the field refuses by the
thousand, so how many batches are written is bounded in each web process; the answer itself is never
held up or changed by any of this.
"""

import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import psycopg
import structlog

from permissions_app.domain.bucket import Quota, take
from permissions_app.selectors import raw
from permissions_app.services.arrivals import BatchError, Untaken

MOST_KEPT = 200
"""Of each app, the newest."""
MOST_OF_A_BATCH = 5
DAYS_KEPT = 14
BATCHES = Quota(20, 10.0)
"""Batches of one app whose refusals a process writes down, in seconds."""
MOST_REMEMBERED = 5_000

KEEP = """
INSERT INTO permissions_app_untaken (app_id, received_at, device_key, type, event_id, code, detail)
SELECT %(app)s, %(at)s, device, type, id, code, detail
FROM jsonb_to_recordset(%(rows)s) AS r(device text, type text, id text, code text, detail text)
"""
LET_GO = """
DELETE FROM permissions_app_untaken WHERE app_id = %(app)s AND received_at < (
    SELECT received_at FROM permissions_app_untaken WHERE app_id = %(app)s
    ORDER BY received_at DESC OFFSET %(most)s LIMIT 1
)
"""
TRIM = "DELETE FROM permissions_app_untaken WHERE received_at < now() - make_interval(days => %s)"

logger = structlog.get_logger(__name__)
_encode = msgspec.json.Encoder().encode
_full_at: dict[int, float] = {}
_one_at_a_time = threading.Lock()


def keep(*, app_id: int, untaken: Sequence[Untaken], received: int) -> None:
    """Write down the first few. `received`: ms. Never raises for a database that is away."""
    if not untaken or not _may_write(app_id):
        return
    rows = _encode(untaken[:MOST_OF_A_BATCH]).decode()
    at = datetime.fromtimestamp(received / 1000, UTC)
    try:
        with raw.atomic():
            raw.execute(KEEP, {"app": app_id, "at": at, "rows": rows})
            raw.execute(LET_GO, {"app": app_id, "most": MOST_KEPT})
    except raw.CONNECTION_LOST as error:
        logger.warning("untaken.write_failed", error=str(error))
        raw.drop_connection()
    except psycopg.Error as error:
        logger.warning("untaken.write_failed", error=str(error))


def keep_call(*, app_id: int, error: BatchError, received: int) -> None:
    """Write down that a whole call could not be read."""
    keep(
        app_id=app_id,
        untaken=[Untaken("", "", "", error.code, error.detail[:300])],
        received=received,
    )


def trim() -> int:
    """Delete what is old; returns how many."""
    return raw.execute(TRIM, (DAYS_KEPT,)).rowcount


def _may_write(app_id: int) -> bool:
    with _one_at_a_time:
        if len(_full_at) >= MOST_REMEMBERED:
            _full_at.clear()
        taken = take(quota=BATCHES, full_at=_full_at.get(app_id, 0.0), now=time.monotonic())
        _full_at[app_id] = taken.full_at
    return taken.allowed
