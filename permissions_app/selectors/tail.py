"""Following the events of an app as they are stored: each is told once, none is left out.

Ids and times of arrival cannot be followed: a request that began earlier may be stored later, and a
reader that is past it would never see it. What can be followed is PostgreSQL's own order of
transactions. A reader is told what was stored by transactions that were not over when it looked last and
are now, and nothing of one that is still open or may begin before those. While any transaction writes, whatever it
is, what came after it waits: a tail may be late, and is never wrong.

Transaction ids are 32 bits in a row and are compared as PostgreSQL does, around the circle; the time of arrival only
narrows the search.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from permissions_app.domain.events import EventContext
from permissions_app.selectors import raw
from permissions_app.selectors.arrivals import ArrivedEvent

LONGEST_REQUEST = timedelta(seconds=300)
"""Between the arrival of an event and its transaction lies less than that, a slow upload included."""
LOOKED_THROUGH = 10_000
"""So many of the latest events are looked through for those of a type or a device."""
NOW = """
SELECT pg_snapshot_xmin(s)::text::bigint, pg_snapshot_xmax(s)::text::bigint, statement_timestamp()
FROM pg_current_snapshot() AS s
"""
SINCE = """
SELECT e.id::text, d.key, e.type, e.occurred_at, e.received_at, e.body::text
FROM permissions_app_event AS e JOIN permissions_app_device AS d ON d.id = e.device_id
WHERE e.app_id = %(app)s AND e.received_at >= %(from)s
  AND (e.xmin::text::bigint - %(low)s::bigint) & 4294967295 < (%(high)s::bigint - %(low)s::bigint)
  AND (e.received_at, e.id) > (%(at)s, %(id)s::uuid)
  AND (%(type)s = '' OR e.type = %(type)s) AND (%(device)s = '' OR d.key = %(device)s)
ORDER BY e.received_at, e.id LIMIT %(limit)s
"""
LATEST = """
SELECT * FROM (
    SELECT e.id::text, d.key, e.type, e.occurred_at, e.received_at, e.body::text
    FROM (
        SELECT *, xmin::text::bigint AS stored_by FROM permissions_app_event WHERE app_id = %(app)s
        ORDER BY received_at DESC LIMIT %(looked)s
    ) AS e JOIN permissions_app_device AS d ON d.id = e.device_id
    WHERE (%(high)s::bigint - 1 - e.stored_by) & 4294967295 < 2147483648
      AND (%(type)s = '' OR e.type = %(type)s) AND (%(device)s = '' OR d.key = %(device)s)
    ORDER BY e.received_at DESC, e.id DESC LIMIT %(limit)s
) AS latest ORDER BY received_at, id
"""
REFUSED = """
SELECT event_id, device_key, type, code, detail, received_at FROM permissions_app_untaken
WHERE app_id = %(app)s AND (xmin::text::bigint - %(low)s::bigint) & 4294967295 < (%(high)s::bigint - %(low)s::bigint)
  AND (%(type)s = '' OR type = %(type)s) AND (%(device)s = '' OR device_key = %(device)s)
ORDER BY received_at DESC, id DESC LIMIT %(limit)s
"""
MOST_REFUSED = 200
MOST_TRANSACTIONS = 1 << 31
"""Beyond that many a cursor is too old to be followed."""

_CURSOR = re.compile(r"([0-9]{1,18})" + r"-([0-9]{1,18})" * 5 + r"-([0-9a-f]{32})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST = "0" * 32
_decode = msgspec.json.Decoder(EventContext).decode


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader is.

    It was told of all transactions before `low`. Those up to `high` it is being told of, and of them everything up to
    the event `id` that arrived at `at`. No event of another one arrived before `since`. Transactions from `mark` on
    began after `marked_at`: once they are all that is left, `since` may follow.
    """

    low: int
    high: int
    since: datetime
    mark: int
    marked_at: datetime
    at: datetime = _EPOCH
    id: str = _FIRST

    @property
    def half_told(self) -> bool:
        """Whether more of the same transactions is to be told."""
        return self.id != _FIRST

    def __str__(self) -> str:
        times = [_micros(at) for at in (self.since, self.marked_at, self.at)]
        since, marked, at = times
        return f"{self.low}-{self.high}-{since}-{self.mark}-{marked}-{at}-{self.id}"


