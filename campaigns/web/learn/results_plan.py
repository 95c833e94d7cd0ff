"""Planning a trial before it starts: what it takes to see a difference, and for how long."""

from math import ceil
from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from campaigns.charts.power import power_json
from campaigns.domain.drafts import Kind
from campaigns.domain.trial_shapes import OUTCOMES
from campaigns.selectors.campaigns import kind_in, working_copy
from campaigns.selectors.plan_start import plan_start
from campaigns.services.plans import keep_plan
from campaigns.web.learn.plan_form import MOST_ARMS, Asked, read_form
from campaigns.web.loading import ADDRESS, load_campaign
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.domain.planning import (
    LONGEST_DAYS,
    Plan,
    PlanPoint,
    devices_needed,
    devices_to_plan,
    power_curve,
)
from permissions_app.models import Role
from permissions_app.web.access import PersonRequest, load_app, signed_in
from permissions_app.web.figures import Column, Figure, Table, csv_response

PAGE = "campaigns/learn/results/"
KIND_NAMES: dict[Kind, str] = {"soft_ask": "A soft ask", "redirect": "A Settings redirect"}
CURVE_POINTS = 48


@require_safe
@signed_in
def plan(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """The form with what its numbers come to; for htmx the latter alone; or the curve as a file."""
    access = load_app(request, workspace, app)
    wanted = request.GET.get("for", "")
    campaign = None
    if wanted:
        if not (wanted.isascii() and wanted.isdecimal() and len(wanted) <= 9):
            raise BadRequest("no such campaign")
        campaign = load_campaign(access, int(wanted))
    kind: Kind = "redirect" if request.GET.get("kind") == "redirect" else "soft_ask"
    if campaign is not None:
        kind = kind_in(campaign)
    start = plan_start(app=access.app, kind=kind, now=timezone.now())
    draft = working_copy(campaign) if campaign is not None else None
    asked = read_form(sent=request.GET, start=start, kind=kind, draft=draft)
    told = _told(asked)
    if request.GET.get("csv") and told:
        name = f"{access.app.slug}-plan.csv"
        return csv_response(name=name, rows=told["figure"].table.file())
    context: dict[str, Any] = {
        "access": access,
        "nav": "results",
        "campaign": campaign,
        "asked": asked,
        "problem": next(iter(asked.errors.values()), ""),
        "start": start,
        "outcome": OUTCOMES[kind][0],
        "assumed": start.rate is None,
        "kinds": KIND_NAMES.items(),
        "arms": range(2, MOST_ARMS + 1),
        "file": f"?{_with_csv(request.GET)}",
        **told,
    }
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{PAGE}{'_plan' if partial else 'plan'}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@signed_in
def keep(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Write a plan into the working copy of a soft ask or redirect; it holds once that is published."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    campaign = load_campaign(access, pk)
    try:
        devices, difference = int(request.POST["devices"]), float(request.POST["difference"])
        version = int(request.POST["version"])
    except (KeyError, ValueError):
        raise BadRequest("devices, difference and version are numbers") from None
    try:
        keep_plan(
            campaign=campaign,
            planned_devices=devices,
            smallest_difference=difference,
            expected_version=version,
            actor=request.user,
        )
    except Invalid as invalid:
        messages.error(request, " ".join(invalid.errors.values()))
    except Conflict:
        messages.error(
            request,
            "Somebody changed the draft meanwhile, so the plan was not kept. Plan it again.",
        )
    else:
        messages.success(
            request, "The plan stands in the draft. It holds from the next published revision on."
        )
    return redirect(ADDRESS[kind_in(campaign)], workspace, app, pk)


def _told(asked: Asked) -> dict[str, Any]:
    """What the plan comes to, with the curve."""
    plan = asked.plan
    if plan is None:
        return {}
    need, once = devices_to_plan(plan), devices_needed(plan)
    return {
        "need": need,
        "once": once,
        "figure": _curve(plan, need.days),
        "planned": ceil(need.devices / asked.part),
        "planned_once": ceil(once.devices / asked.part) if asked.uneven else once.devices,
        "plan": plan,
    }


def _curve(plan: Plan, needed: int | None) -> Figure:
    """The power by day, up to twice the days that the plan needs."""
    points: tuple[PlanPoint, ...] = ()
    blank = "It would take more than ten years. Choose a larger difference or a busier moment."
    if plan.per_day <= 0:
        blank = "Not enough data. No device comes to this moment."
    if needed is not None:
        last = min(LONGEST_DAYS, max(14, 2 * needed))
        step = max(1, last // CURVE_POINTS)
        points = power_curve(plan, days=sorted({*range(step, last + 1, step), needed}))
    columns = (
        Column("Days", "days"),
        Column("Devices", "devices"),
        Column("Chance to find it", "power", "rate"),
    )
    return Figure(
        key="power",
        title="The chance to find the difference, by day",
        note="By the always-valid sequence, looked at on that day. Dashed: 80 %.",
        table=Table(columns, tuple((point.days, point.devices, point.power) for point in points)),
        chart=power_json(points=points, needed=needed) if points else "",
        size="chart-short",
        blank="" if points else blank,
    )


def _with_csv(sent: QueryDict) -> str:
    told = sent.copy()
    told["csv"] = "power"
    return told.urlencode()
