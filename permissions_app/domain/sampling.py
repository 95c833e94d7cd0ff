"""What is kept of an event's properties when it is taken as a sample.

Product managers pick moments from what an app really sends, and try conditions on real values. For
that a few events of each name are kept without their device. A sample is small (texts are cut,
nested values and whatever goes beyond thirty properties are left out), and what tells who a person
is or how to reach them is never sampled: neither by the name of the property nor by what the value
looks like.
"""

import re
from collections.abc import Mapping
from typing import Any

from permissions_app.domain.moments import LONGEST_PROPERTY, LONGEST_TEXT

MOST_PROPERTIES = 30
_LARGEST = 10**15

_WORDS = re.compile(r"[^a-z0-9]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_PERSONAL = re.compile(
    r"(?:^|_)(?:e_?mail|mail|phone|mobile|tel|telephone|msisdn|whatsapp|address|street|zip|zip_?code|postcode"
    r"|postal_?code|iban|ssn|passport|password|pin|token|secret|card_?number|account_?number|birth\w*|dob|age|gender"
    r"|diagnosis|balance|salary|ip|ip_?address|lat|lng|lon|latitude|longitude"
    r"|(?:user|customer|account|person|profile|device|advertising|anonymous)_?id|idfa|gaid"
    r"|(?:first|last|full|family|given|middle|nick|user|customer|contact|recipient|display)_?name|surname)(?:$|_)"
    r"|^name$"
)
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PHONE = re.compile(r"\s*(?:\+|00)[\d\s()./-]{7,}")


def sample_of(properties: object) -> dict[str, Any]:
    """What may be kept of an event's properties: at most MOST_PROPERTIES, in their order. Never
    raises, whatever they are.
    """
    kept: dict[str, Any] = {}
    if not isinstance(properties, Mapping):
        return kept
    for name, value in properties.items():
        if len(kept) == MOST_PROPERTIES:
            break
        if _fit_name(name) and _fit_value(value) and not is_personal(name):
            kept[name] = value[:LONGEST_TEXT] if isinstance(value, str) else value
    return kept


def is_personal(name: str) -> bool:
    """Whether a property's name says that it tells who somebody is, or how to reach them."""
    words = _WORDS.sub("_", _CAMEL.sub("_", name).lower()).strip("_")
    return _PERSONAL.search(words) is not None


def _fit_name(name: object) -> bool:
    return isinstance(name, str) and 0 < len(name) <= LONGEST_PROPERTY and name.isprintable()


def _fit_value(value: object) -> bool:
    """Texts, numbers that JSON and databases agree on, yes and no."""
    if isinstance(value, str):
        if "\0" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            return False
        return _MAIL.search(value) is None and _PHONE.fullmatch(value) is None
    return isinstance(value, bool) or (
        isinstance(value, int | float) and -_LARGEST < value < _LARGEST
    )
