"""Writing what devices are found by, in the same transaction as what they contribute."""

from collections.abc import Sequence
from typing import Any

import msgspec

from permissions_app.domain.device import Cause, Status
from permissions_app.domain.facets import Facet
from permissions_app.selectors import raw

SMALL = "smallint"
TYPES: dict[str, str] = {
    "sessions": SMALL,
    "screens": SMALL,
    "soft_asks_shown": SMALL,
    "soft_asks_declined": SMALL,
    "redirects_shown": SMALL,
    "redirects_tapped": SMALL,
    "app_order": "bigint",
    "interruptions": "smallint[]",
    "moment_numbers": "smallint[]",
    "moments": "text[]",
    "saw": "text[]",
    **dict.fromkeys(
        (
            "platform",
            "os",
            "app_version",
            "locale",
            "language",
            "country",
            "status",
            "cause",
            "way",
            "recovery",
            "asked_app",
            "asked_moment",
        ),
        "text",
    ),
}
"""Column types; everything else is a day and an int."""
COLUMNS = Facet.__struct_fields__
_NAMES = ", ".join(COLUMNS)
_TYPED = ", ".join(f"{name} {TYPES.get(name, 'int')}" for name in COLUMNS)
_NEW = ", ".join(f"excluded.{name}" for name in COLUMNS)
_OLD = ", ".join(f"f.{name}" for name in COLUMNS)
KEEP = f"""
INSERT INTO permissions_app_facet AS f (app_id, device_id, {_NAMES})
SELECT %s, device_id, {_NAMES} FROM json_to_recordset(%s::json) AS r(device_id bigint, {_TYPED})
ON CONFLICT (app_id, device_id) DO UPDATE SET ({_NAMES}) = ROW({_NEW})
WHERE ({_OLD}) IS DISTINCT FROM ({_NEW})
"""  # noqa: S608  only constants of this module
STATUSES = """
SELECT device_id, status, cause FROM permissions_app_facet WHERE app_id = %s AND device_id = ANY(%s::bigint[])
"""
FORGET = "DELETE FROM permissions_app_facet WHERE app_id = %s AND device_id = ANY(%s::bigint[])"

READ = f"SELECT device_id, {_NAMES} FROM permissions_app_facet WHERE app_id = %s AND device_id = ANY(%s::bigint[])"  # noqa: S608
_LISTS = frozenset(name for name, kind in TYPES.items() if kind.endswith("[]"))

_encode = msgspec.json.Encoder().encode


def keep(*, app_id: int, found: Sequence[tuple[int, Facet | None]]) -> None:
    """Write the facets of devices; rows that are as they were are not touched. None: it has none."""
    rows = [(pk, facet) for pk, facet in found if facet is not None]
    gone = [pk for pk, facet in found if facet is None]
    if rows:
        text = b",".join(b'{"device_id":%d,' % pk + _encode(facet)[1:] for pk, facet in rows)
        raw.execute(KEEP, (app_id, (b"[" + text + b"]").decode()))
    if gone:
        raw.execute(FORGET, (app_id, gone))


def statuses(
    *, app_id: int, devices: Sequence[int]
) -> dict[int, tuple[Status | None, Cause | None]]:
    """Status and cause of devices as they are written; those without a facet are not in it."""
    rows = raw.execute(STATUSES, (app_id, list(devices))).fetchall()
    return {pk: (status, cause) for pk, status, cause in rows}


def stored(*, app_id: int, devices: Sequence[int]) -> dict[int, Facet]:
    """The facets of devices as they are written."""
    found: dict[int, Facet] = {}
    for row in raw.execute(READ, (app_id, list(devices))).fetchall():
        told: dict[str, Any] = dict(zip(COLUMNS, row[1:], strict=True))
        told |= {name: tuple(told[name] or ()) for name in _LISTS}
        found[row[0]] = Facet(**told)
    return found
