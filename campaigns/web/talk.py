"""Comments on a campaign, and links that show it to people without an account."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import Campaign, Comment, ShareLink
from campaigns.selectors.revisions import find_revision
from campaigns.selectors.talk import links_of
from campaigns.services.talk import (
    DAYS,
    Added,
    add_comment,
    create_link,
    resolve_comment,
    revoke_link,
)
from campaigns.web.loading import ADDRESS, NAV, load_campaign
from campaigns.web.review import talk
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

TALK = "campaigns/review/_talk.html"
PANEL = "campaigns/review/_panel.html"


@require_POST
@signed_in
def campaign_comments(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Say something. Reviewers and everybody stronger may; viewers read."""
    access = load_app(request, workspace, app, needs=Role.REVIEWER)
    campaign = load_campaign(access, pk)
    body = request.POST.get("body", "")
    page = reverse("campaign_review", args=(workspace, app, pk))
    try:
        added = add_comment(
            campaign=campaign,
            author=request.user,
            body=body,
            variant=request.POST.get("variant", ""),
            address=request.build_absolute_uri(f"{page}#talk"),
        )
    except Invalid as invalid:
        return _answer(request, access, campaign, wrong=str(invalid), body=body)
    said = _said(added, request.user.pk)
    return _answer(request, access, campaign, said=said)


@require_POST
@signed_in
def campaign_comment(
    request: PersonRequest, workspace: str, app: str, pk: int, comment: int
) -> HttpResponse:
    """Settle a comment, or open it again."""
    access = load_app(request, workspace, app, needs=Role.REVIEWER)
    campaign = load_campaign(access, pk)
    resolved = request.POST.get("resolved") == "1"
    try:
        resolve_comment(
            comment_id=comment, campaign=campaign, resolved=resolved, actor=request.user
        )
    except Comment.DoesNotExist:
        return _answer(request, access, campaign, wrong="This comment is gone.")
    said = "The comment is resolved." if resolved else "The comment is open again."
    return _answer(request, access, campaign, said=said)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_share(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """The links that are out; editors make new ones."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    campaign = load_campaign(access, pk)
    now = timezone.now()
    if request.method == "POST":
        days, number = request.POST.get("days", ""), request.POST.get("revision", "")
        told = number.isdecimal() and len(number) < 10
        revision = find_revision(campaign=campaign, number=int(number)) if told else None
        try:
            if number and revision is None:
                raise Invalid({"revision": "There is no such revision."})
            create_link(
                campaign=campaign,
                revision=revision,
                days=int(days) if days in map(str, DAYS) else 0,
                actor=request.user,
                now=now,
            )
            messages.success(request, "The link is ready: copy it from the list.")
        except Invalid as invalid:
            messages.error(request, str(invalid))
        return redirect("campaign_share", workspace, app, pk)
    root = request.build_absolute_uri("/shared/")
    links = links_of(campaign=campaign, now=now)
    context = {
        "access": access,
        "nav": NAV[campaign.kind],
        "campaign": campaign,
        "page_name": ADDRESS[campaign.kind],
        "tab": "share",
        "open_links": [(link, f"{root}{link.token}/") for link in links if link.state == "open"],
        "old_links": [link for link in links if link.state != "open"],
        "days": DAYS,
        "revisions": campaign.revisions.order_by("-number").values_list("number", flat=True),
    }
    return render(request, "campaigns/review/share.html", context)


@require_POST
@signed_in
def revoke_share(
    request: PersonRequest, workspace: str, app: str, pk: int, link: int
) -> HttpResponse:
    """Take a link back."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    try:
        revoke_link(link_id=link, campaign=campaign, actor=request.user, now=timezone.now())
        messages.success(request, "The link was taken back. It opens nothing any more.")
    except ShareLink.DoesNotExist:
        messages.error(request, "There is no such link.")
    return redirect("campaign_share", workspace, app, pk)


def _answer(
    request: PersonRequest,
    access: AppAccess,
    campaign: Campaign,
    *,
    said: str = "",
    wrong: str = "",
    body: str = "",
) -> HttpResponse:
    """The talk anew for scripts; for everybody else the page they came from."""
    in_panel = request.POST.get("view") == "panel"
    if request.htmx and request.htmx.target == "talk":
        context: dict[str, Any] = talk(access, campaign, open_only=in_panel)
        context |= {"talk_said": said, "talk_wrong": wrong, "typed": body}
        return render(request, PANEL if in_panel else TALK, context)
    if wrong:
        messages.error(request, wrong)
    else:
        messages.success(request, said)
    page = ADDRESS[campaign.kind] if in_panel else "campaign_review"
    address = reverse(page, args=(access.workspace.slug, access.app.slug, campaign.pk))
    return redirect(f"{address}#talk")


def _said(added: Added, author: int) -> str:
    """Who was found, and who was not: nobody should wait for an answer from nobody."""
    parts = ["Your comment is there."]
    told = [one.first_name or one.email for one in added.mentions.found if one.id != author]
    if told:
        parts.append(f"{' and '.join(told)} will get an e-mail.")
    if added.mentions.unknown:
        names = ", ".join(f"@{name}" for name in added.mentions.unknown)
        parts.append(f"Nobody here is called {names}.")
    if added.mentions.ambiguous:
        names = ", ".join(f"@{name}" for name in added.mentions.ambiguous)
        parts.append(f"Several people fit {names}: write the first part of their address.")
    return " ".join(parts)
