"""A segment as a condition of the database, over the table of facets.

Only names from our own tables become part of the text; everything a person wrote is a parameter. What is not known is
NULL: it makes a comparison neither true nor false, and `IS NOT TRUE` under a "not" settles that as `segments.matches`
does.
"""

from dataclasses import dataclass, field
from typing import Any

from campaigns.domain.segment_facts import FACTS
from campaigns.domain.segments import (
    All,
    Any_,
    Day,
    Interrupted,
    Is,
    Node,
    Not,
    Number,
    Reached,
    Version,
    letters,
)
from permissions_app.domain.facets import MOMENT_WIDTH


@dataclass(slots=True)
class Where:
    """A condition on `permissions_app_facet AS f`, and its parameters in order."""

    text: str = ""
    parameters: list[Any] = field(default_factory=list)


def where(*, node: Node, today: int) -> Where:
    """The condition that holds for the facets of the devices in the segment on a day."""
    found = Where()
    found.text = _text(node, today, found.parameters)
    return found


def _text(node: Node, today: int, told: list[Any]) -> str:
    match node:
        case All(()):
            return "TRUE"
        case All(parts):
            return "(" + " AND ".join(_text(part, today, told) for part in parts) + ")"
        case Any_(parts):
            return "(" + " OR ".join(_text(part, today, told) for part in parts) + ")"
        case Not(part):
            return f"({_text(part, today, told)} IS NOT TRUE)"
        case Is(fact, values):
            return _is(fact, list(values), told)
        case Number(fact, at_least, at_most):
            return _between(_column(fact), at_least, at_most, told)
        case Version(at_least, below):
            return _between("f.app_order", at_least, None if below is None else below - 1, told)
        case Day():
            return _day(node, today, told)
        case Reached():
            return _reached(node, today, told)
        case Interrupted(times, days):
            told += [times, today - days]
            return "f.interruptions[%s::int] > %s"


def _column(fact: str) -> str:
    return f"f.{FACTS[fact].of}"


def _is(fact: str, values: list[str], told: list[Any]) -> str:
    if fact in ("place", "stage"):
        told.append("[" + "".join(letters(fact, values)) + "]")
        return "f.way ~ %s"
    if fact == "saw":
        told.append(values)
        return "f.saw && %s::text[]"
    if len(values) == 1:
        told.append(values[0])
        return f"{_column(fact)} = %s::text"
    told.append(values)
    return f"{_column(fact)} = ANY(%s::text[])"


def _between(column: str, low: int | None, high: int | None, told: list[Any]) -> str:
    parts = []
    if low is not None:
        told.append(low)
        parts.append(f"{column} >= %s")
    if high is not None:
        told.append(high)
        parts.append(f"{column} <= %s")
    return "(" + " AND ".join(parts) + ")"


def _day(node: Day, today: int, told: list[Any]) -> str:
    column = _column(node.fact)
    if not node.happened:
        return f"{column} IS NULL"
    if node.after is None and node.before is None:
        return f"{column} IS NOT NULL"
    start = today if node.relative else 0
    return _between(
        column,
        None if node.after is None else start + node.after,
        None if node.before is None else start + node.before,
        told,
    )


def _reached(node: Reached, today: int, told: list[Any]) -> str:
    parts = []

    def number(index: int, than: str, value: int) -> None:
        """Ask for one of the numbers of the moment; `index` counts from 0."""
        told.extend((node.moment, index + 1, value))
        parts.append(
            f"f.moment_numbers[(array_position(f.moments, %s::text) - 1) * {MOMENT_WIDTH} + %s::int] {than} %s"
        )

    if node.since_no:
        number(1, ">=", node.times)
    elif node.in_last_days is None:
        number(0, ">=", node.times)
    if node.in_last_days is not None:
        number(2 + node.times, ">", today - node.in_last_days)
    return "(" + " AND ".join(parts) + ")"
