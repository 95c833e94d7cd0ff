"""What changed in a text, word by word.

A reviewer should see at a glance that "Stay informed" became "Know when {{order_id}} ships". So texts
are compared in the pieces people read: words, placeholders as one piece, punctuation by itself, and
Chinese, Japanese or Korean by the character. What stays between two changes only by chance (a space,
a comma, a tiny word) joins them, because three half-words struck out are harder to read than one
sentence replaced.

Nothing is lost: what stays and what went make up the old text, what stays and what came the new one.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

PieceKind = Literal["same", "added", "removed"]
TOO_LITTLE = 3
"""Letters and digits that stay between two changes and are too few to stand alone."""
_PLACEHOLDER = re.compile(r"\{\{ *[A-Za-z0-9_]{1,60} *\}\}")
_BY_CHARACTER = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3005-\u3007\u3040-\u30ff\u3130-\u318f\u31f0-\u31ff\u3400-\u4dbf"
    "\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]"
)
_INSIDE_WORDS = "'’\u00ad\u200c\u200d"
"""Apostrophes and joiners belong to the word around them."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of a text that stays, came or went."""

    kind: PieceKind
    text: str


def word_diff(before: str, after: str) -> tuple[Piece, ...]:
    """The way from one text to the other; what went stands before what came in its place."""
    if before == after:
        return (Piece("same", before),) if before else ()
    old, new = tokens(before), tokens(after)
    pieces: list[tuple[str, str, str]] = []  # what stays, or what went and what came
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        went, came = "".join(old[i1:i2]), "".join(new[j1:j2])
        pieces.append((went, "", "") if tag == "equal" else ("", went, came))
    return tuple(_told(_joined(pieces)))


def tokens(text: str) -> list[str]:
    """The text in the pieces that are compared; together they are the text."""
    found: list[str] = []
    end = 0
    for placeholder in _PLACEHOLDER.finditer(text):
        found.extend(_words(text[end : placeholder.start()]))
        found.append(placeholder[0])
        end = placeholder.end()
    found.extend(_words(text[end:]))
    return found


def _words(text: str) -> Iterator[str]:
    run, kind = "", ""
    for char in text:
        here = _class(char)
        leans = here == "mark" and kind != "space"
        if run and (leans or (here == kind and kind in ("word", "space"))):
            run += char
            continue
        if run:
            yield run
        run, kind = char, here
    if run:
        yield run


def _class(char: str) -> str:
    """How a character keeps company: words and spaces run on, a mark stays with what it is on."""
    if char.isspace():
        return "space"
    if _BY_CHARACTER.match(char):
        return "character"
    if char in _INSIDE_WORDS:
        return "mark"
    category = unicodedata.category(char)
    if category[0] == "M":
        return "mark"
    return "word" if category[0] in "LN" or char == "_" else "other"


def _joined(pieces: Iterable[tuple[str, str, str]]) -> list[tuple[str, str, str]]:
    """Changes that only a little keeps apart become one."""
    joined: list[tuple[str, str, str]] = []
    for stays, went, came in pieces:
        if not stays and len(joined) > 1 and _is_little(joined[-1][0]):
            little = joined.pop()[0]
            _, went_before, came_before = joined.pop()
            joined.append(("", went_before + little + went, came_before + little + came))
        else:
            joined.append((stays, went, came))
    return joined


def _is_little(stays: str) -> bool:
    """Whether what stays is too little to read by itself. A placeholder or a written character of
    its own never is.
    """
    if _PLACEHOLDER.search(stays) or _BY_CHARACTER.search(stays):
        return False
    return sum(1 for char in stays if char.isalnum()) <= TOO_LITTLE


def _told(pieces: Iterable[tuple[str, str, str]]) -> Iterator[Piece]:
    for stays, went, came in pieces:
        if stays:
            yield Piece("same", stays)
        if went:
            yield Piece("removed", went)
        if came:
            yield Piece("added", came)
