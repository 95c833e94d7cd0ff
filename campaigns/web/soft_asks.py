"""Soft asks: the list, making one, changing one, publishing it."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from campaigns.domain.drafts import LENGTHS, Words
from campaigns.models import CampaignStatus, CopyVariant, SoftAsk
from campaigns.selectors.listing import soft_ask_rows
from campaigns.services.soft_asks import create_soft_ask, set_soft_ask_status, update_soft_ask
from campaigns.web import editing, preview
from campaigns.web.forms import (
    SoftAskForm,
    VariantForm,
    show_errors,
    soft_ask_initial,
    variant_forms,
    variants_initial,
)
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/soft_asks/"
DEFAULT_WAITS = "14, 30, 90"


@require_safe
@signed_in
def soft_asks(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All soft asks of the app, narrowed by text and status."""
    access = load_app(request, workspace, app)
    text, status = request.GET.get("q", "").strip()[:80], request.GET.get("status", "")
    context = {
        "access": access,
        "nav": "soft_asks",
        "rows": soft_ask_rows(app=access.app, text=text, status=status),
        "q": text,
        "status": status,
        "statuses": CampaignStatus.choices,
        "narrowed": bool(text or status),
        "has_moments": access.app.moments.exists(),
    }
    part = "_rows.html" if request.htmx and request.htmx.target == "rows" else "page.html"
    return render(request, PAGE + part, context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_soft_ask(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Write a soft ask; `?moment=` names the key of the moment to begin with."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    moment = access.app.moments.filter(key=request.GET.get("moment", "")).first()
    initial = {"moment": str(moment.pk) if moment else "", "backoff_days": DEFAULT_WAITS}
    form = SoftAskForm(request.POST or None, app=access.app, initial=initial)
    variants = variant_forms(request.POST or None, [])
    if request.method == "POST":
        written = _written(form, variants)
        if written is not None:
            try:
                ask = create_soft_ask(app=access.app, draft=form.draft(written), actor=request.user)
            except Invalid as invalid:
                _show(form, variants, invalid)
            else:
                messages.success(request, f"“{ask.name}” is saved as a draft.")
                return redirect("soft_ask", workspace, app, ask.pk)
    return _form_page(request, access, form, variants, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def soft_ask_page(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Look at a soft ask; with the right role, change it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    ask = _soft_ask(access, pk)
    form = SoftAskForm(request.POST or None, app=access.app, initial=soft_ask_initial(ask))
    variants = variant_forms(request.POST or None, variants_initial(ask))
    context: dict[str, Any] = {}
    written = _written(form, variants) if request.method == "POST" else None
    if written is not None:
        try:
            saved = update_soft_ask(
                soft_ask_id=pk,
                app=access.app,
                draft=form.draft(written),
                expected_version=editing.version_in(request),
                actor=request.user,
            )
        except Invalid as invalid:
            _show(form, variants, invalid)
        except Conflict:
            ask = _soft_ask(access, pk)
            context = _conflict(form, variants, ask, access)
        else:
            again = f" This is revision {saved.revision}." if saved.revision != ask.revision else ""
            messages.success(request, f"“{saved.name}” is saved.{again}")
            return redirect("soft_ask", workspace, app, pk)
    return _form_page(request, access, form, variants, ask, **context)


@require_POST
@signed_in
def soft_ask_status(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Publish, pause, archive, restore."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    ask = _soft_ask(access, pk)
    wanted = request.POST.get("status", "")
    try:
        if wanted in CampaignStatus.values:
            set_soft_ask_status(soft_ask_id=pk, app=access.app, status=wanted, actor=request.user)
            editing.say_step(request, name=ask.name, status=wanted)
    except Invalid as invalid:
        editing.say_refusal(request, invalid)
    return redirect("soft_ask", workspace, app, pk)


@require_POST
@signed_in
def soft_ask_preview(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The side panel for what stands in the form now; stores nothing."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    form = SoftAskForm(request.POST, app=access.app)
    variants = variant_forms(request.POST, [])
    return render(request, f"{PAGE}_preview.html", {"access": access, **_side(form, variants)})


def _form_page(
    request: PersonRequest,
    access: AppAccess,
    form: SoftAskForm,
    variants: list[VariantForm],
    ask: SoftAsk | None,
    **context: Any,
) -> HttpResponse:
    page = {
        "access": access,
        "nav": "soft_asks",
        "form": form,
        "variants": variants,
        "ask": ask,
        "version": ask.version if ask else 0,
        "steps": editing.steps(ask.status) if ask else (),
        "writable": access.can_edit and (ask is None or ask.status != CampaignStatus.ARCHIVED),
        "has_moments": bool(form.moments),
        **_side(form, variants),
        **context,
    }
    wrong = form.is_bound and (form.errors or any(v.errors for v in variants if not v.is_blank))
    status = editing.INVALID_STATUS if wrong else 200
    if context.get("conflict"):
        status = editing.CONFLICT_STATUS
    return render(request, f"{PAGE}form.html", page, status=status)


def _side(form: SoftAskForm, variants: list[VariantForm]) -> dict[str, Any]:
    platforms = [str(name) for name in form["platforms"].value() or []]
    cards = [_card(variant) for variant in variants if not variant.is_blank]
    return {
        "cards": cards,
        "budgets": preview.budgets(platforms),
        "stakes": preview.stakes(platforms),
        "warnings": preview.soft_ask_warnings(
            moment=form.chosen_moment,
            first_session=bool(form["allow_first_session"].value()),
            cards=len(cards),
        ),
    }


def _card(variant: VariantForm) -> preview.Card:
    def said(name: str) -> str:
        return str(variant[name].value() or "")

    surface = dict(CopyVariant.Surface.choices).get(said("surface"), "Bottom sheet")
    return preview.Card(
        label=f"{said('key') or '?'} · {surface}",
        surface=said("surface") or "sheet",
        title=preview.text(said("title"), LENGTHS["title"]),
        body=preview.text(said("body"), LENGTHS["body"]),
        accept=said("accept_label"),
        decline=said("decline_label"),
    )


def _written(form: SoftAskForm, variants: list[VariantForm]) -> tuple[Words, ...] | None:
    """The variants that have words, when all shapes are right."""
    used = [variant for variant in variants if not variant.is_blank]
    fine = [variant.is_valid() for variant in used]
    if not form.is_valid() or not all(fine):
        return None
    return tuple(variant.words() for variant in used)


def _show(form: SoftAskForm, variants: list[VariantForm], invalid: Invalid) -> None:
    used = [variant for variant in variants if not variant.is_blank]
    mine: dict[str, str] = {}
    for field, sentence in invalid.errors.items():
        parts = field.split(".")
        if len(parts) == 3 and parts[0] == "variants":
            used[int(parts[1])].add_error(parts[2], sentence)
        else:
            mine[field] = sentence
    show_errors(form, Invalid(mine), {"holdout": "holdout_percent"})


def _conflict(
    form: SoftAskForm, variants: list[VariantForm], ask: SoftAsk, access: AppAccess
) -> dict[str, Any]:
    pairs: list[tuple[Any, Any]] = [
        (form, SoftAskForm(app=access.app, initial=soft_ask_initial(ask)))
    ]
    pairs.extend(zip(variants, variant_forms(None, variants_initial(ask)), strict=True))
    found: list[editing.Difference] = []
    for typed, stored in pairs:
        if isinstance(typed, VariantForm) and typed.is_blank and stored.is_blank:
            continue
        key = f"Variant {typed['key'].value()}: " if isinstance(typed, VariantForm) else ""
        found.extend(
            replace(difference, label=f"{key}{difference.label}")
            for difference in editing.differences([(typed, stored)])
        )
    return {"conflict": True, "differences": found}


def _soft_ask(access: AppAccess, pk: int) -> SoftAsk:
    rows = SoftAsk.objects.filter(app=access.app, pk=pk)
    ask = rows.select_related("moment").prefetch_related("variants").first()
    if ask is None:
        raise Http404("no such soft ask")
    return ask
