"""The words that people read, and the placeholders in them.

A team writes "Know when order {{order_id}} leaves the warehouse". At the moment itself the
placeholder becomes the value that the event carried. When the value is missing, or is nothing one
can read out (a list, yes/no), the placeholder is taken out and the gap is closed: "Know when order
leaves the warehouse". Nobody ever sees raw braces. Write so that the sentence survives that.

Values come from the open internet, so they are short, on one line, and plain text: control
characters, braces and angle brackets are taken out of them, and a value is never filled again.
"""

import re
from collections.abc import Mapping
from typing import Any

LONGEST_VALUE = 60
"""Characters of a filled-in value; a longer one ends in an ellipsis."""
MOST_PLACEHOLDERS = 5

_PLACEHOLDER = re.compile(r"\{\{ *([A-Za-z0-9_]{1,60}) *\}\}")
_BRACES = re.compile(r"[{}]+")
_GAP = re.compile(r" {2,}")
_EMPTY_PAIR = re.compile(r"\( *\)|\[ *\]|“ *”|\" *\"|‘ *’")
_BARE_COMMA = re.compile(r"[,;:]+ *(?=[.!?…])")
_BEFORE_STOP = re.compile(r" +([,.;:!?…)])")
_STRIPPED = re.compile(r"[{}<>\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def fill(text: str, properties: object) -> str:
    """The text with every placeholder replaced, or neatly removed. Never raises, never braces."""
    if "{" not in text and "}" not in text:
        return text
    known = properties if isinstance(properties, Mapping) else {}
    gaps = False

    def put(found: re.Match[str]) -> str:
        nonlocal gaps
        value = _readable(known.get(found[1]))
        gaps = gaps or not value
        return value

    filled = _PLACEHOLDER.sub(put, text)
    if "{" in filled or "}" in filled:
        filled, gaps = _BRACES.sub("", filled), True
    return _closed(filled) if gaps else filled


def placeholders(text: str) -> tuple[str, ...]:
    """The names used in a text, in order, each once. Raises ValueError when one is malformed."""
    names = tuple(dict.fromkeys(_PLACEHOLDER.findall(text)))
    rest = _PLACEHOLDER.sub("", text)
    if "{" in rest or "}" in rest:
        raise ValueError(
            "A placeholder is written {{name}}, with letters, digits and “_” only; "
            "other braces are not allowed."
        )
    if len(names) > MOST_PLACEHOLDERS:
        raise ValueError(f"A text takes at most {MOST_PLACEHOLDERS} placeholders.")
    return names


def check_text(*, label: str, text: str, longest: int, required: bool = True) -> None:
    """Refuse words that must not be stored. Raises ValueError with a sentence that begins with
    `label`.
    """
    if len(text) > longest:
        raise ValueError(f"{label} has {len(text)} characters; at most {longest} fit.")
    if any(ord(char) < 32 and char not in "\n\r\t" for char in text):
        raise ValueError(f"{label} has control characters.")
    try:
        placeholders(text)
    except ValueError as error:
        raise ValueError(f"{label}: {error}") from None
    if required and not fill(text, {}).strip():
        raise ValueError(f"{label} needs words that remain when a placeholder has no value.")


def _readable(value: Any) -> str:
    """A value as words, or "" when it is nothing one can read out."""
    if isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return str(value) if abs(value) < 10**15 else ""
    if isinstance(value, float):
        return f"{value:.10g}" if abs(value) < 1e15 else ""
    if not isinstance(value, str):
        return ""
    cut = value[: LONGEST_VALUE * 4]
    plain = " ".join(_STRIPPED.sub("", cut).split())
    plain = "".join(char for char in plain if char.isprintable())
    if len(plain) > LONGEST_VALUE:
        return plain[: LONGEST_VALUE - 1].rstrip() + "…"
    return plain


def _closed(text: str) -> str:
    text = _EMPTY_PAIR.sub("", text)
    text = _GAP.sub(" ", text)
    text = _BEFORE_STOP.sub(r"\1", text)
    return _BARE_COMMA.sub("", text).strip()


def pieces(text: str) -> tuple[tuple[str, bool], ...]:
    """The text cut at its placeholders: (words, False) or (placeholder name, True), for previews."""
    cut: list[tuple[str, bool]] = []
    end = 0
    for found in _PLACEHOLDER.finditer(text):
        cut.append((text[end : found.start()], False))
        cut.append((found[1], True))
        end = found.end()
    cut.append((text[end:], False))
    return tuple(piece for piece in cut if piece[0])
