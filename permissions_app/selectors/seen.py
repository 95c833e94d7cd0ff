"""Events that apps send and no moment wants yet: where a product manager picks a moment from."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, Sum

from permissions_app.models import SeenEvent, SeenSample

LOOKED_AT = 200
"""Samples that are read for the names of properties."""


@dataclass(frozen=True, slots=True)
class SeenName:
    """An event name, how often it arrived in the days looked at, and the last of these days."""

    name: str
    count: int
    last_day: date


def seen_names(
    *, app_id: int, today: date, days: int = 14, limit: int = 30
) -> tuple[SeenName, ...]:
    """The most frequent unmatched event names of the last `days`, most frequent first."""
    rows = (
        SeenEvent.objects.filter(app_id=app_id, day__gt=today - timedelta(days=days))
        .values_list("name")
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
