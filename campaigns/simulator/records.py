"""What the simulation's book writes down of single happenings: a moment, an ask, a no, a trial."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

TIMES = (100, 50, 20, 10, 5, 3, 2, 1)


def day_of(at: int) -> date:
    """The UTC day of a time in ms."""
    return datetime.fromtimestamp(at / 1000, UTC).date()


@dataclass(frozen=True, slots=True)
class Decided:
    """What the server had shown: the campaign (`s12`, `r5`), which words of which revision, and at which moment."""

    campaign: str
    revision: str
    variant: str
    moment: str

    @property
    def soft(self) -> bool:
        """Whether it is a soft ask and not a redirect."""
        return self.campaign.startswith("s")


@dataclass(slots=True)
class Reach:
    """How a device came to a moment first, and how often it came."""

    place: str
    session: int
    screen: int
    day: date
    times: int = 1

    def facts(self, key: str) -> list[tuple[str, str]]:
        """What is counted of it."""
        times = next(step for step in TIMES if step <= self.times)
        return [
            ("moment by session", f"{key} {self.place} {min(self.session, 60):03d}"),
            ("moment by screen", f"{key} {min(self.screen, 200):03d}"),
            ("moment by times", f"{key} {times:03d}"),
            ("moment by day", f"{key} {self.day}"),
            ("moment on the map", f"{key} {self.place}"),
        ]


@dataclass(slots=True)
class Sight:
    """An interruption that the person saw. `answer`: '' while there is none, else a letter. Of a soft ask: `a` yes,
    `d` not now, `x` closed; of a redirect: `t` tapped, `y` closed.
    """

    at: int
    decision: Decided
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """How it was at the first ask, by a soft ask or by the system. `app`: the version that asked. `moments`: how often
    a moment had been reached.
    """

    at: int
    moment: str
    app: str
    session: int
    screen: int
    moments: int


@dataclass(frozen=True, slots=True)
class No:
    """The first no that only Settings can undo. `decision`: what had asked, None where nothing of the team's did."""

    at: int
    cause: str
    app: str
    decision: Decided | None


@dataclass(frozen=True, slots=True)
class Assigned:
    """The arm that chance gave the device in one campaign, and when."""

    arm: str
    revision: str
    at: int
