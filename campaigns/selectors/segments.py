"""Reading segments: which there are, how many are in them, who they are, and how they fare.

Everything is read from the table of facets; how many come and go by day is read from what the nightly look wrote down.
"""

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.domain.segment_builtin import built_in
from campaigns.domain.segment_sql import where
from campaigns.domain.segments import Chosen, Node, parse
from campaigns.models import Campaign, CampaignStatus, Segment, SegmentDay
from permissions_app.domain.edits import Invalid
from permissions_app.domain.survival import AgePoint, cumulative_incidence
from permissions_app.models import App
from permissions_app.selectors import raw
from permissions_app.selectors.days import date_of
from permissions_app.selectors.recovery import HORIZON

MEMBERS_A_PAGE = 50
EXPORT_CHUNK = 2_000
COUNT = "SELECT count(*) FROM permissions_app_facet AS f WHERE f.app_id = %s AND {condition}"
COUNTS = "SELECT {counts} FROM permissions_app_facet AS f WHERE f.app_id = %s"
TOTAL = "SELECT coalesce(sum(n), 0) FROM permissions_app_rollup WHERE app_id = %s AND measure = 'devices'"
MEMBERS = """
SELECT f.device_id, d.key, f.platform, f.os, f.app_version, f.locale, f.country, f.status, f.cause, f.denied,
       f.recovered, f.first_seen, f.last_seen, f.sessions, f.soft_asks_shown, f.redirects_shown, f.redirects_tapped
FROM permissions_app_facet AS f JOIN permissions_app_device AS d ON d.id = f.device_id
WHERE f.app_id = %s AND f.device_id > %s AND {condition} ORDER BY f.device_id LIMIT %s
"""
WAYS = """
SELECT f.way, count(*) FROM permissions_app_facet AS f
WHERE f.app_id = %s AND f.way IS NOT NULL AND {condition} GROUP BY f.way
"""
RECOVERY = """
SELECT f.first_denial,
       CASE WHEN f.recovered IS NOT NULL THEN 'recovered' WHEN f.removed >= f.first_denial THEN 'lost' END,
       CASE WHEN f.recovered IS NOT NULL THEN least(f.recovered - f.first_denial, {beyond})
            WHEN f.removed >= f.first_denial THEN least(f.removed - f.first_denial, {beyond}) END,
       count(*)
FROM permissions_app_facet AS f
WHERE f.app_id = %s AND f.first_denial IS NOT NULL AND {{condition}} GROUP BY 1, 2, 3
""".format(beyond=HORIZON + 1)


@dataclass(frozen=True, slots=True)
class Recovered:
    """Members that were denied for good, what became of them, and the curve by days since."""

    denied: int
    recovered: int
    lost: int
    points: tuple[AgePoint, ...]


@dataclass(frozen=True, slots=True)
class Described:
    """A segment. `version` 0 and `pk` None: one that every app has. `node` None: it cannot be read."""

    key: str
    name: str
    document: Mapping[str, Any]
    node: Node | None
    decision: str = ""
    pk: int | None = None
    version: int = 0


@dataclass(frozen=True, slots=True)
class Counted:
    """Devices in a segment, of how many, and how long the count took."""

    devices: int
    of: int
    milliseconds: float

    @property
    def share(self) -> float | None:
        """Of all devices; None without any."""
        return self.devices / self.of if self.of else None

    @property
    def percent(self) -> str:
        """The share as the width of a bar."""
        return f"{(self.share or 0) * 100:.2f}"


@dataclass(frozen=True, slots=True)
class Member:
    """A device of a segment; days as dates, None: never or not told."""

    device_id: int
    key: str
    platform: str
    os: str
    app_version: str
    locale: str
    country: str
    status: str | None
    cause: str | None
    denied: date | None
    recovered: date | None
    first_seen: date
    last_seen: date
    sessions: int
    soft_asks_shown: int
    redirects_shown: int
    redirects_tapped: int


@dataclass(frozen=True, slots=True)
class Use:
    """A campaign whose audience is a segment. `live`: what is published names it."""

    pk: int
    kind: str
    name: str
    live: bool

    @property
    def page(self) -> str:
        """The name of its page."""
        return "soft_ask" if self.kind == "soft_ask" else "redirect_rule"


def segments_of(*, app: App) -> tuple[Described, ...]:
    """Those of every app, then the app's own by name."""
    standing = (
        Described(it.key, it.name, it.document, parse(it.document), it.decision)
        for it in built_in(per_30_days=app.fatigue_per_30_days).values()
    )
    own = Segment.objects.filter(app=app).order_by("name", "pk")
    return (*standing, *(describe(row) for row in own))


def chosen_of(*, app: App) -> Mapping[str, Chosen]:
    """Every segment by its key, as decisions use it."""
    return {it.key: Chosen(it.document) for it in segments_of(app=app)}


def find_segment(*, app: App, key: str) -> Described | None:
    """One segment by its key."""
    standing = built_in(per_30_days=app.fatigue_per_30_days).get(key)
    if standing is not None:
        node = parse(standing.document)
        return Described(key, standing.name, standing.document, node, standing.decision)
    row = Segment.objects.filter(app=app, key=key).first()
    return None if row is None else describe(row)


