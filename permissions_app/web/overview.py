"""The overview of an app: who can be reached, where the others were lost, and who came back."""

import csv
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from permissions_app.charts import sketch
from permissions_app.charts.recovery import published, recovery_json
from permissions_app.charts.trend import trend_json
from permissions_app.domain.reference_lines import ReferenceLine, lines_for
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import (
    Overview,
    by_week,
    has_devices,
    overview,
)
from permissions_app.web import tables
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.ranges import PLATFORMS, PRESETS, Range, read_range

DAILY_UP_TO = 35
"""Ranges of more days are shown by week."""
AGES = (0, 7, 14, 30, 60, 90)
STAGE_NAMES = {
    "eligible": "Eligible",
    "reached": "Reached a value moment",
    "soft_ask_shown": "Saw a soft ask",
    "soft_ask_accepted": "Accepted it",
    "prompted": "Saw the OS dialog",
    "authorized": "Authorised now",
}
CAUSE_NAMES = {
    "refused_once": "Refused once, can still be asked",
    "refused": "Refused the OS dialog",
    "turned_off": "Turned off in Settings",
    "auto_reset": "Reset by the system",
    "embargoed": "Blocked by the browser",
}
ATTRIBUTION_NAMES = {
    "tapped": "after tapping a redirect",
    "seen": "after seeing a redirect",
    "organic": "on their own",
}


@require_safe
@signed_in
def overview_page(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The page, or for htmx the part of it that a filter changes."""
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    seen = _read(access, chosen, now)
    if not seen.devices and not seen.recovery.denials and not has_devices(app_id=access.app.pk):
        context = {"access": access, "nav": "overview"}
        return render(request, "permissions_app/overview/empty.html", context)
    partial = request.htmx and not request.htmx.history_restore_request
    if not partial:
        for problem in chosen.problems:
            messages.warning(request, problem)
    response = render(
        request,
        f"permissions_app/overview/{'_figures' if partial else 'page'}.html",
        {
            "access": access,
            "nav": "overview",
            "chosen": chosen,
            "seen": seen,
            "presets": [(days, chosen.query(preset=days)) for days in PRESETS],
            "platforms": [
                (key, name, chosen.query(platform=key))
                for key, name in ((None, "All"), *PLATFORMS.items())
            ],
            **_figures(seen, chosen),
        },
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@signed_in
def overview_csv(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The numbers of one chart as a file: `table` is funnel, recovery or trend."""
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    table = request.GET.get("table", "")
    if table not in tables.FILES:
        raise Http404("no such table")
    name = f"{access.app.slug}-{table}-{chosen.start}-{chosen.end}.csv"
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
    csv.writer(response).writerows(tables.FILES[table](_read(access, chosen, now)))
    return response


def _read(access: AppAccess, chosen: Range, now: datetime) -> Overview:
    return overview(
        app_id=access.app.pk,
        start=chosen.start,
        end=chosen.end,
        platform=chosen.platform,
        now=now,
    )


def _figures(seen: Overview, chosen: Range) -> dict[str, Any]:
    """Charts and the words beside them."""
    weekly = chosen.days > DAILY_UP_TO
    trend = by_week(seen.trend) if weekly else seen.trend
    points = seen.recovery.points
    references = lines_for(measure="recovery")
    drawable = seen.recovery.denials > 0 and any(p.at_risk for p in points)
    return {
        "stages": [(STAGE_NAMES[stage.key], stage) for stage in seen.stages],
        "causes": [(CAUSE_NAMES.get(key, key), n) for key, n in seen.recovery.by_cause],
        "attributions": [
            (ATTRIBUTION_NAMES.get(key, key), n) for key, n in seen.recovery.by_attribution
        ],
        "weekly": weekly,
        "trend_rows": tables.trend_rows(trend, weekly=weekly),
        "recovery_rows": tables.recovery_rows(points),
        "trend_json": trend_json(points=trend),
        "trend_sketch": sketch.line([p.opt_in.rate if p.opt_in else None for p in trend]),
        "recovery_json": recovery_json(points=points, references=references) if drawable else "",
        "recovery_sketch": sketch.line([p.incidence for p in points], steps=True),
        "at_ages": [(age, seen.recovery.at(age)) for age in AGES],
        "at_7": seen.recovery.at(7),
        "at_30": seen.recovery.at(30),
        "recovery_references": [(line, published(line)) for line in references],
        "opt_in_references": [(line, published(line)) for line in _opt_in_lines(chosen.platform)],
    }


def _opt_in_lines(platform: str | None) -> list[ReferenceLine]:
    """The published opt-in rates that speak of the chosen platform; none exist for the web."""
    word = {None: "overall", "ios": "ios", "android": "android"}.get(platform)
    return [
        line
        for line in lines_for(measure="opt_in")
        if word is not None and line.key in (f"opt_in_{word}_batch", f"opt_in_{word}_airship")
    ]
