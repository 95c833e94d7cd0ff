"""Settings recovery of an app: who said no, and how many of them came back.

Read from the rollups: `denial` (by day and cause), `recovered` (by day of denial, attribution and
age) and `lost` (by day of denial and age).
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from permissions_app.domain.survival import AgePoint, cumulative_incidence, point_at
from permissions_app.selectors.days import day_number, last_complete_day

HORIZON = 90
"""Days since the denial up to which the curve is drawn."""
CAUSES = ("refused_once", "refused", "turned_off", "auto_reset", "embargoed")
ATTRIBUTIONS = ("tapped", "seen", "organic")

# Ages beyond the horizon are one age for the curve, which is not drawn there.
QUERY = """
SELECT measure, day, least(age, %(beyond)s) AS up_to, key, arm, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure IN ('denial', 'recovered', 'lost')
  AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY GROUPING SETS ((measure, day, least(age, %(beyond)s)), (measure, key, arm))
"""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Devices whose denial falls in a range of days, watched up to the end of `as_of`.

    `points` has one entry for each age 0, 1, ... up to HORIZON days; it is empty while nobody could
    be watched, and when `consistent` is False: then more came back than ever left, which the
    nightly audit will report. Counts include what was seen after `as_of`; the curve does not.
    """

    as_of: date
    denials: int
    by_cause: tuple[tuple[str, int], ...]
    by_attribution: tuple[tuple[str, int], ...]
    lost: int
    points: tuple[AgePoint, ...]
    consistent: bool

    @property
    def recovered(self) -> int:
        """Denied devices seen authorised later, however long it took."""
        return sum(n for _, n in self.by_attribution)

    def at(self, age: int) -> AgePoint | None:
        """The curve at an age in days; None where nobody could be watched that long."""
        point = point_at(self.points, age=age)
        return None if point is None or point.incidence is None or not point.at_risk else point


def recovery(
    *, app_id: int, start: date, end: date, platform: str | None, now: datetime
) -> Recovery:
    """Recovery of the denials from `start` to `end` (both included), on one platform or all."""
    as_of = last_complete_day(now)
    cohorts: dict[int, int] = {}
    recovered: dict[tuple[int, int], int] = {}
    lost: dict[tuple[int, int], int] = {}
    causes: Counter[str] = Counter()
    arms: Counter[str] = Counter()
    lost_in_all = 0
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
                "beyond": HORIZON + 1,
            },
        )
        for measure, day, age, key, arm, n in cursor.fetchall():
            if day is None:
                if measure == "denial":
                    causes[key] += n
                elif measure == "recovered":
                    arms[arm] += n
                else:
                    lost_in_all += n
            elif measure == "denial":
                cohorts[day] = n
            else:
                (recovered if measure == "recovered" else lost)[day, age] = n
    hits = {
        cell: (recovered.get(cell, 0), lost.get(cell, 0)) for cell in recovered.keys() | lost.keys()
    }
    try:
        curve = cumulative_incidence(cohorts=cohorts, hits=hits, as_of=day_number(as_of))
        consistent = True
    except ValueError:
        curve, consistent = (), False
    return Recovery(
        as_of=as_of,
        denials=causes.total(),
        by_cause=_in_order(causes, CAUSES),
        by_attribution=_in_order(arms, ATTRIBUTIONS),
        lost=lost_in_all,
        points=curve[: HORIZON + 1] if causes.total() else (),
        consistent=consistent,
    )


def _in_order(found: Counter[str], known: tuple[str, ...]) -> tuple[tuple[str, int], ...]:
    """The known names in their order, then any others; names never seen are left out."""
    others = sorted(found.keys() - set(known))
    return tuple((name, found[name]) for name in (*known, *others) if found[name])
