"""Keeping how to reach a device: one statement for all devices of a batch that tell anything of it.

The statement keeps the later word, so it may run again and in any order (permissions_app.domain.addresses).
"""

from collections.abc import Iterable, Mapping

import msgspec
from psycopg import errors

from permissions_app.domain.addresses import Address
from permissions_app.selectors import raw
from permissions_app.services.arrivals import Arrival
from permissions_app.services.newcomers import add_devices

KEEP = """
INSERT INTO permissions_app_address AS a
    (device_id, app_id, external_id, external_id_at, push_token, token_kind, token_at)
SELECT d, %(app)s, e, ea, t, k, ta
FROM jsonb_to_recordset(%(rows)s) AS r(d bigint, e text, ea bigint, t text, k text, ta bigint) ORDER BY d
ON CONFLICT (device_id) DO UPDATE SET
    (external_id, external_id_at) = (
        SELECT v.* FROM (VALUES (excluded.external_id, excluded.external_id_at), (a.external_id, a.external_id_at))
        AS v(x, at) ORDER BY at DESC, x DESC LIMIT 1
    ),
    (push_token, token_kind, token_at) = (
        SELECT v.* FROM (VALUES (excluded.push_token, excluded.token_kind, excluded.token_at),
                                (a.push_token, a.token_kind, a.token_at))
        AS v(x, kind, at) ORDER BY at DESC, x DESC, kind DESC LIMIT 1
    )
WHERE (excluded.external_id_at, excluded.external_id) > (a.external_id_at, a.external_id)
   OR (excluded.token_at, excluded.push_token, excluded.token_kind) > (a.token_at, a.push_token, a.token_kind)
"""
FIND = "SELECT key, id, erased_at FROM permissions_app_device WHERE app_id = %s AND key = ANY(%s)"

_encode = msgspec.json.Encoder().encode


class _Row(msgspec.Struct, frozen=True):
    d: int
    e: str
    ea: int
    t: str
    k: str
    ta: int


def told_in(arrivals: Iterable[Arrival]) -> dict[str, Address]:
    """What a batch tells of how to reach devices, by device key; empty for most batches."""
    found: dict[str, Address] = {}
    for arrival in arrivals:
        if arrival.address is not None:
            known = found.get(arrival.device)
            found[arrival.device] = known.merged(arrival.address) if known else arrival.address
    return found


def keep(*, app_id: int, told: Mapping[int, Address]) -> None:
    """Keep what was told of devices, by their ids."""
    rows = [
        _Row(pk, it.external_id.text, it.external_id.at, it.token.text, it.token.kind, it.token.at)
        for pk, it in told.items()
        if it != Address()
    ]
    if rows:
        raw.execute(KEEP, {"app": app_id, "rows": _encode(rows).decode()})


def keep_apart(*, app_id: int, told: Mapping[str, Address], add: frozenset[str]) -> None:
    """The same for devices of which nothing else was told, by their keys. Those in `add` become known by it; of others
    that are not known it is let go.
    """
    for attempt in range(raw.TRIES):
        try:
            known = _known(app_id, told)
            missing = sorted(add - known.keys())
            if missing:
                add_devices(app_id=app_id, keys=missing)
                known = _known(app_id, told)
            kept = {pk: told[key].after(erased_at) for key, (pk, erased_at) in known.items()}
            keep(app_id=app_id, told=kept)
        except (*raw.LOST_RACES, errors.ForeignKeyViolation):  # the device was erased meanwhile
            if attempt == raw.TRIES - 1:
                raise
        else:
            return


def _known(app_id: int, told: Mapping[str, Address]) -> dict[str, tuple[int, int | None]]:
    rows = raw.execute(FIND, (app_id, list(told))).fetchall()
    return {key: (pk, erased_at) for key, pk, erased_at in rows}


def speak_for_themselves(arrivals: Iterable[Arrival]) -> frozenset[str]:
    """Devices that become known by telling how to reach them, though nothing happened on them that is stored."""
    return frozenset(
        arrival.device
        for arrival in arrivals
        if arrival.address is not None and not arrival.by_server
    )
