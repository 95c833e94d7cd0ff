"""Review: what a revision changes, what stands against it, and the verdict. And every revision since.

The page compares what was sent to review with what is published, word by word. A verdict is given on
exactly what the page shows: it carries the version it was opened with, and is refused when the
campaign changed since.
"""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.draft_changes import Changes, changes_between
from campaigns.domain.drafts import Draft
from campaigns.domain.workflow import STEPS, Step, may
from campaigns.models import Campaign, Revision
from campaigns.selectors.campaigns import draft_in, pending, working_copy
from campaigns.selectors.reviewers import void_approval, who_may_approve
from campaigns.selectors.revisions import (
    changes_of,
    find_revision,
    revision_before,
    revision_rows,
    state_of,
)
from campaigns.selectors.talk import comments_on, members_of
from campaigns.services.campaigns import revert_campaign
from campaigns.web.editing import version_in, words_of_refused_step
from campaigns.web.findings import panel as findings_panel
from campaigns.web.loading import ADDRESS, NAV, load_campaign
from campaigns.web.preview import Options, cards, choices
from campaigns.web.step_bar import is_lonely
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role, User
from permissions_app.selectors.access import at_least
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/review/"
ON_THIS_PAGE = ("submit", "approve", "send_back", "withdraw", "publish")
"""Steps that the review page offers; pausing and archiving are done where one writes."""
MOST_NAMED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What this person may do now. `why_not`: why they cannot approve, '' where they can or where
    nothing waits. `ask`: who could. `stopping`: how many findings keep it from being published.
    `void`: why the approval counts no longer, '' when it does. `lonely`: nobody may approve it, or
    what this person would send to review.
    """

    steps: tuple[Step, ...]
    why_not: str
    ask: tuple[str, ...]
    stopping: int
    may_override: bool
    void: str
    lonely: bool

    @property
    def actions(self) -> frozenset[str]:
        """The names of the open steps."""
        return frozenset(step.action for step in self.steps)


@require_safe
@signed_in
def campaign_review(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """What is under review, or what would be, against what is published."""
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    revision = campaign.submitted
    after = (
        draft_in(campaign=campaign, picture=revision)
        if revision is not None
        else working_copy(campaign)
    )
    before = draft_in(campaign=campaign, picture=campaign.published) if campaign.published else None
    findings = findings_panel(draft=after, moment=campaign.moment)
    context = {
        "revision": revision,
        "waits": pending(campaign),
        "last": None if revision else _last(campaign),
        "changes": changes_of(app=access.app, before=before, after=after),
        "published": campaign.published,
        "findings": findings,
        "verdict": _verdict(request.user, access, campaign, findings.blocking),
        "kept": words_of_refused_step(request, campaign),
        **_pictures(request, campaign, before, after),
        **talk(access, campaign),
    }
    return render(request, f"{PAGE}page.html", _shared(access, campaign, "review") | context)


@require_safe
@signed_in
def campaign_revisions(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Every revision: who wrote it, who stood for it, what came of it."""
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    context = {"rows": revision_rows(campaign=campaign)}
    return render(
        request, f"{PAGE}revisions.html", _shared(access, campaign, "revisions") | context
    )


@require_safe
@signed_in
def campaign_revision(
    request: PersonRequest, workspace: str, app: str, pk: int, number: int
) -> HttpResponse:
    """One revision, and what it changed against another one (`?against=2`)."""
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    revision = _found(campaign, number)
    wanted = request.GET.get("against", "")
    if wanted.isdecimal() and len(wanted) < 10:
        against: Revision | None = _found(campaign, int(wanted))
    else:
        against = revision_before(campaign=campaign, number=number)
    after = draft_in(campaign=campaign, picture=revision)
    before = draft_in(campaign=campaign, picture=against) if against is not None else None
    rows = revision_rows(campaign=campaign)
    context = {
        "revision": revision,
        "row": next(row for row in rows if row.number == number),
        "others": [row for row in rows if row.number != number],
        "against": against,
        "changes": changes_of(app=access.app, before=before, after=after),
        "settings": _settings(campaign, after),
        "same_as_copy": revision.content == campaign.content,
        **_pictures(request, campaign, None, after),
    }
    return render(request, f"{PAGE}revision.html", _shared(access, campaign, "revisions") | context)


