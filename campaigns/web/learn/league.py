"""The moment league: which moments win devices, which win them back, and what each spends in interruptions."""

from collections.abc import Callable, Sequence
from typing import Literal

from django.http import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.selectors.league import AGE, Gain, MomentScore, league
from permissions_app.charts import theme
from permissions_app.charts.bars import Bar, Part, bars_json
from permissions_app.domain.proportions import Proportion
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import has_devices
from permissions_app.templatetags.numbers import THIN, count, interval
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import Cell, Column, Figure, Kind, Table, address, figures_page
from permissions_app.web.ranges import Range, read_range

PAGE = "campaigns/learn/league/"
PARTS = (
    Part("Authorised after a first ask here", theme.YES),
    Part("Won back by its redirects", theme.BLUE),
)
BASES = {
    "holdout": "against holdout",
    "attributed": "attributed",
    "both": "part attributed",
    "": "",
}
DEFAULT = "-authorized"
Sorted = tuple[str, str, Kind, Callable[[MomentScore], float | str | None]]
COLUMNS: tuple[Sorted, ...] = (
    ("moment", "Moment", "text", lambda one: one.name.lower()),
    ("devices", "Devices", "count", lambda one: one.devices),
    ("acceptance", "Accepted", "rate", lambda one: _rate(one.acceptance)),
    ("asked", "First asked", "count", lambda one: one.asked),
    ("authorized", "Authorised", "count", lambda one: one.authorized),
    ("share", "Of asked", "rate", lambda one: _rate(one.yield_)),
    ("per_ask", "Per soft ask", "decimals", lambda one: one.per_interruption),
    ("recovery", "Won back", "number", lambda one: one.recovery.value),
    ("interruptions", "Interruptions", "count", lambda one: one.interruptions),
    ("spent", "Per authorised", "number", lambda one: one.spent),
)
ORDERS = tuple(f"{sign}{column[0]}" for column in COLUMNS for sign in ("", "-"))


@require_safe
@signed_in
def league_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Every moment in one row, in the order that the address asks for."""
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    order = request.GET.get("sort", DEFAULT)
    order = order if order in ORDERS else DEFAULT
    carried = {"sort": "" if order == DEFAULT else order}
    scores = in_order(
        league(
            app=access.app, start=chosen.start, end=chosen.end, platform=chosen.platform, now=now
        ),
        order,
    )
    return figures_page(
        request,
        access=access,
        nav="league",
        page=PAGE,
        chosen=chosen,
        carried=carried,
        figures=[_figure(access, chosen, carried, order, scores)],
        context={
            "days_about": "Day it began",
            "nothing_yet": not scores and not has_devices(app_id=access.app.pk),
        },
    )


def in_order(scores: Sequence[MomentScore], order: str) -> list[MomentScore]:
    """By one of ORDERS; what is not known comes last whichever way it is turned."""
    value = next(column[3] for column in COLUMNS if column[0] == order.removeprefix("-"))
    known = [one for one in scores if value(one) is not None]
    unknown = [one for one in scores if value(one) is None]
    known.sort(key=value, reverse=order.startswith("-"))  # type: ignore[arg-type]  # one kind per column
    return known + unknown


def _figure(
    access: AppAccess,
    chosen: Range,
    carried: dict[str, str],
    order: str,
    scores: Sequence[MomentScore],
) -> Figure:
    drawn = [one for one in scores if one.authorized or (one.recovery.value or 0) > 0]
    return Figure(
        key="league",
        title="What each moment wins, and what it costs",
        note=(
            "Accepted: of devices that saw a soft ask of the moment. Authorised: devices whose first ask came at the "
            "moment and that can be reached today; also for each soft ask shown. Won back: the redirects of the "
            f"moment, arms minus holdout {AGE} days after a device came into its arm, where a holdout exists; else "
            "recoveries put down to the redirect, which may have come by themselves. Per authorised: interruptions "
            "spent for each device won or won back."
        ),
        table=Table(_columns(chosen, carried, order), tuple(_row(access, one) for one in scores)),
        chart=bars_json(bars=tuple(_bar(access, one) for one in drawn), parts=PARTS)
        if drawn
        else "",
        legend=(("yes", PARTS[0].name), ("blue", PARTS[1].name)) if drawn else (),
        size="chart-rows",
        open=True,
        blank="" if scores else "No value moment has been defined yet.",
    )


def _columns(chosen: Range, carried: dict[str, str], order: str) -> tuple[Column, ...]:
    found = []
    for field, name, kind, _ in COLUMNS:
        first = field if field == "moment" else f"-{field}"
        turned = field if first.startswith("-") else f"-{field}"
        wanted = turned if order == first else first
        current: Literal["", "ascending", "descending"] = ""
        if order.removeprefix("-") == field:
            current = "descending" if order.startswith("-") else "ascending"
        sort = "" if wanted == DEFAULT else wanted
        where = address(chosen=chosen, carried=carried, sort=sort)
        found.append(Column(name, field, kind, sort=where, order=current))
    return tuple(found)


def _row(access: AppAccess, one: MomentScore) -> tuple[Cell, ...]:
    return (
        Cell(one.name, _moment(access, one), links=_campaigns(access, one)),
        Cell(one.devices),
        Cell(
            _rate(one.acceptance),
            small=interval(one.acceptance),
            unknown="" if one.shown else "–",
        ),
        Cell(one.asked),
        Cell(one.authorized),
        Cell(_rate(one.yield_), small=interval(one.yield_), unknown="" if one.asked else "–"),
        Cell(one.per_interruption, unknown="" if one.soft_asks else "–"),
        _won_back(one.recovery),
        Cell(one.interruptions, small=_split(one)),
        Cell(one.spent, unknown="" if one.interruptions else "–"),
    )


def _won_back(gain: Gain) -> Cell:
    told = BASES[gain.basis]
    if gain.value is not None and gain.low is not None and gain.high is not None:
        bounds = f"{gain.low:.0f} to {gain.high:.0f}".replace("-", "−")
        told = f"{bounds} {told}"
    return Cell(gain.value, small=told, unknown="" if gain.basis else "–")


def _split(one: MomentScore) -> str:
    if not one.soft_asks or not one.redirects:
        return ""
    return f"{count(one.soft_asks)} soft asks, {count(one.redirects)} redirects"


def _bar(access: AppAccess, one: MomentScore) -> Bar:
    won = max(0.0, one.recovery.value or 0.0)
    return Bar(
        name=one.name,
        values=(one.authorized, won),
        said=(
            f"{one.name}: {count(one.authorized)} authorised of {count(one.asked)} first asked here",
            f"{one.name}: {won:.0f}{THIN}won back, {BASES[one.recovery.basis]}",
        ),
        total=count(round(one.authorized + won)),
        href=_moment(access, one),
    )


def _moment(access: AppAccess, one: MomentScore) -> str:
    if not one.known:
        return ""
    return reverse("moment", args=(access.workspace.slug, access.app.slug, one.key))


def _campaigns(access: AppAccess, one: MomentScore) -> tuple[tuple[str, str], ...]:
    at = (access.workspace.slug, access.app.slug)
    return tuple(
        (name, reverse("soft_ask" if kind == "soft_ask" else "redirect_rule", args=(*at, pk)))
        for name, kind, pk in one.campaigns
    )


def _rate(found: Proportion | None) -> float | None:
    return None if found is None else found.rate
