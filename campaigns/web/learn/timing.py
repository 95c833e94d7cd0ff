"""Timing: how the grant rate goes with what people had seen of the app when they were first asked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.selectors.gate_trials import gate_trials, soft_asks_to_try
from campaigns.web.editing import CHANGED_MEANWHILE, INVALID_STATUS
from campaigns.web.learn.gate_trial import GATES, Typed, drafted, ended, options, trial_figure
from permissions_app.charts import sketch
from permissions_app.charts.timing import Mark, TimingStep, timing_json
from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.domain.proportions import Proportion
from permissions_app.domain.reference_lines import lines_for
from permissions_app.domain.timing import MIN_ASKS, Product, TimingPoint, landing, levelling
from permissions_app.domain.timing_words import evidence, headline, label
from permissions_app.models import Role
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import has_devices
from permissions_app.selectors.timing import Timing, timing
from permissions_app.templatetags.numbers import THIN
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import Cell, Column, Figure, Table, choices, figures_page
from permissions_app.web.ranges import read_range

PAGE = "campaigns/learn/timing/"
KINDS = {
    "screens": "Screens",
    "sessions": "Sessions",
    "minutes": "Time",
    "moments": "Value moments",
}
UNITS = {
    "screens": "screens before the first ask",
    "sessions": "sessions before the first ask",
    "minutes": "time from first seen to the first ask, at least",
    "moments": "value moments before the first ask",
}
MIN_DRAWN = 10
"""Asks at a step before it is drawn; the table has all of them."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def timing_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Grant rate by experience before the first ask; and with the right role, a trial of gates into a draft."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    if request.method == "POST":
        return _write(request, access)
    return _page(request, access, None, {})


def _write(request: PersonRequest, access: AppAccess) -> HttpResponseBase:
    """Write a trial into the draft of a soft ask, or take it out again; then show the draft."""
    asks = soft_asks_to_try(app=access.app)
    typed = Typed(
        **{name: request.POST.get(name, "")[:40] for name in ("campaign", "gate", "early", "late")}
    )
    try:
        if "end" in request.POST:
            found = next((ask for ask in asks if str(ask.pk) == request.POST["end"]), None)
            if found is None:
                raise Http404("no such soft ask")
            campaign = ended(app=access.app, campaign=found, actor=request.user)
            messages.success(
                request, "The draft has no trial any more. Publish it to end the trial."
            )
        else:
            campaign = drafted(app=access.app, asks=asks, typed=typed, actor=request.user)
            messages.success(
                request, "The trial is in the draft. Nobody draws an arm before it is published."
            )
    except Invalid as invalid:
        return _page(request, access, typed, invalid.errors)
    except Conflict:
        messages.error(request, CHANGED_MEANWHILE)
        return redirect("timing", access.workspace.slug, access.app.slug)
    return redirect("soft_ask", access.workspace.slug, access.app.slug, campaign.pk)


def _page(
    request: PersonRequest, access: AppAccess, typed: Typed | None, errors: Mapping[str, str]
) -> HttpResponseBase:
    """The page; `typed` and `errors`: a form that was sent and could not be followed."""
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else "screens"
    carried = {"kind": "" if kind == "screens" else kind}
    seen = timing(
        app_id=access.app.pk, start=chosen.start, end=chosen.end, platform=chosen.platform
    )
    points = seen.points[kind]
    trials = gate_trials(app=access.app, now=now)
    context: dict[str, Any] = {
        "kinds": choices(
            name="kind",
            label="Experience by",
            options={"" if key == "screens" else key: name for key, name in KINDS.items()},
            current=carried["kind"],
            chosen=chosen,
            carried=carried,
        ),
        "seen": seen,
        "evidence": evidence(kind=kind, points=points),
        "least": MIN_ASKS,
        "contested": lines_for(measure="timing"),
        "days_about": "Install day",
        "nothing_yet": not seen.eligible and not has_devices(app_id=access.app.pk),
        "asks": options(soft_asks_to_try(app=access.app)),
        "gates": [(key, words) for key, (words, _) in GATES.items()],
        "typed": typed or _proposed(kind, points),
        "errors": errors,
        "running": [(trial.campaign_id, trial.name) for trial in trials if trial.state != "over"],
    }
    response = figures_page(
        request,
        access=access,
        nav="timing",
        page=PAGE,
        chosen=chosen,
        carried=carried,
        figures=[_timing(kind, seen, points), *map(trial_figure, trials)],
        context=context,
    )
    if errors:
        response.status_code = INVALID_STATUS
    return response


