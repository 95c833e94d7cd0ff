"""The editor of a soft ask or a Settings redirect."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.domain.drafts import Kind, RedirectDraft, SoftAskDraft
from campaigns.domain.workflow import STEPS
from campaigns.models import Campaign
from campaigns.selectors.campaigns import find_campaign
from campaigns.services.campaigns import create_campaign
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

ADDRESS: dict[str, str] = {"soft_ask": "soft_ask", "redirect": "redirect_rule"}
"""The name of a kind's page."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_campaign(request: PersonRequest, workspace: str, app: str, kind: Kind) -> HttpResponse:
    """Choose a moment and a name; everything else is written in the editor."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    if request.method == "POST":
        make = SoftAskDraft if kind == "soft_ask" else RedirectDraft
        draft = make(name=request.POST.get("name", ""), moment=request.POST.get("moment", ""))
        try:
            campaign = create_campaign(app=access.app, draft=draft, actor=request.user)
        except Invalid as invalid:
            messages.error(request, str(invalid))
        else:
            return redirect(ADDRESS[kind], workspace, app, campaign.pk)
    return render(request, "campaigns/editor/new.html", {"access": access, "kind": kind})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_page(
    request: PersonRequest, workspace: str, app: str, kind: Kind, pk: int
) -> HttpResponse:
    """Look at a campaign; with the right role, change it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    campaign = load_campaign(access, pk, kind=kind)
    return render(request, "campaigns/editor/page.html", {"access": access, "campaign": campaign})


@require_POST
@signed_in
def campaign_step(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Take a step of the workflow."""
    access = load_app(request, workspace, app, needs=Role.REVIEWER)
    campaign = load_campaign(access, pk)
    action = request.POST.get("action", "")
    try:
        take_step(
            campaign_id=pk,
            app=access.app,
            action=action,
            actor=request.user,
            role=access.role,
            note=request.POST.get("note", ""),
            override=request.POST.get("override", ""),
        )
        messages.success(request, f"“{campaign.name}” {STEPS[action].done}.")
    except Invalid as invalid:
        messages.error(request, str(invalid))
    except Conflict as conflict:
        messages.error(request, str(conflict))
    return redirect(ADDRESS[campaign.kind], workspace, app, pk)


def load_campaign(access: AppAccess, pk: int, *, kind: Kind | None = None) -> Campaign:
    """The one loader of a campaign for pages. Raises Http404 for another app's."""
    campaign = find_campaign(app=access.app, pk=pk, kind=kind)
    if campaign is None:
        raise Http404("no such campaign")
    return campaign
