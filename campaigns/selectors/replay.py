"""Reading the last 30 days of an app, device by device, to walk through them again.

One statement reads some hundred devices with everything they sent in the window, through the index
by device and time, so memory stays small however long the history is. A thread reads the next
devices while the last ones are walked through: PostgreSQL and Python then work at the same time.

A device whose notifications were on before the window began and still are can be shown nothing by
any rule. Of such a device PostgreSQL only counts the visits.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import msgspec
from psycopg.pq import ExecStatus

from campaigns.domain.forecast import Story, Visits
from campaigns.domain.rewind import known_before, steady_since
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import Event, EventContext
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import Standing
from permissions_app.selectors import raw

DEVICES_AT_ONCE = 500

COUNT = """
SELECT count(*) FROM permissions_app_event
WHERE app_id = %s AND type = 'moment_reached'
  AND occurred_at >= to_timestamp(%s / 1000.0) AND occurred_at < to_timestamp(%s / 1000.0)
"""
READ = b"""
WITH few AS MATERIALIZED (
    SELECT id, key, facts, standing,
           CASE WHEN (facts->>'status_at')::bigint < $3::bigint THEN
               CASE facts->>'status' WHEN 'authorized' THEN 'already_authorized'
                    WHEN 'ephemeral' THEN 'already_authorized' WHEN 'unsupported' THEN 'unsupported' END
           END AS settled
    FROM permissions_app_device
    WHERE app_id = $1::bigint AND id > $2::bigint AND (facts->>'last_seen_at')::bigint >= $3::bigint
      AND (hashint8(id) & 2147483647) % $5::int = 0
    ORDER BY id LIMIT $6::int
)
SELECT id, coalesce(facts->>'platform', ''), coalesce(settled, ''), CASE WHEN settled IS NULL THEN key END,
       CASE WHEN settled IS NULL THEN facts::text END, CASE WHEN settled IS NULL THEN standing::text END,
       CASE WHEN settled IS NULL THEN (
           SELECT '[' || string_agg(
               '["' || e.id || '","' || e.type || '",' || (date_part('epoch', e.occurred_at) * 1000)::bigint
               || ',' || (e.body - 'properties')::text || ']', ',' ORDER BY e.occurred_at) || ']'
           FROM permissions_app_event e WHERE e.device_id = few.id AND e.app_id = $1::bigint
             AND e.occurred_at >= to_timestamp($3::bigint / 1000.0)
       ) ELSE (
           SELECT '[' || string_agg('[' || keys || ',' || n || ']', ',') || ']' FROM (
               SELECT e.body->>'moments' AS keys, count(*) AS n FROM permissions_app_event e
               WHERE e.device_id = few.id AND e.app_id = $1::bigint AND e.type = 'moment_reached'
                 AND e.occurred_at >= to_timestamp($3::bigint / 1000.0)
                 AND e.occurred_at < to_timestamp($4::bigint / 1000.0)
               GROUP BY 1) AS visits
       ) END
FROM few ORDER BY id
"""
HISTORY = """
SELECT device_id, id::text, type, (date_part('epoch', occurred_at) * 1000)::bigint,
       (body - 'properties')::text
FROM permissions_app_event
WHERE device_id = ANY(%s) AND app_id = %s AND occurred_at < to_timestamp(%s / 1000.0)
"""


class _Told(Event, frozen=True, array_like=True):
    """An event as the statement writes it."""


_decode_events = msgspec.json.Decoder(list[_Told]).decode
_decode_visits = msgspec.json.Decoder(list[tuple[tuple[str, ...], int]]).decode
_decode_facts = msgspec.json.Decoder(DeviceFacts).decode
_decode_standing = msgspec.json.Decoder(Standing).decode
_decode_body = msgspec.json.Decoder(EventContext).decode


class Window(msgspec.Struct, frozen=True):
    """What is replayed: an app's events from `start` to `end` (ms), of one device in `every`."""

    app_id: int
    start: int
    end: int
    every: int = 1


@dataclass(frozen=True, slots=True)
class Settled:
    """A device whose visits all end for the same reason, whatever the rules."""

    platform: str
    reason: str
    visits: Visits


@dataclass(slots=True)
class _Row:
    id: int
    platform: str
    settled: str
    key: str
    facts: bytes | None
    standing: bytes
    events: bytes | None


