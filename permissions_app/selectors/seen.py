"""Events that apps send: where a product manager picks a moment from, and tries conditions on.

Names are counted by day; of each name a few recent events are kept as samples, without device and
personal details. How many events meet some conditions is therefore an estimate with an interval, and
exact only where there are no conditions.
"""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import connection
from django.db.models import Max, Sum

from permissions_app.domain.moments import Condition, matches
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.models import SeenEvent, SeenSample, ValueMoment

LOOKED_AT = 200
"""Samples of one name that are read: the newest ones, all that are kept."""
DAYS = 30
EXAMPLES = 3
SAMPLES_LISTED = 8
"""Samples that are read for each name of the catalogue."""

FEW_OF_EACH = """
SELECT names.name, s.properties::text
FROM unnest(%s::text[]) AS names(name), LATERAL (
    SELECT properties FROM permissions_app_seensample
    WHERE app_id = %s AND name = names.name ORDER BY at DESC LIMIT %s
) AS s
"""

Samples = Sequence[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class SeenName:
    """An event name, how often it arrived in the days looked at, and the last of these days."""

    name: str
    count: int
    last_day: date


@dataclass(frozen=True, slots=True)
class SeenProperty:
    """A property that samples carry. `examples`: its most frequent values."""

    name: str
    examples: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class CatalogueEntry:
    """An event that the app sends. `moments`: the names of the moments that are defined on it."""

    name: str
    count: int
    last_day: date
    properties: tuple[SeenProperty, ...]
    moments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """How many of the `total` events of the last DAYS days meet some conditions.

    `exact`: there are no conditions, so all do. Otherwise `share` is that of `share.trials` samples,
    with its 95 % interval; None without samples: not enough data.
    """

    total: int
    exact: bool
    share: Proportion | None

    @property
    def about(self) -> int | None:
        """The estimated number of events; None where it cannot be told."""
        if self.exact:
            return self.total
        return None if self.share is None else round(self.total * self.share.rate)

    @property
    def low(self) -> int:
        """The lower bound of the estimate."""
        return self.total if self.share is None else int(self.total * self.share.low)

    @property
    def high(self) -> int:
        """The upper bound of the estimate."""
        return self.total if self.share is None else -int(-self.total * self.share.high // 1)


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


def catalogue(*, app_id: int, today: date, limit: int = 50) -> tuple[CatalogueEntry, ...]:
    """What the app sent in the last DAYS days, most frequent first. Three queries."""
    names = seen_names(app_id=app_id, today=today, days=DAYS, limit=limit)
    moments: dict[str, list[str]] = {}
    rows = ValueMoment.objects.filter(app_id=app_id).order_by("name")
    for event, moment in rows.values_list("event_name", "name"):
        moments.setdefault(event, []).append(moment)
    samples = _few_of_each(app_id, [seen.name for seen in names])
    return tuple(
        CatalogueEntry(
            name=seen.name,
            count=seen.count,
            last_day=seen.last_day,
            properties=properties_in(samples.get(seen.name, ())),
            moments=tuple(moments.get(seen.name, ())),
        )
        for seen in names
    )


def newest_samples(*, app_id: int, event_name: str) -> Samples:
    """The properties of the newest events of a name; empty when none is kept."""
    rows = SeenSample.objects.filter(app_id=app_id, name=event_name).order_by("-at")
    return tuple(rows.values_list("properties", flat=True)[:LOOKED_AT])


def properties_in(samples: Samples, *, examples: int = EXAMPLES) -> tuple[SeenProperty, ...]:
    """The properties that samples carry, by how many carry them, with their most frequent values."""
    carried: Counter[str] = Counter()
    values: dict[str, Counter[tuple[str, Any]]] = {}
    for properties in samples:
        for name, value in properties.items():
            carried[name] += 1
            # True equals 1 in Python and not in a condition.
            values.setdefault(name, Counter())[type(value).__name__, value] += 1
    return tuple(
        SeenProperty(name, tuple(value for (_, value), _ in values[name].most_common(examples)))
        for name, _ in carried.most_common()
    )


def properties_seen(*, app_id: int, event_name: str) -> tuple[str, ...] | None:
    """The property names that recent events of this name carried; None when no sample is kept."""
    samples = newest_samples(app_id=app_id, event_name=event_name)
    return tuple(sorted({name for told in samples for name in told})) if samples else None


def trial(
    *,
    app_id: int,
    event_name: str,
    conditions: Sequence[Condition],
    samples: Samples,
    today: date,
) -> Trial:
    """Try conditions on the events of the last DAYS days. One query; `samples` as they were read."""
    recent = SeenEvent.objects.filter(
        app_id=app_id, name=event_name, day__gt=today - timedelta(days=DAYS)
    )
    total = recent.aggregate(total=Sum("count"))["total"] or 0
    if not conditions:
        return Trial(total, True, None)
    met = sum(matches(conditions, properties) for properties in samples)
    return Trial(total, False, wilson(successes=met, trials=len(samples)))


def _few_of_each(app_id: int, names: list[str]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(FEW_OF_EACH, (names, app_id, SAMPLES_LISTED))
        for name, properties in cursor.fetchall():
            found.setdefault(name, []).append(json.loads(properties))
    return found
