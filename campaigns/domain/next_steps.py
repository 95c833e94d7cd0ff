"""What happens after each answer, told in sentences and dates.

A soft ask has two ways on. A no costs nothing, because the system was never asked: the next ask can
come after a wait that grows with each no, and after the last one allowed it never comes again. A yes
brings the system's own dialog, and that is spent for good: once on iOS, after two refusals on
Android, after one answer in a browser. A redirect has two ways on as well: it is closed, and comes
again after its pause at most so many times; or it is tapped, and the person stands in Settings.

The same numbers decide in `fatigue` and `redirect_path`; here they are only put into words.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from campaigns.domain.drafts import RedirectDraft, SoftAskDraft
from permissions_app.domain.platforms import PlatformRules, prompt_budget

Tone = Literal["good", "bad", "plain"]
Answer = Literal["granted", "refused", "swiped"]
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")


@dataclass(frozen=True, slots=True)
class Turn:
    """One line of a calendar: when, and what may happen then. `when`: '' for no date."""

    when: str
    what: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where a path leads. `calendar`: what may come later, in order."""

    tone: Tone
    heading: str
    sentences: tuple[str, ...]
    calendar: tuple[Turn, ...] = ()


def in_words(day: date) -> str:
    """A day as `9 December 2026`."""
    return f"{day.day} {day:%B %Y}"


def days(number: int) -> str:
    """`1 day`, `14 days`."""
    return f"{number} day" if number == 1 else f"{number} days"


def after_decline(*, draft: SoftAskDraft, today: date) -> Outcome:
    """The soft ask was declined or dismissed on `today`, as the first no of this person."""
    spent = "The system was never asked, so its dialog is still there."
    everywhere = "A no counts for every soft ask of the app, not only for this one."
    if draft.max_declines <= 1:
        never = "This was the one decline that is allowed: no soft ask comes again."
        return Outcome("plain", "Nothing was spent", (spent, never, everywhere))
    first = _wait(draft, 1)
    again = f"The next ask can come in {days(first)}: not before {in_words(_later(today, first))}."
    said = [spent, again, everywhere]
    unused = draft.backoff_days[draft.max_declines - 1 :]
    if unused:
        said.append(
            f"The wait of {days(unused[0])} comes into play when one of the noes was a yes here that the "
            "system’s dialog did not turn into a permission."
        )
    return Outcome("plain", "Nothing was spent", tuple(said), _no_after_no(draft, today))


def dialog_answers(rules: PlatformRules) -> tuple[Answer, ...]:
    """What a person can do with the system's dialog on this platform."""
    swiped = rules.budget_counts == "refusals" or rules.embargo_dismissals is not None
    return ("granted", "refused", "swiped") if swiped else ("granted", "refused")


def after_answer(
    *, draft: SoftAskDraft, rules: PlatformRules, answer: Answer, today: date
) -> Outcome:
    """The system's dialog was answered on `today`, for the first time on this device."""
    said: tuple[str, ...]
    if answer == "granted":
        said = ("Notifications can be sent, and nobody is asked again.", _spent(rules))
        return Outcome("good", "Authorised", said)
    wait = _wait(draft, 1)
    later = in_words(_later(today, wait))
    if answer == "swiped":
        return _swiped(rules, f"A new soft ask waits {days(wait)}, until {later}: this was a no.")
    budget = prompt_budget(
        rules=rules,
        status="denied",
        cause="refused_once" if rules.prompts > 1 else "refused",
        answers=1,
        refusals=1,
        dismissals=0,
        ignores=0,
        last_dismissed_at=None,
    )
    if budget.prompts_left:
        said = (
            f"The system would show its dialog once more. Only another moment may ask, not before "
            f"{later}, and only after an accepted soft ask.",
            "After a second refusal only Settings can turn notifications on.",
        )
        return Outcome("bad", "Denied: one dialog is left", said)
    place = "Settings" if rules.has_settings_link else "the settings of the browser"
    said = (
        rules.note,
        "No soft ask comes again: it would promise a dialog that cannot show.",
        "What is left is a Settings redirect, at a moment where something is missed.",
    )
    return Outcome("bad", f"Denied: from here only {place}", said)


