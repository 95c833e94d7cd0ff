"""Conditions of a moment as rows of a form: plain text in, JSON out, and back.

What a person types becomes a number or yes/no where it reads like one; quotes keep a text a text:
`20` is a number, `"20"` is not. Several values of "is one of" are separated by commas.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from permissions_app.domain.moments import MOST_CONDITIONS, OPERATORS

__all__ = [
    "MOST_CONDITIONS",
    "OPERATOR_CHOICES",
    "SPARE_ROWS",
    "Row",
    "rows_from_json",
    "rows_from_post",
    "to_json",
    "typed",
    "with_spare",
]

SPARE_ROWS = 2
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,10})?")
_ABSENT = frozenset({"no", "false", "absent", "0"})


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the form."""

    number: int
    property: str = ""
    op: str = "eq"
    value: str = ""


def rows_from_post(data: Mapping[str, Any]) -> tuple[Row, ...]:
    """The rows that were sent, empty ones left out."""
    rows: list[Row] = []
    for number in range(MOST_CONDITIONS):
        name = str(data.get(f"condition-{number}-property", "")).strip()
        op = str(data.get(f"condition-{number}-op", "eq"))
        value = str(data.get(f"condition-{number}-value", "")).strip()
        if name or value:
            rows.append(Row(len(rows), name, op, value))
    return tuple(rows)


def rows_from_json(conditions: list[dict[str, Any]]) -> tuple[Row, ...]:
    """Stored conditions as rows."""
    return tuple(
        Row(
            number,
            str(item.get("property", "")),
            str(item.get("op", "eq")),
            _text(str(item.get("op")), item.get("value")),
        )
        for number, item in enumerate(conditions)
    )


def with_spare(rows: tuple[Row, ...], spare: int = SPARE_ROWS) -> tuple[Row, ...]:
    """The rows and a few empty ones to fill in."""
    last = min(MOST_CONDITIONS, len(rows) + spare)
    return rows + tuple(Row(number) for number in range(len(rows), last))


def to_json(rows: tuple[Row, ...]) -> list[dict[str, Any]]:
    """The conditions in the rows; the domain checks them."""
    return [
        {"property": row.property, "op": row.op, "value": _value(row.op, row.value)} for row in rows
    ]


OPERATOR_CHOICES = tuple(OPERATORS.items())


def _value(op: str, text: str) -> Any:
    if op == "exists":
        return text.lower() not in _ABSENT
    if op == "in":
        return [_scalar(part.strip()) for part in text.split(",") if part.strip()]
    if op == "contains":
        return text
    return _scalar(text)


def _scalar(text: str) -> Any:
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    if _NUMBER.fullmatch(text):
        return json.loads(text)
    return {"true": True, "false": False}.get(text.lower(), text)


def _text(op: str, value: Any) -> str:
    if op == "exists":
        return "yes" if value else "no"
    if op == "contains":
        return str(value)
    values = value if isinstance(value, list) else [value]
    return ", ".join(typed(part) for part in values)


def typed(value: Any) -> str:
    """A value as a person would type it: a text that reads like a number stands in quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return f'"{value}"' if _scalar(value) != value else value
    return str(value)
