"""What is wrong with a value moment, before anything waits on it.

A value moment is something a person just did that makes a notification concrete. App open, first
launch, sign-up, log-in and onboarding are none: nothing has happened yet that a message could be
about. The numbers can also speak against a moment: when nearly everybody comes to it in the first
session it is an opening by another name, and when almost nobody does it reaches nobody.

Rules are data. Each has a sentence that says why, who says so and how far to trust it, and events
that it must and must not find; the latter are its tests. A finding names an event of the same app
that would serve better, where one is known.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from permissions_app.domain.reference_lines import REFERENCE_LINES

Severity = Literal["warning", "hint"]

FEWEST_DEVICES = 200
"""Fewer devices say nothing about who comes to a moment."""
NEARLY_ALL = 0.8
ALMOST_NOBODY = 0.02

_BADGES = {line.key: line.badge for line in REFERENCE_LINES}
UNEXPECTED = (
    f"An unexpected request is more than twice as likely to be denied: {_BADGES['unexpected_denied']}"
    " (1,719 users, Android before 13)"
)
ARTICLE = "Ask at a value moment, never at launch or in onboarding: the source article, claimed"
HEADLINE = "Reach-adjusted opt-in counts the people who never come to the moment: house rule"
GENERIC = "Copy names the object and the event: house rule"


@dataclass(frozen=True, slots=True, kw_only=True)
class WordRule:
    """A rule about the name of an event. `words` is searched in the name in lower case, its parts
    separated by spaces. `passing` and `failing` are event names.
    """

    id: str
    title: str
    words: str
    reason: str
    source: str
    severity: Severity = "warning"
    opening: bool = True
    passing: tuple[str, ...]
    failing: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An event of the app, and how often it came lately."""

    name: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A moment to look at. Numbers are devices of one range of days: `devices` first seen in it,
    `reached` this moment first in it, `in_first_session` of these; 0 while nothing is known.
    `counted`: whether the moment was there from the first of these days on. Who came before it was
    there is not counted, so of a new moment nobody can say that few come.
    """

    event: str
    name: str = ""
    opening: bool = False
    devices: int = 0
    reached: int = 0
    in_first_session: int = 0
    counted: bool = True


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found: the rule's id, why it matters, who says so, and what to do instead."""

    rule: str
    severity: Severity
    title: str
    reason: str
    source: str
    instead: str = ""
    event: str = ""
    """The event that `instead` proposes."""


WORD_RULES: tuple[WordRule, ...] = (
    WordRule(
        id="first-launch",
        title="The first launch is not a value moment",
        words=r"\b(?:first (?:open|launch|start|run|use|visit)|install(?:ed|ation)?|splash|welcome)\b",
        reason="Nobody can tell yet what a message would be good for, and on iOS the only dialog is spent.",
        source=UNEXPECTED,
        passing=("First Order Placed", "Second Launch Party Booked"),
        failing=("First Launch", "App Installed", "Splash Shown", "WelcomeScreen"),
    ),
    WordRule(
        id="app-open",
        title="Opening the app is not a value moment",
        words=(
            r"\b(?:app(?:lication)? (?:open|launch|start|foreground)\w*"
            r"|(?:open|launch|start)(?:ed)? (?:the )?app|launch(?:ed)?)\b"
        ),
        reason="The person came to do something else, and has not done it yet: a question here is in the way.",
        source=UNEXPECTED,
        passing=("Gift Opened", "Timer Started", "Apple Pay Used"),
        failing=("App Opened", "app_start", "ApplicationForegrounded", "launch"),
    ),
    WordRule(
        id="session-start",
        title="The start of a session is not a value moment",
        words=r"\bsession (?:start|begin|began|open)\w*|\b(?:start|begin)\w* session\b",
        reason="It comes with every visit and says nothing of what the person wants: that is nagging at each open.",
        source=ARTICLE,
        passing=("Workout Session Finished", "Session Booked"),
        failing=("Session Started", "session_start", "sessionBegin"),
    ),
    WordRule(
        id="sign-up",
        title="Signing up is not a value moment",
        words=(
            r"\b(?:sign(?:ed)? up|register(?:ed)?|registration"
            r"|(?:create|open)d? account|account (?:created?|opened))\b"
        ),
        reason="An account is a cost that the person just paid; nothing has come back that a message could be about.",
        source=ARTICLE,
        passing=("Sign Found", "Gift Registry Viewed Twice", "Account Balance Low"),
        failing=("Sign Up", "signup_completed", "User Registered", "Account Created"),
    ),
    WordRule(
        id="log-in",
        title="Logging in is not a value moment",
        words=r"\b(?:log(?:ged)? ?in|sign(?:ed)? ?in|authenticated|login)\b",
        reason="It is a door on the way to what the person came for; a second question there is refused by habit.",
        source=UNEXPECTED,
        passing=("Blog Insight Saved", "Signing Completed"),
        failing=("Logged In", "login_success", "SignedIn"),
    ),
    WordRule(
        id="onboarding",
        title="Onboarding is not a value moment",
        words=(
            r"\b(?:on ?board\w*|tutorial|intro(?:duction)?|walk ?through"
            r"|tour (?:start|complet|finish)\w*|profile completed)\b"
        ),
        reason="The app is still explaining itself: a question here is one more page to get past.",
        source=ARTICLE,
        passing=("City Tour Booked", "Board Created"),
        failing=("Onboarding Completed", "onboard_step_3", "Tutorial Finished"),
    ),
    WordRule(
        id="passive",
        title="Seeing something is not doing something",
        words=(
            r"\b(?:page|screen|banner|ad|menu|home|tab|list|card|popup|modal|view|feed)s? "
            r"(?:view|seen?|saw|show|display|load|impression|visit|render|open)\w*\b|\bimpressions?\b"
        ),
        reason="The person did nothing that they now wait for: a view promises nothing that a message could tell.",
        source=GENERIC,
        severity="hint",
        opening=False,
        passing=("Page Bookmarked", "Order Placed", "Price Watched", "Screening Booked"),
        failing=("Page Viewed", "Banner Seen", "screen_view", "MenuViewed", "Ad Impression"),
    ),
)

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_BETWEEN = re.compile(r"[\W_]+")
_COMPILED = tuple((rule, re.compile(rule.words)) for rule in WORD_RULES)
_TOGETHER = re.compile(r"\b(sign|log)(up|in|on)\b")


