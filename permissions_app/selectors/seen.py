"""Events that apps send: where a product manager picks a moment from."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Sum

from permissions_app.models import SeenEvent, SeenSample, ValueMoment

LOOKED_AT = 200
"""Samples that are read for the names of properties."""


@dataclass(frozen=True, slots=True)
class SeenName:
    """An event name, how often it arrived in the days looked at, and the last of these days."""

    name: str
    count: int
    last_day: date


def seen_names(
    *, app_id: int, today: date, days: int = 14, limit: int = 30, without_moment: bool = False
) -> tuple[SeenName, ...]:
    """The event names of the last `days`, most frequent first.

    `without_moment` leaves out the names that a moment is already defined on, whatever its
    conditions.
    """
    found = SeenEvent.objects.filter(app_id=app_id, day__gt=today - timedelta(days=days))
    if without_moment:
        taken = ValueMoment.objects.filter(app_id=app_id).values("event_name")
        found = found.exclude(name__in=taken)
    rows = (
        found.values_list("name")
        .annotate(total=Sum("count"), last=Max("day"))
        .order_by("-total", "name")[:limit]
    )
    return tuple(SeenName(name, total, last) for name, total, last in rows)


def properties_seen(*, app_id: int, event_name: str) -> tuple[str, ...] | None:
    """The property names that recent events of this name carried; None when no sample is kept."""
    found: set[str] = set()
    rows = SeenSample.objects.filter(app_id=app_id, name=event_name).order_by("-at")
    samples = list(rows.values_list("properties", flat=True)[:LOOKED_AT])
    for properties in samples:
        found.update(properties)
    return tuple(sorted(found)) if samples else None
