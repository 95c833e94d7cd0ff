"""A segment in plain words, as lists, chips and the audit trail show it."""

from collections.abc import Callable, Mapping
from typing import Any

from campaigns.domain.segment_facts import FACTS, Fact

Name = Callable[[str, str], str]
"""(kind, key) -> name of a moment ("moment") or campaign ("saw")."""

SAID: Mapping[str, str] = {
    "cause": "{}",
    "platform": "on {}",
    "country": "in {}",
    "place": "now {}",
    "stage": "{}",
    "recovery": "recovered {}",
    "saw": "saw “{}”",
    "asked_moment": "first asked at “{}”",
}
"""How values are said of some facts; the others are said by their label."""


def in_words(document: Any, *, name: Name | None = None) -> str:
    """The document as one line; it has passed `segments.parse`."""
    return _words(document, name or _key, top=True)


def _key(_kind: str, key: str) -> str:
    return key


def _words(told: Mapping[str, Any], name: Name, *, top: bool = False) -> str:
    for word, joint in (("all", " and "), ("any", " or ")):
        if word in told:
            parts = [_words(part, name) for part in told[word]]
            if not parts:
                return "everybody"
            text = joint.join(parts)
            return text if top or len(parts) == 1 else f"({text})"
    if "not" in told:
        return f"not {_words(told['not'], name)}"
    if "moment" in told:
        return _moment(told, name)
    if told["fact"] == "interruptions":
        return f"{told['at_least']} or more interruptions in the last {_days(told['in_last_days'])}"
    fact = FACTS[told["fact"]]
    if "in" in told:
        values = _values(fact, told["in"], name)
        return SAID.get(fact.name, f"{_lower(fact.label)} {{}}").format(values)
    return _day(fact, told) if fact.kind == "day" else _number(fact, told)


def _values(fact: Fact, values: list[str], name: Name) -> str:
    words = [
        (fact.choices or {}).get(value) or (name(_kind(fact), value) if _kind(fact) else value)
        for value in values
    ]
    return " or ".join(words)


def _kind(fact: Fact) -> str:
    return {"saw": "saw", "asked_moment": "moment"}.get(fact.name, "")


def _moment(told: Mapping[str, Any], name: Name) -> str:
    times = told.get("at_least", 1)
    text = f"reached “{name('moment', told['moment'])}”"
    if times > 1:
        text += f" at least {times} times"
    if told.get("in_last_days") is not None:
        text += f" in the last {_days(told['in_last_days'])}"
    return text + (" since the no" if told.get("since_no") else "")


def _day(fact: Fact, told: Mapping[str, Any]) -> str:
    label = _lower(fact.label)
    if told.get("ever") is not None:
        return label if told["ever"] else f"never {label}"
    if told.get("ahead"):
        return f"{label} later than today"
    if told.get("in_last_days") is not None:
        return f"{label} in the last {_days(told['in_last_days'])}"
    if told.get("more_than_days_ago") is not None:
        return f"{label} more than {_days(told['more_than_days_ago'])} ago"
    ends = [f"{word} {told[word]}" for word in ("from", "to") if told.get(word) is not None]
    return f"{label} {' '.join(ends)}"


def _number(fact: Fact, told: Mapping[str, Any]) -> str:
    parts = [
        f"{words} {told[word]}"
        for word, words in (("at_least", "at least"), ("at_most", "at most"), ("below", "below"))
        if told.get(word) is not None
    ]
    return f"{_lower(fact.label)} {' and '.join(parts)}"


def _lower(label: str) -> str:
    return (
        label if label.split(maxsplit=1)[0] in ("App", "Settings") else label[0].lower() + label[1:]
    )


def _days(n: int) -> str:
    return "day" if n == 1 else f"{n} days"
