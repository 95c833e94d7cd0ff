"""Who is meant by "@rita" in a remark.

A person is named by the part of their address before the @, or by their first name, in any case.
Somebody is mentioned only when exactly one member of the workspace is meant; else the remark says so
to whoever wrote it, and nobody is disturbed by mistake.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_MENTION = re.compile(r"(?<![\w@.])@([\w][\w.+-]{0,63})")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who can be mentioned."""

    id: int
    email: str
    first_name: str

    @property
    def handle(self) -> str:
        """The part of the address before the @, in small letters."""
        return self.email.partition("@")[0].lower()


@dataclass(frozen=True, slots=True)
class Mentions:
    """Who was found, by id and once each; what fits nobody; what fits several people."""

    found: tuple[Member, ...]
    unknown: tuple[str, ...]
    ambiguous: tuple[str, ...]


def mentions_in(*, text: str, members: Iterable[Member]) -> Mentions:
    """The people a text mentions, in the order of their first mention."""
    people = tuple(members)
    found: dict[int, Member] = {}
    unknown: dict[str, None] = {}
    ambiguous: dict[str, None] = {}
    for written in _MENTION.findall(text):
        name = written.rstrip(".-+").lower()
        fits = [one for one in people if one.handle == name]
        fits = fits or [one for one in people if one.first_name.lower() == name]
        if len(fits) == 1:
            found[fits[0].id] = fits[0]
        else:
            (ambiguous if fits else unknown)[name] = None
    return Mentions(tuple(found.values()), tuple(unknown), tuple(ambiguous))
