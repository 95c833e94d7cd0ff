"""The value moments of an app side by side: what each one brings, and what it costs in interruptions.

Read from the rollups in one query. Everything counts on the day it began: a device on the day it first reached the
moment, on the day it was first asked, on the day it first saw a campaign, on the day it came into the arm of a
redirect. So the same days of the range stand in every column.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import sqrt
from typing import Literal

from django.db import connection

from campaigns.models import Campaign
from permissions_app.domain.breakdowns import OUTCOME_LETTERS
from permissions_app.domain.proportions import Proportion, newcombe, wilson
from permissions_app.domain.standing import HOLDOUT
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.days import day_number, last_complete_day

AGE = 30
"""Recovery is compared at so many days after a device came into its arm, of devices that were watched that long."""
ASKED = "moment_asked:"
AUTHORIZED = OUTCOME_LETTERS["authorized"]
Basis = Literal["", "holdout", "attributed", "both"]

# `times`: for campaign_times the interruptions, age by age; for the rest nobody reads it.
QUERY = """
SELECT measure, key, arm, sum(n)::bigint, sum(n * age)::bigint AS times
FROM permissions_app_rollup
WHERE app_id = %(app)s AND day BETWEEN %(first)s AND %(last)s
  AND (%(platform)s::text IS NULL OR platform = %(platform)s)
  AND (measure IN ('moment', 'campaign_shown', 'campaign_accepted', 'campaign_times', 'recovered_after')
       OR measure = 'funnel_asked' AND starts_with(key, %(asked)s)
       OR measure = 'assigned' AND day <= %(watched)s
       OR measure = 'assigned_recovered' AND day <= %(watched)s AND age <= %(age)s)
