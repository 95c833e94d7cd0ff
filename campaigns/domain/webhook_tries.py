"""When a message is tried again, and what an answer means for its endpoint."""

from dataclasses import dataclass
from datetime import datetime, timedelta

WAITS = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""After the first failure, the second ...; after the last one, the message is given up."""
TRIES = len(WAITS) + 1
JITTER = 0.1
"""A wait is up to so much longer, as a part of it: what failed together does not come back together."""
HELD = timedelta(seconds=60)
"""A message under way comes due again after so long, should its worker have died. Longer than any call lasts."""
FAILING = timedelta(days=5)
"""An endpoint of which every try failed for so long is disabled."""
GONE = 410
OLD_SECRET = timedelta(hours=24)
"""How long the old secret signs as well after a rotation."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one try came to. `status` None: no answer. `error`: '' when it worked."""

    status: int | None
    error: str
    milliseconds: int

    @property
    def worked(self) -> bool:
        """Whether the message arrived."""
        return not self.error

    @property
    def gone(self) -> bool:
        """Whether the endpoint asks to be told nothing more."""
        return self.status == GONE


def next_try(*, tries: int, now: datetime, draw: float, once: bool = False) -> datetime | None:
    """When a message is tried again after `tries` failures; None: it is given up. `draw` (0 to 1) is the jitter's
    luck; `once`: it is not tried again at all.
    """
    if once or not 1 <= tries <= len(WAITS):
        return None
    wait = WAITS[tries - 1]
    return now + wait + wait * (JITTER * draw)


def disables(*, answer: Answer, failing_since: datetime | None, now: datetime) -> str:
    """Why this answer ends the endpoint: "gone", "failing", or '' when it does not."""
    if answer.gone:
        return "gone"
    long = failing_since is not None and now - failing_since >= FAILING
    return "failing" if long and not answer.worked else ""
