"""What a page of the simulation's book counts on the designers' pages: funnel, timing, denials, fatigue, trials.

Each count is told with everything it is counted by, as one text: the day, the group, the letters or the arm, and the
number of days, screens or interruptions. Nothing of it is taken from the product: the steps and letters are written
down here a second time, as the documentation has them.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from campaigns.simulator.records import No, Sight, day_of

if TYPE_CHECKING:
    from campaigns.simulator.oracle import Life

Counts = Iterator[tuple[str, str]]
"""(measure, detail)"""

_LATER = (1440, 4320, 10080, 20160, 43200)
STEPS: dict[str, tuple[int, ...]] = {
    "screens": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100),
    "sessions": (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50),
    "minutes": (0, 1, 2, 5, 10, 20, 60, 180, 720, *_LATER),
    "moments": (0, 1, 2, 3, 4, 5, 7, 10, 20, 50),
}
MOST = 20
"""More interruptions than this are counted as this many."""
EPOCH = date(1970, 1, 1)


def cells(life: "Life") -> Counts:
    """Everything that the designers' pages count of this device."""
    if life.asks:
        yield from _funnel(life)
        yield from _timing(life)
        if life.prompted_on:
            yield "prompt", at(life.prompted_on, arm=life.prompted_by)
    if life.no:
        yield from _denial(life, life.no)
    yield from _campaigns(life)
    yield from _fatigue(life)
    yield from _trials(life)


def at(day: date, *, key: str = "", arm: str = "", age: int = 0) -> str:
    """Where a count stands, as one text."""
    return f"{day} {key or '-'} {arm or '-'} {age:05d}"


def way(life: "Life") -> str:
    """The stages of the funnel that the device took, then where it stands: reached, soft ask, accepted, prompted,
    answered, granted.
    """
    letters = (
        ("r", bool(life.reached)),
        ("s", any(sight.decision.soft for sight in life.sights)),
        ("a", any(sight.answer == "a" for sight in life.sights)),
        ("p", life.prompted_on is not None),
        ("x", life.answered_on is not None),
        ("g", life.granted),
    )
    return "".join(letter for letter, took in letters if took) + life.place[0].upper()


def step(kind: str, value: int) -> int | None:
    """The last step that `value` came to; None below the first."""
    return max((step for step in STEPS[kind] if step <= value), default=None)


def _funnel(life: "Life") -> Counts:
    groups = ["", f"os:{life.system}", f"app:{life.app}"]
    groups += [f"locale:{life.locale}", f"country:{life.country}"]
    groups += [f"moment:{key}" for key in life.reached]
    groups += sorted({f"campaign:{sight.decision.campaign}" for sight in life.sights})
    groups += sorted({f"variant:{key}.{words}" for key, words in _first_sights(life)})
    opened, letters = day_of(life.opened_at), way(life)
    yield from (("funnel", at(opened, key=group, arm=letters)) for group in groups)
    if life.asked:
        asked = day_of(life.asked.at)
        groups += [f"app_asked:{life.asked.app}", f"moment_asked:{life.asked.moment}"]
        yield from (("funnel_asked", at(asked, key=group, arm=letters)) for group in groups)


def _timing(life: "Life") -> Counts:
    opened = day_of(life.opened_at)
    lived = {
        "screens": life.screen,
        "sessions": life.session,
        "minutes": (life.last_at - life.opened_at) // 60_000,
        "moments": sum(reach.times for reach in life.reached.values()),
    }
    for kind, value in lived.items():
        if (came := step(kind, value)) is not None:
            yield "lived", at(opened, key=kind, age=came)
    if life.asked is None:
        return
    answer = "granted" if life.granted else "refused" if life.refused else "open"
    met = {
        "screens": life.asked.screen,
        "sessions": life.asked.session,
        "minutes": (life.asked.at - life.opened_at) // 60_000,
        "moments": life.asked.moments,
    }
    for kind, value in met.items():
        if (came := step(kind, value)) is not None:
            yield "asked_at", at(opened, key=kind, arm=answer, age=came)


