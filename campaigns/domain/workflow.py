"""The life of a soft ask or a redirect rule, as one table.

A draft is written in peace. Publishing makes it live; only live ones reach people. It can be paused
and made live again, and archived when it is over. An archived one comes back paused, never straight
to people. Pages, the management API and tests all ask this table.
"""

from collections.abc import Mapping
from types import MappingProxyType

DRAFT, LIVE, PAUSED, ARCHIVED = "draft", "live", "paused", "archived"

TRANSITIONS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        DRAFT: MappingProxyType({LIVE: "Publish", ARCHIVED: "Archive"}),
        LIVE: MappingProxyType({PAUSED: "Pause", ARCHIVED: "Archive"}),
        PAUSED: MappingProxyType({LIVE: "Publish again", ARCHIVED: "Archive"}),
        ARCHIVED: MappingProxyType({PAUSED: "Restore as paused"}),
    }
)
"""From a status to the ones it may become, each with the words on its button."""


def may_become(*, status: str, wanted: str) -> bool:
    """Whether the step is allowed. Staying as it is always is."""
    return status == wanted or wanted in TRANSITIONS.get(status, {})


def raises_revision(*, status: str) -> bool:
    """Whether a change of words, weights or gates makes a new revision: once people may have seen
    it.
    """
    return status in (LIVE, PAUSED)
