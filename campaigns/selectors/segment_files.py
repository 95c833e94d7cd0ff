"""The members of a segment as rows of a file."""

from collections.abc import Iterable, Iterator
from typing import Any

from campaigns.selectors.segments import Member

MEMBER_COLUMNS = (
    "device", "platform", "os", "app_version", "locale", "country", "status", "cause", "denied", "recovered",
    "first_seen", "last_seen", "sessions", "soft_asks_shown", "redirects_shown", "redirects_tapped",
)  # fmt: skip


def member_rows(members: Iterable[Member]) -> Iterator[list[object]]:
    """Members as rows of a file."""
    yield list(MEMBER_COLUMNS)
    for member in members:
        told: list[Any] = [member.key, *(getattr(member, name) for name in MEMBER_COLUMNS[1:])]
        yield told
