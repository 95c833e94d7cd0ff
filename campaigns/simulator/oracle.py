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
- the *way* through the funnel, what the first ask met, denials and interruptions by group, and the trials: see
  `pages.py`, which reads them off this page;
- *denial*: the first no that only Settings can undo, by its cause. *recovered*: seen on again after
  it without another dialog of the system in between; credited to a redirect tapped in the 24 hours
  before, else to one seen in the 7 days before, else organic; and by its *age*, in days from the
  day of the denial. *lost*: removed the app after it, without having come back.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date

from campaigns.simulator import pages
from campaigns.simulator.phone import Place
from campaigns.simulator.population import DAY_MS
from campaigns.simulator.records import Asked, Assigned, Decided, No, Reach, Sight, day_of

Fact = tuple[str, str, str]
"""(measure, platform, detail); the detail is '' where a measure has none."""


@dataclass(slots=True)
class Life:
    """What happened on one device. Times in ms; `asks` tells whether its system has a dialog."""

    platform: str
    asks: bool
    starts_on: bool
    opened_at: int = 0
    unheard: bool = False
    """Whatever it sent was lost on the way: the server knows of it by its questions only."""
    # as the app last told
    system: str = ""
    app: str = ""
    locale: str = ""
    country: str = ""
    last_at: int = 0
    session: int = 0
    screen: int = 0
    """The furthest screen of any session so far."""
    # where it stands, and how it came there
    place: str = "waiting"
    for_now: bool = False
    """Off, but not for good: the dialog can come again."""
    reached: dict[str, Reach] = field(default_factory=dict)
    asked: Asked | None = None
    prompted_on: date | None = None
    prompted_by: str = ""
    answered_on: date | None = None
    granted: bool = False
    refused: bool = False
    never: bool = False
    never_after: int = 0
    no: No | None = None
    dialog_since: bool = False
    """The system's dialog was answered after the denial: what comes is no recovery."""
    recovered: str = ""
    recovered_at: int = 0
    recovered_after: str = ""
    """The redirect that the recovery is put down to."""
    removed_at: int = 0
    sights: list[Sight] = field(default_factory=list)
    assigned: dict[str, Assigned] = field(default_factory=dict)

    def told(self, at: int, *, session: int, screen: int) -> None:
        """The app says something, whatever it is, at the time its clock tells."""
        self.opened_at = self.opened_at or at
        self.last_at = at
        self.session, self.screen = max(self.session, session), max(self.screen, screen)

    def runs(self, context: Mapping[str, object]) -> None:
        """What the app says of its device, and of itself, at the start of a visit."""
        version = str(context["os_version"]).partition(".")[0]
        self.system = str(context.get("browser", version))
        self.app, self.locale = str(context["app_version"]), str(context["locale"])
        self.country = str(context["country"])

    def saw(self, place: Place, final_no: str, at: int, decision: Decided | None = None) -> None:
        """The app looked at the permission. `final_no`: why only Settings can change it, or ''. `decision`: of the
        dialog that was just answered.
        """
        self.place = {"on": "authorized", "off": "denied"}.get(place, "waiting")
        self.for_now = place == "off" and not final_no
        if place == "on" and self.no and not self.recovered and not self.dialog_since:
            self.recovered_at = at
            self.recovered, self.recovered_after = self._credit(at)
        elif final_no and not self.no:
            self.no = No(at, final_no, self.app, decision or self._refused_after(final_no, at))

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

    def sees(self, decision: Decided, at: int) -> Sight:
        """A soft ask or a redirect is shown."""
        sight = Sight(at, decision)
        self.sights.append(sight)
        if decision.soft:
            self._is_asked(at, decision.moment)
        return sight

    def is_prompted(self, at: int, decision: Decided | None) -> None:
        """The system's dialog is shown."""
        if self.prompted_on is not None:
            return
        self.prompted_on = day_of(at)
        soft = any(sight.decision.soft for sight in self.sights)
        self.prompted_by = "campaign" if soft or decision else "outside"
        self._is_asked(at, decision.moment if decision else "")

    def answers_dialog(self, at: int, *, granted: bool) -> None:
        """The person said yes or no to the system's dialog."""
        self.answered_on = self.answered_on or day_of(at)
        self.granted = self.granted or granted
        self.refused = self.refused or not granted
        self.dialog_since = self.dialog_since or bool(self.no)

    def says_never(self) -> None:
        """The person wants never to be asked again."""
        if not self.never:
            self.never, self.never_after = True, len(self.sights)

    def _is_asked(self, at: int, moment: str) -> None:
        if self.asked is None:
            times = sum(reach.times for reach in self.reached.values())
            self.asked = Asked(at, moment, self.app, self.session, self.screen, times)

    def _refused_after(self, cause: str, at: int) -> Decided | None:
        """A dialog that names no campaign belongs to what was seen last in the 24 hours before."""
        last = self.sights[-1] if self.sights and cause == "refused" else None
        return last.decision if last and at - last.at <= DAY_MS else None

    def _credit(self, at: int) -> tuple[str, str]:
        """How a recovery came about, and the redirect it is put down to."""
        redirects = [sight for sight in self.sights if not sight.decision.soft]
        for name, days, found in (
            ("tapped", 1, [sight for sight in redirects if sight.answer == "t"]),
            ("seen", 7, redirects),
        ):
            fresh = [sight for sight in found if at - sight.at <= days * DAY_MS]
            if fresh:
                return name, fresh[-1].decision.campaign
        return "organic", ""

    def facts(self) -> list[Fact]:
        """Every count this device belongs to, once each."""
        if not self.opened_at:
            return []
        names = [("device rows", "")]
        if not self.unheard:
            names += [*self._overview(), *self._map(), *pages.cells(self)]
        return [(name, self.platform, detail) for name, detail in names]

    def _overview(self) -> Iterator[tuple[str, str]]:
        yield "devices", ""
        if self.asks:
            day = day_of(self.opened_at)
            yield from (("eligible", ""), (self.place, ""))
            yield from (("eligible by day", str(day)), (f"{self.place} by day", str(day)))
            for name, holds in (
                ("reached", self.reached),
                ("soft_ask_shown", any(sight.decision.soft for sight in self.sights)),
                ("soft_ask_accepted", any(sight.answer == "a" for sight in self.sights)),
                ("prompted", self.prompted_on),
                ("answered", self.answered_on),
                ("granted", self.granted),
                ("never", self.never),
            ):
                if holds:
                    yield name, ""
        elif self.starts_on:
            yield "on_by_default", ""
        if self.no:
            yield "denial", self.no.cause
            if self.recovered:
                yield "recovered", self.recovered
            elif self.removed_at:
                yield "lost", ""

    def _map(self) -> Iterator[tuple[str, str]]:
        for key, reach in self.reached.items():
            yield "moment", f"{key} {self.place}"
            yield from reach.facts(key)


class Truth(Counter[Fact]):
    """The sum over devices."""

    def close(self, life: Life) -> None:
        """Add one device's page to the book."""
        self.update(life.facts())
