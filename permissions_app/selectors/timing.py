"""When devices were first asked, and how far they came; read from the rollups `asked_at`, `lived` and `eligible`."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db import connection

from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.timing import TimingPoint, timing_points
from permissions_app.selectors.days import day_number

QUERY = """
SELECT measure, key, arm, age, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = ANY('{eligible,lived,asked_at}') AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY measure, key, arm, age HAVING sum(n) <> 0
"""


@dataclass(frozen=True, slots=True)
class Timing:
    """Eligible devices first seen in a range, and their first asks by each kind of STEPS."""

    eligible: int
    points: dict[str, tuple[TimingPoint, ...]]

    @property
    def asked(self) -> int:
        """Devices that were asked at all: every first ask has its minutes."""
        return sum(point.asked for point in self.points["minutes"])


def timing(*, app_id: int, start: date, end: date, platform: str | None) -> Timing:
    """Devices first seen from `start` to `end` (both included, UTC), on one platform or all. One query."""
    eligible = 0
    asked: dict[str, Counter[tuple[int, str]]] = {kind: Counter() for kind in STEPS}
    lived: dict[str, Counter[int]] = {kind: Counter() for kind in STEPS}
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
            },
        )
        for measure, kind, arm, age, n in cursor.fetchall():
            if measure == "eligible":
                eligible += n
            elif measure == "lived":
                lived[kind][age] += n
            else:
                asked[kind][age, arm] += n
    return Timing(
        eligible,
        {
            kind: timing_points(kind=kind, asked=asked[kind], lived=lived[kind], eligible=eligible)
            for kind in STEPS
        },
    )
