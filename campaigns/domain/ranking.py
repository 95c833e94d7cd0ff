"""How well a name answers what somebody types to find it.

People type the beginning of what they look for, or of one of its words, or a few letters in order.
So a name that begins with the text comes first, then one with a word that begins with it, then one
that holds it anywhere, and last one that holds its letters in order ("shn" finds "Shipping news").
Accents and capitals do not count. Several words must all be found, each where it may. Equal answers
are ordered by how close the letters stand together and then by length, so that the shorter name wins.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import TypeVar

PREFIX, WORD, INSIDE, LETTERS = range(4)
"""How a text was found, best first."""
LONGEST_TEXT = 80
FEWEST_LETTERS = 3

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
    if at_once is not None:
        return (at_once, 0, len(whole))
    words = wanted.split(" ")
    each = [found for word in words if (found := _found(word, whole)) is not None]
    if len(each) == len(words):
        return (max(WORD, *each), 0, len(whole))
    apart = _letters_apart("".join(words), whole)
    return None if apart is None else (LETTERS, apart, len(whole))


def best(
    *, text: str, among: Iterable[_T], names: Callable[[_T], tuple[str, ...]], most: int
) -> list[tuple[Score, _T]]:
    """The best answers among things, best first.

    `names`: what a thing is called; its first name counts fully, the others (an event, a moment) only
    as if the text stood somewhere inside. Things of equal score keep their order.
    """
    found: list[tuple[Score, _T]] = []
    for thing in among:
        own, *others = names(thing)
        known = [one for one in (score(text=text, name=own),) if one is not None]
        for other in others:
            weak = score(text=text, name=other)
            if weak is not None and weak[0] < LETTERS:
                known.append((INSIDE, *weak[1:]))
        if known:
            found.append((min(known), thing))
    found.sort(key=lambda one: one[0])
    return found[:most]


def _found(wanted: str, whole: str) -> int | None:
    """How a text stands in a name as a whole, both folded."""
    if whole.startswith(wanted):
        return PREFIX
    if any(whole.startswith(wanted, word.start()) for word in _WORDS.finditer(whole)):
        return WORD
    return INSIDE if wanted in whole else None


def _letters_apart(wanted: str, whole: str) -> int | None:
    """How many other letters lie in the shortest stretch that holds these in order."""
    if len(wanted) < FEWEST_LETTERS:
        return None
    shortest: int | None = None
    start = whole.find(wanted[0])
    while start >= 0:
        end = _last_of(wanted, whole, start)
        if end is None:
            break
        apart = end - start + 1 - len(wanted)
        shortest = apart if shortest is None else min(shortest, apart)
        start = whole.find(wanted[0], start + 1)
    return shortest


def _last_of(wanted: str, whole: str, start: int) -> int | None:
    """Where the last letter stands when each is taken as early as it can be."""
    place = start
    for letter in wanted[1:]:
        place = whole.find(letter, place + 1)
        if place < 0:
            return None
    return place
