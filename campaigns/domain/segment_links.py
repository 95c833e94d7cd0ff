"""A segment from the address of a bar somebody clicked: who these devices are, as conditions to go on from."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from permissions_app.domain.breakdowns import STAGE_LETTERS

_STAGES = {letter: stage for stage, letter in STAGE_LETTERS.items()}
_GROUPS = {
    "os": "os",
    "app": "app_version",
    "locale": "locale",
    "country": "country",
    "campaign": "saw",
    "variant": "saw",
    "app_asked": "asked_app",
    "moment_asked": "asked_moment",
    "cause": "cause",
}
"""Kind of group (see permissions_app.domain.breakdowns) -> fact."""
_PLACES = ("authorized", "denied", "waiting")


def document_of(query: Mapping[str, str]) -> dict[str, Any]:
    """The segment that an address asks for; what it says wrongly is left out.

    `platform`; `first_seen_from`, `first_seen_to`: dates; `group`: a key of the breakdowns such as "os:18"; `took`:
    letters of stages; `place`: authorized, denied or waiting.
    """
    parts: list[dict[str, Any]] = []
    platform = query.get("platform", "")
    if platform in ("ios", "android", "web"):
        parts.append({"fact": "platform", "in": [platform]})
    seen = {
        word: query[name]
        for word, name in (("from", "first_seen_from"), ("to", "first_seen_to"))
        if _is_date(query.get(name, ""))
    }
    if seen:
        parts.append({"fact": "first_seen", **seen})
    parts += _group(query.get("group", ""))
    parts += [
        {"fact": "stage", "in": [_STAGES[letter]]}
        for letter in query.get("took", "")
        if letter in _STAGES
    ]
    place = query.get("place", "")
    if place in _PLACES:
        parts.append({"fact": "place", "in": [place]})
    elif query.get("from") == "funnel" and not any(part.get("fact") == "stage" for part in parts):
        parts.append({"fact": "place", "in": list(_PLACES)})  # a funnel holds eligible devices only
    return {"all": parts}


def _group(group: str) -> list[dict[str, Any]]:
    kind, _, value = group.partition(":")
    if kind == "moment" and value:
        return [{"moment": value, "at_least": 1}]
    fact = _GROUPS.get(kind)
    return [{"fact": fact, "in": [value]}] if fact and value else []


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