def _proposed(kind: str, points: Sequence[TimingPoint]) -> Typed:
    """What the form begins with: where the dialog lands, and where the rate levels off."""
    lands, level = landing(points), levelling(points).step
    gate = kind if kind in GATES else "screens"
    if kind not in GATES or lands is None or level is None or level <= lands:
        return Typed(gate=gate)
    return Typed(gate=gate, early=str(lands), late=str(level))


def _timing(kind: str, seen: Timing, points: Sequence[TimingPoint]) -> Figure:
    steps = _steps(kind, points)
    drawn = [step for step in steps if step.per_ask]
    return Figure(
        key="timing",
        title=f"Grant rate by {KINDS[kind].lower()} before the first ask",
        note=(
            "Eligible devices first seen in the range. Per ask: granted of all devices first asked there. Per eligible "
            "device: the share of eligible devices that come at least that far × the rate per ask there."
        ),
        findings=(headline(kind=kind, points=points),) if drawn else (),
        table=_table(kind, points),
        chart=_chart(kind, points, steps) if drawn else "",
        sketch=sketch.line([step.per_ask.rate if step.per_ask else None for step in steps]),
        size="chart-curves",
        legend=(
            ("line-solid", "Per ask, 95 % band"),
            ("line-dash", "Per eligible device, 95 % band"),
        ),
        blank="" if drawn else _blank(kind, seen),
        badge="association",
    )


def _blank(kind: str, seen: Timing) -> str:
    if not seen.eligible:
        return "Not enough data. No eligible device was first seen in this range."
    if not seen.asked:
        return "Not enough data. No device of this range was asked yet."
    if not any(point.asked for point in seen.points[kind]):
        return f"Not enough data. Clients do not tell {KINDS[kind].lower()}."
    return f"Not enough data. No step has {MIN_DRAWN} asks yet."


def _steps(kind: str, points: Sequence[TimingPoint]) -> tuple[TimingStep, ...]:
    """The axis up to the last step that is drawn."""
    by_step = {point.step: point for point in points}
    last = max((point.step for point in points if point.asked >= MIN_DRAWN), default=-1)
    told = []
    for step in (step for step in STEPS[kind] if step <= last):
        point = by_step.get(step)
        enough = point is not None and point.asked >= MIN_DRAWN
        told.append(
            TimingStep(
                label=label(kind=kind, step=step),
                asked=point.asked if point else 0,
                per_ask=_mark(point.per_ask) if point and enough else None,
                per_eligible=_mark(point.per_eligible) if point and enough else None,
            )
        )
    return tuple(told)


def _mark(rate: Proportion | Product | None) -> Mark | None:
    return None if rate is None else Mark(rate.rate, rate.low, rate.high)


def _chart(kind: str, points: Sequence[TimingPoint], steps: tuple[TimingStep, ...]) -> str:
    def place(step: int | None) -> int | None:
        found = STEPS[kind].index(step) if step is not None else len(steps)
        return found if found < len(steps) else None

    return timing_json(
        steps=steps,
        unit=UNITS[kind],
        lands=place(landing(points)),
        level=place(levelling(points).step),
    )


def _table(kind: str, points: Sequence[TimingPoint]) -> Table:
    return Table(
        (
            Column(KINDS[kind], kind, "text"),
            Column("Came that far", "came"),
            Column("Of eligible", "share", "rate"),
            Column("First asked", "asked"),
            Column("Granted", "granted"),
            Column("Refused", "refused"),
            Column("Per ask", "per_ask", "rate"),
            Column("Per eligible device", "per_eligible", "rate"),
        ),
        tuple(
            (
                label(kind=kind, step=point.step),
                point.came,
                point.share.rate if point.share else None,
                point.asked,
                point.granted,
                point.refused,
                _cell(point.per_ask),
                _cell(point.per_eligible),
            )
            for point in points
        ),
    )


def _cell(rate: Proportion | Product | None) -> Cell:
    if rate is None:
        return Cell(None)
    return Cell(rate.rate, small=f"{rate.low * 100:.1f}–{rate.high * 100:.1f}{THIN}%")
