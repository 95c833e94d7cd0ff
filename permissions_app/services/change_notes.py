"""Taking the notes that the fold leaves of changed permissions (models.ChangeNote)."""

from dataclasses import dataclass

import msgspec

from permissions_app.domain.status_changes import StatusChange
from permissions_app.selectors import raw

TAKE = """
WITH taken AS (
    DELETE FROM permissions_app_changenote WHERE id IN (
        SELECT id FROM permissions_app_changenote ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING id, app_id, device_id, told
)
SELECT t.id, t.app_id, d.key, t.told::text FROM taken AS t JOIN permissions_app_device AS d ON d.id = t.device_id
ORDER BY t.id
"""
_decode = msgspec.json.Decoder(StatusChange).decode


@dataclass(frozen=True, slots=True)
class TakenNote:
    """A note that is gone from the table once the caller's transaction ends well. `device`: its key."""

    pk: int
    app_id: int
    device: str
    change: StatusChange


def take(*, limit: int) -> list[TakenNote]:
    """Take up to `limit` notes, the oldest first. The caller is in a transaction."""
    rows = raw.execute(TAKE, (limit,)).fetchall()
    return [TakenNote(pk, app_id, key, _decode(told)) for pk, app_id, key, told in rows]
