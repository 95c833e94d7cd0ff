"""The numbers of the overview page, all read from the rollups: never from events or devices."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from permissions_app.domain.measures import FUNNEL_STAGES, OUTCOMES
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.models import Rollup
from permissions_app.selectors.days import date_of, day_number
from permissions_app.selectors.recovery import Recovery, recovery

DAILY = ("eligible", *OUTCOMES)
MEASURES = ("devices", "on_by_default", *FUNNEL_STAGES, "denied", "waiting", "answered", "granted")

QUERY = """
SELECT measure, CASE WHEN measure = ANY(%(daily)s) THEN day END AS on_day, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = ANY(%(measures)s) AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY measure, on_day
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the opt-in funnel, in devices. Not every device takes every stage, so a stage
    can have more devices than the one before: then `dropped` is negative.
    """

    key: str
    n: int
    share: float | None
    """Of the eligible devices."""
    dropped: int | None
    """Devices of the stage before minus devices of this one; None for the first stage."""
    drop_share: float | None
    """`dropped` as a share of the stage before."""


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """Devices first seen in `days` days from `day` on, and where they stand now."""

    day: date
    days: int
    eligible: int
    authorized: int
    denied: int
    waiting: int
    opt_in: Proportion | None


@dataclass(frozen=True, slots=True)
class Overview:
    """Devices first seen from `start` to `end` (both included, UTC), on one platform or all.

    `answered` and `granted` count by the day of the answer to the OS dialog instead, `recovery` by
    the day of the denial. `authorized + denied + waiting = eligible`.
    """

    start: date
    end: date
    platform: str | None
    devices: int
    on_by_default: int
    eligible: int
    authorized: int
    denied: int
    waiting: int
    opt_in: Proportion | None
    lost_by_refusal: Proportion | None
    lost_waiting: Proportion | None
    stages: tuple[Stage, ...]
    soft_ask_acceptance: Proportion | None
    answered: int
    granted: int
    grant_rate: Proportion | None
    trend: tuple[TrendPoint, ...]
    """One point for each day of the range."""
    recovery: Recovery


def overview(
    *, app_id: int, start: date, end: date, platform: str | None, now: datetime
) -> Overview:
    """Everything the overview page shows. Two queries, each over one range of one index."""
    totals, by_day = _counts(app_id, start, end, platform)
    eligible = totals["eligible"]
    return Overview(
        start=start,
        end=end,
        platform=platform,
        devices=totals["devices"],
        on_by_default=totals["on_by_default"],
        eligible=eligible,
        authorized=totals["authorized"],
        denied=totals["denied"],
        waiting=totals["waiting"],
        opt_in=_rate(totals["authorized"], eligible),
        lost_by_refusal=_rate(totals["denied"], eligible),
        lost_waiting=_rate(totals["waiting"], eligible),
        stages=stages_of(totals),
        soft_ask_acceptance=_rate(totals["soft_ask_accepted"], totals["soft_ask_shown"]),
        answered=totals["answered"],
        granted=totals["granted"],
        grant_rate=_rate(totals["granted"], totals["answered"]),
        trend=_trend(by_day, start, end),
        recovery=recovery(app_id=app_id, start=start, end=end, platform=platform, now=now),
    )


def has_devices(*, app_id: int) -> bool:
    """Whether any device of the app was ever counted."""
    return Rollup.objects.filter(app_id=app_id, measure="devices", n__gt=0).exists()


def by_week(points: Sequence[TrendPoint]) -> tuple[TrendPoint, ...]:
    """Daily points summed by week, Monday first. The first and last week may have fewer days."""
    weeks: dict[date, list[TrendPoint]] = {}
    for point in points:
        weeks.setdefault(point.day - timedelta(days=point.day.weekday()), []).append(point)
    return tuple(
        _point(
            days[0].day,
            sum(p.days for p in days),
            Counter({name: sum(getattr(p, name) for p in days) for name in DAILY}),
        )
        for days in weeks.values()
    )


def _counts(
    app_id: int, start: date, end: date, platform: str | None
) -> tuple[Counter[str], dict[int, Counter[str]]]:
    totals: Counter[str] = Counter()
    by_day: dict[int, Counter[str]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "daily": list(DAILY),
                "measures": list(MEASURES),
                "app": app_id,
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
            },
        )
        for measure, day, n in cursor.fetchall():
            totals[measure] += n
            if day is not None:
                by_day.setdefault(day, Counter())[measure] = n
    return totals, by_day


def stages_of(totals: Mapping[str, int]) -> tuple[Stage, ...]:
    """The funnel from devices by stage."""
    stages: list[Stage] = []
    eligible = totals.get("eligible", 0)
    for key in FUNNEL_STAGES:
        n = totals.get(key, 0)
        before = stages[-1].n if stages else None
        dropped = None if before is None else before - n
        stages.append(
            Stage(
                key=key,
                n=n,
                share=n / eligible if eligible else None,
                dropped=dropped,
                drop_share=dropped / before if before and dropped is not None else None,
            )
        )
    return tuple(stages)


def _trend(by_day: dict[int, Counter[str]], start: date, end: date) -> tuple[TrendPoint, ...]:
    nothing: Counter[str] = Counter()
    return tuple(
        _point(date_of(number), 1, by_day.get(number, nothing))
        for number in range(day_number(start), day_number(end) + 1)
    )


def _point(day: date, days: int, counts: Counter[str]) -> TrendPoint:
    return TrendPoint(
        day=day,
        days=days,
        eligible=counts["eligible"],
        authorized=counts["authorized"],
        denied=counts["denied"],
        waiting=counts["waiting"],
        opt_in=_rate(counts["authorized"], counts["eligible"]),
    )


def _rate(successes: int, trials: int) -> Proportion | None:
    """None where the rate is undefined: nobody tried, or a client reports answers to what it never
    said it showed.
    """
    if not 0 <= successes <= trials:
        return None
    return wilson(successes=successes, trials=trials)