def describe(row: Segment) -> Described:
    """A saved segment."""
    try:
        node = parse(row.document)
    except Invalid:
        node = None
    return Described(row.key, row.name, row.document, node, pk=row.pk, version=row.version)


def count(*, app_id: int, node: Node, today: int) -> Counted:
    """How many devices are in a segment now, of all that the rollups count."""
    condition = where(node=node, today=today)
    started = time.perf_counter()
    total = _total(app_id)
    row = raw.execute(COUNT.format(condition=condition.text), (app_id, *condition.parameters))
    n = row.fetchone()[0]  # type: ignore[index]  # a count is always there
    return Counted(n, total, (time.perf_counter() - started) * 1000)


def counts(*, app_id: int, nodes: Sequence[Node], today: int) -> list[Counted]:
    """The same for several segments, in one walk over the devices."""
    parts: list[str] = []
    told: list[Any] = []
    for node in nodes:
        condition = where(node=node, today=today)
        parts.append(f"count(*) FILTER (WHERE {condition.text})")
        told += condition.parameters
    if not parts:
        return []
    started = time.perf_counter()
    total = _total(app_id)
    row = raw.execute(COUNTS.format(counts=", ".join(parts)), (*told, app_id)).fetchone()
    assert row is not None
    taken = (time.perf_counter() - started) * 1000
    return [Counted(n, total, taken) for n in row]


def _total(app_id: int) -> int:
    """All devices that have a facet: those that the rollups count."""
    row = raw.execute(TOTAL, (app_id,)).fetchone()
    return int(row[0]) if row else 0


def members(
    *, app_id: int, node: Node, today: int, after: int = 0, limit: int = MEMBERS_A_PAGE
) -> list[Member]:
    """The next members by device id, beginning after one."""
    condition = where(node=node, today=today)
    statement = MEMBERS.format(condition=condition.text)
    rows = raw.execute(statement, (app_id, after, *condition.parameters, limit)).fetchall()
    return [_member(row) for row in rows]


def every_member(
    *, app_id: int, node: Node, today: int, chunk: int = EXPORT_CHUNK
) -> Iterator[Member]:
    """All members, read in chunks while they are sent: neither memory nor a transaction grows with them."""
    after = 0
    while True:
        found = members(app_id=app_id, node=node, today=today, after=after, limit=chunk)
        yield from found
        if len(found) < chunk:
            return
        after = found[-1].device_id


def ways(*, app_id: int, node: Node, today: int) -> Counter[str]:
    """Eligible members by the way they took (permissions_app.domain.breakdowns.way)."""
    condition = where(node=node, today=today)
    statement = WAYS.format(condition=condition.text)
    return Counter(dict(raw.execute(statement, (app_id, *condition.parameters)).fetchall()))


def recovery(*, app_id: int, node: Node, today: int) -> Recovered:
    """Settings recovery of the members that were ever denied for good."""
    condition = where(node=node, today=today)
    statement = RECOVERY.format(condition=condition.text)
    cohorts: Counter[int] = Counter()
    hits: dict[tuple[int, int], tuple[int, int]] = {}
    back = gone = 0
    for day, end, age, n in raw.execute(statement, (app_id, *condition.parameters)).fetchall():
        cohorts[day] += n
        if end is None:
            continue
        recovered, lost = hits.get((day, age), (0, 0))
        came = end == "recovered"
        back, gone = back + n * came, gone + n * (not came)
        hits[day, age] = (recovered + n * came, lost + n * (not came))
    points = cumulative_incidence(cohorts=cohorts, hits=hits, as_of=today - 1) if cohorts else ()
    return Recovered(cohorts.total(), back, gone, points[: HORIZON + 1])


def days_of(*, app_id: int, key: str, since: int) -> tuple[SegmentDay, ...]:
    """What the nightly looks at a segment found, oldest first."""
    rows = SegmentDay.objects.filter(app_id=app_id, key=key, day__gte=since)
    return tuple(rows.order_by("day"))


def latest_days(*, app_id: int) -> dict[str, SegmentDay]:
    """The last look at each segment."""
    rows = SegmentDay.objects.filter(app_id=app_id).order_by("key", "-day").distinct("key")
    return {row.key: row for row in rows}


def uses(*, app: App, keys: Iterable[str] | None = None) -> dict[str, tuple[Use, ...]]:
    """Campaigns by the segment that is their audience, in the working copy or in what is live."""
    rows = (
        Campaign.objects.filter(app=app)
        .exclude(status=CampaignStatus.ARCHIVED)
        .select_related("published")
        .order_by("name", "pk")
    )
    found: dict[str, tuple[Use, ...]] = {}
    for row in rows:  # tens of them: documents from before there were segments do not name one
        live = ""
        if row.published is not None and row.status in (CampaignStatus.LIVE, CampaignStatus.PAUSED):
            live = row.published.content.get("segment", "")
        for key in sorted({row.content.get("segment", ""), live} - {""}):
            if keys is None or key in keys:
                use = Use(row.pk, row.kind, row.name, key == live)
                found[key] = (*found.get(key, ()), use)
    return found


def _member(row: tuple[Any, ...]) -> Member:
    told = list(row)
    for index in (9, 10, 11, 12):
        told[index] = None if told[index] is None else date_of(told[index])
    return Member(*told)
