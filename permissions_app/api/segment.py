"""The Tracking API of Segment, spoken by its clients and by RudderStack's: `/v1/batch`, `/v1/track` and the rest.

A client that runs already changes its host and sends here. The content type is not looked at: browsers say text, some
servers a form. The credential is the name part of a Basic header, or `writeKey` in the body. Nothing is ever
redirected: clients take a redirect for success.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from urllib.parse import quote

from permissions_app.api.hot import (
    Endpoint,
    Environ,
    Reply,
    body_of,
    database_away,
    problem,
    refuse_busy,
    refuse_method,
    reply,
)
from permissions_app.selectors import raw
from permissions_app.selectors.keys import KeyContext, authenticate
from permissions_app.services.arrivals import MAX_BATCH_BYTES, BatchError
from permissions_app.services.ingest import take
from permissions_app.services.segment import Call, arrivals_of, read_call

KINDS = ("track", "identify", "page", "screen", "group", "alias")


def tracking(kind: str | None) -> Endpoint:
    """The endpoint of one kind of message, None for batches."""

    def guarded(environ: Environ) -> Reply:
        refusal = refuse_method(environ)
        if refusal is not None:
            return refusal
        try:
            call = read_call(payload=body_of(environ, limit=MAX_BATCH_BYTES), kind=kind)
            caller = _caller(environ, call)
            if isinstance(caller, Reply):
                return caller
            return refuse_busy(environ, caller, "events") or _take(call, caller)
        except BatchError as error:
            return problem(error.status, error.code, error.detail)
        except raw.CONNECTION_LOST as error:
            return database_away(environ, error)

    return guarded


def addresses() -> Mapping[str, Endpoint]:
    """Address -> endpoint, each also with the slash at its end that some clients add."""
    batch = tracking(None)
    found = {"/v1/batch": batch, "/v1/b": batch, "/v1/import": batch}
    for kind in KINDS:
        single = tracking(kind)
        found |= {f"/v1/{kind}": single, f"/v1/{kind[0]}": single}
    return found | {f"{address}/": endpoint for address, endpoint in found.items()}


def settings_of(environ: Environ, *, key: str) -> Reply:
    """What a browser or mobile client asks for before it sends: where to, and with which key."""
    if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        return problem(405, "method_not_allowed", "use GET", Allow="GET, HEAD")
    try:
        known = authenticate(key)
    except raw.CONNECTION_LOST as error:
        return database_away(environ, error)
    if known is None:
        return problem(404, "unknown_key", "there is no app with this write key")
    scheme = environ["wsgi.url_scheme"]
    host = quote(environ.get("HTTP_HOST", ""), safe=":.[]-")
    target = {"apiKey": key, "apiHost": f"{host}/v1", "protocol": scheme}
    return reply(
        200,
        {
            "integrations": {"Segment.io": target},
            "plan": {"track": {"__default": {"enabled": True}}},
        },
    )


def _take(call: Call, caller: KeyContext) -> Reply:
    received = time.time_ns() // 1_000_000
    found = arrivals_of(call=call, received=received)
    receipt = take(app_id=caller.app_id, found=found, received=received)
    return reply(
        200,
        {
            "success": True,
            "accepted": receipt.accepted,
            "duplicates": receipt.duplicates,
            "rejected": receipt.rejected,
        },
    )


def _caller(environ: Environ, call: Call) -> KeyContext | Reply:
    told = _basic(environ.get("HTTP_AUTHORIZATION", "")) or call.key
    context = authenticate(told.strip()) if told else None
    if context is None:
        # A batch with a bad key is answered 400: one mobile client drops a batch on nothing else.
        status = 400 if environ["PATH_INFO"].rstrip("/") == "/v1/b" else 401
        detail = "send a valid key as the user of a Basic header, or as writeKey"
        return problem(status, "unknown_key", detail)
    if context.kind == "sk" and "HTTP_ORIGIN" in environ:
        return problem(
            403, "secret_key_in_browser", "a secret key must never be used from a web page"
        )
    return context


def _basic(header: str) -> str:
    scheme, _, text = header.partition(" ")
    if scheme.lower() == "bearer":
        return text
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(text.strip(), validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError):
        return ""
