"""How well a name answers what somebody types to find it.

People type the beginning of what they look for, or of one of its words, or a few letters in order.
So a name that begins with the text comes first, then one with a word that begins with it, then one
that holds it anywhere, and last one that holds its letters in order ("shn" finds "Shipping news").
Accents and capitals do not count. Several words must all be found, each where it may. Equal answers
are ordered by how much of the name they cover, so that the shorter name wins.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

PREFIX, WORD, INSIDE, LETTERS = range(4)
"""How a text was found, best first."""
LONGEST_TEXT = 80

Score = tuple[int, int, int]
"""How it was found, how far the letters lie apart, how long the name is: smaller is better."""
_T = TypeVar("_T")
_WORDS = re.compile(r"[^\W_]+")


def folded(text: str) -> str:
    """The text without accents, capitals and doubled blanks: what is compared."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(part for part in parts if not unicodedata.combining(part))
    return " ".join(plain.split())


def score(*, text: str, name: str) -> Score | None:
    """How well the name answers the text; None when it does not. Everything answers nothing."""
    wanted, whole = folded(text[:LONGEST_TEXT]), folded(name)
    if not wanted:
        return (PREFIX, 0, 0)
    at_once = _found(wanted, whole)
    if at_once is not None and at_once[0] < LETTERS:
        return (*at_once, len(whole))
    words = wanted.split(" ")
    if len(words) > 1:
        each = [_found(word, whole) for word in words]
        found = [one for one in each if one is not None and one[0] < LETTERS]
        if len(found) == len(words):
            level = max(level for level, _ in found)
            return (max(level, WORD), sum(apart for _, apart in found), len(whole))
    return (*at_once, len(whole)) if at_once is not None else None


def best(
    *, text: str, among: Iterable[_T], names: Callable[[_T], tuple[str, ...]], most: int
) -> list[tuple[Score, _T]]:
    """The best answers among things, best first.

    `names`: what a thing is called; its first name counts fully, the others (an event, a key) only
    as if the text stood anywhere inside. Things of equal score keep their order.
    """
    found: list[tuple[Score, _T]] = []
    for thing in among:
        own, *others = names(thing)
        scores = [score(text=text, name=own)]
        for other in others:
            weak = score(text=text, name=other)
            if weak is not None and weak[0] < LETTERS:
                scores.append((max(weak[0], INSIDE), weak[1], weak[2]))
        known = [one for one in scores if one is not None]
        if known:
            found.append((min(known), thing))
    found.sort(key=lambda one: one[0])
    return found[:most]


def _found(wanted: str, whole: str) -> tuple[int, int] | None:
    """How a text is found in a name, both folded, and how far its letters lie apart."""
    if whole.startswith(wanted):
        return (PREFIX, 0)
    if any(whole.startswith(wanted, word.start()) for word in _WORDS.finditer(whole)):
        return (WORD, 0)
    if wanted in whole:
        return (INSIDE, 0)
    return _letters(wanted.replace(" ", ""), whole)


def _letters(wanted: str, whole: str) -> tuple[int, int] | None:
    """The shortest stretch that holds the letters in order. Two letters or fewer are too little."""
    if len(wanted) < 3:
        return None
    shortest: int | None = None
    start = whole.find(wanted[0])
    while start >= 0:
        place: int = start
        for letter in wanted[1:]:
            place = whole.find(letter, place + 1)
            if place < 0:
                break
        if place < 0:
            break
        apart = place - start + 1 - len(wanted)
        shortest = apart if shortest is None else min(shortest, apart)
        start = whole.find(wanted[0], start + 1)
    return None if shortest is None else (LETTERS, shortest)
