"""The conditions of a segment as rows of a form: a tree in, a tree out, and no script needed for it.

Every row has a path ("r", "r.0", "r.0.2"); the form sends the paths in order as `part`, and each field as
`<path>:<name>`. Buttons name what they do and where: `add:r.0`, `group:r`, `remove:r.1`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict

from campaigns.domain.segment_facts import FACTS, Fact
from campaigns.domain.segments import DEEPEST, MOST_CONDITIONS, parse
from permissions_app.domain.edits import Invalid

ROOT = "r"
JOINTS = {"all": "all of these", "any": "any of these", "none": "none of these"}
MOMENT, INTERRUPTIONS = "moment", "interruptions"
TICKED = frozenset({"saw", "asked_moment"})
"""Texts that are chosen from what the app has."""
DAY_OPS = {
    "in_last_days": "in the last … days",
    "more_than_days_ago": "more than … days ago",
    "between": "between two dates",
    "ever": "at any time",
    "never": "never",
    "ahead": "later than today",
}
_PATH = re.compile(r"r(\.[0-9]{1,2}){0,6}")


@dataclass(slots=True)
class Row:
    """A group (`joint`) or a condition (`kind`: a fact, MOMENT or INTERRUPTIONS) with what was typed."""

    path: str
    kind: str = ""
    joint: str = ""
    typed: dict[str, Any] = field(default_factory=dict)
    rows: list["Row"] = field(default_factory=list)
    fault: str = ""
    fresh: bool = False

    @property
    def fact(self) -> Fact | None:
        """The fact of a condition; None for a group, a moment and interruptions."""
        return FACTS.get(self.kind)

    @property
    def depth(self) -> int:
        """How deep it lies; the root is 0."""
        return self.path.count(".")

    @property
    def can_nest(self) -> bool:
        """Whether a group may be added in it."""
        return self.depth < DEEPEST - 3  # "none" takes two steps of the document


@dataclass(frozen=True, slots=True)
class Read:
    """What the rows say. `faults`: sentences by path of a row. `finished`: the document without what is unfinished."""

    document: dict[str, Any]
    finished: dict[str, Any]
    faults: Mapping[str, str]


def from_post(data: QueryDict) -> Row:
    """The rows that were sent; what fits nowhere is left out."""
    root = Row(ROOT, joint="all")
    known = {ROOT: root}
    for path in data.getlist("part")[: MOST_CONDITIONS * 3]:
        if not _PATH.fullmatch(path):
            continue
        kind = data.get(f"{path}:kind", "")
        row = root if path == ROOT else Row(path)
        if kind == "group":
            joint = data.get(f"{path}:joint", "all")
            row.joint = joint if joint in JOINTS else "all"
        elif path != ROOT and (kind in FACTS or kind in (MOMENT, INTERRUPTIONS)):
            row.kind = kind
            row.typed = _typed(data, path)
        else:
            continue
        parent = known.get(path.rpartition(".")[0])
        if path != ROOT:
            if parent is None or not parent.joint:
                continue
            parent.rows.append(row)
        known[path] = row
    return renumbered(root)


def from_document(document: Mapping[str, Any]) -> Row:
    """A stored document as rows."""
    row = _row(document)
    if not row.joint:
        row = Row(ROOT, joint="all", rows=[row])
    return renumbered(row)


def renumbered(row: Row, path: str = ROOT) -> Row:
    """The same rows with paths that fit their places."""
    row.path = path
    for index, part in enumerate(row.rows):
        renumbered(part, f"{path}.{index}")
    return row


def press(root: Row, button: str, *, chosen: Mapping[str, str]) -> Row:
    """What a button does: `add:<path>` adds a condition of the kind in `chosen[path]`, `group:<path>` a group,
    `remove:<path>` takes a row away. Anything else changes nothing.
    """
    action, _, path = button.partition(":")
    row = _find(root, path)
    if row is None:
        return root
    if action == "add" and row.joint:
        kind = chosen.get(path, "")
        if kind in FACTS or kind in (MOMENT, INTERRUPTIONS):
            row.rows.append(Row("", kind=kind, typed=_first_typed(kind), fresh=True))
    elif action == "group" and row.joint and row.can_nest:
        row.rows.append(Row("", joint="any", fresh=True))
    elif action == "remove" and path != ROOT:
        parent = _find(root, path.rpartition(".")[0])
        assert parent is not None
        parent.rows.remove(row)
    return renumbered(root)


def read(root: Row) -> Read:
    """The document that the rows say, with its faults beside the rows they are about."""
    faults: dict[str, str] = {}
    document = _document(root)
    for row in walk(root):
        if row is root and not root.rows:
            continue
        try:
            if row.joint and not row.rows:
                raise Invalid({"": "This group is empty: add a condition or remove it."})
            if not row.joint:
                parse(_condition(row))
        except Invalid as invalid:
            faults[row.path] = next(iter(invalid.errors.values()))
            row.fault = faults[row.path]
    if not faults:
        try:
            parse(document)
        except Invalid as invalid:
            faults[ROOT] = next(iter(invalid.errors.values()))
            root.fault = faults[ROOT]
    return Read(document, _finished(root) or {"all": []}, faults)


def walk(row: Row) -> Iterable[Row]:
    """The row and all in it."""
    yield row
    for part in row.rows:
        yield from walk(part)


def _find(root: Row, path: str) -> Row | None:
    return next((row for row in walk(root) if row.path == path), None)


def _typed(data: QueryDict, path: str) -> dict[str, Any]:
    prefix = f"{path}:"
    return {
        name.removeprefix(prefix): [text.strip() for text in data.getlist(name)]
        for name in data
        if name.startswith(prefix)
        and name not in (f"{prefix}kind", f"{prefix}joint", f"{prefix}new")
    }


def _first_typed(kind: str) -> dict[str, list[str]]:
    """What a new condition says at first."""
    if kind == MOMENT:
        return {"times": ["1"]}
    if kind == INTERRUPTIONS:
        return {"times": ["3"], "days": ["30"]}
    match FACTS[kind].kind:
        case "day":
            return {
                "op": ["ahead" if kind == "embargoed_until" else "in_last_days"],
                "days": ["30"],
            }
        case "number":
            return {"at_least": ["1"]}
        case "version":
            return {"op": ["at_least"]}
    return {}


def _document(row: Row, parts: Sequence[dict[str, Any]] | None = None) -> dict[str, Any]:
    if not row.joint:
        return _condition(row)
    inner = [_document(part) for part in row.rows] if parts is None else list(parts)
    if row.joint == "none":
        return {"not": {"any": inner}} if inner else {"all": []}
    return {row.joint: inner}


def _finished(row: Row) -> dict[str, Any] | None:
    if row.fault:
        return None
    if not row.joint:
        return _condition(row)
    parts = [part for part in map(_finished, row.rows) if part is not None]
    return _document(row, parts) if parts else None


def _condition(row: Row) -> dict[str, Any]:
    """A condition as it was typed; what is no number stays a text, and is told so."""
    one = {name: texts[0] for name, texts in row.typed.items() if texts}
    if row.kind == MOMENT:
        told: dict[str, Any] = {
            "moment": one.get("moment", ""),
            "at_least": _number(one.get("times")),
        }
        if one.get("days"):
            told["in_last_days"] = _number(one["days"])
        if one.get("since"):
            told["since_no"] = True
        return told
    told = {"fact": row.kind}
    if row.kind == INTERRUPTIONS:
        return told | {
            "at_least": _number(one.get("times")),
            "in_last_days": _number(one.get("days")),
        }
    match FACTS[row.kind].kind:
        case "choice":
            return told | {"in": row.typed.get("in", [])}
        case "text":
            return told | {"in": _listed(row)}
        case "number":
            ends = {name: _number(one.get(name)) for name in ("at_least", "at_most")}
            return told | {name: value for name, value in ends.items() if value is not None}
        case "version":
            op = one.get("op", "")
            if op in ("at_least", "below"):
                return told | {op: one.get("version", "")}
            return told | {
                "in": [part.strip() for part in one.get("version", "").split(",") if part.strip()]
            }
        case _:
            return told | _when(one)


def _listed(row: Row) -> list[str]:
    """The values of a text: ticked ones, and those written with commas; codes as devices tell them."""
    values = [*row.typed.get("in", []), *",".join(row.typed.get("text", [])).split(",")]
    found = [value.strip() for value in values if value.strip()]
    if row.kind == "country":
        return [value if value == "unknown" else value.upper() for value in found]
    return [value.lower() for value in found] if row.kind == "language" else found


def _when(one: Mapping[str, str]) -> dict[str, Any]:
    match one.get("op", ""):
        case "in_last_days" | "more_than_days_ago" as op:
            return {op: _number(one.get("days"))}
        case "between":
            return {word: one[word] for word in ("from", "to") if one.get(word)}
        case "ahead":
            return {"ahead": True}
        case op:
            return {"ever": op == "ever"} if op in ("ever", "never") else {}


def _number(text: str | None) -> int | str | None:
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else text


def _row(document: Mapping[str, Any]) -> Row:
    for joint in ("all", "any"):
        if joint in document:
            return Row("", joint=joint, rows=[_row(part) for part in document[joint]])
    if "not" in document:
        inner = _row(document["not"])
        if inner.joint == "any":
            return Row("", joint="none", rows=inner.rows)
        return Row("", joint="none", rows=[inner])
    told = {name: value for name, value in document.items() if value is not None}
    if "moment" in told:
        typed = {
            "moment": told["moment"],
            "times": told.get("at_least", 1),
            "days": told.get("in_last_days"),
        }
        return Row(
            "", kind=MOMENT, typed=_texts(typed | {"since": "1" if told.get("since_no") else None})
        )
    if told["fact"] == INTERRUPTIONS:
        typed = {"times": told["at_least"], "days": told["in_last_days"]}
        return Row("", kind=INTERRUPTIONS, typed=_texts(typed))
    fact = FACTS[told["fact"]]
    return Row("", kind=fact.name, typed=_typed_of(fact, told))


def _typed_of(fact: Fact, told: Mapping[str, Any]) -> dict[str, list[str]]:
    match fact.kind:
        case "text" if fact.name not in TICKED:
            return {"text": [", ".join(told["in"])]}
        case "choice" | "text":
            return {"in": list(told["in"])}
        case "number":
            return _texts({name: told.get(name) for name in ("at_least", "at_most")})
        case "version":
            op = next(name for name in ("at_least", "below", "in") if name in told)
            value = told[op]
            return {"op": [op], "version": [value if isinstance(value, str) else ", ".join(value)]}
        case _:
            for op in ("in_last_days", "more_than_days_ago"):
                if op in told:
                    return {"op": [op], "days": [str(told[op])]}
            if "ever" in told or "ahead" in told:
                op = "ahead" if "ahead" in told else "ever" if told["ever"] else "never"
                return {"op": [op]}
            return {"op": ["between"], **_texts({name: told.get(name) for name in ("from", "to")})}


def _texts(typed: Mapping[str, Any]) -> dict[str, list[str]]:
    return {name: [str(value)] for name, value in typed.items() if value is not None}
