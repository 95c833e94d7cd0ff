"""The opt-in funnel: how far devices came, what was lost by refusal and what by waiting, for any group of them."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponseBase
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.selectors.names import Names, names_in
from permissions_app.charts.dots import Dot, dots_json
from permissions_app.domain.breakdowns import STAGE_LETTERS, UNKNOWN
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.selectors.days import today
from permissions_app.selectors.funnel import (
    DIMENSIONS,
    Group,
    change,
    funnel,
    funnel_by,
    period_before,
)
from permissions_app.selectors.overview import has_devices
from permissions_app.templatetags.numbers import THIN, count, interval, percent
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import Cell, Column, Figure, Table, choices, figures_page
from permissions_app.web.overview import STAGE_NAMES
from permissions_app.web.ranges import PLATFORMS, Range, read_range

PAGE = "campaigns/learn/funnel/"
COHORTS = {"": "Install day", "ask": "Day of the first ask"}
BREAKDOWNS = {
    "": "Nothing",
    "moment": "Moment",
    "campaign": "Campaign",
    "variant": "Variant",
    "platform": "Platform",
    "os": "System version",
    "app": "App version",
    "locale": "Language",
    "country": "Country",
    "week": "Week",
}
OVERLAPPING = ("moment", "campaign", "variant")
"""Dimensions in which a device can stand in several groups."""


@require_safe
@signed_in
def funnel_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """The funnel of a cohort, beside the period before, and by one dimension."""
    access = load_app(request, workspace, app)
    chosen = read_range(parameters=request.GET.dict(), today=today(timezone.now()))
    asked = "ask" if request.GET.get("cohort") == "ask" else ""
    by = request.GET.get("by", "")
    by = by if by in DIMENSIONS else ""
    compare = "1" if request.GET.get("compare") == "1" else ""
    carried = {"cohort": asked, "by": by, "compare": compare}
    reader = _Reader(access, chosen, asked, compare)
    whole, before = reader.whole()
    figures = [_whole(reader, whole, before)]
    if by:
        figures.append(_by(reader, by, names_in(app=access.app)))
    context: dict[str, Any] = {
        "asked": asked,
        "whole": whole,
        "before": before,
        "stages": [] if not whole.eligible else _stages(reader, whole, before),
        "before_days": reader.days_before,
        "lost": _lost(whole, before),
        "cohort": choices(
            name="cohort",
            label="Counted by",
            options=COHORTS,
            current=asked,
            chosen=chosen,
            carried=carried,
        ),
        "comparing": choices(
            name="compare",
            label="Beside",
            options={"": "Nothing", "1": "The period before"},
            current=compare,
            chosen=chosen,
            carried=carried,
        ),
        "breakdowns": BREAKDOWNS,
        "by": by,
        "days_about": COHORTS[asked],
        "nothing_yet": not whole.eligible and not has_devices(app_id=access.app.pk),
    }
    return figures_page(
        request,
        access=access,
        nav="funnel",
        page=PAGE,
        chosen=chosen,
        carried=carried,
        figures=figures,
        context=context,
    )


class _Reader:
    """The range and cohort of one page, and the period before where it is asked for."""

    def __init__(self, access: AppAccess, chosen: Range, asked: str, compare: str) -> None:
        self.access, self.chosen, self.asked = access, chosen, asked
        self.days_before = period_before(start=chosen.start, end=chosen.end) if compare else None

    def whole(self) -> tuple[Group, Group | None]:
        """Everybody, now and before."""
        now = funnel(**self._of(self.chosen.start, self.chosen.end))
        before = funnel(**self._of(*self.days_before)) if self.days_before else None
        return now, before if before and before.eligible else None

    def groups(self, by: str) -> tuple[tuple[Group, ...], dict[tuple[str, str], Group]]:
        """The groups now; and before, by value and platform."""
        now = funnel_by(dimension=by, **self._of(self.chosen.start, self.chosen.end))
        if not self.days_before or by == "week":
            return now, {}
        before = funnel_by(dimension=by, **self._of(*self.days_before))
        return now, {(group.value, group.platform): group for group in before}

    def segment(self, group: str = "", platform: str = "", took: str = "", place: str = "") -> str:
        """The address of a new segment of these devices; '' where segments cannot be made."""
        try:
            address = reverse(
                "new_segment", args=(self.access.workspace.slug, self.access.app.slug)
            )
        except NoReverseMatch:
            return ""
        told = {
            "from": "funnel",
            "platform": platform or self.chosen.platform or "",
            "first_seen_from": "" if self.asked else self.chosen.start.isoformat(),
            "first_seen_to": "" if self.asked else self.chosen.end.isoformat(),
            "group": group,
            "took": took,
            "place": place,
        }
        return f"{address}?{urlencode({key: value for key, value in told.items() if value})}"

    def _of(self, start: date, end: date) -> dict[str, Any]:
        return {
            "app_id": self.access.app.pk,
            "cohort": self.asked or "install",
            "start": start,
            "end": end,
            "platform": self.chosen.platform,
        }


def _stages(reader: _Reader, whole: Group, before: Group | None) -> list[dict[str, Any]]:
    """The bars: each stage with its drop-off, and what it was in the period before."""
    earlier = {stage.key: stage for stage in before.stages} if before else {}
    return [
        {
            "key": stage.key,
            "name": _stage_name(stage.key, reader.asked),
            "stage": stage,
            "href": reader.segment(
                took=STAGE_LETTERS.get(stage.key, ""),
                place="authorized" if stage.key == "authorized" else "",
            ),
            "earlier": earlier.get(stage.key),
        }
        for stage in whole.stages
    ]


def _lost(whole: Group, before: Group | None) -> dict[str, Proportion | None]:
    found = {}
    for name, group in (("", whole), ("_before", before)):
        if group is not None:
            found[f"denied{name}"] = wilson(successes=group.denied, trials=group.eligible)
            found[f"waiting{name}"] = wilson(successes=group.waiting, trials=group.eligible)
    return found


def _stage_name(key: str, asked: str) -> str:
    return "Asked for the first time" if asked and key == "eligible" else STAGE_NAMES[key]


def _whole(reader: _Reader, whole: Group, before: Group | None) -> Figure:
    columns = [
        Column("Stage", "stage", "text"),
        Column("Devices", "devices"),
        Column("Of eligible", "share_of_eligible", "rate"),
        Column("Lost on the way", "lost_from_stage_before"),
    ]
    earlier = {stage.key: stage for stage in before.stages} if before else {}
    if before:
        columns += [
            Column("Before", "devices_before"),
            Column("Of eligible before", "share_before", "rate"),
        ]
    rows = []
    for stage in whole.stages:
        row: list[Any] = [_stage_name(stage.key, reader.asked), stage.n, stage.share, stage.dropped]
        if before:
            row += [earlier[stage.key].n, earlier[stage.key].share]
        rows.append(tuple(row))
    for name, n in (("Lost by refusal", whole.denied), ("Lost waiting", whole.waiting)):
        share = n / whole.eligible if whole.eligible else None
        more: tuple[Any, ...] = ()
        if before:
            other = before.denied if name == "Lost by refusal" else before.waiting
            more = (other, other / before.eligible if before.eligible else None)
        rows.append((name, n, share, None, *more))
    return Figure(
        key="funnel",
        title="From eligible to authorised",
        note=_about(reader),
        table=Table(tuple(columns), tuple(rows)),
        blank="" if whole.eligible else _nothing(reader),
    )


def _about(reader: _Reader) -> str:
    if reader.asked:
        return (
            "Devices whose first ask, by a soft ask or by the system, fell in the range, and how far each came. "
            "Whoever was never asked is not among them: this is the rate per ask."
        )
    return (
        "Devices first seen in the range, and how far each came. A device can skip a stage, such as a dialog "
        "without a soft ask before it."
    )


def _nothing(reader: _Reader) -> str:
    happened = "was asked for the first time" if reader.asked else "was first seen"
    return f"Not enough data. No eligible device {happened} in this range."


def _by(reader: _Reader, by: str, names: Names) -> Figure:
    groups, earlier = reader.groups(by)
    rows, dots = [], []
    for group in groups:
        name = _name(by, group, names)
        href = "" if by == "week" else reader.segment(*_segment_of(by, group))
        rate = group.opt_in
        was = earlier.get((group.value, group.platform))
        rows.append(
            (
                Cell(name, href),
                group.eligible,
                *(stage.n for stage in group.stages[1:-1]),
                group.denied,
                group.waiting,
                group.authorized,
                Cell(rate.rate if rate else None, small=interval(rate)),
                group.grant_rate.rate if group.grant_rate else None,
                *(_change(group, was) if earlier else ()),
            )
        )
        if rate:
            before = was.opt_in if was else None
            dots.append(
                Dot(
                    name=name,
                    rate=rate.rate,
                    low=rate.low,
                    high=rate.high,
                    said=f"{name}: {percent(rate.rate)} of {count(rate.trials)}<br>95{THIN}% interval {interval(rate)}",
                    href=href,
                    before=before.rate if before else None,
                )
            )
    columns = (
        Column(BREAKDOWNS[by], by, "text"),
        Column("Eligible" if not reader.asked else "Asked", "eligible"),
        Column("Reached", "reached"),
        Column("Soft ask", "soft_ask_shown"),
        Column("Accepted", "soft_ask_accepted"),
        Column("OS dialog", "prompted"),
        Column("Refused", "denied"),
        Column("Waiting", "waiting"),
        Column("Authorised", "authorized"),
        Column("Opt-in", "opt_in", "rate"),
        Column("Grant rate", "grant_rate", "rate"),
        *((Column("Change", "change", "points"),) if earlier else ()),
    )
    return Figure(
        key="groups",
        title=f"By {BREAKDOWNS[by].lower()}",
        note=_group_note(reader, by),
        table=Table(columns, tuple(rows)),
        chart=dots_json(dots=tuple(dots)) if dots else "",
        legend=(
            ("dot", "Authorised of eligible, with its 95 % interval"),
            *((("ring", "The period before"),) if earlier else ()),
        ),
        size="chart-rows",
        blank="" if rows else _nothing(reader),
    )


def _group_note(reader: _Reader, by: str) -> str:
    told = (
        "Largest groups first; the table has all of them."
        if by != "week"
        else "Weeks begin on Monday."
    )
    if by in OVERLAPPING and not (reader.asked and by == "moment"):
        told += " A device that met several counts in each of them."
    if by in ("app", "os", "locale", "country") and not (reader.asked and by == "app"):
        told += " Devices are counted by what they last told."
    return told


def _change(group: Group, was: Group | None) -> tuple[Cell]:
    """The difference to the period before, with its interval."""
    if was is None:
        return (Cell(None),)
    found = change(now=group, before=was)
    if found is None:
        return (Cell(None),)
    low, high = (f"{bound * 100:+.1f}".replace("-", "−") for bound in (found.low, found.high))
    return (Cell(found.value, small=f"{low} to {high}"),)


def _segment_of(by: str, group: Group) -> tuple[str, str]:
    """The group as segments know it: (group, platform)."""
    if by == "platform":
        return "", group.value
    return f"{by}:{group.value}", group.platform


def _name(by: str, group: Group, names: Names) -> str:
    value = group.value
    if by == "moment":
        return names.moment(value) or "Outside of any moment"
    if by == "campaign":
        return names.campaign(value)
    if by == "variant":
        return names.words(value)
    if by == "platform":
        return PLATFORMS.get(value, value)
    if by == "week":
        day = date.fromisoformat(value)
        return f"{day.day} {day:%b %Y}"
    if by == "os" and group.platform != "web":
        return (
            f"{PLATFORMS.get(group.platform, group.platform)} {'?' if value == UNKNOWN else value}"
        )
    return "Not told" if value == UNKNOWN else value
