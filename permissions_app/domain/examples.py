"""A real moment written into example code: its event, and properties that reach it.

The properties are those that the moment's conditions ask for, with values that meet them. Only plain
names and values go into code: a text that could end a string in some language is left out, and a
moment that cannot be reached without one is not used.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from permissions_app.domain.moments import Condition, Scalar, matches

Properties = Mapping[str, Scalar]

_HARMLESS = re.compile(r"[A-Za-z0-9 _.:-]{1,60}")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,59}")
_LARGEST = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Example:
    """An event that reaches a moment. `event` and `moment` are harmless in any language."""

    event: str
    moment: str
    properties: Properties


STAND_IN = Example("Order Placed", "order_placed", {"order_id": "A-1042", "total": 24})
"""For an app without a moment of its own yet."""


def example_of(moments: Iterable[tuple[str, str, Sequence[Condition]]]) -> Example:
    """The first moment (event name, key, conditions) that can stand in code, else the stand-in."""
    for event, key, conditions in moments:
        properties = _reaching(conditions)
        if _HARMLESS.fullmatch(event) and properties is not None:
            return Example(event, key, properties)
    return STAND_IN


def _reaching(conditions: Sequence[Condition]) -> Properties | None:
    """Properties that meet all conditions; None where plain values cannot."""
    found: dict[str, Scalar] = {"order_id": "A-1042"} if not conditions else {}
    for condition in conditions:
        if condition.op == "exists" and condition.value is False:
            continue
        found[condition.property] = _meeting(condition)
    plain = all(_NAME.fullmatch(name) and _is_plain(value) for name, value in found.items())
    return found if plain and matches(conditions, found) else None


def _meeting(condition: Condition) -> Scalar:
    """A value that meets one condition, as far as a simple one does."""
    value = condition.value[0] if isinstance(condition.value, tuple) else condition.value
    if condition.op == "exists":
        return "A-1042"
    if isinstance(value, bool):
        return value if condition.op != "ne" else not value
    if isinstance(value, str):
        return value if condition.op != "ne" else "other"
    step = {"gte": 4, "gt": 4, "ne": 1, "lt": -1}.get(condition.op, 0)
    return value + step


def _is_plain(value: Scalar) -> bool:
    if isinstance(value, str):
        return _HARMLESS.fullmatch(value) is not None
    return isinstance(value, bool) or (abs(value) <= _LARGEST and "e" not in repr(value))


def as_json(properties: Properties) -> str:
    """As JSON, which JavaScript, Dart and a shell's single quotes take as well."""
    return json.dumps(dict(properties))


def as_python(properties: Properties) -> str:
    """As a Python dictionary."""
    pairs = (f"{json.dumps(name)}: {_python(value)}" for name, value in properties.items())
    return "{" + ", ".join(pairs) + "}"


def as_swift(properties: Properties) -> str:
    """As a Swift dictionary."""
    pairs = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in properties.items()]
    return "[" + (", ".join(pairs) or ":") + "]"


def as_kotlin(properties: Properties) -> str:
    """As a Kotlin map."""
    pairs = (f"{json.dumps(name)} to {json.dumps(value)}" for name, value in properties.items())
    return f"mapOf<String, Any>({', '.join(pairs)})"


def _python(value: Scalar) -> str:
    return repr(value) if isinstance(value, bool) else json.dumps(value)
