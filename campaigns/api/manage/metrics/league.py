"""`metrics/league`: the value moments side by side; the league page's numbers."""

from dataclasses import dataclass
from datetime import date

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.metrics import samples
from campaigns.selectors.league import Gain, MomentScore, league
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.ranges import RangeShape, days_in
from permissions_app.domain.proportions import Proportion
from permissions_app.selectors.days import today


@dataclass(frozen=True, slots=True)
class LeagueCampaign:
    """A soft ask (`s12`) or redirect rule (`r5`) on the moment."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class LeagueMoment:
    """One moment. `known` false: it was deleted, and devices still tell of it. `devices`: reached it first in these
    days. `acceptance`: of the devices that saw a soft ask of it. `asked`: devices whose first ask came here;
    `authorized`: of these, can be reached today. `authorized_per_soft_ask`: for each soft ask shown. `won_back`: by
    its redirects, devices. `interruptions_per_authorized`: shown for each device won or won back.
    """

    key: str
    name: str
    known: bool
    campaigns: tuple[LeagueCampaign, ...]
    devices: int
    acceptance: Proportion | None
    asked: int
    authorized: int
    authorized_of_asked: Proportion | None
    soft_asks_shown: int
    redirects_shown: int
    interruptions: int
    authorized_per_soft_ask: float | None
    won_back: Gain
    interruptions_per_authorized: float | None


@dataclass(frozen=True, slots=True)
class LeagueNumbers:
    """Every moment of the app, by name; everything counts on the day it began."""

    start: date
    end: date
    platform: str | None
    moments: tuple[LeagueMoment, ...]


EXAMPLE = LeagueNumbers(
    date(2026, 9, 1),
    date(2026, 11, 29),
    None,
    (
        LeagueMoment(
            "order_placed",
            "Order placed",
            True,
            (LeagueCampaign("s7", "Shipping news"),),
            210,
            samples.rate(40, 90),
            90,
            36,
            samples.rate(36, 90),
            95,
            0,
            95,
            0.379,
            Gain(None, None, None, ""),
            2.64,
        ),
    ),
)


class LeagueMetrics(ManageView):
    """The moment league."""

    tag = "Metrics"

    @extend_schema(
        operation_id="read_league",
        parameters=[RangeShape],
        responses=answer_of(LeagueNumbers, "League"),
        examples=[samples.example("One moment", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        """What each value moment wins, what its redirects win back, and what it spends in interruptions."""
        now = timezone.now()
        days = days_in(asked(RangeShape, request), today=today(now))
        scores = league(
            app=self.app, start=days.start, end=days.end, platform=days.platform, now=now
        )
        told = LeagueNumbers(days.start, days.end, days.platform, tuple(map(_moment, scores)))
        return Response(msgspec.to_builtins(told))


def _moment(score: MomentScore) -> LeagueMoment:
    return LeagueMoment(
        key=score.key,
        name=score.name,
        known=score.known,
        campaigns=tuple(
            LeagueCampaign(f"{'s' if kind == 'soft_ask' else 'r'}{pk}", name)
            for name, kind, pk in score.campaigns
        ),
        devices=score.devices,
        acceptance=score.acceptance,
        asked=score.asked,
        authorized=score.authorized,
        authorized_of_asked=score.yield_,
        soft_asks_shown=score.soft_asks,
        redirects_shown=score.redirects,
        interruptions=score.interruptions,
        authorized_per_soft_ask=score.per_interruption,
        won_back=score.recovery,
        interruptions_per_authorized=score.spent,
    )
