"""Value moments: making one from what the app sends, changing one."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.models import CampaignStatus
from campaigns.selectors.listing import conditions_in_words
from campaigns.web import conditions, editing
from campaigns.web.forms import MomentForm, show_errors
from campaigns.web.moment_check import checked
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.domain.moment_lint import rules_on, sounds_opening
from permissions_app.models import Role, ValueMoment
from permissions_app.selectors.days import today
from permissions_app.selectors.seen import catalogue
from permissions_app.services.moments import (
    MomentDraft,
    create_moment,
    set_moment_status,
    update_moment,
)
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/moments/"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_moment(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Make a moment; `?event=` fills in an event that was seen."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    event = request.GET.get("event", "")[:120]
    form = MomentForm(
        request.POST or None,
        initial={"event_name": event, "name": event, "opening": sounds_opening(event)},
    )
    rows = conditions.rows_from_post(request.POST)
    if request.method == "POST" and "more" not in request.POST and form.is_valid():
        try:
            moment = create_moment(
                app=access.app,
                draft=_draft(form, rows),
                actor=request.user,
                key=form.cleaned_data["key"],
            )
        except Invalid as invalid:
            show_errors(form, invalid)
        else:
            messages.success(request, f"“{moment.name}” is a value moment now.")
            return redirect("moment", workspace, app, moment.key)
    return _form_page(request, access, form, rows, None)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def moment_page(request: PersonRequest, workspace: str, app: str, key: str) -> HttpResponse:
    """Look at a moment; with the right role, change it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    moment = _moment(access, key)
    stored = {name: getattr(moment, name) for name in ("name", "event_name", "key", "opening")}
    if request.method != "POST":
        rows = conditions.rows_from_json(moment.conditions)
        return _form_page(request, access, MomentForm(initial=stored), rows, moment)
    form = MomentForm(request.POST, initial=stored)
    rows = conditions.rows_from_post(request.POST)
    context: dict[str, Any] = {}
    if "more" not in request.POST and form.is_valid():
        try:
            moment = update_moment(
                moment_id=moment.pk,
                app=access.app,
                draft=_draft(form, rows),
                expected_version=editing.version_in(request),
                actor=request.user,
            )
        except Invalid as invalid:
            show_errors(form, invalid)
        except Conflict:
            moment = _moment(access, key)
            context = _conflict(form, rows, moment)
        else:
            messages.success(request, f"“{moment.name}” is saved.")
            return redirect("moment", workspace, app, moment.key)
    return _form_page(request, access, form, rows, moment, **context)


@require_POST
@signed_in
def moment_status(request: PersonRequest, workspace: str, app: str, key: str) -> HttpResponse:
    """Pause or activate."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    moment = _moment(access, key)
    wanted = request.POST.get("status", "")
    if wanted in ValueMoment.Status.values:
        set_moment_status(moment_id=moment.pk, app=access.app, status=wanted, actor=request.user)
        editing.say_step(request, name=moment.name, status=wanted)
    return redirect("moment", workspace, app, moment.key)


def _form_page(
    request: PersonRequest,
    access: AppAccess,
    form: MomentForm,
    rows: tuple[conditions.Row, ...],
    moment: ValueMoment | None,
    **context: Any,
) -> HttpResponse:
    spare = 4 if "more" in request.POST else conditions.SPARE_ROWS
    page = {
        "access": access,
        "nav": "moments",
        "form": form,
        "moment": moment,
        "version": moment.version if moment else 0,
        "condition_rows": conditions.with_spare(rows, spare) if access.can_edit else rows,
        "operators": conditions.OPERATOR_CHOICES,
        **checked(access, form, rows, moment),
        **context,
    }
    if moment is None:
        seen = catalogue(app_id=access.app.pk, today=today(timezone.now()))
        page["catalogue"] = [(entry, rules_on(entry.name)[:1]) for entry in seen]
    else:
        here = moment.campaigns.exclude(status=CampaignStatus.ARCHIVED).order_by("name")
        page["soft_asks"] = [row for row in here if row.kind == "soft_ask"]
        page["redirects"] = [row for row in here if row.kind == "redirect"]
    status = 200
    if context.get("conflict"):
        status = editing.CONFLICT_STATUS
    elif form.is_bound and form.errors:
        status = editing.INVALID_STATUS
    return render(request, f"{PAGE}form.html", page, status=status)


def _conflict(
    form: MomentForm, rows: tuple[conditions.Row, ...], moment: ValueMoment
) -> dict[str, Any]:
    names = ("name", "event_name", "key", "opening")
    stored = MomentForm(initial={name: getattr(moment, name) for name in names})
    found = [
        difference
        for difference in editing.differences([(form, stored)])
        if difference.label != "Key"
    ]
    theirs = ", ".join(conditions_in_words(moment.conditions))
    ours = ", ".join(conditions_in_words(conditions.to_json(rows)))
    if theirs != ours:
        found.append(editing.Difference("Conditions", theirs, ours))
    return {"conflict": True, "differences": found}


def _draft(form: MomentForm, rows: tuple[conditions.Row, ...]) -> MomentDraft:
    data = form.cleaned_data
    return MomentDraft(
        name=data["name"],
        event_name=data["event_name"],
        conditions=conditions.to_json(rows),
        opening=data["opening"],
    )


def _moment(access: AppAccess, key: str) -> ValueMoment:
    moment = access.app.moments.filter(key=key).first()
    if moment is None:
        raise Http404("no such moment")
    return moment
