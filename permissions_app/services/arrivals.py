"""From the bytes of a batch to typed events, with a reason for each one that cannot be taken.

One bad event never sinks its batch: the batch is split into its entries without reading them, and
each entry is then decoded and checked alone.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec

from permissions_app.domain.addresses import Address, Push, address_of
from permissions_app.domain.device import DAY_MS
from permissions_app.domain.events import EVENT_TYPES, IDENTIFY, EventContext
from permissions_app.domain.self_check import DUPLICATE
from permissions_app.services.splitting import split_entries

MAX_EVENTS = 2_500
MAX_EVENT_BYTES = 32_768
MAX_BATCH_BYTES = 4 * 1024 * 1024
OLDEST_MS = 400 * DAY_MS
NEWEST_MS = DAY_MS
FURTHEST_MS = 253_402_300_799_999
"""The end of the year 9999, where ISO 8601 times end too."""
SKEW_MS = 30_000
"""A client clock that differs by more than this from ours, as told by `sent_at`, has its times
shifted.
"""

_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
DEVICE_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_TYPES = frozenset((*EVENT_TYPES, IDENTIFY))
_NEEDS = {
    "moment_reached": "name",
    "native_prompt_answered": "outcome",
    "permission_status": "permission",
    IDENTIFY: "push",
}


class BatchError(Exception):
    """The request as a whole cannot be read. `status` is the HTTP status, `code` and the text go to
    the client.
    """

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail


class WireEvent(EventContext, frozen=True, omit_defaults=True):
    """An entry of a batch as a client sends it."""

    id: str = ""
    device_id: str = ""
    type: str = ""
    occurred_at: str | int = ""
    push: Push | None = None


class Rejection(msgspec.Struct, frozen=True):
    """Why one entry was not taken. `index`: its place in the batch."""

    index: int
    id: str | None
    code: str
    detail: str


class Untaken(msgspec.Struct, frozen=True):
    """An entry that was not stored, in short and printable texts: as much of it as could be read."""

    id: str
    device: str
    type: str
    code: str
    detail: str = ""


class Arrival(msgspec.Struct, frozen=True):
    """An entry that can be stored. `at`: ms, corrected for a skewed client clock. `address`: what it tells of how to
    reach the device; it stands apart from the body, so that no event holds a token.
    """

    id: str
    device: str
    type: str
    at: int
    body: EventContext
    address: Address | None = None
    by_server: bool = False
    """A server spoke of a person and named no device: this alone makes none known."""


@dataclass(slots=True)
class Arrivals:
    """What a batch holds. `repeated` counts entries whose id stood earlier in the same batch."""

    taken: list[Arrival] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    repeated: int = 0
    untaken: list[Untaken] = field(default_factory=list)

    def refuse(self, index: int, loose: "Loose", code: str, detail: str) -> None:
        """Note why an entry is not taken."""
        self.rejected.append(Rejection(index, loose.id, code, detail))
        self.untaken.append(
            Untaken(
                printable(loose.id),
                loose.device,
                printable(loose.type),
                code,
                printable(detail, 300),
            )
        )

    def repeat(self, arrival: Arrival) -> None:
        """Note that an id stood earlier in the same batch."""
        self.repeated += 1
        self.untaken.append(Untaken(arrival.id, arrival.device, arrival.type, DUPLICATE))


@dataclass(frozen=True, slots=True)
class Loose:
    """What a refused entry says of itself, where it can be read. `device`: '' unless it is a key."""

    id: str | None = None
    device: str = ""
    type: str = ""


class _Batch(msgspec.Struct):
    events: list[msgspec.Raw]
    sent_at: str | int | None = None


class Refused(Exception):
    """One entry cannot be taken; `code` and the text go to the client."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_event = msgspec.json.Decoder(WireEvent).decode


def parse_batch(*, payload: bytes, received: int) -> Arrivals:
    """Read a batch that arrived at `received` (ms). Raises BatchError when it is not a batch at
    all.
    """
    entries, sent_at = split_batch(payload=payload, name="events", decode=_decode_batch)
    if len(entries) > MAX_EVENTS:
        raise BatchError(
            413,
            "too_many_events",
            f"{len(entries)} events; a batch may hold {MAX_EVENTS}",
        )
    shift = clock_shift(sent_at, received)
    suspicious = b"\\u0000" in payload
    found = Arrivals()
    seen: set[str] = set()
    for index, entry in enumerate(entries):
        try:
            arrival = _parse(entry, received, shift, suspicious)
        except Refused as refusal:
            found.refuse(index, loosely(entry), refusal.code, refusal.detail)
            continue
        if arrival.id in seen:
            found.repeat(arrival)
        else:
            seen.add(arrival.id)
            found.taken.append(arrival)
    return found


def split_batch(
    *, payload: bytes, name: str, decode: Callable[[bytes], Any]
) -> tuple[list[bytes | msgspec.Raw], object]:
    """The entries of `{"<name>": [...], "sent_at": ...}`, unread, and when it was sent. Raises BatchError.

    `decode`: reads a batch of this shape into a struct, its entries as msgspec.Raw.
    """
    try:
        batch = decode(payload)
        return list(getattr(batch, name)), batch.sent_at
    except msgspec.ValidationError as error:
        detail = f'a batch is {{"{name}": [...]}}: {error}'
        raise BatchError(400, "invalid_batch", detail) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return _split_tolerantly(payload, name)


