"""The opt-in funnel of any group of devices, for a cohort by install day or by the day of the first ask.

Read from the rollups `funnel` and `funnel_asked`: a cell counts the devices of a group that went one way (see
domain/breakdowns.py), so every stage is a sum over ways.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from django.db import connection

from permissions_app.domain.breakdowns import OUTCOME_LETTERS, STAGE_LETTERS
from permissions_app.domain.proportions import Difference, Proportion, newcombe, wilson
from permissions_app.selectors.days import date_of, day_number
from permissions_app.selectors.overview import Stage, stages_of

Cohort = Literal["install", "ask"]
MEASURES: Mapping[str, str] = {"install": "funnel", "ask": "funnel_asked"}
DIMENSIONS = (
    "moment",
    "campaign",
    "variant",
    "platform",
    "os",
    "app",
    "locale",
    "country",
    "week",
)
OF_THE_ASK = {"moment": "moment_asked", "app": "app_asked"}
"""In the cohort of an ask: the moment that asked and the version that asked, not what came later."""
MOST_GROUPS = 500

# A group's name in the rollups is "<dimension>:<value>"; platforms and weeks are columns of every cell.
QUERY = """
SELECT CASE %(by)s WHEN 'platform' THEN platform WHEN 'week' THEN (day - (day + 3) %% 7)::text
                   ELSE substr(key, length(%(prefix)s) + 1) END AS value,
       CASE WHEN %(by)s = 'os' THEN platform ELSE '' END AS on_platform, arm, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = %(measure)s AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND CASE WHEN %(prefix)s = '' THEN key = '' ELSE starts_with(key, %(prefix)s) END
GROUP BY 1, 2, 3 HAVING sum(n) <> 0
"""


@dataclass(frozen=True, slots=True)
class Group:
    """Devices of one group of a cohort. `value`: of the dimension, '' for everybody; a Monday (ISO) for weeks.
    `platform`: '' unless the dimension is the system's version. `authorized + denied + waiting = eligible`.
    """

    value: str
    platform: str
    eligible: int
    authorized: int
    denied: int
    waiting: int
    answered: int
    granted: int
    stages: tuple[Stage, ...]

    @property
    def opt_in(self) -> Proportion | None:
        """Reach-adjusted: authorised of eligible."""
        return wilson(successes=self.authorized, trials=self.eligible)

    @property
    def grant_rate(self) -> Proportion | None:
        """Of those who answered the OS dialog; None also where clients report more yeses than answers."""
        if self.granted > self.answered:
            return None
        return wilson(successes=self.granted, trials=self.answered)


def change(*, now: Group, before: Group) -> Difference | None:
    """How much the opt-in rose since, with its interval; None where a side has no rate."""
    return newcombe(
        successes=now.authorized,
        trials=now.eligible,
        other_successes=before.authorized,
        other_trials=before.eligible,
    )


def funnel(*, app_id: int, cohort: Cohort, start: date, end: date, platform: str | None) -> Group:
    """Everybody in the cohort of the days from `start` to `end` (both included, UTC)."""
    found = _read(app_id, cohort, "", start, end, platform)
    return found[0] if found else _group("", "", Counter())


def funnel_by(
    *,
    app_id: int,
    cohort: Cohort,
    dimension: str,
    start: date,
    end: date,
    platform: str | None,
) -> tuple[Group, ...]:
    """The cohort by one of DIMENSIONS, largest group first; weeks in order. A device counts in every group it belongs
    to: it may have reached two moments. At most MOST_GROUPS.
    """
    found = _read(app_id, cohort, dimension, start, end, platform)
    if dimension == "week":
        return tuple(sorted(found, key=lambda group: group.value))
    return tuple(sorted(found, key=lambda group: (-group.eligible, group.value)))[:MOST_GROUPS]


def period_before(*, start: date, end: date) -> tuple[date, date]:
    """The latest period of the same length that lies before and begins on the same weekday."""
    weeks = -(-((end - start).days + 1) // 7)
    back = timedelta(days=7 * weeks)
    return start - back, end - back


def _read(
    app_id: int, cohort: str, dimension: str, start: date, end: date, platform: str | None
) -> list[Group]:
    column = dimension in ("", "platform", "week")
    name = OF_THE_ASK.get(dimension, dimension) if cohort == "ask" else dimension
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "measure": MEASURES[cohort],
                "by": dimension,
                "prefix": "" if column else f"{name}:",
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
            },
        )
        rows = cursor.fetchall()
    groups: dict[tuple[str, str], Counter[str]] = {}
    for value, on_platform, way, n in rows:
        said = date_of(int(value)).isoformat() if dimension == "week" else value
        groups.setdefault((said, on_platform), Counter())[way] += n
    return [_group(value, on, ways) for (value, on), ways in groups.items()]


def _group(value: str, platform: str, ways: Mapping[str, int]) -> Group:
    totals = _totals(ways.items())
    return Group(
        value=value,
        platform=platform,
        eligible=totals["eligible"],
        authorized=totals["authorized"],
        denied=totals["denied"],
        waiting=totals["waiting"],
        answered=totals["answered"],
        granted=totals["granted"],
        stages=stages_of(totals),
    )


def _totals(ways: Iterable[tuple[str, int]]) -> Counter[str]:
    """Devices by stage and by place."""
    letters = {letter: name for name, letter in (STAGE_LETTERS | OUTCOME_LETTERS).items()}
    totals: Counter[str] = Counter()
    for way, n in ways:
        totals["eligible"] += n
        for letter in way:
            totals[letters[letter]] += n
    return totals


def of_ways(ways: Mapping[str, int]) -> Group:
    """Any devices by the way they took, as one group."""
    return _group("", "", ways)
