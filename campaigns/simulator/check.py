"""Do the numbers that people see agree with what happened?

The truth comes from the simulation's own book, the shown numbers from the selectors of the overview
and of the moments map, and from the rollups for what other pages show. They must agree to the unit, for each measure,
each platform and in total.
"""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from campaigns.simulator.oracle import Fact, Truth
from permissions_app.models import Device, FoldQueue, QuarantinedDevice, Rollup
from permissions_app.selectors.days import date_of
from permissions_app.selectors.moments_map import moments_map
from permissions_app.selectors.overview import Overview, overview
from permissions_app.services import rollups

TOTAL = "all"
PLATFORMS = ("ios", "android", "web")
LONGEST_DAYS = 400
_DETAIL = (
    ("never", "never", ""),
    ("recovered", "recovered by age", "{age:03d}"),
    ("moment", "moment", "{key} {arm}"),
    ("moment_session", "moment by session", "{key} {arm} {age:03d}"),
    ("moment_session", "moment by day", "{key} {day}"),
    ("moment_screen", "moment by screen", "{key} {age:03d}"),
    ("moment_times", "moment by times", "{key} {age:03d}"),
    ("campaign_shown", "campaign_shown", "{key}"),
    ("campaign_accepted", "campaign_accepted", "{key}"),
    ("revision_shown", "revision_shown", "{key} {arm}"),
    ("revision_accepted", "revision_accepted", "{key} {arm}"),
    ("revision_authorized", "revision_authorized", "{key} {arm}"),
    ("assigned", "assigned", "{key} {arm}"),
)
"""What the overview page does not show: measure, its name in the book, and the detail."""
NOT_SURE_AFTER_RETRIES = frozenset({"assigned"})
"""A decision whose answer was lost has drawn an arm that its client never heard of."""


@dataclass(frozen=True, slots=True)
class Row:
    """One number, twice. `platform` is `all` for the sum over platforms."""

    measure: str
    detail: str
    platform: str
    truth: int
    shown: int

    @property
    def difference(self) -> int:
        """What is shown too much."""
        return self.shown - self.truth


class NotFoldedError(Exception):
    """The background work did not finish in time."""


def wait_until_counted(*, app_id: int, seconds: float, fold: bool) -> float:
    """Wait until no device of the app waits to be counted; returns the seconds it took.

    `fold`: count here instead of leaving it to the worker. Raises NotFoldedError.
    """
    started = time.monotonic()
    while True:
        if fold:
            while rollups.fold_queue(app_id=app_id).notes:
                pass
        waiting = FoldQueue.objects.filter(app_id=app_id).count()
        spent = time.monotonic() - started
        if not waiting:
            return spent
        if spent > seconds:
            raise NotFoldedError(f"{waiting} changes still wait to be counted after {spent:.0f} s")
        time.sleep(0.05)


def shown_counts(*, app_id: int, now: datetime) -> Counter[Fact]:
    """What the pages show, in the words of the book: for each platform, and for all together."""
    found: Counter[Fact] = Counter()
    for platform in (None, *PLATFORMS):
        page = overview(
            app_id=app_id,
            start=(now - timedelta(days=LONGEST_DAYS)).date(),
            end=now.date(),
            platform=platform,
            now=now,
        )
        for name, detail, n in _on_the_page(page):
            found[name, platform or TOTAL, detail] += n
        on_map = moments_map(app_id=app_id, start=page.start, end=page.end, platform=platform)
        for key, moment in on_map.moments.items():
            for place, n in moment.places.items():
                found["moment on the map", platform or TOTAL, f"{key} {place}"] += n
    found["device rows", TOTAL, ""] = Device.objects.filter(app_id=app_id).count()
    wanted = {measure for measure, _, _ in _DETAIL}
    for row in Rollup.objects.filter(app_id=app_id, measure__in=wanted).iterator():
        day = date_of(row.day)
        for measure, name, detail in _DETAIL:
            if measure == row.measure:
                text = detail.format(key=row.key, arm=row.arm, age=row.age, day=day)
                found[name, TOTAL, text] += row.n
                found[name, row.platform, text] += row.n
    return found


def _on_the_page(page: Overview) -> Iterator[tuple[str, str, int]]:
    """Every count of the overview page: measure, detail, number."""
    for name in ("devices", "on_by_default", "denied", "waiting", "answered", "granted"):
        yield name, "", getattr(page, name)
    for stage in page.stages:
        yield stage.key, "", stage.n
    for point in page.trend:
        for name in ("eligible", "authorized", "denied", "waiting"):
            yield f"{name} by day", str(point.day), getattr(point, name)
    for cause, n in page.recovery.by_cause:
        yield "denial", cause, n
    for credit, n in page.recovery.by_attribution:
        yield "recovered", credit, n
    yield "lost", "", page.recovery.lost


def compare(*, truth: Truth, shown: Counter[Fact], leave_out: frozenset[str]) -> list[Row]:
    """Every number of either side beside the other, totals first."""
    true: Counter[Fact] = Counter()
    for (measure, platform, detail), n in truth.items():
        for where in (TOTAL, platform):
            true[measure, where, detail] += n
    true["device rows", TOTAL, ""] = true["devices", TOTAL, ""]
    return [
        Row(*_parts(fact), true[fact], shown[fact])
        for fact in sorted(true.keys() | shown.keys(), key=_order)
        if fact[0] not in leave_out and (true[fact] or shown[fact])
    ]


def _parts(fact: Fact) -> tuple[str, str, str]:
    measure, platform, detail = fact
    return measure, detail, platform


def _order(fact: Fact) -> tuple[str, str, bool, str]:
    measure, platform, detail = fact
    return (measure, detail, platform != TOTAL, platform)


def quarantined(*, app_id: int) -> int:
    """Devices that could not be counted; must be 0."""
    return QuarantinedDevice.objects.filter(app_id=app_id).count()
