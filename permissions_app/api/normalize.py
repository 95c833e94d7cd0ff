"""`POST /api/v1/normalize`: what a permission value of a client library means.

For client teams that want to check their readings, one value or up to 200 at once. Also called from
browsers, with a publishable key.
"""

import json
from typing import Any

from permissions_app.api.hot import Environ, Reply, as_view, body_of, endpoint, reply
from permissions_app.domain.states import UnknownValue, normalise
from permissions_app.selectors.keys import KeyContext
from permissions_app.services.arrivals import BatchError

MOST_BYTES = 262_144
MOST_ITEMS = 200
_FACTS = (
    "platform",
    "os_version",
    "api_level",
    "target_sdk",
    "ask_count",
    "can_ask_again",
    "source",
)


def readings(environ: Environ, caller: KeyContext) -> Reply:
    """The reading of one value, or of each of many; 422 with a code for a value outside the table."""
    body = _decoded(body_of(environ, limit=MOST_BYTES))
    if "items" not in body:
        return reply(200, _reading(body))
    items = body["items"]
    if not isinstance(items, list):
        raise BatchError(422, "invalid", "“items” must be a list")
    if len(items) > MOST_ITEMS:
        raise BatchError(422, "too_many_items", f"at most {MOST_ITEMS} items at once")
    return reply(200, {"items": [_reading_or_error(item) for item in items]})


post_normalize = endpoint(readings, group="decisions")
normalize = as_view(post_normalize)


def _reading_or_error(item: object) -> dict[str, Any]:
    """One unknown value never sinks the others."""
    try:
        if not isinstance(item, dict):
            raise BatchError(422, "invalid", "an item must be an object")
        return _reading(item)
    except BatchError as error:
        return {"error": {"code": error.code, "detail": error.detail}}


def _reading(item: dict[str, Any]) -> dict[str, Any]:
    for name in ("library", "value"):
        if name not in item:
            raise BatchError(422, "missing_field", f"“{name}” is needed")
    facts = {name: item[name] for name in _FACTS if item.get(name) is not None}
    try:
        reading = normalise(library=item["library"], value=item["value"], **facts)
    except UnknownValue as unknown:
        raise BatchError(422, unknown.code, unknown.detail) from None
    return {
        "status": reading.status,
        "cause": reading.cause,
        "off": reading.off,
        "why": reading.why,
    }


def _decoded(payload: bytes) -> dict[str, Any]:
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        raise BatchError(400, "malformed_json", "the body is not JSON") from None
    if not isinstance(body, dict):
        raise BatchError(422, "invalid", "the body must be a JSON object")
    return body
