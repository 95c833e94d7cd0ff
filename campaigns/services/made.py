"""Taking in decisions that clients made by themselves, so that results, holdouts and caps count them like our own.

One transaction a batch, as for events: lock the devices in the order of their ids; keep each decision once; write the
arms into the standing; leave a note for the rollups. An interruption whose answer has not lapsed yet is reserved, so
that another client of the same person does not interrupt again before the event of the showing has arrived.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from campaigns.domain.audience import words_for
from campaigns.domain.made import Claim, Published, Settled, Untrue, ask_of, reference, settle
from campaigns.selectors.published import published_revisions
from campaigns.selectors.rulesets import rulesets
from campaigns.services import decision_log
from campaigns.services.decision_log import Line
from permissions_app.domain.events import DecisionRef
from permissions_app.domain.standing import Reservation, Standing
from permissions_app.selectors import raw
from permissions_app.services.arrivals import (
    DEVICE_KEY,
    MAX_EVENT_BYTES,
    NEWEST_MS,
    OLDEST_MS,
    BatchError,
    Refused,
    Rejection,
    clock_shift,
    loosely,
    parse_time,
    split_batch,
)
from permissions_app.services.ingest import Receipt
from permissions_app.services.newcomers import add_devices

MOST_DECISIONS = 500
MOST_BYTES = 1024 * 1024
MOST_RESERVED = 20
"""More interruptions at once than any budget allows: a client that claims more does not fill the row of a device."""
LOCK = """
SELECT id, key, standing::text, facts->>'locale', erased_at FROM permissions_app_device
WHERE app_id = %s AND key = ANY(%s) ORDER BY id FOR NO KEY UPDATE
"""
ONCE = """
INSERT INTO campaigns_madedecision (app_id, id) SELECT %s, i FROM unnest(%s::uuid[]) AS i ORDER BY i
ON CONFLICT DO NOTHING RETURNING id::text
"""
LET_GO = "DELETE FROM campaigns_madedecision WHERE app_id = %s AND id = ANY(%s::uuid[])"
KEEP = """
WITH moved AS (
    UPDATE permissions_app_device AS d SET standing = s.standing, version = d.version + 1
    FROM jsonb_to_recordset(%s) AS s(id bigint, standing jsonb) WHERE d.id = s.id RETURNING d.id
)
INSERT INTO permissions_app_foldqueue (app_id, device_id) SELECT %s, id FROM moved
"""
RESERVES: Mapping[str, Literal["soft_ask", "redirect"]] = {
    "soft_ask": "soft_ask",
    "settings_redirect": "redirect",
}

_encode = msgspec.json.Encoder().encode
_decode_standing = msgspec.json.Decoder(Standing).decode
_decode_claim = msgspec.json.Decoder(Claim).decode


class _Batch(msgspec.Struct):
    decisions: list[msgspec.Raw]
    sent_at: str | int | None = None


_decode_batch = msgspec.json.Decoder(_Batch).decode


@dataclass(frozen=True, slots=True)
class _Read:
    """A claim whose form is right. `at`: ms, corrected for a skewed clock."""

    index: int
    claim: Claim
    ref: DecisionRef
    at: int


@dataclass(slots=True)
class _Device:
    """A device as it stands while its decisions are taken in, one after another."""

    pk: int
    standing: Standing
    locale: str | None
    erased_at: int | None
    changed: bool = False


def take_made(*, app_id: int, payload: bytes, received: int) -> Receipt:
    """Check and keep a batch that arrived at `received` (ms). Raises BatchError when it is none.

    Runs the transaction again when it loses a race; other database errors come through.
    """
    rejected: list[Rejection] = []
    read = _unrepeated(_read_all(payload, received, rejected))
    sent = len(read[0]) + read[1]
    for attempt in range(raw.TRIES):
        try:
            found, refused = _keep(app_id, read[0], received) if read[0] else (0, [])
            break
        except raw.LOST_RACES:
            if attempt == raw.TRIES - 1:
                raise
    rejected += refused
    return Receipt(
        accepted=found,
        duplicates=sent - found - len(refused),
        rejected=sorted(rejected, key=lambda one: one.index),
    )


def _read_all(payload: bytes, received: int, rejected: list[Rejection]) -> list[_Read]:
    """The claims that can be read; the others are added to `rejected`."""
    entries, sent_at = split_batch(payload=payload, name="decisions", decode=_decode_batch)
    if len(entries) > MOST_DECISIONS:
        detail = f"{len(entries)} decisions; a batch may hold {MOST_DECISIONS}"
        raise BatchError(413, "too_many_decisions", detail)
    shift = clock_shift(sent_at, received)
    found: list[_Read] = []
    for index, entry in enumerate(entries):
        try:
            found.append(_read(index, entry, received, shift))
        except (Refused, Untrue) as refusal:
            told = loosely(entry, names=("decision_id", "device_id", "action"))
            rejected.append(Rejection(index, told.id, refusal.code, refusal.detail))
    return found


def _read(index: int, entry: bytes | msgspec.Raw, received: int, shift: int) -> _Read:
    if len(memoryview(entry)) > MAX_EVENT_BYTES:
        raise Refused("too_large", f"a decision may have {MAX_EVENT_BYTES} bytes")
    try:
        claim = _decode_claim(entry)
    except msgspec.ValidationError as error:
        raise Refused("invalid_field", str(error)) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refused("invalid_json", str(error)[:300]) from None
    ref = reference(claim)
    if not DEVICE_KEY.fullmatch(claim.device_id):
        detail = "device_id takes 1 to 128 of the characters A-Z a-z 0-9 . _ : -"
        raise Refused("invalid_device_id", detail)
    at = parse_time(claim.at) + shift
    if at > received + NEWEST_MS:
        raise Refused("at_in_future", "at is more than a day ahead of now")
    if at < received - OLDEST_MS:
        raise Refused("at_too_old", "at is more than 400 days ago")
    return _Read(index, claim, ref, at)


def _unrepeated(read: Iterable[_Read]) -> tuple[list[_Read], int]:
    """The claims in the order of their times, each id once; and how many were left out."""
    first: dict[str, _Read] = {}
    count = 0
    for one in read:
        count += 1
        first.setdefault(one.ref.id, one)
    return sorted(first.values(), key=lambda one: one.at), count - len(first)


def _keep(app_id: int, read: Sequence[_Read], received: int) -> tuple[int, list[Rejection]]:
    """Keep what is new and true; returns how many were accepted, and what was refused."""
    keys = sorted({one.claim.device_id for one in read})
    published = published_revisions.get(app_id).of(_named(read))
    while True:
        with raw.atomic():
            rows = raw.execute(LOCK, (app_id, keys)).fetchall()
            if len(rows) == len(keys):
                devices = {
                    key: _Device(pk, _decode_standing(standing), locale, erased)
                    for pk, key, standing, locale, erased in rows
                }
                return _keep_locked(app_id, read, published, devices, received)
        known = {row[1] for row in rows}
        add_devices(app_id=app_id, keys=[key for key in keys if key not in known])


def _named(read: Iterable[_Read]) -> dict[str, set[int]]:
    """The campaigns that claims name, each with the revisions that answered."""
    wanted: dict[str, set[int]] = {}
    for one in read:
        if one.claim.campaign:
            wanted.setdefault(one.claim.campaign, set()).add(one.ref.revision)
        for trial in one.claim.gate_arms or ():
            wanted.setdefault(ask_of(trial), set())
    return wanted


def _keep_locked(
    app_id: int,
    read: Sequence[_Read],
    published: Published,
    devices: dict[str, _Device],
    received: int,
) -> tuple[int, list[Rejection]]:
    refused: list[Rejection] = []
    untrue: list[str] = []
    lines: list[Line] = []
    ttl = rulesets.get(app_id).answer_ttl_ms
    fresh = {pk for (pk,) in raw.execute(ONCE, (app_id, [one.ref.id for one in read]))}
    for one in read:
        device = devices[one.claim.device_id]
        forgotten = device.erased_at is not None and one.at <= device.erased_at
        if one.ref.id not in fresh or forgotten:
            continue
        try:
            settled = settle(
                claim=one.claim,
                ref=one.ref,
                published=published,
                standing=device.standing,
                at=one.at,
            )
        except Untrue as refusal:
            untrue.append(one.ref.id)
            told = Rejection(one.index, one.claim.decision_id, refusal.code, refusal.detail)
            refused.append(told)
            continue
        _promise(device, one, settled, received, ttl)
        lines.append(_line(app_id, device, one, settled))
    if untrue:  # told again, they are judged again
        raw.execute(LET_GO, (app_id, untrue))
    _write(app_id, devices.values(), lines)
    return len(fresh) - len(refused), refused


def _promise(device: _Device, one: _Read, settled: Settled, received: int, ttl: int) -> None:
    """Write the arms, and the interruption if its answer still holds, into the standing of the device."""
    before = device.standing
    reserved = before.reserved
    kind = RESERVES.get(one.claim.action)
    expires = min(one.at, received) + ttl
    if kind is not None and expires > received:
        live = tuple(known for known in reserved if known.expires_at > received)
        promise = Reservation(one.ref.id, kind, one.ref.campaign_key, one.at, expires)
        reserved = (*live, promise)[:MOST_RESERVED]
    if settled.assigned or reserved is not before.reserved:
        assigned = {**before.assigned, **settled.assigned}
        device.standing = Standing(reserved=reserved, assigned=assigned)
        device.changed = True


def _line(app_id: int, device: _Device, one: _Read, settled: Settled) -> Line:
    detail: dict[str, Any] = {"made_on": "device"}
    if settled.words is not None:
        detail["copy"] = dict(words_for(arm=settled.words, locale=device.locale))
    if one.claim.gate_arms:
        detail["gate_arms"] = dict(one.claim.gate_arms)
    return Line(
        id=one.ref.id,
        app_id=app_id,
        device_id=device.pk,
        at=one.at,
        moment=one.ref.moment,
        action=one.claim.action,
        reason=one.claim.reason,
        campaign=one.claim.campaign or "",
        revision=one.ref.revision,
        variant=one.ref.variant,
        propensity=settled.propensity,
        detail=detail,
    )


def _write(app_id: int, devices: Iterable[_Device], lines: Sequence[Line]) -> None:
    """Store what changed. The devices are locked, so none of them is erased meanwhile."""
    changed = [{"id": one.pk, "standing": one.standing} for one in devices if one.changed]
    if changed:
        raw.execute(KEEP, (_encode(changed).decode(), app_id))
    if lines:
        raw.execute(decision_log.WRITE, (_encode(lines).decode(),))
