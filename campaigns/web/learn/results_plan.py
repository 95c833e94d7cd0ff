"""Planning a trial before it starts: what it takes to see a difference, and for how long."""

from dataclasses import dataclass
from math import ceil, isfinite
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
from campaigns.domain.trial_shapes import OUTCOMES, plan_of
from campaigns.models import Campaign
from campaigns.selectors.campaigns import kind_in, working_copy
from campaigns.selectors.plan_start import MomentVolume, PlanStart, plan_start
from campaigns.services.plans import keep_plan
from campaigns.web.loading import ADDRESS, load_campaign
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.domain.planning import (
    LONGEST_DAYS,
    Plan,
    check,
    devices_needed,
    devices_to_plan,
    power_curve,
)
from permissions_app.models import Role
from permissions_app.web.access import PersonRequest, load_app, signed_in
from permissions_app.web.figures import Column, Figure, Table, csv_response

PAGE = "campaigns/learn/results/"
ASSUMED: dict[Kind, float] = {"soft_ask": 0.4, "redirect": 0.03}
"""The rate to expect where the app has none of its own: a judgement, and said to be one."""
DIFFERENCE: dict[Kind, float] = {"soft_ask": 0.02, "redirect": 0.01}
KIND_NAMES: dict[Kind, str] = {"soft_ask": "A soft ask", "redirect": "A Settings redirect"}
CURVE_POINTS = 48
UNREADABLE = "Write a number, like 12.5."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says. `typed`: its fields as texts. `plan` is None where `errors` tells why."""

    kind: Kind
    moment: MomentVolume | None
    typed: dict[str, str]
    errors: dict[str, str]
    plan: Plan | None


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
    asked = _asked(request.GET, start, kind, campaign)
    planned = plan_of(working_copy(campaign)) if campaign is not None else None
    uneven = planned is not None and len(planned.variants) == 1
    told = _told(asked, uneven=uneven)
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
        "alone": planned is not None and len(planned.shares) < 2,
        "against_holdout": uneven,
        "kinds": KIND_NAMES.items(),
        "arms": range(2, 6),
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


def _asked(sent: QueryDict, start: PlanStart, kind: Kind, campaign: Campaign | None) -> Asked:
    """What was typed; where nothing was, the app's own numbers and the draft's."""
    draft = working_copy(campaign) if campaign is not None else None
    wanted = sent.get("moment") or (draft.moment if draft else "")
    moment = next((m for m in start.moments if m.key == wanted), None)
    if moment is None and start.moments:
        moment = start.moments[0]
    arms, share = 2, 1.0
    difference = DIFFERENCE[kind]
    if draft is not None:
        shares = plan_of(draft).shares
        variants = plan_of(draft).variants
        arms = min(5, max(2, len(variants)))
        share = sum(shares[key] for key in variants)
        if len(variants) == 1:
            # Uneven arms are worth fewer devices: 80 against 20 as much as 32 against 32.
            share = 4 * draft.holdout * (1 - draft.holdout)
        difference = draft.smallest_difference
    defaults = {
        "baseline": _plain(round((start.rate or ASSUMED[kind]) * 100, 1)),
        "difference": _plain(difference * 100),
        "arms": str(arms),
        "share": _plain((share or 1.0) * 100),
        "per_day": "",
    }
    typed = {name: sent.get(name, default)[:20] for name, default in defaults.items()}
    errors: dict[str, str] = {}

    def number(name: str, by: float = 100.0) -> float:
        try:
            value = float(typed[name].strip().replace(",", ".")) / by
            if not isfinite(value):
                raise ValueError
        except ValueError:
            errors[name] = UNREADABLE
            return 0.0
        return value

    plan = Plan(
        baseline=number("baseline"),
        difference=number("difference"),
        arms=int(number("arms", 1.0)),
        share=number("share"),
        per_day=number("per_day", 1.0)
        if typed["per_day"].strip()
        else (moment.per_day if moment else 0.0),
    )
    if not errors:
        try:
            check(plan)
        except ValueError as error:
            errors[""] = str(error)
    return Asked(kind, moment, typed, errors, None if errors else plan)


def _told(asked: Asked, *, uneven: bool) -> dict[str, Any]:
    """What the plan comes to, with the curve. `uneven`: one wording against its holdout."""
    plan = asked.plan
    if plan is None:
        return {}
    need, once = devices_to_plan(plan), devices_needed(plan)
    last = min(LONGEST_DAYS, max(14, 2 * need.days)) if need.days else LONGEST_DAYS
    step = max(1, last // CURVE_POINTS)
    days = sorted({*range(step, last + 1, step), *((need.days,) if need.days else ())})
    points = power_curve(plan, days=days) if need.days else ()
    table = Table(
        (
            Column("Days", "days"),
            Column("Devices", "devices"),
            Column("Chance to find it", "power", "rate"),
        ),
        tuple((point.days, point.devices, point.power) for point in points),
    )
    blank = (
        ""
        if points
        else (
            "Not enough data. No device comes to this moment."
            if plan.per_day <= 0
            else "It would take more than ten years. Choose a larger difference or a busier moment."
        )
    )
    figure = Figure(
        key="power",
        title="The chance to find the difference, by day",
        note="By the always-valid sequence, looked at on that day. Dashed: 80 %.",
        table=table,
        chart=power_json(points=points, needed=need.days) if points else "",
        size="chart-short",
        blank=blank,
    )
    return {
        "need": need,
        "once": once,
        "figure": figure,
        "planned": ceil(need.devices / plan.share),
        "planned_once": ceil(once.devices / plan.share) if uneven else once.devices,
        "plan": plan,
    }


def _with_csv(sent: QueryDict) -> str:
    told = sent.copy()
    told["csv"] = "power"
    return told.urlencode()


def _plain(value: float) -> str:
    return f"{value:.4g}"
