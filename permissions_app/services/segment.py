"""From the bytes of a Segment call to events, each message judged alone.

Three shapes arrive: a batch `{"batch": [...], "sentAt": ..., "writeKey": ...}`, a single message at the address of its
kind, and a single message that says itself what it is. The key may stand in the body; it is found here and checked by
the caller before anything is stored.
"""

import uuid
from dataclasses import dataclass
from typing import Any

import msgspec

from permissions_app.domain.segment_messages import NAMESPACE, Message, Unreadable, read_message
from permissions_app.services.arrivals import (
    MAX_EVENTS,
    Arrival,
    Arrivals,
    BatchError,
    Refused,
    WireEvent,
    check_bytes,
    checked,
    clock_shift,
    loosely,
)


class _Batch(msgspec.Struct):
    batch: list[msgspec.Raw]
    sentAt: Any = None  # noqa: N815  the protocol's name
    writeKey: Any = None  # noqa: N815
    context: Any = None


NAMES = ("messageId", "anonymousId", "event")
"""Where a message says what it is."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call whose messages are not read yet. `key`: the credential of the body, '' where it has none. `kind`: what
    the address says the message is.
    """

    entries: list[msgspec.Raw]
    sent_at: Any
    key: str
    kind: str | None
    suspicious: bool


_decode = msgspec.json.Decoder().decode
_decode_message = msgspec.json.Decoder(Message).decode
_decode_batch = msgspec.json.Decoder(_Batch).decode
_decode_raw = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode


def read_call(*, payload: bytes, kind: str | None) -> Call:
    """Split a call into its messages. `kind` None: the body is a batch. Raises BatchError."""
    suspicious = b"\\u0000" in payload
    try:
        if kind is None:
            batch = _decode_batch(payload)
            if len(batch.batch) > MAX_EVENTS:
                detail = f"{len(batch.batch)} messages; a batch may hold {MAX_EVENTS}"
                raise BatchError(413, "too_many_events", detail)
            return Call(batch.batch, batch.sentAt, _text(batch.writeKey), None, suspicious)
        message = _decode_raw(payload)
    except msgspec.ValidationError as error:
        raise BatchError(400, "invalid_batch", f"not a call of the Tracking API: {error}") from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise BatchError(400, "invalid_json", f"the body is not JSON: {error}"[:300]) from None
    sent_at, key = (
        _decode(message[name]) if name in message else None for name in ("sentAt", "writeKey")
    )
    return Call([msgspec.Raw(payload)], sent_at, _text(key), kind, suspicious)


def arrivals_of(*, call: Call, received: int) -> Arrivals:
    """The events that the messages of a call stand for. `received`: ms."""
    try:
        shift = clock_shift(call.sent_at, received)
    except BatchError:
        shift = 0  # a client that cannot tell the time loses its correction, not its events
    found = Arrivals()
    seen: set[str] = set()
    for index, entry in enumerate(call.entries):
        try:
            arrival = _arrival(entry, call, received, shift)
        except (Refused, Unreadable) as refusal:
            found.refuse(index, loosely(entry, names=NAMES), refusal.code, str(refusal))
            continue
        if arrival is None:
            continue
        if arrival.id in seen:
            found.repeat(arrival)
        else:
            seen.add(arrival.id)
            found.taken.append(arrival)
    return found


def _arrival(entry: msgspec.Raw, call: Call, received: int, shift: int) -> Arrival | None:
    check_bytes(entry, suspicious=call.suspicious)
    message = _message(entry)
    told = read_message(message=message, fallback_id=lambda: _id_by(entry), kind=call.kind)
    if told is None:
        return None
    at = received - shift if told.at is None else told.at
    fields = {
        **told.body,
        "id": told.id,
        "device_id": told.device,
        "type": told.type,
        "occurred_at": at,
    }
    try:
        event = msgspec.convert(fields, WireEvent)
    except msgspec.ValidationError as error:
        raise Refused("invalid_field", str(error)) from None
    arrival = checked(event, received=received, shift=shift)
    return msgspec.structs.replace(arrival, by_server=True) if told.by_server else arrival


def _id_by(entry: msgspec.Raw) -> str:
    """Without an id of its own a message is known again by its bytes: clients send the same ones again."""
    return str(uuid.uuid5(NAMESPACE, bytes(entry).decode("utf-8", "replace")))


def _message(entry: msgspec.Raw) -> Message:
    try:
        return _decode_message(entry)
    except msgspec.ValidationError:
        raise Refused("invalid_field", "a message is an object") from None
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise Refused("invalid_json", str(error)[:300]) from None


def _text(told: Any) -> str:
    return told if isinstance(told, str) else ""