def count_moments(window: Window) -> int:
    """How many moments all devices of the app reached in the window."""
    found = raw.execute(COUNT, (window.app_id, window.start, window.end)).fetchone()
    return int(found[0]) if found else 0


def lives(
    window: Window, *, enough: tuple[int, int], exact: bool = False
) -> Iterator[Story | Settled]:
    """The devices of the window, one after the other. `enough`: see `rewind`. `exact`: tell every device from the
    start, because any of its facts may be asked for.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="replay") as reader:
        try:
            ahead = reader.submit(_read, window, 0)
            while rows := ahead.result():
                ahead = reader.submit(_read, window, rows[-1].id)
                yield from _told(window, rows, None if exact else enough)
        finally:
            reader.submit(raw.drop_connection).result()


def _read(window: Window, after: int) -> list[_Row]:
    """The next devices. Runs without Python's lock from the question to the last byte of the answer."""
    asked = (window.app_id, after, window.start, window.end, window.every, DEVICES_AT_ONCE)
    connection = raw.connection()
    found = connection.pgconn.exec_params(READ, [b"%d" % number for number in asked])
    if found.status != ExecStatus.TUPLES_OK:
        raise RuntimeError(connection.pgconn.error_message.decode(errors="replace"))

    def text(row: int, column: int) -> str:
        return (found.get_value(row, column) or b"").decode()

    return [
        _Row(
            id=int(text(row, 0)),
            platform=text(row, 1),
            settled=text(row, 2),
            key=text(row, 3),
            facts=found.get_value(row, 4),
            standing=found.get_value(row, 5) or b"{}",
            events=found.get_value(row, 6),
        )
        for row in range(found.ntuples)
    ]


def _told(
    window: Window, rows: Sequence[_Row], enough: tuple[int, int] | None
) -> Iterator[Story | Settled]:
    """The devices of these rows. Where a device's past cannot be worked out backwards, or may not be
    (`enough` is None), its whole story is read.
    """
    unclear: dict[int, _Row] = {}
    for row in rows:
        if row.events is None:
            continue
        if row.settled:
            yield Settled(row.platform, row.settled, dict(_decode_visits(row.events)))
            continue
        story = None if enough is None else _story(window, row, enough)
        if story is None:
            unclear[row.id] = row
        else:
            yield story
    if unclear:
        past = _histories(window, list(unclear))
        for row in unclear.values():
            yield _long_story(row, past.get(row.id, ()))


def _story(window: Window, row: _Row, enough: tuple[int, int]) -> Story | None:
    """The device, unless its whole story is needed."""
    facts = _facts_in(row)
    if facts is None:
        return None
    events = _in_order(_decode_events(row.events or b"[]"))
    since = steady_since(facts=facts, events=events)
    before = known_before(
        facts=facts, events=events, since=since, start=window.start, enough=enough
    )
    if before is None:
        return None
    standing = _decode_standing(row.standing)
    return Story(row.key, row.platform, before, standing, events, since)


def _long_story(row: _Row, past: Sequence[Event]) -> Story:
    """The device with its facts told from the start."""
    events = _in_order(_decode_events(row.events or b"[]"))
    before = fold(facts=DeviceFacts(), events=past)
    facts = _facts_in(row) or fold(facts=before, events=events)
    return Story(
        key=row.key,
        platform=row.platform,
        before=before,
        standing=_decode_standing(row.standing),
        events=events,
        steady_since=steady_since(facts=facts, events=events),
    )


def _facts_in(row: _Row) -> DeviceFacts | None:
    """What is stored of the device; None when it cannot be read."""
    try:
        return _decode_facts(row.facts or b"{}")
    except msgspec.MsgspecError:
        return None


def _in_order(events: Sequence[Event]) -> list[Event]:
    """PostgreSQL orders by time; events of the same millisecond have an order of their own."""
    last = -1
    for event in events:
        if event.at == last:
            return sorted(events, key=lambda event: event.order)
        last = event.at
    return list(events)


def _histories(window: Window, devices: Sequence[int]) -> dict[int, list[Event]]:
    """Everything that these devices sent before the window."""
    found: dict[int, list[Event]] = {}
    for device, event, kind, at, body in raw.execute(
        HISTORY, (list(devices), window.app_id, window.start)
    ):
        found.setdefault(device, []).append(Event(event, kind, at, _decode_body(body)))
    return found
