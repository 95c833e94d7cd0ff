"""The rows of a segment as the template draws them, and what there is to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from campaigns.domain.segment_facts import FACTS
from campaigns.domain.segment_words import Name
from campaigns.selectors.names import Names
from campaigns.web.segments.rows import INTERRUPTIONS, JOINTS, MOMENT, ROOT, TICKED, Row

Offer = tuple[str, tuple[tuple[str, str], ...]]
"""A heading, and (kind, words) below it."""


def offered() -> tuple[Offer, ...]:
    """The kinds of condition by heading, those about moments first."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for fact in FACTS.values():
        groups.setdefault(fact.group, []).append((fact.name, fact.label))
    groups["What was shown"].insert(0, (INTERRUPTIONS, "Interruptions in a time"))
    groups["Way so far"].insert(0, (MOMENT, "Reached a moment"))
    return tuple((heading, tuple(kinds)) for heading, kinds in groups.items())


def naming(names: Names) -> Name:
    """How `segment_words.in_words` calls moments and campaigns."""

    def name(kind: str, key: str) -> str:
        if kind == "moment":
            return names.moment(key)
        return names.words(key) if key.count(".") == 2 else names.campaign(key)

    return name


@dataclass(frozen=True, slots=True)
class Shown:
    """A row with everything its template needs."""

    row: Row
    label: str
    kind: str
    values: dict[str, str]
    choices: tuple[tuple[str, str, bool], ...]
    parts: tuple["Shown", ...]
    is_root: bool

    @property
    def joints(self) -> dict[str, str]:
        """The ways to join a group."""
        return JOINTS


def shown(row: Row, names: Names) -> Shown:
    """A row and all in it."""
    fact = row.fact
    label = (
        fact.label
        if fact
        else {MOMENT: "Reached", INTERRUPTIONS: "Interruptions"}.get(row.kind, "")
    )
    kind = row.kind if fact is None else "ticks" if fact.name in TICKED else fact.kind
    return Shown(
        row=row,
        label=label,
        kind="ticks" if kind == "choice" else kind,
        values={name: texts[0] for name, texts in row.typed.items() if texts},
        choices=tuple(_choices(row, names)),
        parts=tuple(shown(part, names) for part in row.rows),
        is_root=row.path == ROOT,
    )


def _choices(row: Row, names: Names) -> Iterator[tuple[str, str, bool]]:
    """(value, words, chosen)."""
    ticked: list[Any] = row.typed.get("moment" if row.kind == MOMENT else "in", [])
    known = _known(row, names)
    for value, words in known.items():
        yield value, words, value in ticked
    for value in ticked:
        if value and value not in known:
            yield value, naming(names)("saw" if row.kind == "saw" else "moment", value), True


def _known(row: Row, names: Names) -> dict[str, str]:
    if row.kind in (MOMENT, "asked_moment"):
        return dict(sorted(names.moments.items(), key=lambda pair: pair[1].lower()))
    if row.kind == "saw":
        return {key: told[0] for key, told in names.campaigns.items()}
    fact = row.fact
    return dict(fact.choices) if fact is not None and fact.choices else {}
