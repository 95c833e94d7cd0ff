"""Alerts: what is wrong now, what was, who is told, and the weekly e-mail."""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.alert_rules import MOST_THRESHOLDS, RULES
from campaigns.selectors.alerts import (
    channels_of,
    count_open,
    latest_messages,
    open_alerts,
    past_alerts,
)
from campaigns.selectors.digest import reads
from campaigns.selectors.talk import members_of
from campaigns.services.alerts import save_settings, send_test
from campaigns.services.digest_readers import set_reading
from campaigns.web.learn.alert_figures import AlertPanel, panel
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import csv_response

PAGE = "campaigns/learn/alerts/"
MOST_RECIPIENTS = 500


@require_safe
@signed_in
def alerts_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Everything about the alerts of an app, or the numbers of one as a file."""
    access = load_app(request, workspace, app)
    wanted = request.GET.get("csv")
    if wanted is not None:
        return _file(access, wanted)
    return _page(request, access)


@require_POST
@signed_in
def alerts_settings(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Change rules and channels."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    told = request.POST
    try:
        save_settings(
            app=access.app,
            rules={
                rule.kind: (f"{rule.kind}_on" in told, told.get(rule.kind, "").strip())
                for rule in RULES
            },
            recipients=_numbers(told.getlist("recipients")),
            address=_address(request, access),
            actor=request.user,
        )
    except Invalid as invalid:
        return _page(request, access, status=422, told=told, errors=invalid.errors)
    messages.success(request, "Saved.")
    return redirect("alerts", workspace, app)


@require_POST
@signed_in
def alerts_test(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Send an e-mail to everybody who is told."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    sent = send_test(app=access.app, actor=request.user)
    if sent:
        messages.success(
            request, "A test is on its way. What became of it stands under “Sent lately”."
        )
    else:
        messages.warning(request, "No e-mail is sent yet. Choose members, and save.")
    return redirect(f"{reverse('alerts', args=(workspace, app))}#sent")


@require_POST
@signed_in
def digest_choice(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Read the weekly e-mail, or no longer: for oneself."""
    access = load_app(request, workspace, app)
    wanted = request.POST.get("reads") == "1"
    set_reading(
        app=access.app,
        user=request.user,
        reads=wanted,
        address=_address(request, access),
        now=timezone.now(),
    )
    said = "You get the e-mail every Monday." if wanted else "You no longer get the weekly e-mail."
    messages.success(request, said)
    return redirect(f"{reverse('alerts', args=(workspace, app))}#weekly")


def count(request: HttpRequest) -> dict[str, Any]:
    """For all templates: the open alerts of the app that a page is about; asked only where a template shows it."""
    match = getattr(request, "resolver_match", None)
    told = match.kwargs if match else {}
    if "workspace" not in told or "app" not in told:
        return {}
    workspace, app = str(told["workspace"]), str(told["app"])
    return {"open_alerts": SimpleLazyObject(lambda: count_open(workspace=workspace, app=app))}


def _page(
    request: PersonRequest,
    access: AppAccess,
    *,
    status: int = 200,
    told: Any = None,
    errors: Mapping[str, str] | None = None,
) -> HttpResponse:
    """`told`: a form that was refused, shown again as it was typed."""
    app = access.app
    channels = channels_of(app=app)
    chosen = channels.recipients if told is None else set(_numbers(told.getlist("recipients")))
    errors = errors or {}
    people = members_of(workspace_id=access.workspace.pk)
    rules = [
        {
            "rule": rule,
            "on": setting.on if told is None else f"{rule.kind}_on" in told,
            "threshold": setting.threshold if told is None else told.get(rule.kind, "")[:10],
            "most": MOST_THRESHOLDS.get(rule.kind, 0),
            "error": errors.get(rule.kind, ""),
        }
        for rule in RULES
        for setting in (channels.rules[rule.kind],)
    ]
    context = {
        "access": access,
        "nav": "alerts",
        "open": [panel(access=access, alert=alert) for alert in open_alerts(app_id=app.pk)],
        "past": [panel(access=access, alert=alert) for alert in past_alerts(app_id=app.pk)],
        "channels": channels,
        "rules": rules,
        "members": [(member, member.id in chosen) for member in people],
        "sent": latest_messages(app_id=app.pk),
        "reads": reads(app=app, user=request.user),
    }
    return render(request, f"{PAGE}page.html", context, status=status)


def _file(access: AppAccess, wanted: str) -> HttpResponseBase:
    app_id = access.app.pk
    for alert in (*open_alerts(app_id=app_id), *past_alerts(app_id=app_id)):
        found: AlertPanel = panel(access=access, alert=alert)
        if found.figure.key == wanted:
            name = f"{access.app.slug}-{found.figure.key}.csv"
            return csv_response(name=name, rows=found.figure.table.file())
    raise Http404("no such alert")


def _address(request: PersonRequest, access: AppAccess) -> str:
    """Where the page is, for e-mails that the worker sends."""
    at = reverse("alerts", args=(access.workspace.slug, access.app.slug))
    return request.build_absolute_uri(at)


def _numbers(told: list[str]) -> list[int]:
    return [int(n) for n in told[:MOST_RECIPIENTS] if n.isascii() and n.isdigit() and len(n) < 12]
