"""What the busy endpoints share: who is calling, the bytes of the body, and plain JSON answers.

An endpoint takes a WSGI environment and gives a `Reply`; it needs nothing of Django's request,
session or middleware, so the web server calls it directly (`config.fast_lane`), and `as_view` makes
a Django view of it. It reads the body itself, with a bound that also holds while it is
decompressed, and never redirects.
"""

import math
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from permissions_app.selectors import raw
from permissions_app.selectors.keys import KeyContext, authenticate
from permissions_app.services import limits
from permissions_app.services.arrivals import BatchError

_encode = msgspec.json.Encoder().encode
CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "Date, ETag, Retry-After",
}
ALLOWED_HEADERS = "authorization, content-type, content-encoding, if-none-match, x-retry-count"

MOST_POURED_AWAY = 64 * 1024 * 1024

Environ = Mapping[str, Any]
"""A request as PEP 3333 describes it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: the HTTP status, the bytes of the body, the headers."""

    status: int
    content: bytes
    headers: Mapping[str, str]


View = Callable[[Environ, KeyContext], Reply]
Endpoint = Callable[[Environ], Reply]

logger = structlog.get_logger(__name__)


def reply(status: int, value: Any) -> Reply:
    """A JSON answer that any page may read."""
    return _json(status, value, "application/json", {})


def problem(status: int, code: str, detail: str, **headers: str) -> Reply:
    """A refusal in the form of RFC 9457, with a stable `code`. In `headers`, `_` stands for `-`."""
    body = {
        "type": "about:blank",
        "title": code.replace("_", " "),
        "status": status,
        "code": code,
        "detail": detail,
    }
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    return _json(status, body, "application/problem+json", more)


def _json(status: int, value: Any, kind: str, more: Mapping[str, str]) -> Reply:
    """With its length: without one the web server falls back to chunks."""
    content = _encode(value)
    length = str(len(content))
    return Reply(status, content, {**CORS, "Content-Type": kind, "Content-Length": length, **more})


def endpoint(view: View, *, group: str, methods: tuple[str, ...] = ("POST",)) -> Endpoint:
    """Give a view its caller; answers preflights, wrong methods, bad keys and keys that call too
    often itself, and says 503 when the database is away, so that clients send again later.

    `group`: whose limit counts, a name of `settings.RATE_LIMITS`.
    """

    def guarded(environ: Environ) -> Reply:
        refusal = refuse_method(environ, methods)
        if refusal is not None:
            return refusal
        try:
            caller = _caller(environ)
            if isinstance(caller, Reply):
                return caller
            return refuse_busy(environ, caller, group) or view(environ, caller)
        except BatchError as error:
            return problem(error.status, error.code, error.detail)
        except raw.CONNECTION_LOST as error:
            return database_away(environ, error)

    return guarded


def database_away(environ: Environ, error: Exception) -> Reply:
    """Let go of the lost connection, and say 503, so that clients send again later."""
    logger.warning("database_away", path=environ.get("PATH_INFO"), error=str(error))
    raw.drop_connection()
    detail = "nothing was stored; send the same again"
    return problem(503, "database_away", detail, Retry_After="2")


def as_view(endpoint: Endpoint) -> Callable[[HttpRequest], HttpResponse]:
    """The endpoint as a Django view."""

    @csrf_exempt
    def view(request: HttpRequest, last: str = "") -> HttpResponse:
        return as_response(endpoint(request.META))

    return view


def as_response(told: Reply) -> HttpResponse:
    """The answer as Django sends it."""
    return HttpResponse(told.content, status=told.status, headers=dict(told.headers))


def refuse_method(environ: Environ, methods: tuple[str, ...] = ("POST",)) -> Reply | None:
    """The answer to a method that is not one of these, preflights included; None for one that is."""
    method = environ["REQUEST_METHOD"]
    if method in methods:
        return None
    if method == "OPTIONS":
        return Reply(204, b"", preflight(methods))
    allowed = ", ".join((*methods, "OPTIONS"))
    return problem(405, "method_not_allowed", f"use {methods[0]}", Allow=allowed)