GROUP BY measure, key, arm HAVING sum(n) <> 0
"""


@dataclass(frozen=True, slots=True)
class Gain:
    """Devices that were won back. `basis` "holdout": devices in the arms times the difference to the holdout, with its
    interval, None while nobody has been watched for AGE days on both sides. "attributed": recoveries after a redirect
    of a rule without a holdout, which may have come by themselves. "both": the sum over rules of either kind, without
    an interval. "": no redirect stood on the moment.
    """

    value: float | None
    low: float | None
    high: float | None
    basis: Basis


@dataclass(frozen=True, slots=True)
class MomentScore:
    """One moment in a range of days. `authorized` of `asked`: devices whose first ask came at this moment.
    `soft_asks` and `redirects`: interruptions by the campaigns that stand on it now.
    """

    key: str
    name: str
    known: bool
    """False: the moment was deleted, and devices still tell of it."""
    campaigns: tuple[tuple[str, str, int], ...]
    """(name, kind, pk) of those that are live, paused or were seen in the range."""
    devices: int
    shown: int
    accepted: int
    asked: int
    authorized: int
    soft_asks: int
    redirects: int
    recovery: Gain

    @property
    def acceptance(self) -> Proportion | None:
        """Of the devices that saw a soft ask of the moment."""
        return _rate(self.accepted, self.shown)

    @property
    def yield_(self) -> Proportion | None:
        """Authorised today, of the devices first asked here."""
        return _rate(self.authorized, self.asked)

    @property
    def per_interruption(self) -> float | None:
        """Authorised devices for each soft ask shown; None without one."""
        return self.authorized / self.soft_asks if self.soft_asks else None

    @property
    def interruptions(self) -> int:
        """All that people were shown."""
        return self.soft_asks + self.redirects

    @property
    def spent(self) -> float | None:
        """Interruptions for each authorised device, those won back included; None where nothing was won or spent."""
        won = self.authorized + max(0.0, self.recovery.value or 0.0)
        return self.interruptions / won if self.interruptions and won > 0 else None


def league(
    *, app: App, start: date, end: date, platform: str | None, now: datetime
) -> tuple[MomentScore, ...]:
    """Every moment of the app, by name, and those that devices still tell of after they were deleted. Three queries."""
    sums, times = _read(app.pk, start, end, platform, now)
    names = dict(ValueMoment.objects.filter(app=app).values_list("key", "name"))
    standing: dict[str, list[Campaign]] = {}
    rows = Campaign.objects.filter(app=app).select_related("moment", "published").order_by("pk")
    for row in rows:
        standing.setdefault(_moment_of(row), []).append(row)
    told = {key for measure, key, _ in sums if measure == "moment"}
    told |= {key for measure, key, _ in sums if measure == "funnel_asked" and key}
    found = [
        _score(key, names, standing.get(key, []), sums, times) for key in sorted({*names, *told})
    ]
    return tuple(sorted(found, key=lambda one: one.name.lower()))


Sums = Mapping[tuple[str, str, str], int]


def _read(
    app_id: int, start: date, end: date, platform: str | None, now: datetime
) -> tuple[Counter[tuple[str, str, str]], Counter[str]]:
    """Devices by (measure, key, arm), and interruptions by campaign."""
    sums: Counter[tuple[str, str, str]] = Counter()
    times: Counter[str] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            QUERY,
            {
                "app": app_id,
                "first": day_number(start),
                "last": day_number(end),
                "platform": platform,
                "asked": ASKED,
                "watched": day_number(last_complete_day(now)) - AGE,
                "age": AGE,
            },
        )
        for measure, key, arm, n, age in cursor.fetchall():
            if measure == "campaign_times":
                times[key] += age
            elif measure == "funnel_asked":
                moment = key.removeprefix(ASKED)
                sums[measure, moment, ""] += n
                sums[measure, moment, AUTHORIZED] += n if AUTHORIZED in arm else 0
            else:
                sums[measure, key, "" if measure == "moment" else arm] += n
    return sums, times


def _moment_of(row: Campaign) -> str:
    """The moment that devices meet the campaign at: of what is published, else of the working copy."""
    published = row.published.content.get("moment") if row.published else None
    return published or row.moment.key


def _score(
    key: str,
    names: Mapping[str, str],
    rows: Sequence[Campaign],
    sums: Sums,
    times: Mapping[str, int],
) -> MomentScore:
    soft = [row.key for row in rows if row.kind == Campaign.Kind.SOFT_ASK]
    rules = [row for row in rows if row.kind == Campaign.Kind.REDIRECT]
    return MomentScore(
        key=key,
        name=names.get(key, key),
        known=key in names,
        campaigns=tuple(
            (row.name, row.kind, row.pk)
            for row in rows
            if row.status in ("live", "paused") or times.get(row.key)
        ),
        devices=sums.get(("moment", key, ""), 0),
        shown=sum(sums.get(("campaign_shown", one, ""), 0) for one in soft),
        accepted=sum(sums.get(("campaign_accepted", one, ""), 0) for one in soft),
        asked=sums.get(("funnel_asked", key, ""), 0),
        authorized=sums.get(("funnel_asked", key, AUTHORIZED), 0),
        soft_asks=sum(times.get(one, 0) for one in soft),
        redirects=sum(times.get(one.key, 0) for one in rules),
        recovery=_recovery(rules, sums),
    )


def _recovery(rules: Sequence[Campaign], sums: Sums) -> Gain:
    """What the redirects of a moment won back, rule by rule."""
    told = {key for _, key, _ in sums}
    compared: list[Gain] = []
    attributed: int | None = None
    for rule in rules:
        if rule.key not in told:
            continue
        if _has_holdout(rule, sums):
            compared.append(_against(*_watched(rule.key, sums)))
        else:
            arms = ("tapped", "seen")
            found = sum(sums.get(("recovered_after", rule.key, arm), 0) for arm in arms)
            attributed = (attributed or 0) + found
    if not compared:
        return Gain(attributed, None, None, "" if attributed is None else "attributed")
    known = [gain for gain in compared if gain.value is not None]
    value = sum(gain.value or 0.0 for gain in known) if known else None
    if attributed is not None:
        return Gain((value or 0.0) + attributed, None, None, "both")
    if value is None:
        return Gain(None, None, None, "holdout")
    # The rules hold different devices, so their uncertainties add up as squares.
    below = sqrt(sum(((g.value or 0.0) - (g.low or 0.0)) ** 2 for g in known))
    above = sqrt(sum(((g.high or 0.0) - (g.value or 0.0)) ** 2 for g in known))
    return Gain(value, value - below, value + above, "holdout")


def _has_holdout(rule: Campaign, sums: Sums) -> bool:
    """Whether devices are held out now, or were in the range."""
    content = rule.published.content if rule.published else {}
    return bool(content.get("holdout")) or sums.get(("assigned", rule.key, HOLDOUT), 0) > 0


def _watched(rule: str, sums: Sums) -> tuple[tuple[int, int], tuple[int, int]]:
    """(recovered, devices) of the arms and of the holdout, of devices watched for AGE days."""
    found = {True: [0, 0], False: [0, 0]}
    for (measure, key, arm), n in sums.items():
        if key == rule and measure in ("assigned", "assigned_recovered"):
            found[arm == HOLDOUT][measure == "assigned"] += n
    arms, held = found[False], found[True]
    return (arms[0], arms[1]), (held[0], held[1])


def _against(arms: tuple[int, int], held: tuple[int, int]) -> Gain:
    """The difference of two rates, times the devices in the arms."""
    possible = 0 <= arms[0] <= arms[1] and 0 <= held[0] <= held[1]
    found = (
        newcombe(successes=arms[0], trials=arms[1], other_successes=held[0], other_trials=held[1])
        if possible
        else None
    )
    if found is None:
        return Gain(None, None, None, "holdout")
    return Gain(found.value * arms[1], found.low * arms[1], found.high * arms[1], "holdout")


def _rate(successes: int, trials: int) -> Proportion | None:
    """None where nobody tried, or clients report more yeses than asks."""
    return wilson(successes=successes, trials=trials) if 0 <= successes <= trials else None
