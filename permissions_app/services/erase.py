"""Forgetting a device: everything that it told us goes, and every number becomes what it would be without it.

A rollup is the sum of what each device contributes, so the numbers stay exact by taking away what was
counted for this one. Of the device stays a keyed digest of its key, for as long as its client could still
upload what happened before: see `newcomers`. The ids of its events stay in the ledger, where nothing says
whose they were, so that none of them is taken a second time (decision 13).
"""

from collections import Counter

from permissions_app.models import ErasedDevice
from permissions_app.selectors import raw
from permissions_app.services import facets, rollups
from permissions_app.services.arrivals import OLDEST_MS
from permissions_app.services.newcomers import digests_of

LOCK_DEVICE = "SELECT id FROM permissions_app_device WHERE app_id = %s AND key = %s FOR UPDATE"
COUNTED = "DELETE FROM permissions_app_counteddevice WHERE device_id = %s RETURNING cells::text"
NOTES = "DELETE FROM permissions_app_foldqueue WHERE app_id = %s AND device_id = %s"
CHANGES = "DELETE FROM permissions_app_changenote WHERE app_id = %s AND device_id = %s"
SAMPLES = """
DELETE FROM permissions_app_seensample AS s USING permissions_app_event AS e
WHERE e.device_id = %(device)s AND e.app_id = %(app)s AND e.type = 'moment_reached'
  AND s.app_id = e.app_id AND s.name = e.body->>'name' AND s.at = e.occurred_at
"""
EVENTS = "DELETE FROM permissions_app_event WHERE device_id = %(device)s AND app_id = %(app)s"
UNTAKEN = "DELETE FROM permissions_app_untaken WHERE app_id = %s AND device_key = %s"
DEVICE = "DELETE FROM permissions_app_device WHERE id = %s"
REMEMBER = """
INSERT INTO permissions_app_erased (app_id, digest, erased_at) VALUES (%s, %s, %s)
ON CONFLICT (app_id, digest) DO UPDATE SET erased_at = excluded.erased_at
"""


def lock_device(*, app_id: int, key: str) -> int | None:
    """The device that is to be forgotten, locked against folds, events and decisions; None when there is none.

    The caller is in a transaction.
    """
    raw.execute(rollups.LOCK, (rollups.LOCK_SPACE, app_id))
    row = raw.execute(LOCK_DEVICE, (app_id, key)).fetchone()
    return None if row is None else int(row[0])


def forget_device(*, app_id: int, device_id: int, key: str, now: int) -> int:
    """Delete what the device told us and take its contributions out of the rollups; returns how many events it were.

    The caller is in a transaction and has locked the device. `now`: ms.
    """
    row = raw.execute(COUNTED, (device_id,)).fetchone()
    if row is not None:
        counted = rollups.cells_of(row[0])
        rollups.add_cells(app_id=app_id, cells=Counter({cell: -n for cell, n in counted.items()}))
    of_it = {"app": app_id, "device": device_id}
    raw.execute(rollups.LET_GO, (app_id, [device_id]))
    raw.execute(facets.FORGET, (app_id, [device_id]))
    raw.execute(NOTES, (app_id, device_id))
    raw.execute(CHANGES, (app_id, device_id))
    raw.execute(SAMPLES, of_it)
    events = raw.execute(EVENTS, of_it).rowcount
    raw.execute(UNTAKEN, (app_id, key))
    raw.execute(DEVICE, (device_id,))
    raw.execute(REMEMBER, (app_id, *digests_of([key]), now))
    return events


def forget_erasures(*, now: int) -> int:
    """Let go of erasures before which nothing can arrive any more, at `now` (ms); returns how many."""
    gone, _ = ErasedDevice.objects.filter(erased_at__lt=now - OLDEST_MS).delete()
    return gone
