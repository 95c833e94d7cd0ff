"""Inviting people: an owner names somebody, and hands on the link with which they choose a password.

A link belongs to an account without a password, works for three days and until the password is chosen. For somebody
who has an account already there is none: they sign in as ever and see the workspace.
"""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from permissions_app.domain.edits import Invalid
from permissions_app.models import Membership, User
from permissions_app.services.accounts import invite
from permissions_app.web.access import PersonRequest, signed_in
from permissions_app.web.workspace import PAGE, load_membership, page_context


@require_POST
@signed_in
def invite_member(request: PersonRequest, workspace: str) -> HttpResponse:
    """Bring somebody into the workspace. Owners only; what was typed comes back with what is wrong."""
    mine = load_membership(request, workspace, owner=True)
    typed = {name: request.POST.get(name, "") for name in ("email", "name", "role")}
    try:
        joined = invite(workspace=mine.workspace, actor=request.user, **typed)
    except Invalid as invalid:
        told = page_context(mine) | {"typed": typed, "errors": invalid.errors}
        return render(request, PAGE, told, status=422)
    if joined.has_usable_password():
        messages.success(
            request, f"{joined} has an account and is in this workspace from the next page on."
        )
        return redirect("workspace_settings", workspace)
    return _with_link(request, mine, joined)


@require_POST
@signed_in
def new_link(request: PersonRequest, workspace: str, pk: int) -> HttpResponse:
    """Another link for a member who has not chosen a password yet."""
    mine = load_membership(request, workspace, owner=True)
    found = mine.workspace.memberships.filter(pk=pk).select_related("user").first()
    if found is None or found.user.has_usable_password():
        raise Http404("nobody who waits for a link")
    return _with_link(request, mine, found.user)


def _with_link(request: PersonRequest, mine: Membership, person: User) -> HttpResponse:
    """The page with the link. It is shown once and stored nowhere."""
    key = default_token_generator.make_token(person)
    address = reverse("account_reset_password_from_key", args=(user_pk_to_url_str(person), key))
    told = {"invited": person, "link": request.build_absolute_uri(address)}
    return render(request, PAGE, page_context(mine) | told)