@dataclass(frozen=True, slots=True)
class RefusedEntry:
    """An entry that was not stored, as far as it could be read, and why."""

    id: str
    device_key: str
    type: str
    code: str
    detail: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Followed:
    """Events in the order of their arrival, what was refused meanwhile, and where to go on; `more`: there are more
    events now.
    """

    events: tuple[ArrivedEvent, ...]
    refused: tuple[RefusedEntry, ...]
    place: Place
    more: bool


class CannotFollow(ValueError):
    """This place is not one of this database, or too long ago."""


def place_in(cursor: str) -> Place | None:
    """The place that a cursor names; None for anything else."""
    found = _CURSOR.fullmatch(cursor)
    if found is None:
        return None
    low, high, since, mark, marked, at = (int(part) for part in found.groups()[:-1])
    try:
        return Place(low, high, _time(since), mark, _time(marked), _time(at), found[7])
    except OverflowError:
        return None


def follow(
    *, app_id: int, after: Place | None, limit: int, kind: str = "", device: str = ""
) -> Followed:
    """What came since a place, or the latest events where there is none. Raises CannotFollow.

    `kind`, `device`: only events of this type, or of the device with this key.
    """
    row = raw.execute(NOW).fetchone()
    assert row is not None
    horizon, following, now = row
    asked = {"app": app_id, "type": kind, "device": device, "high": horizon, "limit": limit}
    if after is None:
        events = _events(raw.execute(LATEST, {**asked, "looked": LOOKED_THROUGH}).fetchall())
        place = Place(horizon, horizon, now - LONGEST_REQUEST, following, now)
        refused = _refused({**asked, "low": horizon - MOST_TRANSACTIONS})
        return Followed(events, refused, place, more=False)
    place = after if after.half_told else replace(after, high=horizon)
    if not 0 <= place.high - place.low < MOST_TRANSACTIONS or place.high > horizon:
        raise CannotFollow(str(after))
    values = {
        **asked,
        "low": place.low,
        "high": place.high,
        "from": place.since,
        "at": place.at,
        "id": place.id,
        "limit": limit + 1,
    }
    rows = raw.execute(SINCE, values).fetchall()
    events = _events(rows[:limit])
    if len(rows) > limit:
        last = events[-1]
        there = replace(place, at=last.received_at, id=last.id.replace("-", ""))
        return Followed(events, (), there, more=True)
    done = replace(place, low=place.high, at=_EPOCH, id=_FIRST)
    if place.high >= place.mark:
        since = place.marked_at - LONGEST_REQUEST
        done = replace(done, since=since, mark=following, marked_at=now)
    refused = _refused({**asked, "low": place.low, "high": place.high, "limit": MOST_REFUSED})
    return Followed(events, refused, done, more=place.high < horizon)


def _refused(values: Mapping[str, Any]) -> tuple[RefusedEntry, ...]:
    """The latest of them, oldest first. So few are kept that no index is needed."""
    rows = raw.execute(REFUSED, values).fetchall()
    return tuple(RefusedEntry(*row) for row in reversed(rows))


def _events(rows: Sequence[tuple[Any, ...]]) -> tuple[ArrivedEvent, ...]:
    return tuple(_event(row) for row in rows)


def _event(row: tuple[Any, ...]) -> ArrivedEvent:
    id_, key, type_, occurred, received, body = row
    return ArrivedEvent(id_, key, type_, occurred, received, _decode(body))


def _micros(at: datetime) -> int:
    return (at - _EPOCH) // timedelta(microseconds=1)


def _time(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)
