"""Working out how far a campaign would reach, in the background.

A person asks for it and a row waits. A worker claims the row, replays the last 30 days through it and
writes its progress twice a second. While it works it holds a lock of the app, which PostgreSQL lets
go of when the worker dies: a row that is running while its lock is free was left behind, and is
started again, three times at most.

Up to WALKED moments every device is walked through. Beyond that a sample of about so many is taken,
device by device, by a hash of the device's number, so that an answer comes within seconds however
large the app is; the result says so, with its margins.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import msgspec
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from campaigns.domain.forecast import Replay
from campaigns.domain.tally import Result
from campaigns.models import Campaign, Forecast
from campaigns.selectors.replay import Settled, Window, count_moments, lives
from campaigns.selectors.worlds import Worlds, worlds
from campaigns.services.campaigns import lock_campaign
from permissions_app.domain.device import DAY_MS
from permissions_app.domain.edits import Invalid
from permissions_app.models import Actor, App
from permissions_app.selectors import raw
from permissions_app.services import audit

DAYS = 30
FRESH = timedelta(minutes=10)
"""A result younger than this is shown again instead of being worked out anew."""
TRIES = 3
KEPT = 5
"""Finished forecasts of one campaign that are kept."""
WALKED = 100_000
"""Moments that are walked through: some six seconds where most devices reach one moment, fewer where
they reach many. With a sample of so many the reach of a campaign is known to about 1 in 100.
"""
SECONDS_BETWEEN_NOTES = 0.5

LOCK_SPACE = 7_202
"""First half of the advisory lock's key; the second is the app's id."""
TRY_LOCK = "SELECT pg_try_advisory_lock(%s, %s)"
UNLOCK = "SELECT pg_advisory_unlock(%s, %s)"

NO_WORDS = "No variant has a weight, so there is nothing to show. Write one first."
GAVE_UP = (
    "It was started three times and stopped each time before the end. "
    "The worker was restarted meanwhile, or something is wrong with it: see its log."
)

State = Forecast.State
UNDER_WAY = (State.WAITING, State.RUNNING)


class Superseded(Exception):
    """The row is gone, or another worker has it."""


@transaction.atomic
def request_forecast(*, campaign_id: int, app: App, actor: Actor, now: datetime) -> Forecast:
    """The forecast of the campaign's working copy: one that is under way or fresh, else a new one
    that waits. Raises Invalid (no words to show), Campaign.DoesNotExist.
    """
    campaign = lock_campaign(app=app, pk=campaign_id)
    app.refresh_from_db(fields=["ruleset_version"])
    known = (
        campaign.forecasts.filter(content=campaign.content, ruleset_version=app.ruleset_version)
        .exclude(state=State.FAILED)
        .order_by("-pk")
        .first()
    )
    if known is not None and (
        known.state in UNDER_WAY
        or (known.finished_at is not None and known.finished_at > now - FRESH)
    ):
        return known
    ends = _ms(now)
    if _worlds(campaign, campaign.content, ends) is None:
        raise Invalid({"": NO_WORDS})
    # Of one campaign one forecast is worked on: that of the document as it is. A worker that is at
    # another notices within a second that its row is gone.
    campaign.forecasts.filter(state__in=UNDER_WAY).delete()
    old = campaign.forecasts.exclude(state__in=UNDER_WAY).order_by("-pk")[KEPT - 1 :]
    Forecast.objects.filter(pk__in=[row.pk for row in old]).delete()
    return Forecast.objects.create(
        campaign=campaign,
        content=campaign.content,
        ruleset_version=app.ruleset_version,
        requested_by=audit.person_behind(actor),
    )


def run_next() -> bool:
    """Work out the forecast that waits longest; tells whether there was one to work on. Safe to run
    anywhere at any time.
    """
    due = Forecast.objects.filter(state__in=UNDER_WAY).order_by("created_at", "pk")
    for pk, app_id in due.values_list("pk", "campaign__app_id"):
        with _app_locked(app_id) as alone:
            claimed = _claim(pk) if alone else None
            if claimed is not None:
                _run(claimed)
                return True
    return False


@contextmanager
def _app_locked(app_id: int) -> Iterator[bool]:
    """Hold the app's lock as long as the connection lives; False when somebody else has it."""
    found = raw.execute(TRY_LOCK, (LOCK_SPACE, app_id)).fetchone()
    alone = bool(found and found[0])
    try:
        yield alone
    finally:
        if alone:
            raw.execute(UNLOCK, (LOCK_SPACE, app_id))


def _claim(pk: int) -> Forecast | None:
    """Take a row that waits, or was left behind. The caller holds the app's lock."""
    open_rows = Forecast.objects.filter(pk=pk, state__in=UNDER_WAY)
    taken = open_rows.filter(attempts__lt=TRIES).update(
        state=State.RUNNING,
        attempts=F("attempts") + 1,
        started_at=timezone.now(),
        done=0,
        total=0,
    )
    if not taken:
        _fail(open_rows, GAVE_UP)
        return None
    return Forecast.objects.select_related("campaign").get(pk=pk)


def _fail(rows: QuerySet[Forecast], sentence: str) -> None:
    rows.update(state=State.FAILED, error=sentence, finished_at=timezone.now())


def _run(forecast: Forecast) -> None:
    mine = Forecast.objects.filter(pk=forecast.pk, state=State.RUNNING, attempts=forecast.attempts)
    began = time.monotonic()
    end = _ms(timezone.now())
    try:
        compared = _worlds(forecast.campaign, forecast.content, end)
        if compared is None:
            raise Invalid({"": NO_WORDS})
        result = _replayed(forecast, compared, mine, end)
    except Invalid as invalid:
        _fail(mine, str(invalid)[:500])
        return
    except Superseded:
        return
    result = msgspec.structs.replace(result, milliseconds=round((time.monotonic() - began) * 1000))
    mine.update(
        state=State.DONE,
        done=F("total"),
        result=msgspec.to_builtins(result),
        finished_at=timezone.now(),
    )


def _replayed(forecast: Forecast, compared: Worlds, mine: QuerySet[Forecast], end: int) -> Result:
    """Walk through the window, and write down how far it got."""
    campaign = forecast.campaign
    window = Window(app_id=campaign.app_id, start=end - DAYS * DAY_MS, end=end)
    total = count_moments(window)
    if not mine.update(total=total):
        raise Superseded
    every = max(1, math.ceil(total / WALKED))
    window = msgspec.structs.replace(window, every=every)
    replay = Replay(live=compared.live, proposed=compared.proposed, key=campaign.key, end=end)
    noted = time.monotonic()
    for device in lives(window, enough=replay.enough, exact=replay.exact):
        if isinstance(device, Settled):
            replay.settled(platform=device.platform, reason=device.reason, visits=device.visits)
        else:
            replay.device(device)
        if time.monotonic() - noted >= SECONDS_BETWEEN_NOTES:
            noted = time.monotonic()
            if not mine.update(done=min(replay.tally.moments * every, total)):
                raise Superseded
    return Result(
        reach=replay.tally.reach(),
        start=window.start,
        end=end,
        every=every,
        total=total,
        milliseconds=0,
    )


def _worlds(campaign: Campaign, content: dict[str, object], end: int) -> Worlds | None:
    return worlds(campaign=campaign, content=content, start=end - DAYS * DAY_MS, end=end)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)
