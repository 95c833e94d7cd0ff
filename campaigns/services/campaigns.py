"""Writing the working copy of a soft ask or redirect rule: making, changing, going back, copying.

Every change is kept as a `DraftVersion`, so nothing a person typed is lost: undo goes back through
them, and when two people write at once the version both started from tells what each of them
changed. A change lets go of a review that was asked for: what was approved is no longer what stands
here.
"""

import secrets
from dataclasses import replace
from typing import Any

from django.db import transaction

from campaigns.domain.drafts import Draft, check_storable, document, kind_of
from campaigns.domain.segment_builtin import built_in
from campaigns.domain.slugs import free_slug
from campaigns.domain.workflow import ARCHIVED, IN_REVIEW
from campaigns.models import Campaign, CampaignStatus, DraftVersion, Revision, Segment
from campaigns.selectors.campaigns import draft_in, working_copy
from campaigns.selectors.versions import neighbour
from permissions_app.domain.edits import Invalid, changed, check_version
from permissions_app.models import Actor, App, ValueMoment
from permissions_app.services import audit

VERSIONS_KEPT = 500


@transaction.atomic
def create_campaign(*, app: App, draft: Draft, actor: Actor, slug: str = "") -> Campaign:
    """A new draft with a seed of its own. Raises Invalid.

    `slug`: how set-up files name it; made from the name when none is given.
    """
    check_storable(draft)
    check_segment(app=app, key=draft.segment)
    moment = locked_moment(app=app, key=draft.moment)
    campaign = Campaign.objects.create(
        app=app,
        kind=kind_of(draft),
        moment=moment,
        name=draft.name.strip(),
        slug=_free_slug(app, draft, slug),
        content=document(draft),
        seed=secrets.token_hex(8),
    )
    _keep_version(campaign, actor, campaign.version)
    record(campaign, actor, "created", {"content": campaign.content})
    return campaign


@transaction.atomic
def update_campaign(
    *, campaign_id: int, app: App, draft: Draft, expected_version: int, actor: Actor
) -> Campaign:
    """Change the working copy. Raises Invalid, Conflict, Campaign.DoesNotExist.

    What is live stays as it is. Nothing happens when nothing differs.
    """
    campaign = lock_campaign(app=app, pk=campaign_id)
    check_version(expected=expected_version, current=campaign.version)
    check_storable(draft)
    return _write(campaign, draft, actor, source=None, action="updated")


@transaction.atomic
def step_through_versions(
    *, campaign_id: int, app: App, back: bool, expected_version: int, actor: Actor
) -> Campaign:
    """Undo (`back`) or redo one change of the working copy, as a text editor does.

    Raises Invalid when there is nothing to go to, Conflict, Campaign.DoesNotExist.
    """
    campaign = lock_campaign(app=app, pk=campaign_id)
    check_version(expected=expected_version, current=campaign.version)
    target = neighbour(campaign, back=back)
    if target is None:
        raise Invalid({"": "There is nothing to undo." if back else "There is nothing to redo."})
    draft = draft_in(campaign=campaign, picture=target)
    action = "undone" if back else "redone"
    return _write(campaign, draft, actor, source=target.version, action=action)


@transaction.atomic
def revert_campaign(
    *, campaign_id: int, app: App, number: int, expected_version: int, actor: Actor
) -> Campaign:
    """Make the working copy what revision `number` shows; it still has to be reviewed.

    Raises Conflict, Invalid, Campaign.DoesNotExist, Revision.DoesNotExist.
    """
    campaign = lock_campaign(app=app, pk=campaign_id)
    check_version(expected=expected_version, current=campaign.version)
    revision = Revision.objects.get(campaign=campaign, number=number)
    draft = replace(draft_in(campaign=campaign, picture=revision), name=campaign.name)
    return _write(campaign, draft, actor, source=None, action="reverted")


@transaction.atomic
def duplicate_campaign(*, campaign_id: int, app: App, actor: Actor) -> Campaign:
    """A new draft with the same content, its own seed and no history."""
    campaign = lock_campaign(app=app, pk=campaign_id)
    draft = working_copy(campaign)
    name = f"{draft.name[:72].rstrip()} (copy)"
    return create_campaign(app=app, draft=replace(draft, name=name), actor=actor)


