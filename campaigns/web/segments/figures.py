"""The figures of one segment: its size over time, its funnel, its recovery."""

from campaigns.charts.segment_size import SizePoint, size_json
from campaigns.selectors import segments as reading
from campaigns.selectors.segments import Described
from permissions_app.charts.recovery import recovery_json
from permissions_app.selectors.days import date_of
from permissions_app.selectors.funnel import of_ways
from permissions_app.templatetags.numbers import count
from permissions_app.web.figures import Column, Figure, Table
from permissions_app.web.overview import STAGE_NAMES

DAYS_SHOWN = 180
RECOVERY_AGES = (0, 1, 3, 7, 14, 30, 60, 90)


def figures_of(*, app_id: int, segment: Described, today: int) -> list[Figure]:
    """All of them; without any when the segment's conditions cannot be read."""
    if segment.node is None:
        return []
    return [
        _size(app_id, segment, today),
        _funnel(app_id, segment, today),
        _recovery(app_id, segment, today),
    ]


def _size(app_id: int, segment: Described, today: int) -> Figure:
    days = reading.days_of(app_id=app_id, key=segment.key, since=today - DAYS_SHOWN)
    points = tuple(SizePoint(date_of(it.day), it.size, it.entered, it.left) for it in days)
    columns = (
        Column("Day", "day", "day"),
        Column("Devices", "devices"),
        Column("Entered", "entered"),
        Column("Left", "left"),
    )
    rows = tuple((p.day, p.size, p.entered, p.left) for p in reversed(points))
    return Figure(
        key="size",
        title="Size over time",
        note="Looked at once a day, soon after midnight UTC, device by device: who entered and who left are counted, "
        "not taken from the difference. A day after the conditions were changed has neither.",
        table=Table(columns, rows),
        chart=size_json(points=points) if len(points) > 1 else "",
        legend=(("yes", "Devices"), ("blue", "Entered"), ("waiting", "Left")),
        blank=""
        if points
        else "Not enough data. The first look comes within minutes, the next ones each night.",
    )


def _funnel(app_id: int, segment: Described, today: int) -> Figure:
    assert segment.node is not None
    group = of_ways(reading.ways(app_id=app_id, node=segment.node, today=today))
    rows = [
        (STAGE_NAMES.get(stage.key, stage.key), stage.n, stage.share, _lost(stage.dropped))
        for stage in group.stages
    ]
    for name, n in (("Lost by refusal", group.denied), ("Lost waiting", group.waiting)):
        rows.append((name, n, n / group.eligible if group.eligible else None, None))
    return Figure(
        key="funnel",
        title="The way of these people",
        note="The eligible devices that are in the segment now, and how far each of them ever came. Where the segment "
        "itself asks for a stage, that stage says nothing new.",
        table=Table(
            (
                Column("Stage", "stage", "text"),
                Column("Devices", "devices"),
                Column("Of eligible", "share_of_eligible", "rate"),
                Column("Lost on the way", "lost_from_stage_before"),
            ),
            tuple(rows),
        ),
        blank="" if group.eligible else "Not enough data. No eligible device is in this segment.",
    )


def _lost(dropped: int | None) -> int | None:
    """More come to a later stage than to the one before where the dialog was shown without a soft ask: nobody is lost
    then.
    """
    return None if dropped is None or dropped < 0 else dropped


def _recovery(app_id: int, segment: Described, today: int) -> Figure:
    assert segment.node is not None
    found = reading.recovery(app_id=app_id, node=segment.node, today=today)
    points = {
        point.age: point for point in found.points if point.incidence is not None and point.at_risk
    }
    rows = tuple(
        (
            f"Within {age} days" if age else "On the same day",
            points[age].incidence,
            points[age].low,
            points[age].high,
            points[age].at_risk,
        )
        for age in RECOVERY_AGES
        if age in points
    )
    return Figure(
        key="recovery",
        title="Settings recovery of these people",
        note=f"Of {count(found.denied)} that were ever denied for good, {count(found.recovered)} were seen "
        f"authorised again and {count(found.lost)} removed the app first. Cumulative incidence by days since the "
        "first denial. A segment that asks for recovery, or for being denied still, decides this curve: compare "
        "segments that do not.",
        table=Table(
            (
                Column("Since the denial", "since_the_denial", "text"),
                Column("Recovered", "recovered", "rate"),
                Column("Low", "low", "rate"),
                Column("High", "high", "rate"),
                Column("Watched", "at_risk"),
            ),
            rows,
        ),
        chart=recovery_json(points=found.points, references=()) if found.recovered else "",
        legend=(("yes", "Recovered, with its 95 % interval"),),
        blank=""
        if rows
        else "Not enough data. Nobody in this segment was denied for good and watched for a day.",
    )
