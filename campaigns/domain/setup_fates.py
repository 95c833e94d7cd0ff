"""What becomes of each thing in a set-up file, as pages tell it and services do it."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from campaigns.domain.drafts import Draft
from campaigns.domain.setup_file import StoredCampaign, StoredMoment
from campaigns.domain.setup_segments import StoredSegment
from campaigns.domain.setup_words import Change

SECTION_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "fatigue": "Fatigue budget",
        "moments": "Value moments",
        "segments": "Segments",
        "soft_asks": "Soft asks",
        "redirects": "Settings redirects",
    }
)
"""The parts of a set-up file as people call them, in their order."""
VERDICTS = ("created", "changed", "unchanged", "alone")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing and what would happen to it: `created`, `changed`, `unchanged`, or `alone` for what
    the file does not speak of.
    """

    section: str
    key: str
    name: str
    verdict: str
    changes: tuple[Change, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MomentWanted:
    """A moment as it should become. `stored`: what is there now."""

    path: str
    stored: StoredMoment | None
    wanted: StoredMoment


@dataclass(frozen=True, slots=True)
class SegmentWanted:
    """A segment as it should become."""

    path: str
    stored: StoredSegment | None
    wanted: StoredSegment


@dataclass(frozen=True, slots=True)
class CampaignWanted:
    """A working copy as it should become."""

    path: str
    stored: StoredCampaign | None
    key: str
    draft: Draft


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be told, and what would be done. `fatigue` None: the budget stays."""

    items: tuple[Item, ...]
    fatigue: tuple[int, int] | None
    moments: tuple[MomentWanted, ...]
    segments: tuple[SegmentWanted, ...]
    campaigns: tuple[CampaignWanted, ...]
    foreign: str
    """The app that the file was written for, when that is another one."""

    def count(self, verdict: str) -> int:
        """How many things meet this fate."""
        return sum(1 for item in self.items if item.verdict == verdict)

    @property
    def changes_something(self) -> bool:
        """Whether applying it would do anything at all."""
        return any(item.verdict in ("created", "changed") for item in self.items)