def after_never() -> Outcome:
    """The person said that they never want to be asked."""
    said = (
        "Nothing was spent, and nothing comes again: no soft ask and no redirect, at any moment.",
        "The app can still offer notifications in its own settings.",
    )
    return Outcome("plain", "Never asked again", said)


def after_close(*, draft: RedirectDraft, today: date) -> Outcome:
    """The redirect was closed on `today`, at its first showing."""
    said = ["Nothing changed: notifications stay off, and the app works as before."]
    if draft.cap <= 1:
        said.append("It was shown once, which is all this rule allows.")
        return Outcome("plain", "Closed", tuple(said))
    turns = [
        Turn(
            in_words(_later(today, draft.cooldown_days * (number - 1))),
            f"not before then for the {_ordinal(number)} time",
        )
        for number in range(2, min(draft.cap, 4) + 1)
    ]
    turns.append(Turn("", f"After {draft.cap} showings it never comes again on this device."))
    said.append(
        f"It rests for {days(draft.cooldown_days)} after each showing, tapped or not. What is closed "
        "and what is tapped both count."
    )
    return Outcome("plain", "Closed", tuple(said), tuple(turns))


def after_return(*, draft: RedirectDraft, turned_on: bool, today: date) -> Outcome:
    """The person came back from Settings on `today`."""
    if turned_on:
        said = (
            "The app reads the status as soon as it is open again, and says so.",
            "The device counts as recovered after this redirect. Whether because of it, only the "
            "held-out devices can tell.",
        )
        return Outcome("good", "Recovered", said)
    later = in_words(_later(today, draft.cooldown_days))
    again = (
        f"The showing counts: the next one can come not before {later}."
        if draft.cap > 1
        else "The showing counts, and this rule allows one: it does not come again."
    )
    return Outcome("plain", "Back without a change", ("Notifications are still off.", again))


def earliest_redirect(*, draft: RedirectDraft, today: date) -> str:
    """When somebody who is denied today may see the redirect for the first time."""
    wait = draft.min_days_since_denial
    if wait <= 0:
        return "It may come on the very day of the denial."
    day = in_words(_later(today, wait))
    return (
        f"It comes {days(wait)} after the denial at the earliest: denied today, not before {day}."
    )


def _no_after_no(draft: SoftAskDraft, today: date) -> tuple[Turn, ...]:
    turns = []
    day = today
    for number in range(1, draft.max_declines):
        wait = _wait(draft, number)
        day = _later(day, wait)
        what = f"{days(wait)} after the {_ordinal(number)} no, at the earliest"
        turns.append(Turn(in_words(day), what))
    turns.append(Turn("", f"After {draft.max_declines} declines: never again."))
    return tuple(turns)


def _swiped(rules: PlatformRules, wait: str) -> Outcome:
    if rules.embargo_dismissals is None:
        free = "Swiping the dialog away spends nothing: the system counts it as not asked."
        return Outcome("plain", "Not answered", (free, wait))
    limit = (
        f"It counts: after {rules.embargo_dismissals} dismissals or {rules.embargo_ignores} ignores "
        f"the browser blocks the site for {rules.embargo_days} days."
    )
    return Outcome("plain", "Not answered", (limit, wait))


def _spent(rules: PlatformRules) -> str:
    if rules.budget_counts == "refusals":
        return "No refusal was used up. If it is switched off later, only Settings can undo that."
    return "The one dialog is used up. If it is switched off later, only Settings can undo that."


def _wait(draft: SoftAskDraft, number: int) -> int:
    """The days after the no of this number; the last wait holds for all later ones."""
    waits = draft.backoff_days or (14,)
    return waits[min(number, len(waits)) - 1]


def _later(day: date, number: int) -> date:
    """So many days later; the end of the calendar when the number is beyond all reason."""
    try:
        return day + timedelta(days=max(number, 0))
    except OverflowError:
        return date.max


def _ordinal(number: int) -> str:
    return _ORDINALS[number - 1] if number <= len(_ORDINALS) else f"{number}th"
