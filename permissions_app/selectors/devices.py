"""Finding a device, and reading its facts."""

from dataclasses import dataclass

import msgspec

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.standing import Standing
from permissions_app.models import Device
from permissions_app.selectors import raw

_AFTER_ASCII = "\x7f"
LIST = """
SELECT d.id, d.key, d.facts::text FROM permissions_app_device AS d {narrowed} {named}
WHERE d.app_id = %(app)s AND d.key > %(after)s AND d.key >= %(prefix)s AND d.key < %(end)s
ORDER BY d.key LIMIT %(limit)s
"""
NARROWED = """
JOIN permissions_app_facet AS f ON f.app_id = d.app_id AND f.device_id = d.id
    AND (%(status)s = '' OR f.status = %(status)s) AND (%(platform)s = '' OR f.platform = %(platform)s)
"""
NAMED = """
JOIN permissions_app_address AS a ON a.app_id = d.app_id AND a.device_id = d.id
    AND a.external_id = %(external_id)s AND a.external_id <> ''
"""
_decode_facts = msgspec.json.Decoder(DeviceFacts).decode


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device and its facts."""

    id: int
    key: str
    facts: DeviceFacts


def find_devices(*, app_id: int, text: str, limit: int = 20) -> tuple[FoundDevice, ...]:
    """Devices whose key begins with `text`, an exact match first; without a text the first keys.

    Keys compare byte by byte, so the range below is answered by the unique index on (app, key).
    """
    rows = Device.objects.filter(app_id=app_id)
    if text:
        rows = rows.filter(key__gte=text, key__lt=text + _AFTER_ASCII)
    found = rows.order_by("key").values_list("id", "key", "facts")[:limit]
    return tuple(found_device(*row) for row in found)


def list_devices(
    *,
    app_id: int,
    after: str,
    limit: int,
    prefix: str = "",
    status: str = "",
    platform: str = "",
    external_id: str = "",
) -> list[FoundDevice]:
    """The next devices after a key, in the order of their keys. Status and platform are those of the last fold, some
    seconds ago; a device of which nothing was folded yet has neither.
    """
    statement = LIST.format(
        narrowed=NARROWED if status or platform else "", named=NAMED if external_id else ""
    )
    values = {
        "app": app_id,
        "after": after,
        "prefix": prefix,
        "end": prefix + _AFTER_ASCII,
        "status": status,
        "platform": platform,
        "external_id": external_id,
        "limit": limit,
    }
    rows = raw.execute(statement, values).fetchall()
    return [FoundDevice(id_, key, _decode_facts(facts)) for id_, key, facts in rows]


def get_device(*, app_id: int, key: str) -> FoundDevice | None:
    """One device by its exact key."""
    row = Device.objects.filter(app_id=app_id, key=key).values_list("id", "key", "facts").first()
    return found_device(*row) if row else None


def standing_of(*, device_id: int) -> Standing:
    """What our decisions promised a device; nothing where there is none."""
    row = raw.execute(
        "SELECT standing::text FROM permissions_app_device WHERE id = %s", (device_id,)
    ).fetchone()
    return msgspec.json.decode(row[0], type=Standing) if row else Standing()


def found_device(id_: int, key: str, facts: object) -> FoundDevice:
    """A row of the table as it is shown."""
    return FoundDevice(id_, key, msgspec.convert(facts, DeviceFacts, str_keys=True))
