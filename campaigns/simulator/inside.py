"""The same journeys without the socket, for filling the demo quickly.

It calls the two services that the API calls, with the same bytes, so everything after the web
server is the same. Many devices walk side by side and share a batch, as on a server that forwards
the events of its clients. The database need not wait for the disk here: a seed that was cut short
is run again.
"""

import time

import msgspec

from campaigns.services import decision_log
from campaigns.services.decide import Request, answer
from campaigns.simulator.client import RefusedError
from campaigns.simulator.delivery import Events
from campaigns.simulator.journey import Ask, Reply
from permissions_app.selectors import raw
from permissions_app.services import seen
from permissions_app.services.ingest import ingest

MOST_TOGETHER = 2_000
KNOWN = "SELECT key FROM permissions_app_device WHERE app_id = %s"

_encode = msgspec.json.Encoder().encode


class Inside:
    """Speaks for many devices at once."""

    def __init__(self, *, app_id: int) -> None:
        self.app_id = app_id
        raw.connection().execute("SET synchronous_commit = off")

    def known_devices(self) -> frozenset[str]:
        """The keys of the devices that the app has."""
        rows = raw.connection().execute(KNOWN, (self.app_id,))
        return frozenset(key for (key,) in rows)

    def send_many(self, batches: list[Events]) -> None:
        """Upload many batches of different devices. Raises RefusedError."""
        together: Events = []
        for batch in batches:
            if len(together) + len(batch) > MOST_TOGETHER:
                self._send(together)
                together = []
            together = together + batch
        if together:
            self._send(together)

    def ask(self, ask: Ask) -> Reply:
        """The answer at the simulated time."""
        request = msgspec.convert(ask.body, Request)
        reply: Reply = msgspec.to_builtins(answer(app_id=self.app_id, request=request, now=ask.at))
        return reply

    def close(self) -> None:
        """Write what is still buffered."""
        decision_log.flush()
        seen.flush()

    def _send(self, events: Events) -> None:
        now = time.time_ns() // 1_000_000
        receipt = ingest(app_id=self.app_id, payload=_encode({"events": events}), received=now)
        if receipt.rejected:
            raise RefusedError(f"{len(receipt.rejected)} refused: {receipt.rejected[0]}")
