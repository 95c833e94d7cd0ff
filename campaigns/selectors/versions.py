"""The versions of a working copy: what it was, and whether one can go back or forth."""

from dataclasses import dataclass

from django.db.models import F, Max, Min

from campaigns.domain.drafts import Draft, draft_of
from campaigns.models import Campaign


@dataclass(frozen=True, slots=True)
class Ways:
    """Whether there is something to undo, and to redo."""

    back: bool
    forth: bool


def ways(campaign: Campaign) -> Ways:
    """Where undo and redo lead to something, as `step_through_versions` sees it."""
    here = campaign.versions.filter(version=campaign.version).values_list("source", flat=True)
    source = here.first() or campaign.version
    ends = campaign.versions.filter(version=F("source")).aggregate(
        first=Min("version"), last=Max("version")
    )
    back = ends["first"] is not None and ends["first"] < source
    forth = source != campaign.version and ends["last"] is not None and ends["last"] > source
    return Ways(back, forth)


def draft_at(*, campaign: Campaign, version: int) -> Draft | None:
    """The working copy as it was at a version. None when that is not kept any more."""
    found = campaign.versions.filter(version=version).first()
    if found is None:
        return None
    return draft_of(kind=campaign.kind, name=found.name, content=found.content)  # type: ignore[arg-type]