def _free_slug(app: App, draft: Draft, wanted: str) -> str:
    """A slug that nothing of the app has; nobody else takes one until this transaction ends."""
    App.objects.select_for_update(no_key=True).get(pk=app.pk)
    taken = set(app.campaigns.filter(kind=kind_of(draft)).values_list("slug", flat=True))
    if wanted in taken:
        raise Invalid(
            {"slug": f"Another campaign of this app is called “{wanted}” in set-up files."}
        )
    return wanted or free_slug(name=draft.name, kind=kind_of(draft), taken=taken)


def lock_campaign(*, app: App, pk: int) -> Campaign:
    """The campaign, locked for the transaction. Raises Campaign.DoesNotExist for another app's.

    Locked first, read afterwards: joined in the same query, the revisions would be those from before
    the wait for somebody else's step.
    """
    Campaign.objects.select_for_update().only("pk").get(pk=pk, app=app)
    rows = Campaign.objects.select_related("moment", "published", "submitted", "app__workspace")
    return rows.get(pk=pk, app=app)


def locked_moment(*, app: App, key: str) -> ValueMoment:
    """The moment, locked against becoming an opening one meanwhile. Raises Invalid."""
    moment = ValueMoment.objects.select_for_update().filter(app=app, key=key).first()
    if moment is None:
        raise Invalid({"moment": "Choose a moment of this app."})
    return moment


def check_segment(*, app: App, key: str) -> None:
    """Raise Invalid unless the app has the segment that an audience names. One of its own is locked, so that nobody
    deletes it before this campaign is seen to use it.
    """
    if not key or key in built_in():
        return
    if Segment.objects.select_for_update().filter(app=app, key=key).first() is None:
        raise Invalid({"segment": "Choose a segment of this app."})


def record(
    campaign: Campaign, actor: Actor, action: str, changes: dict[str, Any] | None = None
) -> None:
    """Leave the trail of a change of a campaign."""
    audit.record(
        workspace=campaign.app.workspace,
        app=campaign.app,
        actor=actor,
        action=f"{campaign.kind}.{action}",
        subject=campaign.name,
        changes={"id": campaign.key, **(changes or {})},
    )


def _write(
    campaign: Campaign, draft: Draft, actor: Actor, *, source: int | None, action: str
) -> Campaign:
    if campaign.status == ARCHIVED:
        raise Invalid({"": "What is archived cannot be changed. Restore it first."})
    content = document(draft)
    before = {"name": campaign.name, **campaign.content}
    difference = changed(before=before, after={"name": draft.name.strip(), **content})
    if not difference:
        return campaign
    if draft.segment != campaign.content.get("segment", ""):
        check_segment(app=campaign.app, key=draft.segment)
    if draft.moment != campaign.moment.key:
        campaign.moment = locked_moment(app=campaign.app, key=draft.moment)
    campaign.name = draft.name.strip()
    if content != campaign.content:
        campaign.content = content
        let_go_of_review(campaign)
    campaign.version += 1
    campaign.save()
    _keep_version(campaign, actor, source or campaign.version)
    record(campaign, actor, action, difference)
    return campaign


def let_go_of_review(campaign: Campaign) -> None:
    """An approval speaks of the words that were read: a change of them makes it void."""
    if campaign.submitted is None:
        return
    if campaign.submitted.verdict == Revision.Verdict.NONE:
        campaign.submitted.verdict = Revision.Verdict.WITHDRAWN
        campaign.submitted.save(update_fields=["verdict"])
    campaign.submitted = None
    if campaign.status == IN_REVIEW:
        campaign.status = CampaignStatus.DRAFT


def _keep_version(campaign: Campaign, actor: Actor, source: int) -> None:
    DraftVersion.objects.create(
        campaign=campaign,
        version=campaign.version,
        source=source,
        name=campaign.name,
        content=campaign.content,
        actor=audit.person_behind(actor),
    )
    # The latest of each person stays: it says that they had a hand in the words.
    latest = campaign.versions.order_by("actor_id", "-version").distinct("actor_id")
    old = campaign.versions.filter(version__lte=campaign.version - VERSIONS_KEPT)
    old.exclude(pk__in=latest.values("pk")).delete()
