"""Fatigue: how often devices are interrupted, what the next interruption does, and what a cap would save and cost."""

from collections.abc import Sequence
from datetime import date

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from permissions_app.charts import theme
from permissions_app.charts.columns import Line, Rate, Series, by_number_json, columns_json
from permissions_app.domain.breakdowns import MOST_TIMES
from permissions_app.domain.proportions import Proportion
from permissions_app.selectors.days import today
from permissions_app.selectors.fatigue import Fatigue, Nth, fatigue
from permissions_app.templatetags.numbers import count, interval, percent
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import Cell, Column, Figure, Table, figures_page
from permissions_app.web.ranges import read_range

PAGE = "campaigns/learn/fatigue/"
ENOUGH = 20
"""Interruptions at a number below which no point is drawn; the table has them all."""


@require_safe
@signed_in
def fatigue_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """Four figures about the interruptions of a range."""
    access = load_app(request, workspace, app)
    chosen = read_range(parameters=request.GET.dict(), today=today(timezone.now()))
    seen = fatigue(
        app_id=access.app.pk, start=chosen.start, end=chosen.end, platform=chosen.platform
    )
    return figures_page(
        request,
        access=access,
        nav="fatigue",
        page=PAGE,
        chosen=chosen,
        carried={},
        figures=[_caps(access, seen), _distribution(seen), _refusals(seen), _nevers(seen)],
        context={"days_about": "First interruption"},
    )


def _times(n: int) -> str:
    return f"{n} or more" if n == MOST_TIMES else str(n)


def _caps(access: AppAccess, seen: Fatigue) -> Figure:
    present = access.app.fatigue_per_30_days
    rows = tuple(
        (
            Cell(effect.cap, small="the cap now" if effect.cap == present else ""),
            effect.saved,
            effect.saved_share,
            effect.lost,
            effect.lost_share,
        )
        for effect in seen.caps
    )
    return Figure(
        key="caps",
        title="What a cap in 30 days would have saved, and cost",
        note=(
            f"The app’s cap now is {present} in 30 days and {access.app.fatigue_per_day} a day. What a cap costs is an "
            "upper bound: yeses at later interruptions of a device’s life, some of which fell into another 30 days, or "
            "would have been said at a later ask."
        ),
        table=Table(
            (
                Column("Cap in 30 days", "cap"),
                Column("Interruptions saved", "interruptions_saved"),
                Column("Of all interruptions", "share_saved", "rate"),
                Column("Yeses lost at most", "acceptances_lost_at_most"),
                Column("Of all yeses", "share_lost_at_most", "rate"),
            ),
            rows,
        ),
        chart=columns_json(
            labels=tuple(str(effect.cap) for effect in seen.caps),
            series=(
                Series(
                    "Interruptions saved",
                    theme.BLUE,
                    tuple(effect.saved_share for effect in seen.caps),
                    tuple(
                        f"Cap {e.cap}: {count(e.saved)} of {count(e.interruptions)} interruptions saved"
                        for e in seen.caps
                    ),
                ),
                Series(
                    "Yeses lost at most",
                    theme.NO,
                    tuple(effect.lost_share for effect in seen.caps),
                    tuple(
                        f"Cap {e.cap}: at most {count(e.lost)} of {count(e.acceptances)} yeses lost"
                        for e in seen.caps
                    ),
                    "/",
                ),
            ),
            kind="rate",
            below="interruptions allowed in 30 days",
            marked=str(present),
        ),
        legend=(
            ("blue", "Interruptions saved, of all"),
            ("no-lines", "Yeses lost at most, of all"),
            ("band", "The cap now"),
        ),
        size="chart-short",
        findings=_cap_findings(seen, present),
        open=True,
        blank="" if seen.interruptions else _nothing(),
    )


def _cap_findings(seen: Fatigue, present: int) -> tuple[str, ...]:
    """What one step down from the present cap would do."""
    tighter = next((effect for effect in seen.caps if effect.cap == present - 1), None)
    if tighter is None or not tighter.interruptions:
        return ()
    if not tighter.saved:
        return (
            f"A cap of {tighter.cap} would have saved nothing: nobody was interrupted more often.",
        )
    cost = (
        f"at most {percent(tighter.lost_share)} of the yeses" if tighter.acceptances else "no yes"
    )
    return (
        f"A cap of {tighter.cap} instead of {present} would have saved {percent(tighter.saved_share)} of all "
        f"interruptions and cost {cost}.",
    )


