"""What the messages of Segment's Tracking API mean here.

Many apps already send `track`, `screen` and `identify` calls through one of Segment's or RudderStack's clients. Such a
message becomes one event of ours: a track call whose name belongs to the permission vocabulary ("Soft Ask Shown" or
`soft_ask_shown`) becomes that event, "Application Opened" begins a session, every other name is something that may be
a value moment, and an identify call may carry the permission status. What says nothing of use here is passed over.

Any message may tell how to reach its device: `userId` is the team's own id of the person, `context.device.token` the
push token (domain.addresses). A message that tells nothing else becomes an `identify` of ours.

Nothing here reads a clock or a database. A message that cannot be read raises Unreadable with a sentence; one that is
passed over gives None.
"""

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple, TypeGuard

import msgspec

from permissions_app.domain.addresses import fits_external_id, fits_token
from permissions_app.domain.events import EVENT_TYPES, IDENTIFY

NAMESPACE = uuid.UUID("6f1d5a1e-2f7e-5a0b-9c57-0a6c1d1d2f3e")
"""Ids that are no UUIDs become UUIDs in this namespace, so that a message sent again is known again."""
LONGEST_ID = 100
KINDS = frozenset({"track", "identify", "page", "screen", "group", "alias"})
LIFECYCLE = {
    "Application Opened": "session_started",
    "Application Foregrounded": "session_started",
    "Application Uninstalled": "app_removed",
}
_DEVICE_KEY = re.compile(r"[A-Za-z0-9._:-]{1,128}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_decode = msgspec.json.Decoder().decode
_SYSTEMS = {"ios": "ios", "ipados": "ios", "android": "android"}
_BROWSERS = (
    ("Edge", re.compile(r"\bEdg(?:A|iOS)?/")),
    ("Opera", re.compile(r"\bOPR/")),
    ("Firefox", re.compile(r"\b(?:Firefox|FxiOS)/")),
    ("Chrome", re.compile(r"(?:Chrome|CriOS)/")),
    ("Mobile Safari", re.compile(r"\bMobile/.*Safari/")),
    ("Safari", re.compile(r"\bSafari/")),
)
"""In this order: most browsers also name others."""


class Unreadable(ValueError):
    """A message that cannot be taken. `code` is stable, the text is for people."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class Message(msgspec.Struct):
    """A message as it stands in the call; nothing of it is believed yet. `context` is read once for all messages that
    carry the same one.
    """

    type: Any = None
    event: Any = None
    name: Any = None
    messageId: Any = None  # noqa: N815  the protocol's names
    anonymousId: Any = None  # noqa: N815
    userId: Any = None  # noqa: N815
    timestamp: Any = None
    originalTimestamp: Any = None  # noqa: N815
    properties: Any = None
    traits: Any = None
    context: msgspec.Raw = msgspec.Raw(b"null")


@dataclass(frozen=True, slots=True)
class Told:
    """A message as an event of ours, before its values are checked like those of any other event. `at`: as the message
    has it, a text or a number; None where it has none. `by_server`: the message names a person and no device.
    """

    id: str
    device: str
    type: str
    at: Any
    body: dict[str, Any]
    by_server: bool = False


def read_message(
    *, message: Message, fallback_id: Callable[[], str], kind: str | None
) -> Told | None:
    """The event that a message stands for; None where it says nothing of use here.

    `kind`: what the address says the message is, else the message says it. `fallback_id`: gives a UUID to messages
    without an id. Raises Unreadable.
    """
    found = kind or message.type
    if not isinstance(found, str) or found not in KINDS:
        raise Unreadable("unknown_type", f"type is one of {', '.join(sorted(KINDS))}")
    meaning = _meaning(found, message)
    device = device_of(message)
    ident = message_id(message, fallback_id)
    push = _push(message)
    if push and meaning is None:
        meaning = IDENTIFY, {}
    if meaning is None:
        return None
    name, own = meaning
    body = {**context_of(message).told, **own}
    if push:
        body["push"] = push
    if "permission" in body:
        body["permission"] = _with_library(body["permission"], body.get("platform"))
    return Told(
        id=ident,
        device=device,
        type=name,
        at=message.timestamp or message.originalTimestamp,
        body=body,
        by_server=not (_is_id(message.anonymousId) or _is_id(context_of(message).device)),
    )


def message_id(message: Message, fallback: Callable[[], str]) -> str:
    """The message's id as a UUID. Raises Unreadable for one that is no text, or too long."""
    told = message.messageId
    if told is None or told == "":
        return fallback()
    if not isinstance(told, str) or len(told) > LONGEST_ID:
        raise Unreadable(
            "invalid_message_id", f"messageId is a text of at most {LONGEST_ID} characters"
        )
    return told.lower() if _UUID.fullmatch(told) else str(uuid.uuid5(NAMESPACE, told))


def device_of(message: Message) -> str:
    """The device: its anonymous id, else the id of the device, else the user. What does not fit a device key becomes
    a UUID, always the same one. Raises Unreadable where nobody is named.
    """
    for named in (message.anonymousId, context_of(message).device, message.userId):
        if _is_id(named):
            told = str(named)
            fits = _DEVICE_KEY.fullmatch(told)
            return told if fits else f"id:{uuid.uuid5(NAMESPACE, told)}"
    raise Unreadable("no_device", "anonymousId, context.device.id or userId is needed")


def _meaning(kind: str, message: Message) -> tuple[str, dict[str, Any]] | None:
    """(type of event, what is particular to it), or None."""
    if kind == "track":
        return _track(message)
    if kind in ("page", "screen"):
        name = message.name
        title = (
            f"Viewed {name.strip()} {kind.title()}" if _is_text(name) else f"Viewed {kind.title()}"
        )
        return "moment_reached", {"name": title[:120], **_told(_dict(message.properties))}
    if kind == "identify":
        told = _told(_dict(message.traits))
        return ("permission_status", told) if "permission" in told else None
    return None


def _track(message: Message) -> tuple[str, dict[str, Any]]:
    name = message.event
    if not _is_text(name):
        raise Unreadable("missing_field", "a track call needs the name of its event")
    properties = _dict(message.properties)
    told = _told(properties)
    type_ = LIFECYCLE.get(name) or _VOCABULARY.get(_plain(name))
    if type_ is not None and type_ != "moment_reached":
        return type_, told
    if type_ == "moment_reached" and _is_text(properties.get("name")):
        name = properties["name"]
    return "moment_reached", {"name": name, "properties": dict(properties), **told}


def _told(properties: Mapping[str, Any]) -> dict[str, Any]:
    """What properties or traits may say of any event: the words of the native API."""
    told = {
        key: properties[key]
        for key in ("decision_id", "outcome", "session_index", "screen_index", "country")
        if properties.get(key) is not None
    }
    permission = properties.get("permission", properties.get("notification_permission"))
    if isinstance(permission, dict):
        told["permission"] = dict(permission)
    elif permission is not None:
        library = properties.get("permission_library", properties.get("notification_library"))
        told["permission"] = {"library": library, "value": permission}
    return told


def _with_library(permission: dict[str, Any], platform: str | None) -> dict[str, Any]:
    """The reading with the library whose words it speaks: the platform's own where none is named."""
    library = permission.get("library") or platform
    if library is None:
        raise Unreadable(
            "missing_field",
            "permission needs permission_library, or a context that tells the platform",
        )
    return {**permission, "library": library}


def _push(message: Message) -> dict[str, Any]:
    """How to reach the device, as far as the message tells; what nobody could be reached by is passed over."""
    told: dict[str, Any] = {}
    if _is_id(message.userId) and fits_external_id(str(message.userId).strip()):
        told["external_id"] = str(message.userId).strip()
    token = context_of(message).token
    if isinstance(token, str) and fits_token(token.strip()):
        told["token"] = token.strip()
    return told


class Context(NamedTuple):
    """What a context tells: the device's own id and its push token as they stand there, and what any event may say of
    its device.
    """

    device: Any
    token: Any
    told: Mapping[str, Any]


def context_of(message: Message) -> Context:
    """What the message's context tells."""
    return _read_context(bytes(message.context))


@lru_cache(maxsize=4_096)
def _read_context(text: bytes) -> Context:
    try:
        context = _dict(_decode(text))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        context = {}
    system, app, device = (_dict(context.get(name)) for name in ("os", "app", "device"))
    named = str(system.get("name") or device.get("type") or "").lower()
    platform = _SYSTEMS.get(named)
    told: dict[str, Any] = {}
    agent = context.get("userAgent")
    if platform is None and (context.get("page") or _is_text(agent)):
        platform = "web"
        told["browser"] = _browser(str(agent or ""))
    told |= {
        "platform": platform,
        "os_version": _short(system.get("version")),
        "app_version": _short(app.get("version")),
        "locale": _short(context.get("locale")),
    }
    known = {key: value for key, value in told.items() if value is not None}
    return Context(device.get("id"), device.get("token"), known)


def _browser(agent: str) -> str | None:
    return next((name for name, pattern in _BROWSERS if pattern.search(agent)), None)


def _dict(told: Any) -> dict[str, Any]:
    return told if isinstance(told, dict) else {}


def _short(told: Any) -> str | None:
    if isinstance(told, (int, float)) and not isinstance(told, bool):
        told = str(told)
    return told[:64] if _is_text(told) else None


def _is_text(told: Any) -> TypeGuard[str]:
    return isinstance(told, str) and bool(told.strip())


def _is_id(told: Any) -> bool:
    return type(told) is int or _is_text(told)


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


_VOCABULARY = {name: name for name in EVENT_TYPES}
NAMES: Mapping[str, str] = {
    **{name: name.replace("_", " ").title() for name in EVENT_TYPES if name != "moment_reached"},
    "session_started": "Application Opened",
    "app_removed": "Application Uninstalled",
}
"""Event type -> how a track call names it. A moment is reached by the app's own events."""
