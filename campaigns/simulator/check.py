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
WHOLE = "{day} {key} {arm} {age:05d}"
CELL_BY_CELL = (
    *("funnel", "funnel_asked", "lived", "asked_at", "prompt"),
    *("denial_by", "recovered_by", "lost_by", "recovered_after"),
    *("campaign_shown", "campaign_accepted", "campaign_times"),
    *("revision_shown", "revision_accepted", "revision_authorized"),
    *("interrupted", "exposure", "never_after"),
    *("assigned", "assigned_authorized", "assigned_recovered", "assigned_lost", "trial"),
)
"""What the designers' pages add up: compared by all that it is counted by."""
_DETAIL = (
    ("never", "never", ""),
    ("moment", "moment", "{key} {arm}"),
    ("moment_session", "moment by session", "{key} {arm} {age:03d}"),
    ("moment_session", "moment by day", "{key} {day}"),
    ("moment_screen", "moment by screen", "{key} {age:03d}"),
    ("moment_times", "moment by times", "{key} {age:03d}"),
    ("recovered", "recovered by day", WHOLE),
    ("lost", "lost by day", WHOLE),
    *((measure, measure, WHOLE) for measure in CELL_BY_CELL),
)
"""What the overview page does not show: measure, its name in the book, and the detail."""
NOT_SURE_AFTER_RETRIES = frozenset(
    {"assigned", "assigned_authorized", "assigned_recovered", "assigned_lost", "trial"}
)
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
    wanted: dict[str, list[tuple[str, str]]] = {}
    for measure, name, detail in _DETAIL:
        wanted.setdefault(measure, []).append((name, detail))
    for row in Rollup.objects.filter(app_id=app_id, measure__in=wanted).iterator():
        day, plain = date_of(row.day), {"key": row.key, "arm": row.arm, "age": row.age}
        for name, detail in wanted[row.measure]:
            known = {"key": row.key or "-", "arm": row.arm or "-"} if detail == WHOLE else {}
            text = detail.format(**(plain | known), day=day)
            found[name, TOTAL, text] += row.n
            found[name, row.platform, text] += row.n
    return found


def compared_measures() -> frozenset[str]:
    """The measures of the rollups that are compared cell by cell."""
    return frozenset(measure for measure, _, _ in _DETAIL)


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
        true[measure, TOTAL, detail] += n
        if measure != "device rows":
            true[measure, platform, detail] += n
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
