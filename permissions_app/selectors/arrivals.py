"""The last events that arrived for an app, for people who are wiring up a client.

The index by app and arrival serves it. PostgreSQL puts a new row wherever a page has room, so the
place of a row says nothing about when it came. At the right edge of an index an insert is cheap:
about a microsecond a row was measured.
"""

from dataclasses import dataclass
from datetime import datetime

import msgspec

from permissions_app.domain.events import EventContext
from permissions_app.models import Device
from permissions_app.selectors import raw

LATEST = """
SELECT e.id::text, d.key, e.type, e.occurred_at, e.received_at, e.body::text
FROM (
    SELECT * FROM permissions_app_event WHERE app_id = %s
    ORDER BY received_at DESC, occurred_at DESC, id LIMIT 20
) AS e JOIN permissions_app_device AS d ON d.id = e.device_id
ORDER BY e.received_at DESC, e.occurred_at DESC, e.id
"""
_decode = msgspec.json.Decoder(EventContext).decode


@dataclass(frozen=True, slots=True)
class ArrivedEvent:
    """One event and the device it came from."""

    id: str
    device_key: str
    type: str
    occurred_at: datetime
    received_at: datetime
    body: EventContext


def latest_arrivals(*, app_id: int) -> tuple[ArrivedEvent, ...]:
    """The latest 20 events of an app, the last to arrive first."""
    return tuple(
        ArrivedEvent(id_, key, type_, occurred, received, _decode(body))
        for id_, key, type_, occurred, received, body in raw.execute(LATEST, (app_id,))
    )


def any_device(*, app_id: int) -> bool:
    """Whether an event of this app ever arrived (each one makes its device known)."""
    return Device.objects.filter(app_id=app_id).exists()
