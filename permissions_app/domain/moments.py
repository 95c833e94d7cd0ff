"""When an event is a value moment: an event name, and conditions on the event's properties.

A product manager writes "`Order Placed` where `total` is at least 20". The name is compared by the
caller; this module answers whether the conditions hold. All of them must.

A condition speaks about one property by its name; nested values are not reached into. It holds only
when the property is there and has the kind the condition expects: a number is compared with
numbers, a text with texts, yes/no with yes/no. Anything else, also "is not", simply does not hold.
Properties come from the open internet, so no value of any shape makes an answer fail.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

OPERATORS: dict[str, str] = {
    "eq": "is",
    "ne": "is not",
    "gt": "is more than",
    "gte": "is at least",
    "lt": "is less than",
    "lte": "is at most",
    "in": "is one of",
    "contains": "contains",
    "exists": "is present",
}
"""What each operator means, in words."""

MOST_CONDITIONS = 10
MOST_CHOICES = 50
LONGEST_PROPERTY = 60
LONGEST_TEXT = 200

Scalar = str | int | float | bool
NO_LIST = "Conditions must be a list."
TOO_MANY = f"A moment takes at most {MOST_CONDITIONS} conditions."
BAD_KEY = "A key has 1 to 60 letters, digits, “_” or “-”."
_KEY = re.compile(r"[A-Za-z0-9_-]{1,60}")


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition. `value`: a scalar, a tuple of scalars for `in`, True or False for `exists`."""

    property: str
    op: str
    value: Scalar | tuple[Scalar, ...]

    def as_json(self) -> dict[str, Any]:
        """The stored form; `parse_conditions` reads it back."""
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        return {"property": self.property, "op": self.op, "value": value}

    def in_words(self) -> str:
        """`total is at least 20`, for people."""
        if self.op == "exists":
            return f"{self.property} is {'present' if self.value else 'absent'}"
        values = self.value if isinstance(self.value, tuple) else (self.value,)
        said = ", ".join(_said(value) for value in values)
        return f"{self.property} {OPERATORS.get(self.op, self.op)} {said}"


def naming_faults(*, name: str, event: str) -> dict[str, str]:
    """What is wrong with how a moment is called: `name` or `event` -> a sentence. Empty when fine."""
    faults: dict[str, str] = {}
    for field, label, text, longest in (
        ("name", "The name", name.strip(), 80),
        ("event", "The event name", event.strip(), 120),
    ):
        if not text:
            faults[field] = f"{label} is needed."
        elif len(text) > longest:
            faults[field] = f"{label} has {len(text)} characters; at most {longest} fit."
        elif not text.isprintable():
            faults[field] = f"{label} has characters that cannot be shown."
    return faults


def is_moment_key(key: str) -> bool:
    """Whether clients can name a moment so."""
    return _KEY.fullmatch(key) is not None


def carries_a_redirect(redirect: str) -> str:
    """Why a moment with this Settings redirect cannot become an opening one."""
    return (
        f"The Settings redirect “{redirect}” waits on this moment, and an opening moment carries "
        "none. Archive the redirect, or move it to another moment first."
    )


def matches(conditions: Iterable[Condition], properties: object) -> bool:
    """Whether all conditions hold for an event's properties. Never raises, whatever they are.

    Without conditions the answer is True.
    """
    known = properties if isinstance(properties, Mapping) else {}
    for condition in conditions:
        if condition.property not in known:
            if condition.op == "exists" and condition.value is False:
                continue
            return False
        test = _TESTS.get(condition.op)
        if test is None or not test(known[condition.property], condition.value):
            return False
    return True


def parse_conditions(raw: object) -> tuple[Condition, ...]:
    """Conditions from JSON (a list of {"property", "op", "value"}).

    Raises ValueError with a sentence for the person who wrote them.
    """
    if not isinstance(raw, list | tuple):
        raise ValueError(NO_LIST)
    if len(raw) > MOST_CONDITIONS:
        raise ValueError(TOO_MANY)
    return tuple(_parse(item, number) for number, item in enumerate(raw, start=1))


def condition_faults(raw: object) -> list[tuple[int | None, str]]:
    """Everything that `parse_conditions` would refuse: the place of a condition (None for the whole
    list), and the sentence.
    """
    if not isinstance(raw, list | tuple):
        return [(None, NO_LIST)]
    faults: list[tuple[int | None, str]] = []
    if len(raw) > MOST_CONDITIONS:
        faults.append((None, TOO_MANY))
    for place, item in enumerate(raw):
        try:
            _parse(item, place + 1)
        except ValueError as error:
            faults.append((place, str(error)))
    return faults


