"""One campaign: the only loaders, and what its working copy is at."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.domain.copy_words import MomentWords
from campaigns.domain.draft_lint import Placed, lint_draft
from campaigns.domain.drafts import Draft, Kind, draft_of, unfinished
from campaigns.domain.workflow import Pending
from campaigns.models import Campaign, DraftVersion, Revision
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.seen import properties_seen


@dataclass(frozen=True, slots=True)
class Checked:
    """A draft held against the rules: `missing` keeps it from a review, `findings` are about words."""

    missing: Mapping[str, str]
    findings: tuple[Placed, ...]


def find_campaign(*, app: App, pk: int, kind: Kind | None = None) -> Campaign | None:
    """The campaign of this app, with its moment and its revisions at hand. None for any other."""
    rows = Campaign.objects.filter(app=app, pk=pk)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return rows.select_related("moment", "published", "submitted").first()


def pending(campaign: Campaign) -> Pending:
    """What the working copy waits for."""
    if campaign.submitted is not None:
        return "approved" if campaign.submitted.verdict == "approved" else "in_review"
    published = campaign.published
    if published is not None and published.content == campaign.content:
        return "nothing"
    return "draft"


def kind_in(campaign: Campaign) -> Kind:
    """Which of the two it is, as drafts say it."""
    return "soft_ask" if campaign.kind == Campaign.Kind.SOFT_ASK else "redirect"


def draft_in(*, campaign: Campaign, picture: Campaign | Revision | DraftVersion) -> Draft:
    """The draft that a campaign's row, a revision or a version of it holds."""
    return draft_of(kind=kind_in(campaign), name=picture.name, content=picture.content)


def working_copy(campaign: Campaign) -> Draft:
    """What stands in the row now."""
    return draft_in(campaign=campaign, picture=campaign)


def check_draft(*, draft: Draft, moment: ValueMoment | None) -> Checked:
    """What is missing, and what the linter says."""
    missing = unfinished(draft, opening=moment is not None and moment.opening)
    words = moment_words(moment)
    return Checked(missing, lint_draft(draft=draft, moment=words))


def moment_words(moment: ValueMoment | None) -> MomentWords:
    """What the linter may know of a moment. Without one it knows nothing."""
    if moment is None:
        return MomentWords("", "", None)
    return MomentWords(
        moment.name,
        moment.event_name,
        properties_seen(app_id=moment.app_id, event_name=moment.event_name),
        moment.opening,
    )
