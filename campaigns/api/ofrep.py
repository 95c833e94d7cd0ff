"""OpenFeature's Remote Evaluation Protocol: a moment is a flag, its value says what to do there.

`POST /ofrep/v1/evaluate/flags/{moment}` is the question at the moment itself: it decides, reserves and logs like
`POST /api/v1/decisions`. `POST /ofrep/v1/evaluate/flags` tells all moments at once for clients that keep their
answers; it promises nothing (see services/foresee.py), and its ETag is that of the answer, never of the rules: a
device that was denied meanwhile gets another answer from the same rules.
"""

import hashlib
import time
from collections.abc import Mapping
from typing import Any

import msgspec
import structlog

from campaigns.services.decide import Answer, DeviceBusyError, Request, answer
from campaigns.services.foresee import foresee
from permissions_app.api.hot import Environ, Reply, body_of, seconds_to_wait, tags_in
from permissions_app.domain.events import EventContext
from permissions_app.selectors import raw
from permissions_app.selectors.keys import KeyContext, authenticate
from permissions_app.services.arrivals import DEVICE_KEY, BatchError

FLAGS = "/ofrep/v1/evaluate/flags"
MAX_BODY_BYTES = 65_536
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Retry-After",
}
PREFLIGHT = {
    **CORS,
    "Access-Control-Allow-Methods": "POST",
    "Access-Control-Allow-Headers": "authorization, x-api-key, content-type, if-none-match",
    "Access-Control-Max-Age": "86400",
}
SPELLINGS = {
    "osVersion": "os_version",
    "apiLevel": "api_level",
    "targetSdk": "target_sdk",
    "appVersion": "app_version",
    "sessionIndex": "session_index",
    "screenIndex": "screen_index",
}
"""OpenFeature's contexts are written in camel case; both are understood."""
LIBRARY = ("permission_library", "permissionLibrary")

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, Any]).decode
logger = structlog.get_logger(__name__)


class _Refused(Exception):
    def __init__(self, status: int, code: str, detail: str, **headers: str) -> None:
        super().__init__(detail)
        self.status, self.code, self.headers = status, code, headers


def evaluate_flag(environ: Environ) -> Reply:
    """Decide at one moment, named by the end of the address."""
    key = environ["PATH_INFO"][len(FLAGS) + 1 :]
    return _guarded(environ, key, lambda caller, context: _one(environ, caller, key, context))


def evaluate_flags(environ: Environ) -> Reply:
    """Tell all moments at once."""
    return _guarded(environ, "", lambda caller, context: _all(environ, caller, context))


def _guarded(environ: Environ, key: str, view: Any) -> Reply:
    """Give a view its caller and context; says every refusal in the protocol's own form."""
    if environ["REQUEST_METHOD"] == "OPTIONS":
        return Reply(204, b"", PREFLIGHT)
    try:
        if environ["REQUEST_METHOD"] != "POST":
            raise _Refused(405, "GENERAL", "use POST", Allow="POST, OPTIONS")
        caller = _caller(environ)
        wait = seconds_to_wait(environ, caller, "decisions")
        if wait is not None:
            raise _Refused(429, "GENERAL", "this key asks too often", Retry_After=str(wait))
        told: Reply = view(caller, _context(environ))
    except _Refused as refusal:
        return _refusal(key, refusal)
    except BatchError as error:
        return _refusal(key, _Refused(400, "PARSE_ERROR", error.detail))
    except DeviceBusyError:
        busy = _Refused(
            503, "GENERAL", "this device is asked about at once by many", Retry_After="1"
        )
        return _refusal(key, busy)
    except raw.CONNECTION_LOST as error:
        logger.warning("database_away", path=environ.get("PATH_INFO"), error=str(error))
        raw.drop_connection()
        return _refusal(key, _Refused(503, "GENERAL", "the database is away", Retry_After="2"))
    return told


def _refusal(key: str, refusal: _Refused) -> Reply:
    body = {"errorCode": refusal.code, "errorDetails": str(refusal)}
    headers = {name.replace("_", "-"): value for name, value in refusal.headers.items()}
    return _json(refusal.status, {"key": key, **body} if key else body, headers)


def _json(status: int, value: Any, more: Mapping[str, str]) -> Reply:
    content = _encode(value)
    about = {"Content-Type": "application/json", "Content-Length": str(len(content))}
    return Reply(status, content, {**CORS, **about, **more})


