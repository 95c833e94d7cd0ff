"""The settings of a workspace: who is in it, what they may do, and whether people review themselves."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from permissions_app.domain.edits import Invalid
from permissions_app.models import Membership, Role
from permissions_app.services.accounts import change_member, set_self_approval
from permissions_app.web.access import PersonRequest, signed_in

PAGE = "permissions_app/workspace/page.html"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def workspace_settings(request: PersonRequest, workspace: str) -> HttpResponse:
    """Members may look; owners decide whether people may approve their own words."""
    mine = load_membership(request, workspace, owner=request.method == "POST")
    if request.method == "POST":
        allowed = "self_approval" in request.POST
        set_self_approval(workspace=mine.workspace, allowed=allowed, actor=request.user)
        messages.success(request, "Saved.")
        return redirect("workspace_settings", workspace)
    return render(request, PAGE, page_context(mine))


@require_POST
@signed_in
def workspace_member(request: PersonRequest, workspace: str, pk: int) -> HttpResponse:
    """Give a member another role, or none: then they are out."""
    mine = load_membership(request, workspace, owner=True)
    role = request.POST.get("role", "")
    try:
        change_member(
            workspace=mine.workspace,
            membership_id=pk,
            role=Role(role) if role in Role.values else None,
            actor=request.user,
        )
        messages.success(request, "Saved.")
    except Invalid as invalid:
        messages.error(request, str(invalid))
    except Membership.DoesNotExist:
        raise Http404("no such member") from None
    return redirect("workspace_settings", workspace)


def page_context(mine: Membership) -> dict[str, Any]:
    """What the page shows to the person of this membership."""
    return {
        "nav": "apps",
        "workspace": mine.workspace,
        "members": mine.workspace.memberships.select_related("user").order_by("user__email"),
        "roles": Role.choices,
        "is_owner": mine.role == Role.OWNER,
    }


def load_membership(request: PersonRequest, slug: str, *, owner: bool) -> Membership:
    """The one loader. Raises Http404 for outsiders, PermissionDenied where only an owner may."""
    rows = Membership.objects.filter(workspace__slug=slug, user=request.user)
    mine = rows.select_related("workspace").first()
    if mine is None:
        raise Http404("no such workspace")
    if owner and mine.role != Role.OWNER:
        raise PermissionDenied("this needs the role owner")
    return mine
