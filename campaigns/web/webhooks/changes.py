"""Changing webhooks: adding, editing, rotating, switching, testing, replaying, deleting."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.domain.webhook_events import KINDS
from campaigns.models import WebhookEndpoint
from campaigns.services.alerts import keep_address
from campaigns.services.webhook_endpoints import (
    EndpointDraft,
    create_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
    update_endpoint,
)
from campaigns.services.webhooks import replay, send_test
from campaigns.web import editing
from campaigns.web.webhooks.pages import PAGE, endpoint_page, load_delivery, load_endpoint
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

METHODS = ["GET", "HEAD", "POST"]
LONGEST_TYPED = 600
DISABLED = "It is disabled. Enable it first."


@require_http_methods(METHODS)
@signed_in
def new_webhook(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Add an endpoint."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    if request.method != "POST":
        return _form(request, access, draft=EndpointDraft("", "", ()))
    draft = _typed(request)
    try:
        endpoint, _ = create_endpoint(app=access.app, draft=draft, actor=request.user)
    except Invalid as invalid:
        return _form(request, access, draft=draft, errors=invalid.errors)
    _know_alerts(request, access)
    messages.success(request, f"“{endpoint.name}” is saved. Send it a test to see it work.")
    return redirect("webhook", workspace, app, endpoint.pk)


@require_http_methods(METHODS)
@signed_in
def edit_webhook(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """Change name, address or events."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    endpoint = load_endpoint(access, hook)
    if request.method != "POST":
        stored = EndpointDraft(endpoint.name, endpoint.url, endpoint.events)
        return _form(request, access, draft=stored, endpoint=endpoint)
    draft = _typed(request)
    try:
        saved = update_endpoint(
            app=access.app,
            pk=hook,
            draft=draft,
            expected_version=editing.version_in(request),
            actor=request.user,
        )
    except WebhookEndpoint.DoesNotExist:
        raise Http404("no such webhook") from None
    except Invalid as invalid:
        return _form(request, access, draft=draft, endpoint=endpoint, errors=invalid.errors)
    except Conflict:
        fresh = load_endpoint(access, hook)
        return _form(request, access, draft=draft, endpoint=fresh, conflict=True)
    _know_alerts(request, access)
    messages.success(request, f"“{saved.name}” is saved.")
    return redirect("webhook", workspace, app, hook)


@require_POST
@signed_in
def webhook_rotate(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """Make a new secret. It is in this answer, so the answer is no redirect."""
    access = load_app(request, workspace, app, needs=Role.OWNER)
    load_endpoint(access, hook)
    endpoint, text = rotate_secret(app=access.app, pk=hook, actor=request.user, now=timezone.now())
    return endpoint_page(request, access, endpoint, fresh=text, status=201)


@require_POST
@signed_in
def webhook_switch(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """Enable (`on` is 1) or disable."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    endpoint = load_endpoint(access, hook)
    if request.POST.get("on") == "1":
        enable_endpoint(app=access.app, pk=hook, actor=request.user)
        messages.success(
            request, f"“{endpoint.name}” is enabled. It is told of what happens from now on."
        )
    else:
        disable_endpoint(
            app=access.app, pk=hook, reason="person", actor=request.user, now=timezone.now()
        )
        messages.success(request, f"“{endpoint.name}” is disabled. Nothing is sent to it.")
    return redirect("webhook", workspace, app, hook)


@require_POST
@signed_in
def webhook_test(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """Send a test, and go where one sees what becomes of it."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    endpoint = load_endpoint(access, hook)
    sent = send_test(endpoint=endpoint, actor=request.user, now=timezone.now())
    if sent is None:
        messages.warning(request, DISABLED)
        return redirect("webhook", workspace, app, hook)
    return redirect("webhook_delivery", workspace, app, hook, sent.pk)


@require_POST
@signed_in
def webhook_replay(
    request: PersonRequest, workspace: str, app: str, hook: int, delivery: int
) -> HttpResponse:
    """Send a message again."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    row = load_delivery(access, hook, delivery)
    if row.endpoint.disabled_at is not None:
        messages.warning(request, DISABLED)
    else:
        replay(delivery_id=row.pk, app=access.app, actor=request.user, now=timezone.now())
        messages.success(request, "It is sent again, with the same webhook-id.")
    return redirect("webhook_delivery", workspace, app, hook, delivery)


@require_POST
@signed_in
def webhook_delete(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """Take an endpoint away with its log."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    endpoint = load_endpoint(access, hook)
    delete_endpoint(app=access.app, pk=hook, actor=request.user)
    messages.success(request, f"“{endpoint.name}” is deleted.")
    return redirect("webhooks", workspace, app)


def _typed(request: PersonRequest) -> EndpointDraft:
    told = request.POST
    return EndpointDraft(
        told.get("name", "")[:LONGEST_TYPED],
        told.get("url", "")[:LONGEST_TYPED],
        tuple(told.getlist("events")[:50]),
    )


def _form(
    request: PersonRequest,
    access: AppAccess,
    *,
    draft: EndpointDraft,
    endpoint: WebhookEndpoint | None = None,
    errors: Mapping[str, str] | None = None,
    conflict: bool = False,
) -> HttpResponse:
    """The form, as it was typed where it was refused."""
    page: dict[str, Any] = {
        "access": access,
        "nav": "webhooks",
        "endpoint": endpoint,
        "draft": draft,
        "kinds": [(kind, kind.type in draft.events) for kind in KINDS],
        "errors": errors or {},
        "whole": (errors or {}).get("", ""),
        "conflict": conflict,
    }
    status = 200
    if conflict:
        status = editing.CONFLICT_STATUS
    elif errors:
        status = editing.INVALID_STATUS
    return render(request, f"{PAGE}form.html", page, status=status)


def _know_alerts(request: PersonRequest, access: AppAccess) -> None:
    """What is told of alerts says where they are."""
    at = reverse("alerts", args=(access.workspace.slug, access.app.slug))
    keep_address(app=access.app, address=request.build_absolute_uri(at))
