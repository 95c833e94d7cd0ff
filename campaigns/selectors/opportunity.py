"""The journey of an app from moment to moment, and where nobody speaks to people who come there.

A moment stands where people usually first come to it. An *opportunity* is a device that came to a
moment and that nothing live there is for: one that can still be asked, where no soft ask is live on
its platform, or one that refused for good, where no Settings redirect is. Moments that are paused or
only open the app offer none. Numbers come from the rollups; raw events are never read.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from campaigns.models import Campaign, CampaignStatus
from campaigns.selectors.listing import MomentRow, moment_rows
from permissions_app.domain.moment_lint import Finding, Seen, Subject, lint_moment
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.moments_map import (
    ASKABLE,
    MomentFigures,
    MomentsMap,
    moments_map,
)
from permissions_app.selectors.seen import DAYS, seen_names

SHARES = (
    ("not_asked", "Not asked"),
    ("denied_for_now", "Can be asked again"),
    ("authorized", "Authorised"),
    ("denied", "Denied"),
    ("unsupported", "Cannot be notified"),
)
"""The places of a device, in the order in which a bar shows them."""


@dataclass(frozen=True, slots=True)
class Live:
    """A campaign that speaks to people at a moment. `platforms` empty: all of them."""

    id: int
    kind: str
    name: str
    platforms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Share:
    """Devices in one place. `before`: the share of those drawn before it; `rate` None without any."""

    key: str
    label: str
    devices: int
    rate: float | None
    before: float


@dataclass(frozen=True, slots=True)
class Stop:
    """A moment on the journey. `unasked`, `unredirected`: devices that nothing live here is for;
    None where the moment offers no opportunity at all.
    """

    moment: MomentRow
    figures: MomentFigures
    live: tuple[Live, ...]
    unasked: int | None
    unredirected: int | None
    findings: tuple[Finding, ...]

    @property
    def opportunity(self) -> int:
        """Devices that nobody speaks to here."""
        return (self.unasked or 0) + (self.unredirected or 0)

    @property
    def asked(self) -> bool:
        """Whether any soft ask is live here."""
        return any(one.kind == "soft_ask" for one in self.live)

    @property
    def redirected(self) -> bool:
        """Whether any Settings redirect is live here."""
        return any(one.kind == "redirect" for one in self.live)

    @property
    def shares(self) -> tuple[Share, ...]:
        """Where devices stood when they first came, parts of one bar."""
        total, places, before = self.figures.devices, self.figures.places, 0.0
        found = []
        for key, label in SHARES:
            rate = places[key] / total if total else None
            found.append(Share(key, label, places[key], rate, before))
            before += rate or 0.0
        return tuple(found)


def journey(
    *,
    app: App,
    start: date,
    end: date,
    platform: str | None,
    text: str = "",
    status: str = "",
) -> tuple[Stop, ...]:
    """The moments by when people first come to them from `start` to `end`. Five queries for any
    number of moments.
    """
    figures = moments_map(app_id=app.pk, start=start, end=end, platform=platform)
    live = live_by_moment(app=app)
    seen = [
        Seen(name=one.name, count=one.count)
        for one in seen_names(app_id=app.pk, today=end, days=DAYS)
    ]
    stops = [
        _stop(row, figures, live.get(row.key, ()), seen, start)
        for row in moment_rows(app=app, text=text, status=status)
    ]
    return tuple(sorted(stops, key=lambda stop: stop.figures.order))


def by_opportunity(stops: Iterable[Stop]) -> tuple[Stop, ...]:
    """The largest opportunity first; where it is equal, by the journey."""
    return tuple(sorted(stops, key=lambda stop: -stop.opportunity))


def live_by_moment(*, app: App) -> dict[str, tuple[Live, ...]]:
    """What is live, by the key of the moment that its published revision waits on."""
    rows = (
        Campaign.objects.filter(app=app, status=CampaignStatus.LIVE, published__isnull=False)
        .order_by("-kind", "name")
        .values_list(
            "published__content__moment", "pk", "kind", "name", "published__content__platforms"
        )
    )
    found: dict[str, tuple[Live, ...]] = {}
    for moment, pk, kind, name, platforms in rows:
        found[moment] = (*found.get(moment, ()), Live(pk, kind, name, tuple(platforms or ())))
    return found


def subject_of(*, row: MomentRow | ValueMoment, found: MomentsMap, start: date) -> Subject:
    """A moment as the linter looks at it. `start`: the first day of the numbers."""
    figures = found.of(row.key)
    return Subject(
        event=row.event_name,
        name=row.name,
        opening=row.opening,
        devices=found.devices,
        reached=figures.devices,
        in_first_session=figures.in_first_session,
        counted=row.created_at.date() <= start,
    )


def _stop(
    row: MomentRow, found: MomentsMap, live: tuple[Live, ...], seen: list[Seen], start: date
) -> Stop:
    figures = found.of(row.key)
    closed = row.opening or row.status == ValueMoment.Status.PAUSED
    return Stop(
        moment=row,
        figures=figures,
        live=live,
        unasked=None if closed else _uncovered(figures, live, "soft_ask", ASKABLE),
        unredirected=None if closed else _uncovered(figures, live, "redirect", ("denied",)),
        findings=lint_moment(subject=subject_of(row=row, found=found, start=start), seen=seen),
    )


def _uncovered(
    figures: MomentFigures, live: tuple[Live, ...], kind: str, places: tuple[str, ...]
) -> int:
    """Devices in `places` on platforms that nothing live of this kind is for."""
    ours = [one.platforms for one in live if one.kind == kind]
    return sum(
        counts.get(place, 0)
        for platform, counts in figures.by_platform.items()
        if not any(not platforms or platform in platforms for platforms in ours)
        for place in places
    )
