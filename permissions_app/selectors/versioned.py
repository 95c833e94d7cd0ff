"""Values compiled from an app's settings, kept in the process for as long as the app's version
stands still.
"""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from permissions_app.selectors import raw

T = TypeVar("T")

SECONDS_BETWEEN_LOOKS = 1.0
"""How long a process may miss a change; everything published is visible everywhere within two
seconds.
"""


class Versioned(Generic[T]):
    """Loads a value per app and keeps it until `App.ruleset_version` moves; looks at the version
    once a second.
    """

    def __init__(self, load: Callable[[int], T]) -> None:
        self._load = load
        self._kept: dict[int, tuple[float, int, T]] = {}

    def get(self, app_id: int) -> T:
        """The value for an app that exists."""
        now = time.monotonic()
        kept = self._kept.get(app_id)
        if kept is not None and now < kept[0]:
            return kept[2]
        version = current_version(app_id)
        # The version is read before the value: a change in between is seen at the next look, never
        # missed.
        value = kept[2] if kept is not None and kept[1] == version else self._load(app_id)
        self._kept[app_id] = (now + SECONDS_BETWEEN_LOOKS, version, value)
        return value

    def forget(self) -> None:
        """Start empty, as a fresh process does."""
        self._kept.clear()


def current_version(app_id: int) -> int:
    """The app's ruleset version, 0 when there is no such app."""
    row = raw.execute(
        "SELECT ruleset_version FROM permissions_app_app WHERE id = %s", (app_id,)
    ).fetchone()
    return row[0] if row else 0