def spoken(name: str) -> str:
    """A name in lower case with its parts apart: "AppOpened", "app_opened" -> "app opened"."""
    words = _BETWEEN.sub(" ", _CAMEL.sub(" ", name)).strip().lower()
    return _TOGETHER.sub(r"\1 \2", words)


def rules_on(name: str) -> tuple[WordRule, ...]:
    """The rules about words that a name breaks, openings first."""
    words = spoken(name)
    return tuple(rule for rule, pattern in _COMPILED if pattern.search(words))


def sounds_opening(name: str) -> bool:
    """Whether a name sounds like app open, first launch, sign-up, log-in or onboarding."""
    return any(rule.opening for rule in rules_on(name))


def better_event(*, event: str, seen: Iterable[Seen]) -> Seen | None:
    """The most frequent event of the app that is no opening and more than a view."""
    fitting = [one for one in seen if one.name != event and not rules_on(one.name)]
    return max(fitting, key=lambda one: (one.count, one.name), default=None)


def lint_moment(*, subject: Subject, seen: Iterable[Seen] = ()) -> tuple[Finding, ...]:
    """What speaks against a moment, what its name says first; at most one finding about openings."""
    found = _by_words(subject)
    if subject.devices >= FEWEST_DEVICES:
        found += _by_numbers(subject, {finding.rule for finding in found})
    if not found:
        return ()
    better = better_event(event=subject.event, seen=seen)
    if better is None:
        return tuple(found)
    instead = f"Try “{better.name}”: it is done {better.count:,} times in 30 days."
    return tuple(
        finding
        if finding.rule == "almost-nobody"
        else Finding(
            finding.rule,
            finding.severity,
            finding.title,
            finding.reason,
            finding.source,
            instead,
            better.name,
        )
        for finding in found
    )


def _by_words(subject: Subject) -> list[Finding]:
    rules = rules_on(subject.event) or rules_on(subject.name)
    return [
        Finding(rule.id, rule.severity, rule.title, rule.reason, rule.source) for rule in rules[:1]
    ]


def _by_numbers(subject: Subject, before: set[str]) -> list[Finding]:
    found = []
    first, reached = (
        subject.in_first_session / subject.devices,
        subject.reached / subject.devices,
    )
    if first >= NEARLY_ALL and not before:
        found.append(
            Finding(
                "nearly-everybody",
                "warning",
                "Nearly everybody comes here in the first session",
                f"{min(first, 1):.0%} of new devices come in their first session: it is an opening by another name.",
                UNEXPECTED,
            )
        )
    if subject.counted and reached < ALMOST_NOBODY:
        share = "None" if not subject.reached else f"Only {reached:.1%}"
        found.append(
            Finding(
                "almost-nobody",
                "hint",
                "Almost nobody comes here",
                f"{share} of new devices reach it: what waits on it will be shown to almost nobody.",
                HEADLINE,
                "Choose a step earlier on the way, or let another moment ask as well.",
            )
        )
    return found
