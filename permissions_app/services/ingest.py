"""How a batch of events becomes stored events and current facts.

One transaction: lock the devices touched, in the order of their ids; store each event once; fold
what is new into the facts; leave a note for the rollups. An acknowledged event is therefore stored,
counted in its device's facts and on its way to the dashboards, or none of it happened. A device
that receives an event older than its last one is folded again from all of its stored events.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import chain
from typing import Any

import msgspec

from permissions_app.domain.addresses import Address
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import IDENTIFY, Event, EventContext
from permissions_app.domain.fold import fold
from permissions_app.domain.self_check import DUPLICATE
from permissions_app.selectors import raw
from permissions_app.selectors.catalogue import Catalogue, catalogues
from permissions_app.services import addresses, seen, untaken
from permissions_app.services.arrivals import Arrival, Arrivals, Rejection, Untaken, parse_batch
from permissions_app.services.newcomers import add_devices


class Receipt(msgspec.Struct, frozen=True):
    """The answer to a batch. `accepted + duplicates + len(rejected)` is the number of entries sent."""

    accepted: int
    duplicates: int
    rejected: list[Rejection]


class _Stored(msgspec.Struct, frozen=True):
    """The ids of what was new, and of what is never stored: it happened before its device was erased."""

    fresh: set[str]
    gone: set[str]


class _Row(msgspec.Struct, frozen=True):
    id: str
    d: int
    t: str
    at: int
    b: EventContext


LOCK = """
SELECT id, key, facts::text, erased_at FROM permissions_app_device
WHERE app_id = %s AND key = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
STORE = """
WITH sent AS (
    SELECT * FROM jsonb_to_recordset(%(rows)s) AS r(id uuid, d bigint, t text, at bigint, b jsonb)
), fresh AS (
    INSERT INTO permissions_app_eventkey (app_id, id) SELECT %(app)s, id FROM sent ORDER BY id
    ON CONFLICT DO NOTHING RETURNING id
)
INSERT INTO permissions_app_event (app_id, device_id, id, type, occurred_at, received_at, body)
SELECT %(app)s, d, id, t, to_timestamp(at / 1000.0), %(received)s, b FROM sent JOIN fresh USING (id)
RETURNING id::text
"""
STORY = """
SELECT device_id, id::text, type, (extract(epoch FROM occurred_at) * 1000)::bigint, body::text
FROM permissions_app_event WHERE device_id = ANY(%s) AND app_id = %s
"""
KEEP_FACTS = """
WITH moved AS (
    UPDATE permissions_app_device AS d SET facts = f.facts, version = d.version + 1
    FROM jsonb_to_recordset(%s) AS f(id bigint, facts jsonb) WHERE d.id = f.id RETURNING d.id
)
INSERT INTO permissions_app_foldqueue (app_id, device_id) SELECT %s, id FROM moved
"""

_encode = msgspec.json.Encoder().encode
_decode_facts = msgspec.json.Decoder(DeviceFacts).decode
_decode_body = msgspec.json.Decoder(EventContext).decode


def ingest(*, app_id: int, payload: bytes, received: int) -> Receipt:
    """Take a batch that arrived at `received` (ms). Raises BatchError when the body is no batch."""
    return take(
        app_id=app_id, found=parse_batch(payload=payload, received=received), received=received
    )


def take(*, app_id: int, found: Arrivals, received: int) -> Receipt:
    """Store and fold what was read of a batch.

    Runs the transaction again when it loses a race; database errors other than that come through.
    """
    arrivals, passed_over = _keep_matching(found.taken, catalogues.get(app_id))
    told = addresses.told_in(found.taken)
    stored = _Stored(set(), set())
    if arrivals:
        stored = _store_retrying(app_id, arrivals, received, told)
    if told:
        _keep_rest(app_id, arrivals, passed_over, told)
    fresh, taken = stored.fresh, len(stored.fresh) + len(stored.gone)
    news = arrivals if len(fresh) == len(arrivals) else [a for a in arrivals if a.id in fresh]
    seen.note(app_id=app_id, arrivals=chain(news, passed_over))
    if found.untaken or len(news) < len(arrivals):
        again = _again(arrivals, stored)
        untaken.keep(app_id=app_id, untaken=[*found.untaken, *again], received=received)
    return Receipt(
        accepted=taken + len(passed_over),
        duplicates=found.repeated + len(arrivals) - taken,
        rejected=found.rejected,
    )


def _again(arrivals: Iterable[Arrival], stored: _Stored) -> list[Untaken]:
    """Those whose ids had been stored before."""
    return [
        Untaken(arrival.id, arrival.device, arrival.type, DUPLICATE)
        for arrival in arrivals
        if arrival.id not in stored.fresh and arrival.id not in stored.gone
    ]


