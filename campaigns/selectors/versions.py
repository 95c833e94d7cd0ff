"""The versions of a working copy: what it was, and where undo and redo lead."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.domain.drafts import Draft
from campaigns.models import Campaign, DraftVersion
from campaigns.selectors.campaigns import draft_in


@dataclass(frozen=True, slots=True)
class Ways:
    """Whether there is something to undo, and to redo."""

    back: bool
    forth: bool


def ways(campaign: Campaign) -> Ways:
    """Where undo and redo lead to something. One query."""
    sources = _sources(campaign)
    back, forth = (_next(sources, campaign.version, back=back) for back in (True, False))
    return Ways(back is not None, forth is not None)


def neighbour(campaign: Campaign, *, back: bool) -> DraftVersion | None:
    """The version that one undo or redo goes to; None where there is none."""
    wanted = _next(_sources(campaign), campaign.version, back=back)
    return None if wanted is None else campaign.versions.filter(version=wanted).first()


def draft_at(*, campaign: Campaign, version: int) -> Draft | None:
    """The working copy as it was at a version. None when that is not kept any more."""
    found = campaign.versions.filter(version=version).first()
    return None if found is None else draft_in(campaign=campaign, picture=found)


def _sources(campaign: Campaign) -> dict[int, int]:
    return dict(campaign.versions.values_list("version", "source"))


def _next(sources: Mapping[int, int], version: int, *, back: bool) -> int | None:
    """The version to go to, of those in `sources` (version -> whose content it is).

    A change begins where the version before it stood, so what was undone before a new change is out
    of reach, as in every text editor. Redo follows the way from here to the latest change.
    """
    here = sources.get(version, version)
    wanted = sources.get(here - 1)
    if not back:
        own = (number for number, source in sources.items() if number == source)
        wanted = max(own, default=0)
        while wanted is not None and wanted != here and sources.get(wanted - 1) != here:
            wanted = sources.get(wanted - 1)
    return None if wanted == here else wanted