def _denial(life: "Life", no: No) -> Counts:
    said, asked = day_of(no.at), no.decision
    groups = [f"cause:{no.cause}", f"app:{no.app}", f"moment:{asked.moment if asked else ''}"]
    if asked:
        groups += [f"campaign:{asked.campaign}", f"variant:{asked.campaign}.{asked.variant}"]
    for group in groups:
        yield "denial_by", at(said, key=group)
    if life.recovered:
        days = (day_of(life.recovered_at) - said).days
        yield "recovered by day", at(said, arm=life.recovered, age=days)
        yield from (("recovered_by", at(said, key=group, age=days)) for group in groups)
        if life.recovered_after:
            sights = [s for s in life.sights if s.decision.campaign == life.recovered_after]
            first = day_of(sights[0].at)
            yield "recovered_after", at(first, key=life.recovered_after, arm=life.recovered)
    elif life.removed_at:
        days = (day_of(life.removed_at) - said).days
        yield "lost by day", at(said, age=days)
        yield from (("lost_by", at(said, key=group, age=days)) for group in groups)


def _first_sights(life: "Life") -> dict[tuple[str, str], Sight]:
    """(campaign, "<revision>.<variant>") -> when it was seen first."""
    found: dict[tuple[str, str], Sight] = {}
    for sight in life.sights:
        found.setdefault((sight.decision.campaign, sight.decision.revision), sight)
    return found


def _campaigns(life: "Life") -> Counts:
    by_campaign: dict[str, list[Sight]] = {}
    for sight in life.sights:
        by_campaign.setdefault(sight.decision.campaign, []).append(sight)
    for key, sights in by_campaign.items():
        day = day_of(sights[0].at)
        yield "campaign_shown", at(day, key=key)
        yield "campaign_times", at(day, key=key, age=min(len(sights), MOST))
        if any(sight.answer in ("a", "t") for sight in sights):
            yield "campaign_accepted", at(day, key=key)
    for (key, words), first in _first_sights(life).items():
        day = day_of(first.at)
        yield "revision_shown", at(day, key=key, arm=words)
        sights = [sight for sight in by_campaign[key] if sight.decision.revision == words]
        if any(sight.answer in ("a", "t") for sight in sights):
            yield "revision_accepted", at(day, key=key, arm=words)
        if life.place == "authorized":
            yield "revision_authorized", at(day, key=key, arm=words)


def _fatigue(life: "Life") -> Counts:
    months = Counter((day_of(sight.at) - EPOCH).days // 30 for sight in life.sights)
    for month, n in months.items():
        yield "interrupted", at(EPOCH + timedelta(days=month * 30), age=min(n, MOST))
    if not life.sights:
        return
    first = day_of(life.sights[0].at)
    for number, sight in enumerate(life.sights[:MOST], start=1):
        letter = sight.answer or ("s" if sight.decision.soft else "r")
        yield "exposure", at(first, arm=letter, age=number)
    if life.never_after:
        yield "never_after", at(first, age=min(life.never_after, MOST))


def _trials(life: "Life") -> Counts:
    for key, assigned in life.assigned.items():
        day, since, age = day_of(assigned.at), "", 0
        yield "assigned", at(day, key=key, arm=assigned.arm)
        if life.place == "authorized":
            yield "assigned_authorized", at(day, key=key, arm=assigned.arm)
        if key.startswith("r"):
            for letter, measure, when in (
                ("R", "assigned_recovered", life.recovered_at),
                ("L", "assigned_lost", life.removed_at),
            ):
                if when >= assigned.at:
                    since, age = letter, (day_of(when) - day).days
                    yield measure, at(day, key=key, arm=assigned.arm, age=age)
                    break
        sights = [sight for sight in life.sights if sight.decision.campaign == key]
        seen = "s" if sights else ""
        yes = "a" if any(sight.answer in ("a", "t") for sight in sights) else ""
        arm = f"{seen}{yes}{life.place[0].upper()}{since}"
        yield "trial", at(day, key=f"{key}.{assigned.revision}.{assigned.arm}", arm=arm, age=age)
