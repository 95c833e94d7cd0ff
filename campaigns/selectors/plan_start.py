"""What planning a trial starts from: how many devices come to a moment on a day, and the rate so far."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.domain.drafts import Kind
from campaigns.selectors.campaigns import kind_in
from campaigns.selectors.results import results_list
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.days import last_complete_day
from permissions_app.selectors.moments_map import ASKABLE, moments_map

DAYS = 28
"""Whole days whose volume is the volume of a day."""
FEWEST = 100
"""Devices from which on the app's own rate is a better guess than ours."""


@dataclass(frozen=True, slots=True)
class MomentVolume:
    """`per_day`: devices that first come to the moment on a day and can be reached by this kind."""

    key: str
    name: str
    per_day: float


@dataclass(frozen=True, slots=True)
class PlanStart:
    """`moments`: the busiest first. `rate`: of the app's own trials of this kind, None while too little is known."""

    moments: tuple[MomentVolume, ...]
    rate: float | None


def plan_start(*, app: App, kind: Kind, now: datetime) -> PlanStart:
    """For a soft ask, devices that can still be asked; for a redirect, those that only Settings can bring back. Four
    queries.
    """
    end = last_complete_day(now)
    seen = moments_map(app_id=app.pk, start=end - timedelta(days=DAYS - 1), end=end, platform=None)
    places = ASKABLE if kind == "soft_ask" else ("denied",)
    known = app.moments.filter(status=ValueMoment.Status.ACTIVE).values_list("key", "name")
    moments = [
        MomentVolume(key, name, sum(seen.of(key).places[place] for place in places) / DAYS)
        for key, name in known
    ]
    moments.sort(key=lambda moment: (-moment.per_day, moment.name))
    return PlanStart(tuple(moments), _rate(app, kind, now))


def _rate(app: App, kind: Kind, now: datetime) -> float | None:
    hits = devices = 0
    for row in results_list(app=app, now=now):
        if kind_in(row.campaign) != kind:
            continue
        hits += sum(arm.counts.hits(row.trial.outcome) for arm in row.trial.arms)
        devices += sum(arm.counts.devices for arm in row.trial.arms)
    return hits / devices if devices >= FEWEST and 0 < hits < devices else None
