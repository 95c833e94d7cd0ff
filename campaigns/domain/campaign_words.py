"""Where a soft ask or redirect stands, in the words of the lists.

Two things are said at once: whether it reaches people, and what its working copy waits for. "Live"
alone would hide that somebody has to look at what was changed since.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

_REACHES: Mapping[str, str] = MappingProxyType(
    {
        "draft": "Draft",
        "in_review": "Waits for review",
        "live": "Live",
        "paused": "Paused",
        "archived": "Archived",
    }
)
_WAITS: Mapping[str, str] = MappingProxyType(
    {
        "draft": "changed since",
        "in_review": "changes wait for review",
        "approved": "changes approved",
    }
)

_PLATFORMS: Mapping[str, str] = MappingProxyType({"ios": "iOS", "android": "Android", "web": "Web"})


def standing_in_words(*, status: str, pending: str) -> str:
    """One line, e.g. “Live · changes wait for review”."""
    if status == "in_review" and pending == "approved":
        return "Approved, not published"
    said = _REACHES.get(status, status)
    if status in ("live", "paused") and pending in _WAITS:
        return f"{said} · {_WAITS[pending]}"
    return said


def waits_for_somebody(*, status: str, pending: str) -> bool:
    """Whether a person is expected to act: to review, or to publish what is approved."""
    return status != "archived" and pending in ("in_review", "approved")


def platforms_in_words(platforms: Iterable[str]) -> tuple[str, ...]:
    """The platforms as people write them; none are all of them."""
    return tuple(_PLATFORMS.get(platform, platform) for platform in platforms)
