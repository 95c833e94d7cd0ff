"""Settings redirects: the list, making one, changing one, publishing it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.domain.drafts import LENGTHS
from campaigns.models import CampaignStatus, RedirectRule
from campaigns.selectors.listing import redirect_rows
from campaigns.services.redirect_rules import (
    create_redirect_rule,
    set_redirect_rule_status,
    update_redirect_rule,
)
from campaigns.web import editing, preview
from campaigns.web.forms import RedirectForm, redirect_initial, show_errors
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/redirects/"
NAMES = {"holdout": "holdout_percent"}


@require_safe
@signed_in
def redirects(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All redirects of the app, narrowed by text and status."""
    access = load_app(request, workspace, app)
    text, status = request.GET.get("q", "").strip()[:80], request.GET.get("status", "")
    context = {
        "access": access,
        "nav": "redirects",
        "rows": redirect_rows(app=access.app, text=text, status=status),
        "q": text,
        "status": status,
        "statuses": CampaignStatus.choices,
        "narrowed": bool(text or status),
        "has_moments": access.app.moments.filter(opening=False).exists(),
    }
    part = "_rows.html" if request.htmx and request.htmx.target == "rows" else "page.html"
    return render(request, PAGE + part, context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_redirect(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Write a redirect; `?moment=` names the key of the moment to begin with."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    moment = access.app.moments.filter(key=request.GET.get("moment", "")).first()
    initial = {"moment": str(moment.pk) if moment else ""}
    form = RedirectForm(request.POST or None, app=access.app, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            rule = create_redirect_rule(app=access.app, draft=form.draft(), actor=request.user)
        except Invalid as invalid:
            show_errors(form, invalid, NAMES)
        else:
            messages.success(request, f"“{rule.name}” is saved as a draft.")
            return redirect("redirect_rule", workspace, app, rule.pk)
    return _form_page(request, access, form, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def redirect_page(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Look at a redirect; with the right role, change it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    rule = _rule(access, pk)
    form = RedirectForm(request.POST or None, app=access.app, initial=redirect_initial(rule))
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        try:
            saved = update_redirect_rule(
                rule_id=pk,
                app=access.app,
                draft=form.draft(),
                expected_version=editing.version_in(request),
                actor=request.user,
            )
        except Invalid as invalid:
            show_errors(form, invalid, NAMES)
        except Conflict:
            rule = _rule(access, pk)
            stored = RedirectForm(app=access.app, initial=redirect_initial(rule))
            context = {"conflict": True, "differences": editing.differences([(form, stored)])}
        else:
            again = (
                f" This is revision {saved.revision}." if saved.revision != rule.revision else ""
            )
            messages.success(request, f"“{saved.name}” is saved.{again}")
            return redirect("redirect_rule", workspace, app, pk)
    return _form_page(request, access, form, rule, **context)


@require_POST
@signed_in
def redirect_status(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Publish, pause, archive, restore."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    rule = _rule(access, pk)
    wanted = request.POST.get("status", "")
    try:
        if wanted in CampaignStatus.values:
            set_redirect_rule_status(rule_id=pk, app=access.app, status=wanted, actor=request.user)
            editing.say_step(request, name=rule.name, status=wanted)
    except Invalid as invalid:
        editing.say_refusal(request, invalid)
    return redirect("redirect_rule", workspace, app, pk)


@require_POST
@signed_in
def redirect_preview(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The side panel for what stands in the form now; stores nothing."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    form = RedirectForm(request.POST, app=access.app)
    return render(request, f"{PAGE}_preview.html", {"access": access, **_side(form)})


def _form_page(
    request: PersonRequest,
    access: AppAccess,
    form: RedirectForm,
    rule: RedirectRule | None,
    **context: Any,
) -> HttpResponse:
    page = {
        "access": access,
        "nav": "redirects",
        "form": form,
        "rule": rule,
        "version": rule.version if rule else 0,
        "steps": editing.steps(rule.status) if rule else (),
        "writable": access.can_edit and (rule is None or rule.status != CampaignStatus.ARCHIVED),
        "has_moments": any(not moment.opening for moment in form.moments.values()),
        **_side(form),
        **context,
    }
    status = editing.INVALID_STATUS if form.is_bound and form.errors else 200
    if context.get("conflict"):
        status = editing.CONFLICT_STATUS
    return render(request, f"{PAGE}form.html", page, status=status)


def _side(form: RedirectForm) -> dict[str, Any]:
    platforms = [str(name) for name in form["platforms"].value() or []]
    line = str(form["line"].value() or "")
    return {
        "line": preview.text(line, LENGTHS["line"]),
        "action_label": str(form["action_label"].value() or ""),
        "surface": str(form["surface"].value() or "banner"),
        "ways": preview.settings_ways(platforms),
        "warnings": preview.redirect_warnings(moment=form.chosen_moment, line=line),
    }


def _rule(access: AppAccess, pk: int) -> RedirectRule:
    rule = RedirectRule.objects.filter(app=access.app, pk=pk).select_related("moment").first()
    if rule is None:
        raise Http404("no such redirect")
    return rule
