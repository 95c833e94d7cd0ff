"""Separating the entries of a batch in which some entry is not valid JSON.

A batch that a JSON parser refuses as a whole (NaN, half a surrogate pair, nesting without end)
still has entries that are fine. Only brackets, commas and strings are looked at here; each entry is
judged alone afterwards. Nothing recurses, every byte is looked at once, and the number of steps is
bounded: the text comes from anybody.
"""

import json
import re

MOST_TOKENS = 400_000
"""Brackets and strings in one text; a batch of real events has a tenth of that."""

# A text that never ends is one token too: looked for again from each of its quotes, it would take
# quadratic time.
_STRING = rb'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?\Z)'
_INSIDE = re.compile(_STRING + rb"|[\[{]+|[\]}]+", re.DOTALL)
_BETWEEN = re.compile(_STRING + rb"|[\[{]+|[\]}]+|,", re.DOTALL)
_OPENS, _CLOSES, _COMMA = b"[{", b"]}", b","


class UnbalancedError(ValueError):
    """The brackets of the text do not match, or there are more of them than anybody needs."""


def split_entries(payload: bytes, *, name: str) -> tuple[list[bytes], object]:
    """The entries of `{"<name>": [...]}`, unread, and the object around them with an empty list in
    their place.

    Raises UnbalancedError where no such list can be told apart, and json's ValueError where
    what is around it is not JSON.
    """
    found = re.search(rb'"%s"\s*:\s*\[' % name.encode(), payload)
    if found is None:
        raise UnbalancedError(f"there is no list of {name}")
    entries: list[bytes] = []
    depth, begin = 0, found.end()
    place = begin
    for _ in range(MOST_TOKENS):
        token = (_INSIDE if depth else _BETWEEN).search(payload, place)
        if token is None:
            raise UnbalancedError(f"the list of {name} does not end")
        start, place = token.span()
        first = payload[start : start + 1]
        if first in _OPENS:
            depth += place - start
        elif first == _COMMA:
            entries.append(payload[begin:start].strip())
            begin = place
        elif first in _CLOSES:
            if place - start <= depth:
                depth -= place - start
                continue
            end = start + depth
            entries.append(payload[begin:end].strip())
            around = json.loads(payload[: found.end()] + payload[end:])
            return ([] if entries == [b""] else entries), around
    raise UnbalancedError("there are too many brackets and strings")
