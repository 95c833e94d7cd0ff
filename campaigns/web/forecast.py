"""The reach forecast beside the editor: asking for it, watching it, reading it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from campaigns.domain.reasons import explain
from campaigns.domain.tally import HELD_OUT, OTHER, SHOWN, Clash, Result, Spread, World, margin
from campaigns.models import Campaign
from campaigns.selectors.forecasts import Told, latest_forecast
from campaigns.services.forecasts import request_forecast
from campaigns.web.loading import ADDRESS, load_campaign
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.templatetags.numbers import count, percent
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.ranges import PLATFORMS

BODY = "campaigns/forecast/_body.html"
ENDS = {
    SHOWN: "This campaign is shown.",
    HELD_OUT: "The device is held out and shown nothing, to measure the effect.",
    OTHER: "Another live campaign answers.",
}
"""How a visit ends when a campaign answers; for all else there is the reason's own sentence."""


@dataclass(frozen=True, slots=True)
class EndRow:
    """One way visits end: its sentence, its share of them, and its share under the rules of now."""

    key: str
    sentence: str
    n: int
    share: float
    now: float


@dataclass(frozen=True, slots=True)
class SpreadRow:
    """How often devices see something."""

    name: str
    devices: int
    once: int
    twice: int
    more: int
    mean: str


@dataclass(frozen=True, slots=True)
class ClashRow:
    """Another live campaign. `fewer`: showings it loses (negative: gains)."""

    name: str
    href: str
    now: int
    then: int
    fewer: int
    answers_first: int
    gives_way: int


@dataclass(frozen=True, slots=True)
class PlatformRow:
    """The campaign on one platform."""

    name: str
    visits: int
    devices: int
    reached: int
    share: float
    showings: int
    tired: float


@dataclass(frozen=True, slots=True)
class Shown:
    """A result as the page tells it. `reached_off`, `showings_off`: how far a sample may be off."""

    headline: str
    compared: str
    visits: int
    moments: int
    devices: int
    every: int
    reached_off: int
    showings_off: int
    seconds: str
    ends: tuple[EndRow, ...]
    spreads: tuple[SpreadRow, ...]
    clashes: tuple[ClashRow, ...]
    platforms: tuple[PlatformRow, ...]
    counted_since: bool
    """Whether the moment is younger than the window."""


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def campaign_forecast(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Look at the newest forecast; editors ask for one."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    campaign = load_campaign(access, pk)
    refused = ""
    if request.method == "POST":
        try:
            request_forecast(campaign_id=pk, app=access.app, actor=request.user, now=timezone.now())
        except Invalid as invalid:
            refused = str(invalid)
    if not request.htmx:
        if refused:
            messages.error(request, refused)
        return redirect(f"{reverse(ADDRESS[campaign.kind], args=(workspace, app, pk))}#forecast")
    context = {"access": access, "campaign": campaign, "refused": refused}
    return render(request, BODY, context | panel(access, campaign))


def panel(access: AppAccess, campaign: Campaign) -> dict[str, Any]:
    """The context of `campaigns/forecast/_panel.html`."""
    told = latest_forecast(campaign=campaign, ruleset_version=access.app.ruleset_version)
    shown = None
    if told is not None and told.result is not None:
        shown = _shown(access, campaign, told, told.result)
    return {"forecast": told, "reach": shown}


def _shown(access: AppAccess, campaign: Campaign, told: Told, result: Result) -> Shown:
    reach, every = result.reach, result.every
    own = reach.then.own
    return Shown(
        headline=_headline(campaign, result),
        compared=_compared(reach.now, every),
        visits=reach.visits * every,
        moments=result.total,
        devices=reach.devices * every,
        every=every,
        reached_off=margin(squares=own.devices, every=every),
        showings_off=margin(squares=own.squares, every=every),
        seconds=f"{result.milliseconds / 1000:.1f}",
        ends=_ends(result),
        spreads=(
            _spread("This campaign", own, every),
            _spread("All campaigns, with it", reach.then.all, every),
            _spread("All campaigns, as they are", reach.now.all, every),
        ),
        clashes=tuple(_clash(access, told, clash, every) for clash in reach.clashes),
        platforms=tuple(
            PlatformRow(
                name=PLATFORMS.get(row.platform, "Unknown"),
                visits=row.visits * every,
                devices=row.devices * every,
                reached=row.reached * every,
                share=_part(row.reached, row.devices),
                showings=row.showings * every,
                tired=_part(row.tired, row.visits),
            )
            for row in reach.platforms
        ),
        counted_since=not access.app.simulated
        and campaign.moment.created_at.timestamp() * 1000 > result.start,
    )


def _headline(campaign: Campaign, result: Result) -> str:
    """One sentence that says it all."""
    reach, every = result.reach, result.every
    own = reach.then.own
    tired = _part(reach.then.ends.get("fatigue_cap", 0), reach.visits)
    about = "about " if every > 1 else ""
    stopped = (
        f"the fatigue budget stops {percent(tired, 0)} of the visits to “{campaign.moment.name}”."
    )
    if not own.devices:
        return f"Would be shown to nobody; {stopped}"
    devices = "device" if own.devices * every == 1 else "devices"
    often = "once each" if own.showings == own.devices else f"{own.mean:.1f} times each"
    return f"Would be shown to {about}{count(own.devices * every)} {devices}, {often}; {stopped}"


def _compared(now: World, every: int) -> str:
    if not now.own.devices:
        return ""
    return (
        f"What is live now would be shown to {count(now.own.devices * every)} devices, "
        f"{now.own.mean:.1f} times each."
    )


def _ends(result: Result) -> tuple[EndRow, ...]:
    now, then = result.reach.now.ends, result.reach.then.ends
    visits = result.reach.visits
    found = [
        EndRow(
            key=key,
            sentence=ENDS.get(key) or explain(key),  # type: ignore[arg-type]  # a reason
            n=then.get(key, 0) * result.every,
            share=_part(then.get(key, 0), visits),
            now=_part(now.get(key, 0), visits),
        )
        for key in {*now, *then}
    ]
    return tuple(sorted(found, key=lambda row: (row.key != SHOWN, -row.n, row.key)))


def _spread(name: str, spread: Spread, every: int) -> SpreadRow:
    return SpreadRow(
        name=name,
        devices=spread.devices * every,
        once=spread.once * every,
        twice=spread.twice * every,
        more=spread.more * every,
        mean="–" if spread.mean is None else f"{spread.mean:.2f}",
    )


def _clash(access: AppAccess, told: Told, clash: Clash, every: int) -> ClashRow:
    other = told.names.get(clash.key)
    href = ""
    if other is not None:
        place = (access.workspace.slug, access.app.slug, other.pk)
        href = reverse(ADDRESS[other.kind], args=place)
    return ClashRow(
        name=other.name if other is not None else clash.key,
        href=href,
        now=clash.now * every,
        then=clash.then * every,
        fewer=(clash.now - clash.then) * every,
        answers_first=clash.answers_first * every,
        gives_way=clash.gives_way * every,
    )


def _part(n: int, total: int) -> float:
    return n / total if total else 0.0
