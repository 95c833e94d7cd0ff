"""What happens to a draft beside the form: it saves itself, goes back and forth, and is copied."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from campaigns.models import Campaign
from campaigns.selectors.campaigns import check_draft, kind_in, pending, working_copy
from campaigns.selectors.versions import ways
from campaigns.services.campaigns import duplicate_campaign, step_through_versions
from campaigns.web import editing
from campaigns.web.draft_form import draft_from, field_name
from campaigns.web.editor import ARCHIVED, merging, posted, store
from campaigns.web.loading import ADDRESS, load_campaign
from campaigns.web.step_bar import bar_of
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

ANSWER = "campaigns/editor/_draft.html"


@require_POST
@signed_in
def campaign_draft(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Save what is being typed. Answers a line about it, and the version to go on from.

    It never takes a revision back from review: only a person who presses Save does that.
    """
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    form = posted(request, campaign)
    version = form.version
    try:
        if campaign.status == "archived":
            raise Invalid({"": ARCHIVED})
        kind = kind_in(campaign)
        if pending(campaign) in ("in_review", "approved"):
            raise Conflict(current=campaign.version)
        if version != campaign.version:
            both = merging(access, campaign, form)
            if not both.same and (both.differences or both.taken):
                raise Conflict(current=campaign.version)
            version = campaign.version
        draft = draft_from(kind, form.values, form.base)
        campaign = store(request, access, campaign, draft, version=version)
    except Invalid as invalid:
        errors = {
            field_name(error, form.values.locale): said for error, said in invalid.errors.items()
        }
        return _told(request, access, campaign, 422, errors=errors)
    except Conflict:
        return _told(request, access, load_campaign(access, pk), editing.CONFLICT_STATUS)
    return _told(request, access, campaign, 200)


def _told(
    request: PersonRequest,
    access: AppAccess,
    campaign: Campaign,
    status: int,
    errors: dict[str, str] | None = None,
) -> HttpResponse:
    checked = check_draft(draft=working_copy(campaign), moment=campaign.moment)
    bar = bar_of(access=access, campaign=campaign, checked=checked, person=request.user.pk)
    context = {
        "access": access,
        "campaign": campaign,
        "status": status,
        "now": timezone.now(),
        "errors": errors or {},
        "ways": ways(campaign),
        "under_review": bar.under_review,
        "bar": bar,
        "writable": bar.writable,
        "version": campaign.version,
    }
    return render(request, ANSWER, context, status=status)


@require_POST
@signed_in
def campaign_undo(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Go back to the version before."""
    return _go(request, workspace, app, pk, back=True)


@require_POST
@signed_in
def campaign_redo(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Go forth again to the version after."""
    return _go(request, workspace, app, pk, back=False)


@require_POST
@signed_in
def campaign_duplicate(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Make a draft with the same content."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    copy = duplicate_campaign(campaign_id=pk, app=access.app, actor=request.user)
    messages.success(request, f"This is a copy of “{campaign.name}”. Nobody sees it yet.")
    return redirect(ADDRESS[copy.kind], workspace, app, copy.pk)


def _go(request: PersonRequest, workspace: str, app: str, pk: int, *, back: bool) -> HttpResponse:
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    try:
        step_through_versions(
            campaign_id=pk,
            app=access.app,
            back=back,
            expected_version=editing.version_in(request) or campaign.version,
            actor=request.user,
        )
    except Invalid as invalid:
        messages.error(request, str(invalid))
    except Conflict:
        messages.error(request, editing.CHANGED_MEANWHILE)
    return redirect(ADDRESS[campaign.kind], workspace, app, pk)
