"""The report: the main figures of a range on one page, made to be printed or kept as a PDF."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from campaigns.domain.trial_words import Said, said
from campaigns.selectors.alerts import open_alerts
from campaigns.selectors.campaigns import kind_in
from campaigns.selectors.league import MomentScore, league
from campaigns.selectors.results import results_list
from campaigns.web.learn.league import DEFAULT, in_order
from permissions_app.charts.recovery import recovery_json
from permissions_app.charts.trend import trend_json
from permissions_app.domain.reference_lines import lines_for
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import Overview, by_week, overview
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import filters
from permissions_app.web.overview import DAILY_UP_TO, STAGE_NAMES
from permissions_app.web.ranges import Range, read_range

PAGE = "campaigns/learn/report/"
MOST_MOMENTS, MOST_TRIALS = 6, 6


@dataclass(frozen=True, slots=True)
class TrialLine:
    """A live trial in one line."""

    name: str
    kind: str
    devices: int
    said: Said


@require_safe
@signed_in
def report_page(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The page, or for htmx the part of it that a filter changes."""
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    partial = request.htmx and not request.htmx.history_restore_request
    if not partial:
        for problem in chosen.problems:
            messages.warning(request, problem)
    response = render(
        request,
        f"{PAGE}{'_figures' if partial else 'page'}.html",
        {
            "access": access,
            "nav": "report",
            "days_about": "Install day",
            "made_at": now,
            **filters(chosen=chosen, carried={}),
            **_told(access, chosen, now),
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _told(access: AppAccess, chosen: Range, now: datetime) -> dict[str, Any]:
    """Every figure of the page."""
    seen = overview(
        app_id=access.app.pk,
        start=chosen.start,
        end=chosen.end,
        platform=chosen.platform,
        now=now,
    )
    moments = in_order(
        league(
            app=access.app, start=chosen.start, end=chosen.end, platform=chosen.platform, now=now
        ),
        DEFAULT,
    )
    trials = _trials(access, now)
    told = [one for one in trials if one.said.kind != "not_enough"]
    weekly = chosen.days > DAILY_UP_TO
    return {
        "seen": seen,
        "stages": [(STAGE_NAMES[stage.key], stage) for stage in seen.stages],
        "weekly": weekly,
        "trend": trend_json(points=by_week(seen.trend) if weekly else seen.trend)
        if seen.eligible
        else "",
        "recovery": _recovery(seen),
        "at_7": seen.recovery.at(7),
        "at_30": seen.recovery.at(30),
        "moments": [one for one in moments if _tells(one)][:MOST_MOMENTS],
        "trials": told[:MOST_TRIALS],
        "more_trials": max(0, len(told) - MOST_TRIALS),
        "quiet_trials": len(trials) - len(told),
        "alerts": open_alerts(app_id=access.app.pk),
    }


def _tells(one: MomentScore) -> bool:
    return bool(one.devices or one.asked or one.shown)


def _recovery(seen: Overview) -> str:
    """The curve, where anybody could be watched."""
    points = seen.recovery.points
    if not seen.recovery.denials or not any(point.at_risk for point in points):
        return ""
    return recovery_json(points=points, references=lines_for(measure="recovery"))


def _trials(access: AppAccess, now: datetime) -> list[TrialLine]:
    return [
        TrialLine(
            name=row.campaign.name,
            kind=row.campaign.get_kind_display(),
            devices=sum(arm.counts.devices for arm in row.trial.arms),
            said=said(row.trial, kind_in(row.campaign)),
        )
        for row in results_list(app=access.app, now=now)
        if row.live
    ]