@require_POST
@signed_in
def revert(request: PersonRequest, workspace: str, app: str, pk: int, number: int) -> HttpResponse:
    """Make a draft from a revision; it still has to be reviewed."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    _found(campaign, number)
    try:
        revert_campaign(
            campaign_id=pk,
            app=access.app,
            number=number,
            expected_version=version_in(request),
            actor=request.user,
        )
    except (Invalid, Conflict) as refused:
        messages.error(request, str(refused))
        return redirect("campaign_revision", workspace, app, pk, number)
    messages.success(
        request,
        f"The draft shows revision {number} again. Nothing changes for people until it is "
        "reviewed and published.",
    )
    return redirect(ADDRESS[campaign.kind], workspace, app, pk)


def panel(access: AppAccess, campaign: Campaign) -> dict[str, Any]:
    """The context of `campaigns/review/_panel.html`, for a page that somebody writes on. It must
    stand outside of that page's form. Three queries.
    """
    return talk(access, campaign, open_only=True)


def talk(access: AppAccess, campaign: Campaign, *, open_only: bool = False) -> dict[str, Any]:
    """What was said, and who can be asked: of the review page and of the panel."""
    said = comments_on(campaign=campaign, open_only=open_only)
    keys = [entry.get("key", "") for entry in campaign.content.get("variants", ())]
    return {
        "access": access,
        "campaign": campaign,
        "comments": said,
        "open_comments": sum(1 for one in said if one.resolved_at is None),
        "variant_keys": keys,
        "can_comment": access.can_review,
        "people": members_of(workspace_id=access.workspace.pk) if access.can_review else (),
        "in_panel": open_only,
    }


def _shared(access: AppAccess, campaign: Campaign, tab: str) -> dict[str, Any]:
    return {
        "access": access,
        "nav": NAV[campaign.kind],
        "campaign": campaign,
        "page_name": ADDRESS[campaign.kind],
        "tab": tab,
    }


def _found(campaign: Campaign, number: int) -> Revision:
    revision = find_revision(campaign=campaign, number=number)
    if revision is None:
        raise Http404("no such revision")
    return revision


def _last(campaign: Campaign) -> dict[str, Any] | None:
    """What became of the last revision, where the working copy went on from it."""
    rows = campaign.revisions.select_related("reviewer").order_by("-number")
    revision = rows.first()
    if revision is None or revision.pk == campaign.published_id:
        return None
    return {
        "revision": revision,
        "state": state_of(campaign, revision),
        "changed_since": revision.content != campaign.content,
    }


def _settings(campaign: Campaign, draft: Draft) -> Any:
    """Every setting in words; the moment by its name where it is still the campaign's."""
    names = {campaign.moment.key: campaign.moment.name}
    told: Changes = changes_between(before=None, after=draft, moments=names)
    return told.settings


def _verdict(user: User, access: AppAccess, campaign: Campaign, blocking: int) -> Verdict:
    waits = pending(campaign)
    open_now = [
        STEPS[action]
        for action in ON_THIS_PAGE
        if may(status=campaign.status, pending=waits, action=action)
        and at_least(role=access.role, needed=STEPS[action].needs)
    ]
    why_not = ""
    ask: tuple[str, ...] = ()
    if (
        campaign.submitted is not None
        and waits == "in_review"
        and user.pk in campaign.submitted.writers
        and not access.workspace.self_approval
    ):
        open_now = [step for step in open_now if step.action != "approve"]
        why_not = "You wrote a part of this revision, so somebody else has to approve it."
        ask = who_may_approve(
            workspace_id=access.workspace.pk, writers=campaign.submitted.writers, most=MOST_NAMED
        )
    void = void_approval(campaign=campaign)
    if void:
        open_now = [step for step in open_now if step.action != "publish"]
    return Verdict(
        steps=tuple(open_now),
        why_not=why_not,
        ask=ask,
        stopping=blocking,
        may_override=access.is_owner,
        void=void,
        lonely=is_lonely(access=access, campaign=campaign, waits=waits, person=user.pk),
    )


def _pictures(
    request: PersonRequest, campaign: Campaign, before: Draft | None, after: Draft
) -> dict[str, Any]:
    options = Options.from_data(request.GET)
    drawn: dict[str, Any] = {
        "choices": choices(draft=after, options=options),
        "after_cards": cards(draft=after, options=options, moment=campaign.moment)["cards"],
    }
    if before is not None and before != after:
        drawn["before_cards"] = cards(draft=before, options=options, moment=campaign.moment)[
            "cards"
        ]
    return drawn
