"""Adding devices that were never heard of, or that were erased since.

A device that was erased begins anew when its client goes on sending, and only with what happened after
the erasure: the row remembers when that was. So what a phone uploads late, or sends again, brings
nothing back.
"""

from collections.abc import Sequence

from permissions_app.selectors import raw
from permissions_app.selectors.keys import digest

ADD = """
INSERT INTO permissions_app_device (app_id, key, erased_at)
SELECT %(app)s, n.key, e.erased_at FROM unnest(%(keys)s::text[], %(digests)s::bytea[]) AS n(key, digest)
LEFT JOIN permissions_app_erased AS e ON e.app_id = %(app)s AND e.digest = n.digest
ORDER BY n.key ON CONFLICT (app_id, key) DO NOTHING
"""


def add_devices(*, app_id: int, keys: Sequence[str]) -> None:
    """Make the rows of devices; those that have one stay as they are."""
    raw.execute(ADD, {"app": app_id, "keys": list(keys), "digests": digests_of(keys)})


def digests_of(keys: Sequence[str]) -> list[bytes]:
    """What is kept of the keys of erased devices: nobody reads or guesses a key from it."""
    return [digest(f"device:{key}") for key in keys]