def _distribution(seen: Fatigue) -> Figure:
    rows = tuple(
        (_times(n), devices, devices / seen.devices if seen.devices else None)
        for n, devices in seen.distribution
    )
    most = max((n for n, _ in seen.distribution), default=1)
    found = dict(seen.distribution)
    labels = range(1, most + 1)
    return Figure(
        key="interruptions",
        title="Interruptions of a device in 30 days",
        note=(
            f"Soft asks and redirects shown, in the periods of 30 days that touch the range: {_day(seen.start)} to "
            f"{_day(seen.end)}. A device counts once in each period in which it was interrupted."
        ),
        table=Table(
            (
                Column("Interruptions", "interruptions", "text"),
                Column("Devices", "devices"),
                Column("Of those interrupted", "share", "rate"),
            ),
            rows,
        ),
        chart=columns_json(
            labels=tuple(_times(n) for n in labels),
            series=(
                Series(
                    "Devices",
                    theme.YES,
                    tuple(found.get(n, 0) for n in labels),
                    tuple(
                        f"{_times(n)} in 30 days: {count(found.get(n, 0))} devices" for n in labels
                    ),
                ),
            ),
            kind="count",
            below="interruptions in 30 days",
        ),
        size="chart-short",
        blank="" if seen.devices else _nothing(),
    )


def _refusals(seen: Fatigue) -> Figure:
    asks, lines = {one.n: one for one in seen.soft_asks}, {one.n: one for one in seen.redirects}
    rows = tuple(
        (_times(n), *_nth(asks.get(n)), *_nth(lines.get(n)))
        for n in sorted(asks.keys() | lines.keys())
    )
    drawn = tuple(
        line
        for line in (
            Line("Soft asks declined or dismissed", _points(seen.soft_asks, "Soft asks"), 0),
            Line("Redirects dismissed", _points(seen.redirects, "Redirects"), 1),
        )
        if line.points
    )
    return Figure(
        key="refusals",
        title="A no at the first, the second, the third interruption",
        note=(
            "Devices by the day of their first interruption; the number counts all soft asks and redirects that a "
            f"device met in its life. Points of fewer than {ENOUGH} interruptions are not drawn. Whoever says never "
            "is not interrupted again, so later numbers are about people who did not."
        ),
        table=Table(
            (
                Column("Interruption", "n", "text"),
                Column("Soft asks", "soft_asks"),
                Column("Declined or dismissed", "soft_ask_no", "rate"),
                Column("Accepted", "soft_ask_yes", "rate"),
                Column("Redirects", "redirects"),
                Column("Dismissed", "redirect_no", "rate"),
                Column("Tapped", "redirect_yes", "rate"),
            ),
            rows,
        ),
        chart=by_number_json(lines=drawn, below="interruption in a device’s life") if drawn else "",
        legend=(
            ("line-solid", "Soft asks declined or dismissed, with the 95 % interval"),
            ("line-dash", "Redirects dismissed"),
        ),
        size="chart-short",
        blank="" if rows else _nothing(),
    )


def _nth(one: Nth | None) -> tuple[Cell, Cell, Cell]:
    if one is None:
        return Cell(None), Cell(None, unknown="–"), Cell(None, unknown="–")
    return Cell(one.shown), _rate(one.no_rate), _rate(one.yes_rate)


def _rate(found: Proportion | None) -> Cell:
    return Cell(found.rate if found else None, small=interval(found))


def _points(found: Sequence[Nth], what: str) -> tuple[Rate, ...]:
    return tuple(
        Rate(
            one.n,
            one.no_rate.rate,
            one.no_rate.low,
            one.no_rate.high,
            f"{what}: {percent(one.no_rate.rate)} of {count(one.shown)} said no ({interval(one.no_rate)})",
        )
        for one in found
        if one.no_rate and one.shown >= ENOUGH
    )


def _nevers(seen: Fatigue) -> Figure:
    rows = tuple((_times(one.n), one.met, one.said, _rate(one.rate)) for one in seen.nevers)
    points = tuple(
        Rate(
            one.n,
            one.rate.rate,
            one.rate.low,
            one.rate.high,
            f"{count(one.said)} of {count(one.met)} said never ({interval(one.rate)})",
        )
        for one in seen.nevers
        if one.rate and one.met >= ENOUGH
    )
    return Figure(
        key="nevers",
        title="“Never ask again” after so many interruptions",
        note="Of the devices that met at least so many interruptions, those that said never right after that one.",
        table=Table(
            (
                Column("After", "n", "text"),
                Column("Devices that met so many", "devices"),
                Column("Said never", "never"),
                Column("Rate", "rate", "rate"),
            ),
            rows,
        ),
        chart=by_number_json(
            lines=(Line("Said never", points, 4),), below="interruption in a device’s life"
        )
        if points
        else "",
        legend=(("no", "Said never, with the 95 % interval"),),
        size="chart-short",
        blank="" if rows else _nothing(),
    )


def _nothing() -> str:
    return "Not enough data. Nobody was interrupted in this range."


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"
