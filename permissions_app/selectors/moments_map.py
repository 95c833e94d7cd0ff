"""The value moments of an app as people come to them: how many, when, and where they stand then.

One query over the rollups, whatever the number of moments; never events or devices. A device counts
on the day it first reached a moment, with the place, session and screen of that first time.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from django.db import connection

from permissions_app.selectors.days import day_number

PLACES = ("not_asked", "denied_for_now", "authorized", "denied", "unsupported")
ASKABLE = ("not_asked", "denied_for_now")
"""The system's dialog can still come."""
MEASURES = ("devices", "moment_session", "moment_screen", "moment_times")

QUERY = """
SELECT measure, key, platform, arm, age, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = ANY(%(measures)s) AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
GROUP BY measure, key, platform, arm, age
"""


@dataclass(frozen=True, slots=True)
class MomentFigures:
    """One moment in a range of days, in devices.

    `by_platform`: platform -> place at the first time -> devices. `session` and `screen`: the
    medians of the first time (the lower one of two), None where no client told. `times`: the
    median of how often these devices came up to now, in the steps of measures.TIMES.
    `in_first_session`: came in their very first session.
    """

    key: str
    by_platform: Mapping[str, Mapping[str, int]]
    session: int | None
    screen: int | None
    times: int | None
    in_first_session: int

    @property
    def places(self) -> dict[str, int]:
        """Devices by where they stood, every place named."""
        return {
            place: sum(found.get(place, 0) for found in self.by_platform.values())
            for place in PLACES
        }

    @property
    def devices(self) -> int:
        """Devices that first reached the moment in the range."""
        return sum(n for found in self.by_platform.values() for n in found.values())

    @property
    def order(self) -> tuple[int, int, str]:
        """The place on the journey: by session, then by screen; what is not known comes last."""
        last = 1_000_000
        return (
            last if self.session is None else self.session,
            last if self.screen is None else self.screen,
            self.key,
        )


@dataclass(frozen=True, slots=True)
class MomentsMap:
    """All moments that were reached in a range, by key. `devices`: first seen in the range."""

    devices: int
    moments: Mapping[str, MomentFigures]

    def of(self, key: str) -> MomentFigures:
        """The figures of a moment; zeros where nobody came."""
        return self.moments.get(key) or MomentFigures(key, {}, None, None, None, 0)


class _Sums:
    """What is added up for one moment."""

    def __init__(self) -> None:
        self.places: dict[str, Counter[str]] = {}
        self.sessions: Counter[int] = Counter()
        self.screens: Counter[int] = Counter()
        self.times: Counter[int] = Counter()

    def figures(self, key: str) -> MomentFigures:
        known = Counter({session: n for session, n in self.sessions.items() if session})
        return MomentFigures(
            key=key,
            by_platform={platform: dict(found) for platform, found in self.places.items()},
            session=median_of(known),
            screen=median_of(self.screens),
            times=median_of(self.times),
            in_first_session=known[1],
        )


def moments_map(*, app_id: int, start: date, end: date, platform: str | None) -> MomentsMap:
    """Figures of every moment reached from `start` to `end` (both included, UTC), on one platform
    or all.
    """
    devices, sums = 0, dict[str, _Sums]()
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "measures": list(MEASURES),
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
            },
        )
        for measure, key, where, arm, age, n in cursor.fetchall():
            if measure == "devices":
                devices += n
                continue
            moment = sums.setdefault(key, _Sums())
            if measure == "moment_session":
                moment.sessions[age] += n
                moment.places.setdefault(where, Counter())[arm] += n
            else:
                (moment.screens if measure == "moment_screen" else moment.times)[age] += n
    return MomentsMap(devices, {key: found.figures(key) for key, found in sums.items()})


def median_of(histogram: Mapping[int, int]) -> int | None:
    """The lower median of values counted by value; None when nothing was counted."""
    total = sum(n for n in histogram.values() if n > 0)
    passed = 0
    for value in sorted(histogram):
        passed += max(histogram[value], 0)
        if passed and passed * 2 >= total:
            return value
    return None
