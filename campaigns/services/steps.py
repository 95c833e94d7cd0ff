"""Taking a step of the workflow: review, verdict, publication, pause, archive.

Each step locks the campaign, asks the table of `campaigns.domain.workflow`, and is written with its
trail in one transaction. A publication is the change of one pointer, so decisions see the old
revision or the new one and never a mixture; raising the app's ruleset version in the same transaction
tells every process within a second.
"""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from campaigns.domain import workflow
from campaigns.domain.draft_lint import blocking
from campaigns.models import Campaign, Revision
from campaigns.selectors.campaigns import check_draft, draft_in, pending, working_copy
from campaigns.selectors.reviewers import void_approval
from campaigns.services.campaigns import let_go_of_review, lock_campaign, locked_moment, record
from campaigns.services.webhook_news import tell_step
from permissions_app.domain.edits import Invalid, check_version
from permissions_app.models import Actor, App, Role, User, ValueMoment
from permissions_app.selectors.access import at_least
from permissions_app.services import audit
from permissions_app.services.apps import bump_ruleset

SEEN_BY_DECISIONS = frozenset({"publish", "pause", "resume", "archive", "restore"})
LONGEST_NOTE = 500


@dataclass(frozen=True, slots=True)
class By:
    """Who takes a step, with which rights, and what they said."""

    actor: Actor
    role: Role
    note: str
    override: str

    @property
    def installation(self) -> bool:
        """Whether this is the product itself: the demo, a simulation."""
        return self.actor is None and self.role == Role.OWNER

    @property
    def label(self) -> str:
        """How the trail names it."""
        return audit.label_of(self.actor)

    @property
    def person(self) -> User | None:
        """The person who takes it; None for a key and for the product itself."""
        return self.actor if isinstance(self.actor, User) else None


class NotAllowed(Invalid):
    """The step is in the table, but not for this person."""

    def __init__(self, sentence: str) -> None:
        super().__init__({"": sentence})


@transaction.atomic
def take_step(
    *,
    campaign_id: int,
    app: App,
    action: str,
    actor: Actor,
    role: Role = Role.OWNER,
    expected_version: int | None = None,
    note: str = "",
    override: str = "",
) -> Campaign:
    """Take one step. Raises Invalid (with the reason), Conflict, Campaign.DoesNotExist.

    `actor` None with the role of an owner is the installation itself (demo, simulation): it reviews
    what it writes. `note`: said with a submission or a verdict. `override`: the reason for which an
    owner publishes in spite of blocking findings. Saying the same step twice is refused by the
    table, except that pausing what is paused and the like changes nothing.
    """
    campaign = lock_campaign(app=app, pk=campaign_id)
    if expected_version is not None:
        check_version(expected=expected_version, current=campaign.version)
    if _is_there_already(campaign, action):
        return campaign
    by = By(actor, role, note.strip()[:LONGEST_NOTE], override.strip()[:LONGEST_NOTE])
    if action == "publish" and _reviews_own(campaign, by):
        _review_own(campaign, by)
    _check(campaign, action, role)
    before = campaign.status
    if action in _ACTIONS:
        _ACTIONS[action](campaign, by)
    campaign.status = workflow.after(
        status=campaign.status, action=action, was_live=campaign.published is not None
    )
    campaign.version += 1
    campaign.save()
    _follow_version(campaign)
    if action in SEEN_BY_DECISIONS:
        bump_ruleset(app_id=app.pk)
    changes: dict[str, object] = {"status": [before, campaign.status]}
    if campaign.submitted is not None:
        changes["revision"] = campaign.submitted.number
    if action == "publish" and campaign.published is not None:
        changes["revision"] = campaign.published.number
        if campaign.published.override_reason:
            changes["override"] = campaign.published.override_reason
    if by.note:
        changes["note"] = by.note
    record(campaign, actor, action, changes)
    tell_step(campaign=campaign, action=action, now=timezone.now())
    return campaign


def _is_there_already(campaign: Campaign, action: str) -> bool:
    """Whether a step that only changes the status would change nothing."""
    goes_to = {"pause": "paused", "resume": "live", "archive": "archived"}.get(action)
    return goes_to is not None and campaign.status == goes_to


def _check(campaign: Campaign, action: str, role: Role) -> None:
    waits = pending(campaign)
    if not workflow.may(status=campaign.status, pending=waits, action=action):
        raise Invalid({"": workflow.refusal(status=campaign.status, pending=waits, action=action)})
    if not at_least(role=role, needed=workflow.STEPS[action].needs):
        raise NotAllowed(f"This needs the role {workflow.STEPS[action].needs}.")


def allows_own_review(campaign: Campaign) -> bool:
    """Whether people may review their own words here."""
    return campaign.app.workspace.self_approval


def _reviews_own(campaign: Campaign, by: By) -> bool:
    """Whether whoever asks may give a verdict on their own words. A key is nobody and never may."""
    return by.installation or (by.person is not None and allows_own_review(campaign))


def _review_own(campaign: Campaign, by: By) -> None:
    """The steps before a publication, taken by the same person: for a team of one."""
    for action, waits in (("submit", "draft"), ("approve", "in_review")):
        if pending(campaign) == waits and campaign.status != workflow.ARCHIVED:
            _check(campaign, action, by.role)
            _ACTIONS[action](campaign, by)
            campaign.status = workflow.after(
                status=campaign.status, action=action, was_live=campaign.published is not None
            )
            record(campaign, by.actor, action)


