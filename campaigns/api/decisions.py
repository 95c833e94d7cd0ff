"""`POST /api/v1/decisions`: what now, for this device, at this moment?"""

import time

import msgspec

from campaigns.services.decide import DeviceBusyError, Request, answer
from permissions_app.api.hot import Environ, Reply, body_of, endpoint, problem, reply
from permissions_app.selectors.keys import KeyContext
from permissions_app.services.arrivals import DEVICE_KEY

MAX_BODY_BYTES = 65_536
_decode = msgspec.json.Decoder(Request).decode


def decisions(environ: Environ, caller: KeyContext) -> Reply:
    """Decide; 200 with an action, which is `none` with a reason in most cases."""
    try:
        asked = _decode(body_of(environ, limit=MAX_BODY_BYTES))
    except msgspec.ValidationError as error:
        return problem(422, "invalid_field", str(error))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        return problem(400, "invalid_json", str(error)[:300])
    if not DEVICE_KEY.fullmatch(asked.device_id):
        return problem(
            422,
            "invalid_device_id",
            "device_id takes 1 to 128 of the characters A-Z a-z 0-9 . _ : -",
        )
    if asked.moment is None and asked.event is None:
        return problem(422, "missing_field", "name the moment, or the event that reaches it")
    try:
        return reply(
            200,
            answer(app_id=caller.app_id, request=asked, now=_now(environ, caller)),
        )
    except DeviceBusyError:
        detail = "this device is being changed by many requests at once; try again"
        return problem(503, "device_busy", detail, Retry_After="1")


def _now(environ: Environ, caller: KeyContext) -> int:
    """The time of the decision in ms. Invented devices live in the past and say when they ask; real
    ones cannot choose.
    """
    now = time.time_ns() // 1_000_000
    told = environ.get("HTTP_X_SIMULATED_NOW", "") if caller.simulated else ""
    return min(int(told), now) if told.isascii() and told.isdigit() and len(told) <= 15 else now


post_decisions = endpoint(decisions, group="decisions")
