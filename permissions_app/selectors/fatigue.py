"""How often devices are interrupted, and what the next interruption does. Read from the rollups in one query.

`interrupted` counts devices by the number of interruptions in a period of 30 days; the periods are the same for all
devices, so those that overlap the range are read whole. `exposure` and `never_after` count by the day of a device's
first interruption.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db import connection

from permissions_app.domain.caps import CapEffect, cap_effects
from permissions_app.domain.device import ANSWER_LETTERS, PERIOD_DAYS
from permissions_app.domain.proportions import Proportion, wilson
from permissions_app.selectors.days import date_of, day_number

ANSWERS = {letter: key for key, letter in ANSWER_LETTERS.items()}
NOES = ("declined", "dismissed")
YESES = ("accepted", "tapped")

QUERY = """
SELECT measure, arm, age, sum(n)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (measure IN ('exposure', 'never_after') AND day BETWEEN %(first)s AND %(last)s
       OR measure = 'interrupted' AND day BETWEEN %(first_period)s AND %(last)s)
GROUP BY measure, arm, age HAVING sum(n) <> 0
"""


@dataclass(frozen=True, slots=True)
class Nth:
    """The n-th interruption in a device's life, where it was of one kind. `no`: declined or dismissed; `yes`:
    accepted or tapped; the rest was left without an answer.
    """

    n: int
    shown: int
    yes: int
    no: int

    @property
    def no_rate(self) -> Proportion | None:
        """Of those shown."""
        return wilson(successes=self.no, trials=self.shown)

    @property
    def yes_rate(self) -> Proportion | None:
        """Of those shown."""
        return wilson(successes=self.yes, trials=self.shown)


@dataclass(frozen=True, slots=True)
class Never:
    """Devices that met at least `n` interruptions, and those of them that said never after exactly `n`."""

    n: int
    met: int
    said: int

    @property
    def rate(self) -> Proportion | None:
        """None also where clients tell of more nevers than interruptions."""
        return wilson(successes=self.said, trials=self.met) if self.said <= self.met else None


@dataclass(frozen=True, slots=True)
class Fatigue:
    """`distribution`: interruptions in 30 days -> devices, over the periods from `start` to `end`; the last one of them
    may still be going on.
    """

    start: date
    end: date
    distribution: tuple[tuple[int, int], ...]
    soft_asks: tuple[Nth, ...]
    redirects: tuple[Nth, ...]
    nevers: tuple[Never, ...]
    caps: tuple[CapEffect, ...]

    @property
    def devices(self) -> int:
        """Devices that were interrupted, once for each period in which they were."""
        return sum(devices for _, devices in self.distribution)

    @property
    def interruptions(self) -> int:
        """In all periods."""
        return sum(n * devices for n, devices in self.distribution)


def fatigue(*, app_id: int, start: date, end: date, platform: str | None) -> Fatigue:
    """Interruptions from `start` to `end` (both included, UTC), on one platform or all."""
    first_period = day_number(start) // PERIOD_DAYS * PERIOD_DAYS
    last_period = day_number(end) // PERIOD_DAYS * PERIOD_DAYS
    interrupted: Counter[int] = Counter()
    answers: Counter[tuple[str, str, int]] = Counter()
    never: Counter[int] = Counter()
    met: Counter[int] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "platform": platform,
                "first": day_number(start),
                "last": day_number(end),
                "first_period": first_period,
            },
        )
        for measure, arm, age, n in cursor.fetchall():
            if measure == "interrupted":
                interrupted[age] += n
            elif measure == "never_after":
                never[age] += n
            elif arm in ANSWERS:
                met[age] += n
                answers[(*ANSWERS[arm], age)] += n
    accepted: Counter[int] = Counter()
    for (_, outcome, n), found in answers.items():
        accepted[n] += found if outcome in YESES else 0
    return Fatigue(
        start=date_of(first_period),
        end=date_of(last_period + PERIOD_DAYS - 1),
        distribution=tuple(sorted(interrupted.items())),
        soft_asks=_by_n("soft_ask", answers),
        redirects=_by_n("redirect", answers),
        nevers=tuple(Never(n, met[n], never[n]) for n in sorted(met.keys() | never.keys())),
        caps=cap_effects(interrupted=interrupted, accepted=accepted),
    )


def _by_n(kind: str, answers: Counter[tuple[str, str, int]]) -> tuple[Nth, ...]:
    numbers = sorted({n for found, _, n in answers if found == kind})
    return tuple(
        Nth(
            n=n,
            shown=sum(c for (k, _, m), c in answers.items() if (k, m) == (kind, n)),
            yes=sum(answers[kind, outcome, n] for outcome in YESES),
            no=sum(answers[kind, outcome, n] for outcome in NOES),
        )
        for n in numbers
    )
