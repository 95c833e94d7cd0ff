"""`POST /api/v1/decisions/made`: decisions that a client made by itself from a bundle."""

import time

from campaigns.services.made import MOST_BYTES, take_made
from permissions_app.api.hot import Environ, Reply, body_of, endpoint, reply
from permissions_app.selectors.keys import KeyContext


def made(environ: Environ, caller: KeyContext) -> Reply:
    """Keep a batch; 200 with counts and a reason for every decision that was refused."""
    payload = body_of(environ, limit=MOST_BYTES)
    received = time.time_ns() // 1_000_000
    return reply(200, take_made(app_id=caller.app_id, payload=payload, received=received))


post_made = endpoint(made, group="events")