def _caller(environ: Environ) -> KeyContext:
    scheme, _, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    told = text if scheme.lower() == "bearer" else environ.get("HTTP_X_API_KEY", "")
    context = authenticate(told.strip()) if told.strip() else None
    if context is None:
        raise _Refused(401, "GENERAL", "send a valid key as Authorization: Bearer, or X-API-Key")
    if context.kind == "sk" and "HTTP_ORIGIN" in environ:
        raise _Refused(403, "GENERAL", "a secret key must never be used from a web page")
    return context


class _Context(msgspec.Struct, frozen=True):
    """Who is asked about. `fill`: values for the placeholders of the words."""

    device: str
    told: EventContext
    fill: dict[str, Any]


def _context(environ: Environ) -> _Context:
    try:
        body = _decode(body_of(environ, limit=MAX_BODY_BYTES))
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise _Refused(
            400, "PARSE_ERROR", f"the body is not what OFREP sends: {error}"[:300]
        ) from None
    context = body.get("context")
    if not isinstance(context, dict):
        raise _Refused(400, "INVALID_CONTEXT", "context is an object with a targetingKey")
    device = context.get("targetingKey")
    if not device:
        raise _Refused(400, "TARGETING_KEY_MISSING", "targetingKey is the id of the device")
    if not isinstance(device, str) or not DEVICE_KEY.fullmatch(device):
        raise _Refused(
            400,
            "INVALID_CONTEXT",
            "targetingKey takes 1 to 128 of the characters A-Z a-z 0-9 . _ : -",
        )
    fields = {SPELLINGS.get(name, name): value for name, value in context.items()}
    known = {name: fields[name] for name in EventContext.__struct_fields__ if name in fields}
    for ours in ("moments", "decision_id", "outcome", "name", "properties"):
        known.pop(ours, None)
    if isinstance(known.get("permission"), str | int) and not isinstance(known["permission"], bool):
        library = next((fields[name] for name in LIBRARY if name in fields), known.get("platform"))
        known["permission"] = {"library": library, "value": known["permission"]}
    try:
        told = msgspec.convert(known, EventContext)
    except msgspec.ValidationError as error:
        raise _Refused(400, "INVALID_CONTEXT", str(error)) from None
    fill = context.get("properties")
    return _Context(device, told, fill if isinstance(fill, dict) else {})


def _one(environ: Environ, caller: KeyContext, key: str, context: _Context) -> Reply:
    request = Request(
        device_id=context.device, moment=key, properties=context.fill, context=context.told
    )
    told = answer(app_id=caller.app_id, request=request, now=time.time_ns() // 1_000_000)
    if told.reason == "unknown_moment":
        raise _Refused(404, "FLAG_NOT_FOUND", "the app has no moment with this key")
    return _json(200, _flag(told), {})


def _all(environ: Environ, caller: KeyContext, context: _Context) -> Reply:
    found = foresee(
        app_id=caller.app_id,
        device=context.device,
        context=context.told,
        properties=context.fill,
        now=time.time_ns() // 1_000_000,
    )
    content = _encode({"flags": [_flag(told) for told in found]})
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    if tag in tags_in(environ.get("HTTP_IF_NONE_MATCH", "")):
        return Reply(304, b"", {**CORS, "ETag": tag})
    about = {"Content-Type": "application/json", "Content-Length": str(len(content)), "ETag": tag}
    return Reply(200, content, {**CORS, **about})


def _flag(told: Answer) -> dict[str, Any]:
    """One evaluation: a value without nulls, and a reason the protocol knows; ours is in the metadata."""
    value: dict[str, Any] = {"action": told.action, "moment": told.moment}
    if told.action != "none":
        value |= {"copy": told.copy or {}, "expires_at": told.expires_at}
        if told.settings is not None:
            value["settings"] = msgspec.to_builtins(told.settings)
    if told.action != "none" or told.reason == "holdout":
        value["decision_id"] = told.decision_id
    if told.retry_after is not None:
        value["retry_after"] = told.retry_after
    return {
        "key": told.moment,
        "value": value,
        "variant": told.variant or "none",
        "reason": _reason(told),
        "metadata": {"reason": told.reason},
    }


def _reason(told: Answer) -> str:
    """In the protocol's words: a campaign's arm, or its holdout, was drawn by chance."""
    if told.reason in ("app_stopped", "moment_paused"):
        return "DISABLED"
    return "SPLIT" if told.campaign is not None or told.reason == "holdout" else "TARGETING_MATCH"