def _split_tolerantly(payload: bytes, name: str) -> tuple[list[bytes | msgspec.Raw], object]:
    try:
        entries, around = split_entries(payload, name=name)
    except (ValueError, RecursionError) as error:
        raise BatchError(400, "invalid_json", f"the body is not JSON: {error}"[:300]) from None
    sent_at = around.get("sent_at") if isinstance(around, dict) else None
    return list(entries), sent_at


def clock_shift(sent_at: object, received: int) -> int:
    """How far the client's clock is behind ours in ms, 0 where it is near enough. Raises BatchError."""
    if sent_at is None:
        return 0
    try:
        told = parse_time(sent_at)
        if abs(told) > FURTHEST_MS:
            raise Refused("invalid_time", "the number of milliseconds is out of range")
        shift = received - told
    except Refused as refusal:
        raise BatchError(400, "invalid_sent_at", f"sent_at: {refusal.detail}") from None
    return shift if abs(shift) > SKEW_MS else 0


def _parse(entry: bytes | msgspec.Raw, received: int, shift: int, suspicious: bool) -> Arrival:
    check_bytes(entry, suspicious=suspicious)
    try:
        event = _decode_event(entry)
    except msgspec.ValidationError as error:
        raise Refused("invalid_field", str(error)) from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refused("invalid_json", str(error)[:300]) from None
    return checked(event, received=received, shift=shift)


def check_bytes(entry: bytes | msgspec.Raw, *, suspicious: bool) -> None:
    """Refuse what is too large, or holds what the database cannot. `suspicious`: the batch may hold a NUL."""
    if len(memoryview(entry)) > MAX_EVENT_BYTES:
        raise Refused("too_large", f"an event may have {MAX_EVENT_BYTES} bytes")
    if suspicious and _NUL.search(bytes(entry)):
        raise Refused("nul_character", "text may not hold the NUL character")


def checked(event: WireEvent, *, received: int, shift: int) -> Arrival:
    """The event as it is stored. `received`: ms; `shift`: how far the client's clock is behind. Raises Refused."""
    if not _UUID.fullmatch(event.id):
        raise Refused("invalid_id", "id must be a UUID")
    if not DEVICE_KEY.fullmatch(event.device_id):
        raise Refused(
            "invalid_device_id",
            "device_id takes 1 to 128 of the characters A-Z a-z 0-9 . _ : -",
        )
    if event.type not in _TYPES:
        raise Refused("unknown_type", f"type {event.type[:40]!r} is not known")
    needed = _NEEDS.get(event.type)
    if needed is not None and getattr(event, needed) is None:
        raise Refused("missing_field", f"{event.type} needs {needed}")
    at = parse_time(event.occurred_at) + shift
    if at > received + NEWEST_MS:
        raise Refused("occurred_at_in_future", "occurred_at is more than a day ahead of now")
    if at < received - OLDEST_MS:
        raise Refused("occurred_at_too_old", "occurred_at is more than 400 days ago")
    address = None if event.push is None else _address(event, event.push, at)
    return Arrival(event.id.lower(), event.device_id, event.type, at, event, address)


def _address(event: WireEvent, push: Push, at: int) -> Address | None:
    """What an event tells of how to reach its device; it is taken out of the event. Raises Refused."""
    try:
        address = address_of(push=push, at=at, platform=event.platform)
    except ValueError as error:
        raise Refused("invalid_field", str(error)) from None
    msgspec.structs.force_setattr(event, "push", None)
    return None if address == Address() else address


def parse_time(value: object) -> int:
    """Milliseconds since 1970 UTC of an ISO 8601 text with a time zone, or of a number of
    milliseconds.
    """
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise Refused("invalid_time", f"{value[:40]!r} is not an ISO 8601 time") from None
        if moment.tzinfo is None:
            raise Refused("invalid_time", f"{value[:40]!r} has no time zone")
        try:
            return round(moment.astimezone(UTC).timestamp() * 1000)
        except (OverflowError, ValueError):
            raise Refused("invalid_time", f"{value[:40]!r} is out of range") from None
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise Refused("invalid_time", "a time is an ISO 8601 text or a number of milliseconds")


def loosely(
    entry: bytes | msgspec.Raw, *, names: tuple[str, str, str] = ("id", "device_id", "type")
) -> Loose:
    """What can be read of a refused entry, so that its sender can tell which it was. `names`: where
    id, device and type stand.
    """
    try:
        told: Any = json.loads(bytes(entry))
    except (ValueError, RecursionError):
        return Loose()
    if not isinstance(told, Mapping):
        return Loose()
    ident, device, kind = (
        value if isinstance(value := told.get(name), str) else None for name in names
    )
    return Loose(
        None if ident is None else ident[:200].encode("utf-8", "replace").decode(),
        device if device is not None and DEVICE_KEY.fullmatch(device) else "",
        (kind or "")[:64],
    )


def printable(text: str | None, longest: int = 64) -> str:
    """A text that a database and a page can take: cut, and without what cannot be shown."""
    return "".join(letter for letter in (text or "")[:longest] if letter.isprintable())
