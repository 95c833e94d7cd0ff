"""Who people are, as a team says it: a segment is a tree of conditions over what is known of a device.

Conditions are joined by `all`, `any` and `not`, as deep as needed. A condition asks for a fact (`{"fact": "status",
"in": ["denied"]}`), for a day (`{"fact": "denied", "more_than_days_ago": 30}`) or for a moment (`{"moment":
"order_placed", "at_least": 2, "in_last_days": 14, "since_no": true}`). Days are whole days in UTC and relative ones
move with the calendar, so a segment is never out of date.

What is not known does not hold: a device that never told its country is not in Germany, and it is among those of whom
"not in Germany" is asked. The same tree is evaluated here, on one device, and in the database, on all of them
(`segment_sql`); a test holds that both say the same.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any

from campaigns.domain.segment_facts import FACTS, Fact
from permissions_app.domain.breakdowns import OUTCOME_LETTERS, STAGE_LETTERS
from permissions_app.domain.device import EXPOSURES_KEPT, TIMES_KEPT
from permissions_app.domain.edits import Invalid
from permissions_app.domain.facets import MOMENT_WIDTH, MOST, Facet, version_order

MOST_CONDITIONS = 40
DEEPEST = 6
MOST_VALUES = 60
LONGEST_VALUE = 80
MOST_DAYS = 3650
_EPOCH = date(1970, 1, 1)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
DAY_WORDS = ("ever", "ahead", "in_last_days", "more_than_days_ago", "from", "to")


@dataclass(frozen=True, slots=True)
class All:
    """Every part holds. Without parts: everybody."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801  `Any` is a word of the language already
    """At least one part holds."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Node"


@dataclass(frozen=True, slots=True)
class Is:
    """A fact has one of these values."""

    fact: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Number:
    """A number lies between two ends; None for an open end."""

    fact: str
    at_least: int | None
    at_most: int | None


@dataclass(frozen=True, slots=True)
class Version:
    """The app is at least, or older than, a version (as domain.facets.version_order gives it)."""

    at_least: int | None
    below: int | None


@dataclass(frozen=True, slots=True)
class Day:
    """A day lies in a span. `after`, `before`: days since 1970-01-01, both included; with `relative` they are counted
    from today. Both None: it happened at all. `happened` False: it never did.
    """

    fact: str
    happened: bool = True
    relative: bool = False
    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Reached:
    """A moment was reached at least so many times: ever, in the last days, since the no."""

    moment: str
    times: int
    in_last_days: int | None
    since_no: bool


@dataclass(frozen=True, slots=True)
class Interrupted:
    """At least so many soft asks and redirects were shown in the last days."""

    times: int
    in_last_days: int


Node = All | Any_ | Not | Is | Number | Version | Day | Reached | Interrupted

NOBODY = Not(All(()))


@dataclass(frozen=True)
class Chosen:
    """The segment that an audience names. One that cannot be read, or is gone, holds nobody."""

    document: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def node(self) -> Node:
        """The tree."""
        try:
            return parse(self.document)
        except Invalid:
            return NOBODY


def parse(document: Any) -> Node:
    """The tree in a document. Raises Invalid with a sentence for each fault, by its path ("all.0.not")."""
    reader = _Reader()
    node = reader.node(document, (), root=True)
    if reader.conditions > MOST_CONDITIONS:
        reader.wrong((), f"A segment has at most {MOST_CONDITIONS} conditions.")
    if reader.faults:
        raise Invalid(reader.faults)
    return node


def matches(*, node: Node, facet: Facet, today: int) -> bool:
    """Whether a device is in the segment on a day (days since 1970-01-01 UTC)."""
    match node:
        case All(parts):
            return all(matches(node=part, facet=facet, today=today) for part in parts)
        case Any_(parts):
            return any(matches(node=part, facet=facet, today=today) for part in parts)
        case Not(part):
            return not matches(node=part, facet=facet, today=today)
        case Is():
            return _is(node, facet)
        case Number(fact, at_least, at_most):
            number: int = getattr(facet, fact)
            return (at_least is None or number >= at_least) and (
                at_most is None or number <= at_most
            )
        case Version(at_least, below):
            order = facet.app_order
            return (
                order is not None
                and (at_least is None or order >= at_least)
                and (below is None or order < below)
            )
        case Day():
            return _day(node, facet, today)
        case Reached():
            return _reached(node, facet, today)
        case Interrupted(times, days):
            shown = facet.interruptions
            return len(shown) >= times and shown[times - 1] > today - days


def letters(fact: str, values: Sequence[str]) -> list[str]:
    """The letters of a way that stand for stages or places."""
    table = OUTCOME_LETTERS if fact == "place" else STAGE_LETTERS
    return [table[value] for value in values]


def _is(node: Is, facet: Facet) -> bool:
    if node.fact in ("place", "stage"):
        way = facet.way
        return way is not None and any(letter in way for letter in letters(node.fact, node.values))
    if node.fact == "saw":
        return any(value in facet.saw for value in node.values)
    return getattr(facet, node.fact) in node.values


def _day(node: Day, facet: Facet, today: int) -> bool:
    day: int | None = getattr(facet, node.fact)
    if not node.happened:
        return day is None
    if day is None:
        return False
    start = today if node.relative else 0
    return (node.after is None or day >= start + node.after) and (
        node.before is None or day <= start + node.before
    )


def _reached(node: Reached, facet: Facet, today: int) -> bool:
    if node.moment not in facet.moments:
        return False
    at = facet.moments.index(node.moment) * MOMENT_WIDTH
    ever, since = facet.moment_numbers[at], facet.moment_numbers[at + 1]
    if node.since_no and since < node.times:
        return False
    if node.in_last_days is None:
        return node.since_no or ever >= node.times
    return facet.moment_numbers[at + 2 + node.times] > today - node.in_last_days


class _Reader:
    """Reads a document and remembers every fault it meets."""

    def __init__(self) -> None:
        self.faults: dict[str, str] = {}
        self.conditions = 0

    def wrong(self, path: tuple[str, ...], sentence: str) -> Node:
        self.faults.setdefault(".".join(path), sentence)
        return All(())

    def node(self, told: Any, path: tuple[str, ...], *, root: bool = False, depth: int = 0) -> Node:
        if not isinstance(told, Mapping):
            return self.wrong(path, "A condition is an object, like {“fact”: “status”, …}.")
        if depth > DEEPEST:
            return self.wrong(path, f"Groups are nested at most {DEEPEST} deep.")
        for word, made in (("all", All), ("any", Any_)):
            if word in told:
                return self.group(told, word, made, path, root=root, depth=depth)
        if "not" in told:
            self.only(told, {"not"}, path)
            return Not(self.node(told["not"], (*path, "not"), depth=depth + 1))
        self.conditions += 1
        if "moment" in told:
            return self.moment(told, path)
        return self.fact(told, path)

    def group(
        self,
        told: Mapping[str, Any],
        word: str,
        made: type[All] | type[Any_],
        path: tuple[str, ...],
        *,
        root: bool,
        depth: int,
    ) -> Node:
        self.only(told, {word}, path)
        parts = told[word]
        if not isinstance(parts, list | tuple):
            return self.wrong(path, f"“{word}” holds a list of conditions.")
        if not parts and not root:
            return self.wrong(path, "This group is empty: add a condition or remove it.")
        if len(parts) > MOST_CONDITIONS:
            return self.wrong(path, f"A segment has at most {MOST_CONDITIONS} conditions.")
        if not parts:
            return All(())
        return made(
            tuple(
                self.node(part, (*path, word, str(index)), depth=depth + 1)
                for index, part in enumerate(parts)
            )
        )

    def fact(self, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        name = told.get("fact")
        if name == "interruptions":
            return self.interrupted(told, path)
        fact = FACTS.get(name) if isinstance(name, str) else None
        if fact is None:
            return self.wrong(path, f"There is no fact “{str(name)[:60]}”. Choose one of the list.")
        match fact.kind:
            case "choice" | "text":
                return self.values(fact, told, path)
            case "number":
                return self.number(fact, told, path)
            case "version":
                return self.values(fact, told, path) if "in" in told else self.version(told, path)
            case "day":
                return self.day(fact, told, path)

    def values(self, fact: Fact, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"fact", "in"}, path)
        values = told.get("in")
        if not isinstance(values, list | tuple) or not values:
            return self.wrong(path, f"{fact.label}: choose at least one value.")
        if len(values) > MOST_VALUES:
            return self.wrong(path, f"{fact.label}: at most {MOST_VALUES} values.")
        for value in values:
            if not isinstance(value, str) or not value or len(value) > LONGEST_VALUE:
                return self.wrong(
                    path, f"{fact.label}: each value has 1 to {LONGEST_VALUE} characters."
                )
            if not value.isprintable():
                return self.wrong(
                    path, f"{fact.label}: a value has characters that cannot be shown."
                )
            if fact.choices is not None and value not in fact.choices:
                return self.wrong(path, f"{fact.label}: “{value}” is none of the choices.")
        return Is(fact.name, tuple(values))

    def number(self, fact: Fact, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"fact", "at_least", "at_most"}, path)
        low = self.whole(told, "at_least", fact.label, 0, MOST, path)
        high = self.whole(told, "at_most", fact.label, 0, MOST, path)
        if low is None and high is None:
            return self.wrong(path, f"{fact.label}: say at least or at most how many.")
        if low is not None and high is not None and low > high:
            return self.wrong(
                path, f"{fact.label}: at least {low} and at most {high} holds for nobody."
            )
        return Number(fact.name, low, high)

    def version(self, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"fact", "at_least", "below"}, path)
        ends: dict[str, int | None] = {}
        for word in ("at_least", "below"):
            text = told.get(word)
            ends[word] = version_order(text) if isinstance(text, str) and len(text) < 40 else None
            if text is not None and ends[word] is None:
                return self.wrong(path, "An app version is written in numbers, like 4.2 or 4.2.0.")
        if ends["at_least"] is None and ends["below"] is None:
            return self.wrong(path, "App version: say from which version on, or below which.")
        return Version(ends["at_least"], ends["below"])

    def day(self, fact: Fact, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"fact", *DAY_WORDS}, path)
        words = [word for word in DAY_WORDS if told.get(word) is not None]
        if not words or (len(words) > 1 and words != ["from", "to"]):
            return self.wrong(path, f"{fact.label}: say when, in one way.")
        if "ever" in words or "ahead" in words:
            value = told[words[0]]
            if not isinstance(value, bool) or (words[0] == "ahead" and not value):
                return self.wrong(path, f"{fact.label}: “{words[0]}” is true or false.")
            if words[0] == "ahead":
                return Day(fact.name, relative=True, after=0)
            return Day(fact.name, happened=value)
        if words[0] in ("in_last_days", "more_than_days_ago"):
            days = self.whole(told, words[0], fact.label, 1, MOST_DAYS, path)
            if days is None:
                return All(())
            if words[0] == "in_last_days":
                return Day(fact.name, relative=True, after=1 - days)
            return Day(fact.name, relative=True, before=-days - 1)
        return self.span(fact, told, path)

    def span(self, fact: Fact, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        ends: list[int | None] = []
        for word in ("from", "to"):
            text = told.get(word)
            if text is None:
                ends.append(None)
                continue
            try:
                # Python reads more spellings of a date than clients do.
                if not _DATE.fullmatch(text):
                    raise ValueError(text)
                ends.append((date.fromisoformat(text) - _EPOCH).days)
            except (ValueError, TypeError):
                return self.wrong(path, f"{fact.label}: a date is written like 2026-12-01.")
        first, last = ends
        if first is not None and last is not None and first > last:
            return self.wrong(path, f"{fact.label}: the end lies before the start.")
        return Day(fact.name, after=first, before=last)

    def moment(self, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"moment", "at_least", "in_last_days", "since_no"}, path)
        key = told["moment"]
        if not isinstance(key, str) or not 0 < len(key) <= LONGEST_VALUE or not key.isprintable():
            return self.wrong(path, "Choose a moment of this app.")
        days = self.whole(told, "in_last_days", "The moment", 1, MOST_DAYS, path)
        since = told.get("since_no", False)
        if not isinstance(since, bool):
            return self.wrong(path, "“since_no” is true or false.")
        most = TIMES_KEPT if since or days is not None else MOST
        times = self.whole({"at_least": 1, **told}, "at_least", "Times reached", 1, most, path)
        return Reached(key, times or 1, days, since)

    def interrupted(self, told: Mapping[str, Any], path: tuple[str, ...]) -> Node:
        self.only(told, {"fact", "at_least", "in_last_days"}, path)
        times = self.whole(told, "at_least", "Interruptions", 1, EXPOSURES_KEPT, path)
        days = self.whole(told, "in_last_days", "Interruptions", 1, MOST_DAYS, path)
        if times is None or days is None:
            return self.wrong(path, "Interruptions: say how many, and in how many days.")
        return Interrupted(times, days)

    def whole(
        self,
        told: Mapping[str, Any],
        word: str,
        label: str,
        lowest: int,
        highest: int,
        path: tuple[str, ...],
    ) -> int | None:
        value = told.get(word)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not lowest <= value <= highest:
            self.wrong(path, f"{label}: give a whole number from {lowest} to {highest}.")
            return None
        return value

    def only(self, told: Mapping[str, Any], known: set[str], path: tuple[str, ...]) -> None:
        unknown = sorted(str(word)[:60] for word in set(told) - known)
        if unknown:
            self.wrong(path, f"“{unknown[0]}” does not belong here.")