def _submit(campaign: Campaign, by: By) -> None:
    moment = locked_moment(app=campaign.app, key=campaign.content["moment"])
    draft = working_copy(campaign)
    missing = check_draft(draft=draft, moment=moment).missing
    if missing:
        raise Invalid(missing)
    last = campaign.revisions.order_by("-number").first()
    campaign.submitted = Revision.objects.create(
        campaign=campaign,
        number=last.number + 1 if last else 1,
        name=campaign.name,
        content=campaign.content,
        author=by.person,
        author_label=by.label,
        writers=_writers(campaign, audit.person_behind(by.actor)),
        note=by.note,
    )


def _writers(campaign: Campaign, actor: User | None) -> list[int]:
    """Everybody who had a hand in what is submitted: since the last publication, or ever.

    Whoever went back to somebody else's words, by undo or to an unpublished revision, does not make
    those words their own: their writers count as well.
    """
    versions = campaign.versions.all()
    if campaign.published is not None and campaign.published.published_at is not None:
        versions = versions.filter(at__gt=campaign.published.created_at)
    written = versions.exclude(actor=None)
    taken_from = campaign.versions.filter(version__in=written.values("source"))
    if campaign.published is not None:
        taken_from = taken_from.exclude(content=campaign.published.content)
    found = {*written.values_list("actor_id", flat=True)}
    found.update(taken_from.values_list("actor_id", flat=True))
    same = campaign.revisions.filter(content=campaign.content, published_at=None)
    for writers in same.values_list("writers", flat=True):
        found.update(writers)
    if actor is not None:
        found.add(actor.pk)
    return sorted(pk for pk in found if pk is not None)


def _approve(campaign: Campaign, by: By) -> None:
    revision = _submitted(campaign)
    own = by.person is None or by.person.pk in revision.writers
    if own and not _reviews_own(campaign, by):
        raise NotAllowed(
            "Whoever wrote a part of this revision, or a key, cannot approve it: somebody else has to. "
            "An owner can allow approving one's own words in the workspace's settings."
        )
    _give_verdict(revision, Revision.Verdict.APPROVED, by)


def _send_back(campaign: Campaign, by: By) -> None:
    if not by.note:
        raise Invalid({"note": "Say what should change."})
    _give_verdict(_submitted(campaign), Revision.Verdict.SENT_BACK, by)
    campaign.submitted = None


def _withdraw(campaign: Campaign, by: By) -> None:
    _submitted(campaign)
    status = campaign.status
    let_go_of_review(campaign)
    campaign.status = status  # the table says what it becomes


def _publish(campaign: Campaign, by: By) -> None:
    revision = _submitted(campaign)
    void = void_approval(campaign=campaign)
    if void:
        raise Invalid({"": void})
    moment = locked_moment(app=campaign.app, key=revision.content["moment"])
    _check_may_carry(campaign, moment)
    draft = draft_in(campaign=campaign, picture=revision)
    stopping = blocking(check_draft(draft=draft, moment=moment).findings)
    if stopping and not by.installation:
        first = stopping[0]
        said = f"Variant {first.variant}: {first.finding.reason}"
        more = f" And {len(stopping) - 1} more." if len(stopping) > 1 else ""
        if not by.override:
            raise Invalid({"override": f"{said}{more} Mend it, or let an owner publish it anyway."})
        if by.role != Role.OWNER:
            raise NotAllowed("Only an owner may publish in spite of blocking findings.")
        revision.override_reason = by.override
    revision.published_at = timezone.now()
    revision.publisher_label = by.label
    revision.save(update_fields=["published_at", "publisher_label", "override_reason"])
    campaign.published = revision
    campaign.submitted = None


def _check_may_carry(campaign: Campaign, moment: ValueMoment) -> None:
    if moment.opening and campaign.kind == Campaign.Kind.REDIRECT:
        raise Invalid(
            {
                "moment": f"“{moment.name}” is an opening moment now, and such a moment carries "
                "no redirect. Move the redirect to another moment first."
            }
        )


def _resume(campaign: Campaign, by: By) -> None:
    if campaign.published is None:
        return
    key = campaign.published.content["moment"]
    _check_may_carry(campaign, locked_moment(app=campaign.app, key=key))


def _restore(campaign: Campaign, by: By) -> None:
    _resume(campaign, by)
    if campaign.published is None:
        _check_may_carry(campaign, campaign.moment)


def _archive(campaign: Campaign, by: By) -> None:
    let_go_of_review(campaign)


_ACTIONS = {
    "submit": _submit,
    "approve": _approve,
    "send_back": _send_back,
    "withdraw": _withdraw,
    "publish": _publish,
    "resume": _resume,
    "restore": _restore,
    "archive": _archive,
}


def _submitted(campaign: Campaign) -> Revision:
    if campaign.submitted is None:
        raise Invalid({"": "No revision waits for a review."})
    return campaign.submitted


def _give_verdict(revision: Revision, verdict: str, by: By) -> None:
    revision.verdict = verdict
    revision.reviewer = by.person
    revision.reviewer_label = by.label
    revision.verdict_note = by.note
    revision.reviewed_at = timezone.now()
    revision.save(
        update_fields=["verdict", "reviewer", "reviewer_label", "verdict_note", "reviewed_at"]
    )


def _follow_version(campaign: Campaign) -> None:
    """A step raises the version without changing the content: undo goes on from the same place."""
    last = campaign.versions.order_by("-version").first()
    if last is not None and last.version < campaign.version:
        campaign.versions.create(
            version=campaign.version,
            source=last.source,
            name=campaign.name,
            content=campaign.content,
            actor=None,
        )