def _parse(item: object, number: int) -> Condition:
    here = f"Condition {number}"
    if not isinstance(item, Mapping):
        raise ValueError(f"{here} must be an object with property, op and value.")
    unknown = sorted(str(key) for key in item if key not in ("property", "op", "value"))
    if unknown:
        raise ValueError(f"{here} has an unknown part “{unknown[0][:40]}”.")
    name, op = item.get("property"), item.get("op")
    if not isinstance(name, str) or not name.strip():
        raise ValueError(f"{here} needs the name of a property.")
    name = name.strip()
    if len(name) > LONGEST_PROPERTY:
        raise ValueError(f"{here}: a property name has at most {LONGEST_PROPERTY} characters.")
    if not name.isprintable():
        raise ValueError(f"{here}: a property name has no control characters.")
    if not isinstance(op, str) or op not in OPERATORS:
        raise ValueError(f"{here} needs one of the operators {', '.join(OPERATORS)}.")
    return Condition(name, op, _parse_value(item.get("value"), op, here))


def _parse_value(value: object, op: str, here: str) -> Scalar | tuple[Scalar, ...]:
    if op == "exists":
        if value is None:
            return True
        if not isinstance(value, bool):
            raise ValueError(f"{here}: “exists” takes true or false.")
        return value
    if op == "in":
        if not isinstance(value, list | tuple) or not value:
            raise ValueError(f"{here}: “in” takes a list with at least one value.")
        if len(value) > MOST_CHOICES:
            raise ValueError(f"{here}: “in” takes at most {MOST_CHOICES} values.")
        return tuple(_scalar(choice, here) for choice in value)
    if op in ("gt", "gte", "lt", "lte"):
        if not _is_number(value):
            raise ValueError(f"{here}: “{op}” takes a number.")
        return _scalar(value, here)
    if op == "contains" and (not isinstance(value, str) or not value):
        raise ValueError(f"{here}: “contains” takes a text.")
    return _scalar(value, here)


def _storable(text: str) -> bool:
    """Whether a database takes the text: no NUL, no half of a surrogate pair."""
    return "\0" not in text and not any("\ud800" <= letter <= "\udfff" for letter in text)


def _scalar(value: object, here: str) -> Scalar:
    if isinstance(value, str):
        if not _storable(value):
            raise ValueError(f"{here}: a text has characters that are none.")
        if len(value) > LONGEST_TEXT:
            raise ValueError(f"{here}: a text has at most {LONGEST_TEXT} characters.")
        return value
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float) and -1e15 < value < 1e15:
        return value
    raise ValueError(f"{here} needs a text, a number below 10^15, or true or false as its value.")


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _said(value: Scalar) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"“{value}”" if isinstance(value, str) else str(value)


def _comparable(found: Any, wanted: Any) -> bool:
    """Whether both are texts, both numbers, or both yes/no (in Python True equals 1)."""
    if isinstance(found, bool) or isinstance(wanted, bool):
        return isinstance(found, bool) and isinstance(wanted, bool)
    if isinstance(found, str):
        return isinstance(wanted, str)
    return isinstance(found, int | float) and isinstance(wanted, int | float)


def _eq(found: Any, wanted: Any) -> bool:
    return _comparable(found, wanted) and bool(found == wanted)


def _ne(found: Any, wanted: Any) -> bool:
    return _comparable(found, wanted) and bool(found != wanted)


def _gt(found: Any, wanted: Any) -> bool:
    return _is_number(found) and bool(found > wanted)


def _gte(found: Any, wanted: Any) -> bool:
    return _is_number(found) and bool(found >= wanted)


def _lt(found: Any, wanted: Any) -> bool:
    return _is_number(found) and bool(found < wanted)


def _lte(found: Any, wanted: Any) -> bool:
    return _is_number(found) and bool(found <= wanted)


def _in(found: Any, wanted: Any) -> bool:
    return any(_eq(found, choice) for choice in wanted)


def _contains(found: Any, wanted: Any) -> bool:
    """A text that contains the wanted one, or a list that has it as a member."""
    if isinstance(found, str):
        return wanted in found
    return isinstance(found, list | tuple) and any(_eq(member, wanted) for member in found)


def _exists(found: Any, wanted: Any) -> bool:
    return bool(wanted is True)


_TESTS: dict[str, Callable[[Any, Any], bool]] = {
    "eq": _eq,
    "ne": _ne,
    "gt": _gt,
    "gte": _gte,
    "lt": _lt,
    "lte": _lte,
    "in": _in,
    "contains": _contains,
    "exists": _exists,
}


_OPENING = re.compile(
    r"\b(app(lication)?[ _-]?(open(ed)?|launch(ed)?|start(ed)?|install(ed)?)|first[ _-]?(open|launch)"
    r"|launch|sign(ed)?[ _-]?(up|in)|log(ged)?[ _-]?in|register(ed)?|registration|account[ _-]?created"
    r"|on[ _-]?boarding|welcome|session[ _-]?start(ed)?|splash)(?![a-z])"
)
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")


def looks_like_opening(name: str) -> bool:
    """Whether an event name sounds like app open, first launch, sign-up or onboarding: a hint for
    people, never a rule.
    """
    return _OPENING.search(_CAMEL.sub(" ", name).replace("_", " ").lower()) is not None
