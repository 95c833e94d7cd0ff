"""What arrived since a check began: the newest events that it asks for, and entries that were not stored."""

from datetime import UTC, datetime

import msgspec

from permissions_app.domain.event_faults import ANSWERS, Heard
from permissions_app.domain.events import EventContext
from permissions_app.domain.self_check import BESIDE, FIVE, NotTaken
from permissions_app.models import SeenSample, UntakenEntry, ValueMoment
from permissions_app.selectors import raw

LOOKED_AT = 500
"""Events, the newest: a busy app is checked by one device or platform."""
MOST_UNTAKEN = 50
WANTED = [
    *dict.fromkeys(
        (
            *(kind for wanted in FIVE for group in wanted.groups for kind in group),
            *ANSWERS,
            "native_prompt_shown",
            *BESIDE,
        )
    )
]

_COLUMNS = """
SELECT e.id::text, d.key, e.type, (extract(epoch FROM e.occurred_at) * 1000)::bigint,
       (extract(epoch FROM e.received_at) * 1000)::bigint, e.body::text
"""
OF_APP = f"""
{_COLUMNS} FROM (
    SELECT * FROM permissions_app_event WHERE app_id = %(app)s AND received_at >= %(since)s
    ORDER BY received_at DESC LIMIT %(most)s
) AS e JOIN permissions_app_device AS d ON d.id = e.device_id
WHERE e.type = ANY(%(wanted)s)
"""  # noqa: S608  made of constants
OF_DEVICE = f"""
{_COLUMNS} FROM permissions_app_event AS e JOIN permissions_app_device AS d ON d.id = e.device_id
WHERE d.app_id = %(app)s AND d.key = %(device)s AND e.app_id = %(app)s
  AND e.received_at >= %(since)s AND e.type = ANY(%(wanted)s)
ORDER BY e.received_at DESC LIMIT %(most)s
"""
_decode = msgspec.json.Decoder(EventContext).decode


def heard_since(
    *, app_id: int, since: int, device: str = "", platform: str = ""
) -> tuple[Heard, ...]:
    """Stored events that a check asks for. `since`: ms. `device`, `platform`: '' for any."""
    asked = {
        "app": app_id,
        "since": _time(since),
        "device": device,
        "wanted": WANTED,
        "most": LOOKED_AT,
    }
    rows = raw.execute(OF_DEVICE if device else OF_APP, asked).fetchall()
    heard = (
        Heard(ident, key, kind, at, received, _decode(body))
        for ident, key, kind, at, received, body in rows
    )
    return tuple(one for one in heard if not platform or one.body.platform == platform)


def not_taken_since(*, app_id: int, since: int, device: str = "") -> tuple[NotTaken, ...]:
    """Entries that were not stored, newest first; of a device also those that named none."""
    rows = UntakenEntry.objects.filter(app_id=app_id, received_at__gte=_time(since))
    if device:
        rows = rows.filter(device_key__in=(device, ""))
    rows = rows.order_by("-received_at", "-pk")[:MOST_UNTAKEN]
    return tuple(
        NotTaken(
            round(row.received_at.timestamp() * 1000),
            row.device_key,
            row.type,
            row.code,
            row.detail,
        )
        for row in rows
    )


def unmatched_since(*, app_id: int, since: int) -> tuple[str, ...]:
    """Names of events that happened since and that no moment is defined on."""
    taken = ValueMoment.objects.filter(app_id=app_id).values("event_name")
    rows = SeenSample.objects.filter(app_id=app_id, at__gte=_time(since)).exclude(name__in=taken)
    return tuple(rows.order_by("name").values_list("name", flat=True).distinct()[:3])


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
