"""`POST /api/v1/events`: a batch of events from a client."""

import time

from permissions_app.api.hot import Environ, Reply, body_of, endpoint, reply
from permissions_app.selectors.keys import KeyContext
from permissions_app.services.arrivals import MAX_BATCH_BYTES, BatchError
from permissions_app.services.ingest import ingest
from permissions_app.services.untaken import keep_call


def events(environ: Environ, caller: KeyContext) -> Reply:
    """Store and fold a batch; 200 with counts and a reason for every entry that was refused."""
    received = time.time_ns() // 1_000_000
    try:
        payload = body_of(environ, limit=MAX_BATCH_BYTES)
        receipt = ingest(app_id=caller.app_id, payload=payload, received=received)
    except BatchError as error:
        keep_call(app_id=caller.app_id, error=error, received=received)
        raise
    return reply(200, receipt)


post_events = endpoint(events, group="events")
