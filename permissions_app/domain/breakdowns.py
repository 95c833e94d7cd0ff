"""What one device adds to the numbers behind the designers' pages.

The overview asks "how many"; these ask "how many of which": by version, language, country, moment, campaign and
words. To keep that cheap a device has one *way* for the whole funnel: a few letters that tell which stages it took and
where it stands. One cell for each group then serves every stage, and a sum over ways is an exact count of devices. A
device counts once in every group it belongs to: it may have reached two moments.

Two cohorts are kept side by side: by the day a device was first seen, and by the day it was first asked.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator

from permissions_app.domain.device import DAY_MS, PERIOD_DAYS, DeviceFacts, FirstAsk

Add = Callable[..., None]

STAGE_LETTERS: dict[str, str] = {
    "reached": "r",
    "soft_ask_shown": "s",
    "soft_ask_accepted": "a",
    "prompted": "p",
    "answered": "x",
    "granted": "g",
}
OUTCOME_LETTERS: dict[str, str] = {"authorized": "A", "denied": "D", "waiting": "W"}
UNKNOWN = "unknown"
VALUE_LENGTH = 60
"""Longer values of what clients tell are cut, so that a key fits its column."""

STEPS: dict[str, tuple[int, ...]] = {
    "screens": (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 30, 50, 100),
    "sessions": (1, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 50),
    "minutes": (0, 1, 2, 5, 10, 20, 60, 180, 720, 1440, 4320, 10080, 20160, 43200),
    "moments": (0, 1, 2, 3, 4, 5, 7, 10, 20, 50),
}
"""Experience before an ask, counted as the largest of these that was come to. Minutes since the device was first
seen; value moments each time they were reached.
"""
MOST_TIMES = 20
"""Interruptions from this number on are counted together."""


def way(*, facts: DeviceFacts, place: str) -> str:
    """The stages the device took, in order, and its place: "rspxgA". `place`: one of measures.OUTCOMES."""
    took = {
        "reached": facts.first_moment_at is not None,
        "soft_ask_shown": facts.first_soft_ask_at is not None,
        "soft_ask_accepted": facts.first_accept_at is not None,
        "prompted": facts.first_prompt_at is not None,
        "answered": facts.first_answered_at is not None,
        "granted": facts.answers > facts.refusals,
    }
    letters = "".join(letter for stage, letter in STAGE_LETTERS.items() if took[stage])
    return letters + OUTCOME_LETTERS[place]


def step(*, kind: str, value: int) -> int | None:
    """The step of STEPS[kind] that `value` came to; None below the first one (0 screens: not told)."""
    steps = STEPS[kind]
    index = bisect_right(steps, value)
    return steps[index - 1] if index else None


def funnel(*, facts: DeviceFacts, place: str, add: Add) -> None:
    """The opt-in funnel of an eligible device in every group it belongs to."""
    letters = way(facts=facts, place=place)
    asked = facts.first_ask
    for group in _groups(facts):
        add("funnel", key=group, arm=letters)
        if asked is not None:
            add("funnel_asked", on=asked.at // DAY_MS, key=group, arm=letters)
    if asked is None:
        return
    # The version that asked, and the moment it asked at: what the device runs now may be another one.
    for group in (f"app_asked:{value_group(asked.app_version)}", f"moment_asked:{asked.moment}"):
        add("funnel_asked", on=asked.at // DAY_MS, key=group, arm=letters)


def timing(*, facts: DeviceFacts, add: Add) -> None:
    """How far an eligible device came, and how far it was when it was first asked; by the day it was first seen."""
    first = facts.first_seen_at or 0
    came = {
        "screens": facts.screens,
        "sessions": facts.sessions,
        "minutes": ((facts.last_seen_at or first) - first) // 60_000,
        "moments": sum(moment.count for moment in facts.moments.values()),
    }
    for kind, value in came.items():
        reached = step(kind=kind, value=value)
        if reached is not None:
            add("lived", key=kind, age=reached)
    if facts.first_ask is None:
        return
    answer = _first_answer(facts)
    for kind, value in _experience(facts.first_ask, first).items():
        reached = step(kind=kind, value=value)
        if reached is not None:
            add("asked_at", key=kind, arm=answer, age=reached)


def denial(*, facts: DeviceFacts, add: Add) -> None:
    """The denial, and what became of it, by cause, moment, words and app version; by the day of the denial."""
    no = facts.denial
    if no is None:
        return
    day = no.at // DAY_MS
    groups = [f"cause:{no.cause}", f"app:{value_group(no.app_version)}", f"moment:{no.moment}"]
    if no.campaign:
        groups += [f"campaign:{no.campaign}", f"variant:{no.campaign}.{no.variant}"]
    for group in groups:
        add("denial_by", on=day, key=group)
        if facts.recovered_at is not None:
            add("recovered_by", on=day, key=group, age=facts.recovered_at // DAY_MS - day)
        elif facts.removed_at is not None and facts.removed_at >= no.at:
            add("lost_by", on=day, key=group, age=facts.removed_at // DAY_MS - day)


def fatigue(*, facts: DeviceFacts, add: Add) -> None:
    """Interruptions by period of 30 days; the answer to the n-th one, and after how many people said never, by the
    day of the first one.
    """
    for period, n in facts.interrupted.items():
        add("interrupted", on=int(period) * PERIOD_DAYS, age=min(n, MOST_TIMES))
    if facts.first_exposure_at is None:
        return
    day = facts.first_exposure_at // DAY_MS
    for index, letter in enumerate(facts.answers_in_order[:MOST_TIMES], start=1):
        add("exposure", on=day, arm=letter, age=index)
    if facts.never_ask_at is not None and facts.never_after:
        add("never_after", on=day, age=min(facts.never_after, MOST_TIMES))


def _groups(facts: DeviceFacts) -> Iterator[str]:
    yield ""
    yield f"os:{system_group(facts)}"
    yield f"app:{value_group(facts.app_version)}"
    yield f"locale:{value_group((facts.locale or '').replace('_', '-'))}"
    yield f"country:{value_group((facts.country or '').upper())}"
    for moment in facts.moments:
        yield f"moment:{moment}"
    for key, seen in facts.campaigns.items():
        if seen.first_shown_at is None:
            continue
        yield f"campaign:{key}"
        for arm, part in seen.arms.items():
            if part.first_shown_at is not None:
                yield f"variant:{key}.{arm}"


def system_group(facts: DeviceFacts) -> str:
    """The major version of the system; on the web, the browser."""
    if facts.platform == "web":
        return value_group(facts.browser)
    return value_group((facts.os_version or "").partition(".")[0])


def value_group(told: str | None) -> str:
    """What a client tells, as a group is named after it."""
    return (told or "").strip()[:VALUE_LENGTH] or UNKNOWN


def _first_answer(facts: DeviceFacts) -> str:
    if facts.answers > facts.refusals:
        return "granted"
    return "refused" if facts.refusals else "open"


def _experience(ask: FirstAsk, first_seen: int) -> dict[str, int]:
    return {
        "screens": ask.screen,
        "sessions": ask.session,
        "minutes": (ask.at - first_seen) // 60_000,
        "moments": ask.moments,
    }
