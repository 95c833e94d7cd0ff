"""The true counts, kept from what each simulated person did.

This is a second bookkeeping on purpose: it shares no code with the product. A `Life` is one device's
page in the book. The journey writes down what happened as it happens; at the end the page says
which counts the device belongs to, and `Truth` adds the pages up. The words are those of the
dashboard:

- *devices*: opened the app at least once. *on_by_default*: the system has no dialog and starts with
  notifications on. *eligible*: the system has a dialog to ask with.
- an eligible device is *authorized*, *denied* or *waiting*, as the app last saw it;
- *reached* a value moment, *soft_ask_shown*, *soft_ask_accepted*, *prompted* by the system's dialog,
  *answered* it with yes or no, *granted* it: each once a device, eligible ones only;
- the places by *day*: the UTC day on which the device was first seen;
- by *moment*: where the device stands; and how it was when it came there first: the place the app
  had last seen, the session, the screen; and how often it came, in steps;
- by *revision* and variant of a campaign: shown, accepted, and authorised in the end;
- *denial*: the first no that only Settings can undo, by its cause. *recovered*: seen on again after
  it without another dialog of the system in between; credited to a redirect tapped in the 24 hours
  before, else to one seen in the 7 days before, else organic; and by its *age*, in days from the
  day of the denial. *lost*: removed the app after it, without having come back.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from campaigns.simulator.phone import Place
from campaigns.simulator.population import DAY_MS

Fact = tuple[str, str, str]
"""(measure, platform, detail); the detail is '' where a measure has none."""


STEPS = (100, 50, 20, 10, 5, 3, 2, 1)


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
        times = next(step for step in STEPS if step <= self.times)
        return [
            ("moment by session", f"{key} {self.place} {min(self.session, 60):03d}"),
            ("moment by screen", f"{key} {min(self.screen, 200):03d}"),
            ("moment by times", f"{key} {times:03d}"),
            ("moment by day", f"{key} {self.day}"),
            ("moment on the map", f"{key} {self.place}"),
        ]


@dataclass(slots=True)
class Life:
    """What happened on one device. Times in ms; `asks` tells whether its system has a dialog."""

    platform: str
    asks: bool
    starts_on: bool
    opened_at: int = 0
    place: str = "waiting"
    for_now: bool = False
    """Off, but not for good: the dialog can come again."""
    reached: dict[str, Reach] = field(default_factory=dict)
    soft_ask_shown: bool = False
    soft_ask_accepted: bool = False
    prompted: bool = False
    answered: bool = False
    granted: bool = False
    never: bool = False
    denial: str = ""
    denied_at: int = 0
    dialog_since: bool = False
    """The system's dialog was answered after the denial: what comes is no recovery."""
    recovered: str = ""
    recovered_at: int = 0
    removed_at: int = 0
    redirects_seen: list[int] = field(default_factory=list)
    redirects_tapped: list[int] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)
    accepted: set[str] = field(default_factory=set)
    arms: dict[str, str] = field(default_factory=dict)
    revisions: dict[tuple[str, str], bool] = field(default_factory=dict)
    """(campaign, "<revision>.<variant>") that was shown -> whether it was accepted."""

    def saw(self, place: Place, final_no: str, at: int) -> None:
        """The app looked at the permission. `final_no`: why only Settings can change it, or ''."""
        self.place = {"on": "authorized", "off": "denied"}.get(place, "waiting")
        self.for_now = place == "off" and not final_no
        if place == "on" and self.denial and not self.recovered and not self.dialog_since:
            self.recovered, self.recovered_at = self._credit(at), at
        elif final_no and not self.denial:
            self.denial, self.denied_at = final_no, at

    def reaches(self, moment: str, *, session: int, screen: int, at: int) -> None:
        """The person did something of value."""
        known = self.reached.get(moment)
        if known is not None:
            known.times += 1
            return
        place = {"waiting": "not_asked", "denied": "denied"}.get(self.place, "authorized")
        if place == "denied" and self.for_now:
            place = "denied_for_now"
        elif place == "not_asked" and not self.asks:
            place = "unsupported"
        self.reached[moment] = Reach(place, session, screen, day_of(at))

    def answers_dialog(self, *, granted: bool) -> None:
        """The person said yes or no to the system's dialog."""
        self.answered = True
        self.granted = self.granted or granted
        self.dialog_since = self.dialog_since or bool(self.denial)

    def _credit(self, at: int) -> str:
        if any(at - tapped <= DAY_MS for tapped in self.redirects_tapped):
            return "tapped"
        return "seen" if any(at - seen <= 7 * DAY_MS for seen in self.redirects_seen) else "organic"

    def facts(self) -> list[Fact]:
        """Every count this device belongs to, once each."""
        if not self.opened_at:
            return []
        names = [("devices", "")]
        if self.asks:
            day = str(day_of(self.opened_at))
            names += [("eligible", ""), (self.place, "")]
            names += [("eligible by day", day), (f"{self.place} by day", day)]
            names += [
                (name, "")
                for name, holds in (
                    ("reached", self.reached),
                    ("soft_ask_shown", self.soft_ask_shown),
                    ("soft_ask_accepted", self.soft_ask_accepted),
                    ("prompted", self.prompted),
                    ("answered", self.answered),
                    ("granted", self.granted),
                    ("never", self.never),
                )
                if holds
            ]
        elif self.starts_on:
            names.append(("on_by_default", ""))
        if self.denial:
            names.append(("denial", self.denial))
            if self.recovered:
                age = (day_of(self.recovered_at) - day_of(self.denied_at)).days
                names += [("recovered", self.recovered), ("recovered by age", f"{age:03d}")]
            elif self.removed_at:
                names.append(("lost", ""))
        names += [("moment", f"{key} {self.place}") for key in self.reached]
        for key, reach in self.reached.items():
            names += reach.facts(key)
        for (key, arm), accepted in self.revisions.items():
            names.append(("revision_shown", f"{key} {arm}"))
            if accepted:
                names.append(("revision_accepted", f"{key} {arm}"))
            if self.place == "authorized":
                names.append(("revision_authorized", f"{key} {arm}"))
        names += [("campaign_shown", key) for key in self.shown]
        names += [("campaign_accepted", key) for key in self.accepted]
        names += [("assigned", f"{key} {arm}") for key, arm in self.arms.items()]
        return [(name, self.platform, detail) for name, detail in names]


def day_of(at: int) -> date:
    """The UTC day of a time in ms."""
    return datetime.fromtimestamp(at / 1000, UTC).date()


class Truth(Counter[Fact]):
    """The sum over devices."""

    def close(self, life: Life) -> None:
        """Add one device's page to the book."""
        self.update(life.facts())
