"""Settings recovery of groups: by platform, denial moment, cause, app version, words; and of a redirect by its arms.

Read from the rollups `denial`, `recovered`, `lost` (by platform), `denial_by`, `recovered_by`, `lost_by` (every other
group) and `assigned`, `assigned_recovered`, `assigned_lost` (arms of a redirect; their clock starts when chance put the
device into its arm, and everybody in it counts, whatever was seen). A device counts once in every group it belongs to.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from permissions_app.domain.standing import HOLDOUT
from permissions_app.domain.survival import AgePoint, cumulative_incidence, point_at
from permissions_app.selectors.days import day_number, last_complete_day
from permissions_app.selectors.recovery import ATTRIBUTIONS, HORIZON

DIMENSIONS = ("platform", "moment", "cause", "app", "campaign", "variant")
MOST_GROUPS = 200
TREATED = "redirect"
"""All arms of a redirect that may see it, together."""

GROUPED = """
SELECT measure, CASE %(by)s WHEN 'platform' THEN platform WHEN 'arm' THEN arm
                ELSE substr(key, length(%(prefix)s) + 1) END AS value,
       day, least(age, %(beyond)s) AS up_to, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = ANY(%(measures)s) AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND CASE %(by)s WHEN 'platform' THEN true WHEN 'arm' THEN key = %(prefix)s
      ELSE starts_with(key, %(prefix)s) END
GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""
ATTRIBUTED = """
SELECT arm, sum(n) FILTER (WHERE age <= 7)::bigint, sum(n) FILTER (WHERE age <= 30)::bigint, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = 'recovered' AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY arm
"""
RULES = """
SELECT key, sum(n)::bigint FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = 'assigned' AND starts_with(key, 'r') AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY key HAVING sum(n) > 0 ORDER BY 2 DESC, 1
"""


@dataclass(frozen=True, slots=True)
class RecoveryGroup:
    """Denied devices of one group (or devices of one arm), and their curve up to HORIZON days.

    `points` is empty while nobody could be watched, and where the counts contradict each other.
    """

    value: str
    denials: int
    recovered: int
    lost: int
    points: tuple[AgePoint, ...]

    def at(self, age: int) -> AgePoint | None:
        """The curve at an age in days; None where nobody could be watched that long."""
        point = point_at(self.points, age=age)
        return None if point is None or point.incidence is None or not point.at_risk else point


@dataclass(frozen=True, slots=True)
class Attributed:
    """Recoveries put down to the last redirect tapped, else seen, else to nobody: after up to 7 and 30 days, and so
    far.
    """

    kind: str
    within_7: int
    within_30: int
    so_far: int


class _Counts:
    """What is added up for one group."""

    def __init__(self) -> None:
        self.cohorts: Counter[int] = Counter()
        self.back: Counter[tuple[int, int]] = Counter()
        self.away: Counter[tuple[int, int]] = Counter()

    def add(self, other: "_Counts") -> None:
        self.cohorts += other.cohorts
        self.back += other.back
        self.away += other.away

    def group(self, value: str, as_of: int) -> RecoveryGroup:
        hits = {cell: (self.back[cell], self.away[cell]) for cell in self.back | self.away}
        try:
            points = cumulative_incidence(cohorts=self.cohorts, hits=hits, as_of=as_of)
        except ValueError:  # the nightly audit reports it
            points = ()
        return RecoveryGroup(
            value=value,
            denials=self.cohorts.total(),
            recovered=self.back.total(),
            lost=self.away.total(),
            points=points[: HORIZON + 1],
        )


def recovery_by(
    *,
    app_id: int,
    dimension: str,
    start: date,
    end: date,
    platform: str | None,
    now: datetime,
) -> tuple[RecoveryGroup, ...]:
    """The denials from `start` to `end` (both included, UTC) by one of DIMENSIONS, largest group first."""
    column = dimension == "platform"
    measures = (
        ("denial", "recovered", "lost") if column else ("denial_by", "recovered_by", "lost_by")
    )
    found = _read(
        app_id, dimension, "" if column else f"{dimension}:", measures, start, end, platform
    )
    as_of = day_number(last_complete_day(now))
    groups = [counts.group(value, as_of) for value, counts in found.items()]
    return tuple(sorted(groups, key=lambda group: (-group.denials, group.value)))[:MOST_GROUPS]


def recovery_of_arms(
    *, app_id: int, rule: str, start: date, end: date, platform: str | None, now: datetime
) -> tuple[RecoveryGroup, ...]:
    """A redirect rule ("r5") by arm, of the devices that came into their arm from `start` to `end`: TREATED first when
    there is more than one arm beside the holdout, then the arms by key, the holdout last.
    """
    measures = ("assigned", "assigned_recovered", "assigned_lost")
    found = _read(app_id, "arm", rule, measures, start, end, platform)
    as_of = day_number(last_complete_day(now))
    arms = sorted(found, key=lambda arm: (arm == HOLDOUT, arm))
    treated = [arm for arm in arms if arm != HOLDOUT]
    groups = [found[arm].group(arm, as_of) for arm in arms]
    if len(treated) > 1:
        together = _Counts()
        for arm in treated:
            together.add(found[arm])
        groups.insert(0, together.group(TREATED, as_of))
    return tuple(groups)


def attributed(
    *, app_id: int, start: date, end: date, platform: str | None
) -> tuple[Attributed, ...]:
    """Recoveries of the denials of these days by what they are put down to; every kind is named."""
    rows = {row[0]: row[1:] for row in _rows(ATTRIBUTED, app_id, start, end, platform)}
    known = (*ATTRIBUTIONS, *sorted(rows.keys() - set(ATTRIBUTIONS)))
    return tuple(Attributed(kind, *(n or 0 for n in rows.get(kind, (0, 0, 0)))) for kind in known)


def rules_with_arms(
    *, app_id: int, start: date, end: date, platform: str | None
) -> tuple[str, ...]:
    """The redirect rules that devices came into in these days, most devices first."""
    return tuple(row[0] for row in _rows(RULES, app_id, start, end, platform))


def _rows(
    query: str, app_id: int, start: date, end: date, platform: str | None, **more: Any
) -> Iterable[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            query,
            {
                "app": app_id,
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
                **more,
            },
        )
        return list(cursor.fetchall())


def _read(
    app_id: int,
    by: str,
    prefix: str,
    measures: tuple[str, str, str],
    start: date,
    end: date,
    platform: str | None,
) -> dict[str, _Counts]:
    """Counts by group; `measures`: those who begin, come back and are gone."""
    rows = _rows(
        GROUPED,
        app_id,
        start,
        end,
        platform,
        by=by,
        prefix=prefix,
        measures=list(measures),
        beyond=HORIZON + 1,
    )
    found: dict[str, _Counts] = {}
    for measure, value, day, age, n in rows:
        counts = found.setdefault(value, _Counts())
        if measure == measures[0]:
            counts.cohorts[day] += n
        elif measure == measures[1]:
            counts.back[day, age] += n
        else:
            counts.away[day, age] += n
    return {value: counts for value, counts in found.items() if counts.cohorts.total() > 0}
