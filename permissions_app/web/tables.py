"""The numbers of the charts as rows: of the long tables on the page, and of files to download.

The long tables are made here rather than in a template, which would take most of the page's time.
Their cells are numbers and dates only.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from django.utils.safestring import SafeString, mark_safe

from permissions_app.domain.survival import AgePoint
from permissions_app.selectors.overview import Overview, TrendPoint
from permissions_app.templatetags.numbers import count, interval, percent

Row = tuple[object, ...]


def recovery_rows(points: Sequence[AgePoint]) -> SafeString:
    """One row for each day on which somebody was still watched."""
    return _rows(
        (
            str(p.age),
            count(p.at_risk),
            count(p.recovered),
            count(p.lost),
            percent(p.incidence, 2),
            interval(p) or "–",
        )
        for p in points
        if p.at_risk
    )


def trend_rows(points: Sequence[TrendPoint], *, weekly: bool) -> SafeString:
    """One row for each install day or week."""
    return _rows(
        (
            _since(p, weekly),
            count(p.eligible),
            count(p.authorized),
            count(p.denied),
            count(p.waiting),
            percent(p.opt_in.rate if p.opt_in else None),
            interval(p.opt_in) or "–",
        )
        for p in points
    )


def _since(point: TrendPoint, weekly: bool) -> str:
    text = f"{point.day.day} {point.day:%b %Y}"
    if not weekly or point.days == 7:
        return text
    return f"{text} ({point.days} day{'' if point.days == 1 else 's'})"


def _rows(rows: Iterable[Sequence[str]]) -> SafeString:
    return mark_safe(  # noqa: S308  # numbers and dates, written just above
        "".join(
            f'<tr><th scope="row">{head}</th>'
            + "".join(f'<td class="num">{cell}</td>' for cell in cells)
            + "</tr>"
            for head, *cells in rows
        )
    )


def _funnel_file(seen: Overview) -> Iterator[Row]:
    yield "stage", "devices", "share_of_eligible", "lost_from_stage_before"
    for stage in seen.stages:
        yield stage.key, stage.n, stage.share, stage.dropped


def _recovery_file(seen: Overview) -> Iterator[Row]:
    yield "days_since_denial", "at_risk", "recovered", "lost", "incidence", "low_95", "high_95"
    for p in seen.recovery.points:
        yield p.age, p.at_risk, p.recovered, p.lost, p.incidence, p.low, p.high


def _trend_file(seen: Overview) -> Iterator[Row]:
    yield (
        "install_day",
        "eligible",
        "authorized",
        "denied",
        "waiting",
        "opt_in",
        "low_95",
        "high_95",
    )
    for p in seen.trend:
        rate = (p.opt_in.rate, p.opt_in.low, p.opt_in.high) if p.opt_in else (None, None, None)
        yield p.day.isoformat(), p.eligible, p.authorized, p.denied, p.waiting, *rate


FILES: Mapping[str, Callable[[Overview], Iterator[Row]]] = {
    "funnel": _funnel_file,
    "recovery": _recovery_file,
    "trend": _trend_file,
}
"""Name of a table -> the rows of its file, the first with the names of the columns."""
