"""Rows that wait to be sent: how long they wait for another try, and what became of one.

Whoever sends a row moves it into the future first and lets go of it, so no row is locked while a server thinks, and
a worker that dies leaves a row that comes due again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.models import AlertMessage, DigestLetter, Letter

WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=3),
    timedelta(hours=12),
)
"""After the first failure, the second ...; what waits is given up after the last one."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one row."""

    sent: bool
    answered: bool
    """The other side took part: asking it for the next row makes sense."""


def move_on(
    *, row: Letter | AlertMessage | DigestLetter, now: datetime, waits: Sequence[timedelta] = WAITS
) -> None:
    """Move a row to its next try as if this one had failed already."""
    row.due_at = now + waits[min(row.tries, len(waits) - 1)]
    row.tries += 1
    row.save(update_fields=["due_at", "tries"])
