"""An app's own segments in a set-up file: how they are written, read, and told in words.

The segments that every app has are no part of a file: campaigns name them by their keys, which are the same everywhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from campaigns.domain.segment_builtin import built_in
from campaigns.domain.segment_facts import FACTS
from campaigns.domain.segment_rules import (
    BAD_KEY,
    NOT_A_KEY,
    conditions_in_words,
    is_segment_key,
    segment_faults,
)
from campaigns.domain.setup_reader import Reader
from campaigns.domain.setup_yaml import Node

FIELDS = ("name", "conditions")
ORDER = (
    *("all", "any", "not", "fact", "moment", "in", "at_least", "at_most", "below"),
    *("ever", "ahead", "in_last_days", "more_than_days_ago", "from", "to", "since_no"),
)
"""How the words of a condition follow each other: the database keeps an order of its own."""
SAW = "It asks what people saw, by the numbers of campaigns. Each app has its own: choose them again here."


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSegment:
    """A segment of the app. `live`: how many live campaigns have it as their audience."""

    id: int
    version: int
    key: str
    name: str
    document: Any
    live: int = 0


NEW = StoredSegment(id=0, version=0, key="", name="", document={"all": []})


def written_segments(segments: Iterable[StoredSegment]) -> dict[str, Any]:
    """Their part of the file."""
    return {
        one.key: {"name": one.name, "conditions": _ordered(one.document)}
        for one in sorted(segments, key=lambda one: one.key)
    }


def read_segment(reader: Reader, node: Node, at: str) -> dict[str, Any]:
    """The fields that a file gives of one."""
    parts = reader.fields(node, at, FIELDS)
    given: dict[str, Any] = {}
    if "name" in parts:
        given["name"] = reader.text(parts["name"], f"{at}.name")
    if "conditions" in parts:
        _look_through(reader, parts["conditions"], f"{at}.conditions")
        given["document"] = parts["conditions"].plain()
    return given


def key_fault(key: str) -> str:
    """Why a new segment cannot have this key; '' when it can."""
    if not is_segment_key(key):
        return BAD_KEY
    if key in built_in():
        return f"“{key}” is a segment that every app has. Give this one another name."
    if key in NOT_A_KEY:
        return f"“{key}” is a word of the addresses here. Give this one another name."
    return ""


def faults_by_path(segment: StoredSegment) -> dict[str, str]:
    """Every fault by the path that it has in a file, below the key."""
    faults = segment_faults(name=segment.name, document=segment.document)
    return {
        path if path == "name" else f"conditions.{path}".rstrip("."): sentence
        for path, sentence in faults.items()
    }


def segment_words(segment: StoredSegment) -> dict[str, str]:
    """A segment as label -> words."""
    nothing = segment.document == NEW.document
    said = "" if nothing else conditions_in_words(segment.document)
    return {"name": segment.name, "conditions": said}


def segment_notes(stored: StoredSegment | None, wanted: StoredSegment) -> tuple[str, ...]:
    """What else is to be known before it is written."""
    if stored is None:
        return (SAW,) if _asks_what_was_seen(wanted.document) else ()
    if not stored.live:
        return ()
    speak = "1 live campaign speaks" if stored.live == 1 else f"{stored.live} live campaigns speak"
    return (f"It takes effect at once: {speak} to it.",)


def _ordered(document: Any) -> Any:
    if isinstance(document, Mapping):
        place = {word: index for index, word in enumerate(ORDER)}
        words = sorted(document, key=lambda word: (place.get(word, len(ORDER)), word))
        return {word: _ordered(document[word]) for word in words}
    if isinstance(document, list | tuple):
        return [_ordered(part) for part in document]
    return document


def _look_through(reader: Reader, node: Node, path: str) -> None:
    """Remember the line of every part, and say where a number stands that must be a text: `17` of a system, `4.2`."""
    if isinstance(node.value, list):
        for index, part in enumerate(reader.items(node, path)):
            _look_through(reader, part, f"{path}.{index}")
    elif isinstance(node.value, dict):
        parts = reader.fields(node, path, None)
        fact = FACTS.get(str(parts["fact"].value)) if "fact" in parts else None
        for word, part in parts.items():
            where = f"{path}.{word}"
            if word == "in" and isinstance(part.value, list):
                reader.texts(part, where)
            elif word in ("at_least", "below") and fact is not None and fact.kind == "version":
                reader.text(part, where)
            else:
                _look_through(reader, part, where)


def _asks_what_was_seen(document: Any) -> bool:
    if isinstance(document, Mapping):
        return document.get("fact") == "saw" or any(map(_asks_what_was_seen, document.values()))
    return isinstance(document, list) and any(map(_asks_what_was_seen, document))
