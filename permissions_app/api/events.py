"""`POST /api/v1/events`: a batch of events from a client."""

import time

from permissions_app.api.hot import Environ, Reply, body_of, endpoint, reply
from permissions_app.selectors.keys import KeyContext
from permissions_app.services.arrivals import MAX_BATCH_BYTES
from permissions_app.services.ingest import ingest


def events(environ: Environ, caller: KeyContext) -> Reply:
    """Store and fold a batch; 200 with counts and a reason for every entry that was refused."""
    payload = body_of(environ, limit=MAX_BATCH_BYTES)
    return reply(
        200,
        ingest(app_id=caller.app_id, payload=payload, received=time.time_ns() // 1_000_000),
    )


post_events = endpoint(events, group="events")