def preflight(methods: tuple[str, ...]) -> Mapping[str, str]:
    """What a browser wants to know before it calls from another origin."""
    return {
        **CORS,
        "Access-Control-Allow-Methods": ", ".join(methods),
        "Access-Control-Allow-Headers": ALLOWED_HEADERS,
        "Access-Control-Max-Age": "86400",
    }


def refuse_busy(environ: Environ, caller: KeyContext, group: str) -> Reply | None:
    """The 429 for a key that calls too often; None while it may call. Whole seconds, rounded up."""
    wait = seconds_to_wait(environ, caller, group)
    if wait is None:
        return None
    detail = f"this key calls too often; nothing was done; try again in {wait} s"
    return problem(429, "too_many_requests", detail, Retry_After=str(wait))


def seconds_to_wait(environ: Environ, caller: KeyContext, group: str) -> int | None:
    """Count a request of a key; for how long it is refused, None when it is not."""
    taken = limits.ask(group=group, caller=caller.prefix)
    if taken is None or taken.allowed:
        return None
    _pour_away(environ["wsgi.input"], _length(environ))
    return math.ceil(taken.retry_after)


def _caller(environ: Environ) -> KeyContext | Reply:
    scheme, _, text = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    context = authenticate(text.strip()) if scheme.lower() == "bearer" else None
    if context is None:
        detail = "send a valid key as `Authorization: Bearer <key>`"
        return problem(401, "unknown_key", detail, WWW_Authenticate="Bearer")
    if context.kind == "sk" and "HTTP_ORIGIN" in environ:
        detail = "a secret key must never be used from a web page"
        return problem(403, "secret_key_in_browser", detail)
    return context


def body_of(environ: Environ, *, limit: int) -> bytes:
    """The body, decompressed, at most `limit` bytes. Raises BatchError (413, 400 or 415) otherwise."""
    stream, length = environ["wsgi.input"], _length(environ)
    data = stream.read(min(length, limit + 1))
    if len(data) > limit:
        _pour_away(stream, length - len(data))
        raise BatchError(413, "body_too_large", f"the body may have {limit} bytes")
    encoding = environ.get("HTTP_CONTENT_ENCODING", "").strip().lower()
    if encoding in ("", "identity"):
        return cast(bytes, data)
    if encoding not in ("gzip", "x-gzip"):
        raise BatchError(415, "unknown_encoding", "Content-Encoding may be gzip")
    return _gunzip(data, limit)


def tags_in(header: str) -> frozenset[str]:
    """The entity tags of an If-None-Match header; a weak one counts as its strong one."""
    return frozenset(tag.strip().removeprefix("W/") for tag in header.split(","))


def _length(environ: Environ) -> int:
    """How many bytes of a body there are at most."""
    told = environ.get("CONTENT_LENGTH") or ""
    if told.isdigit():
        return int(told)
    # The server ends the input where the last chunk does.
    chunked = "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower()
    return MOST_POURED_AWAY if chunked else 0


def _pour_away(stream: Any, left: int) -> None:
    """Read the rest of a body that is not wanted, up to a bound. A client that is cut off while it
    still sends never sees the answer, takes it for a bad network, and sends the same again for ever.
    """
    left = min(left, MOST_POURED_AWAY)
    while left > 0 and (part := stream.read(min(left, 1 << 20))):
        left -= len(part)


def _gunzip(data: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj(wbits=31)
    try:
        plain = inflater.decompress(data, limit + 1)
    except zlib.error:
        raise BatchError(400, "invalid_gzip", "the body is not gzip") from None
    if len(plain) > limit:
        raise BatchError(413, "body_too_large", f"the decompressed body may have {limit} bytes")
    if not inflater.eof:
        raise BatchError(400, "invalid_gzip", "the gzip body ends too early")
    return plain
