"""Timing: how the grant rate goes with what people had seen of the app when they were first asked."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from permissions_app.charts import sketch
from permissions_app.charts.timing import Mark, TimingStep, timing_json
from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.proportions import Proportion
from permissions_app.domain.reference_lines import lines_for
from permissions_app.domain.timing import MIN_ASKS, Product, TimingPoint, landing, levelling
from permissions_app.domain.timing_words import evidence, headline, label
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import has_devices
from permissions_app.selectors.timing import Timing, timing
from permissions_app.templatetags.numbers import THIN
from permissions_app.web.access import PersonRequest, load_app, signed_in
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


@require_safe
@signed_in
def timing_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Grant rate by experience before the first ask, per ask and per eligible device."""
    access = load_app(request, workspace, app)
    chosen = read_range(parameters=request.GET.dict(), today=today(timezone.now()))
    asked = request.GET.get("kind", "")
    kind = asked if asked in KINDS else "screens"
    carried = {"kind": "" if kind == "screens" else kind}
    seen = timing(
        app_id=access.app.pk, start=chosen.start, end=chosen.end, platform=chosen.platform
    )
    points = seen.points[kind]
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
    }
    return figures_page(
        request,
        access=access,
        nav="timing",
        page=PAGE,
        chosen=chosen,
        carried=carried,
        figures=[_timing(kind, seen, points)],
        context=context,
    )


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