def _keep_matching(
    taken: Iterable[Arrival], catalogue: Catalogue
) -> tuple[list[Arrival], list[Arrival]]:
    """Write the matched moments into the events. The second part are those that no moment wants:
    they are not stored, only noted among the events seen.
    """
    kept: list[Arrival] = []
    passed_over: list[Arrival] = []
    force = msgspec.structs.force_setattr
    for arrival in taken:
        body = arrival.body
        if arrival.type == IDENTIFY:
            passed_over.append(arrival)
            continue
        if arrival.type == "moment_reached":
            assert body.name is not None
            matched = catalogue.matching(body.name, body.properties)
            if not matched:
                passed_over.append(arrival)
                continue
            force(body, "moments", matched)
        elif body.moments:
            force(body, "moments", ())
        # What is told by the columns is not stored again in the body.
        force(body, "id", "")
        force(body, "device_id", "")
        force(body, "type", "")
        force(body, "occurred_at", "")
        kept.append(arrival)
    return kept, passed_over


def _keep_rest(
    app_id: int,
    arrivals: Iterable[Arrival],
    passed_over: Iterable[Arrival],
    told: Mapping[str, Address],
) -> None:
    """Keep how to reach the devices of which nothing else was stored."""
    stored = {arrival.device for arrival in arrivals}
    rest = {key: address for key, address in told.items() if key not in stored}
    if rest:
        add = addresses.speak_for_themselves(passed_over) - stored
        addresses.keep_apart(app_id=app_id, told=rest, add=add)


def _store_retrying(
    app_id: int, arrivals: Sequence[Arrival], received: int, told: Mapping[str, Address]
) -> _Stored:
    for attempt in range(raw.TRIES):
        try:
            return _store(app_id, arrivals, received, told)
        except raw.LOST_RACES:
            if attempt == raw.TRIES - 1:
                raise
    raise AssertionError("unreachable")


def _store(
    app_id: int, arrivals: Sequence[Arrival], received: int, told: Mapping[str, Address]
) -> _Stored:
    """Store what is new of `arrivals` and fold it."""
    keys = sorted({arrival.device for arrival in arrivals})
    while True:
        with raw.atomic():
            devices = raw.execute(LOCK, (app_id, keys)).fetchall()
            if len(devices) == len(keys):
                return _store_locked(app_id, devices, arrivals, received, told)
        # Devices are added outside the transaction that locks, so that no lock is ever waited for
        # out of order.
        known = {key for _, key, _, _ in devices}
        add_devices(app_id=app_id, keys=[key for key in keys if key not in known])


def _store_locked(
    app_id: int,
    devices: Sequence[tuple[Any, ...]],
    arrivals: Sequence[Arrival],
    received: int,
    told: Mapping[str, Address],
) -> _Stored:
    ids = {key: pk for pk, key, _, _ in devices}
    erased = {key: until for _, key, _, until in devices if until is not None}
    if told:
        known = {ids[key]: it.after(erased.get(key)) for key, it in told.items() if key in ids}
        addresses.keep(app_id=app_id, told=known)
    gone: set[str] = set()
    if erased:
        gone = {a.id for a in arrivals if a.device in erased and a.at <= erased[a.device]}
        arrivals = [a for a in arrivals if a.id not in gone]
    rows = [_Row(a.id, ids[a.device], a.type, a.at, a.body) for a in arrivals]
    stored = raw.execute(
        STORE,
        {
            "rows": _encode(rows).decode(),
            "app": app_id,
            "received": datetime.fromtimestamp(received / 1000, UTC),
        },
    ).fetchall()
    fresh = {pk for (pk,) in stored}
    if not fresh:
        return _Stored(fresh, gone)
    news: dict[int, list[Event]] = {}
    for row in rows:
        if row.id in fresh:
            news.setdefault(row.d, []).append(Event(row.id, row.t, row.at, row.b))
    facts = {pk: facts_in(text) for pk, _, text, _ in devices if pk in news}
    changed, late = fold_news(facts, news)
    if late:
        changed.update(refold(app_id, late))
    document = _encode([{"id": pk, "facts": new} for pk, new in changed.items()]).decode()
    raw.execute(KEEP_FACTS, (document, app_id))
    return _Stored(fresh, gone)


def facts_in(text: str) -> DeviceFacts | None:
    """The facts that a device's row holds; None when they cannot be read and must be told anew."""
    try:
        return _decode_facts(text)
    except msgspec.MsgspecError:
        return None


def fold_news(
    facts: Mapping[int, DeviceFacts | None], news: dict[int, list[Event]]
) -> tuple[dict[int, DeviceFacts], list[int]]:
    """Fold each device's new events; the second part names the devices whose story must be told
    from the start.
    """
    changed: dict[int, DeviceFacts] = {}
    late: list[int] = []
    for pk, events in news.items():
        before = facts[pk]
        if before is None or min(event.order for event in events) <= (
            before.last_at,
            before.last_key,
        ):
            late.append(pk)
        else:
            changed[pk] = fold(facts=before, events=events)
    return changed, late


def refold(app_id: int, devices: Sequence[int]) -> dict[int, DeviceFacts]:
    """The facts of devices from all of their stored events. The caller holds their locks."""
    stories: dict[int, list[Event]] = {pk: [] for pk in devices}
    for pk, event, kind, at, body in raw.execute(STORY, (list(devices), app_id)):
        stories[pk].append(Event(event, kind, at, _decode_body(body)))
    return {pk: fold(facts=DeviceFacts(), events=events) for pk, events in stories.items()}
