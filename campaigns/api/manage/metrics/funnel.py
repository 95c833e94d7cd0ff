"""`metrics/funnel`: how far devices came, and by what; the funnel page's numbers."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.metrics import samples
from campaigns.selectors.names import Names, names_in
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.ranges import Days, RangeShape, days_in
from permissions_app.domain.proportions import Difference, Proportion, wilson
from permissions_app.selectors.days import today
from permissions_app.selectors.funnel import (
    DIMENSIONS,
    Cohort,
    Group,
    change,
    funnel,
    funnel_by,
    period_before,
)
from permissions_app.selectors.overview import Stage


@dataclass(frozen=True, slots=True)
class FunnelGroup:
    """Devices of one group. `value`: of the dimension, empty for everybody; a Monday for weeks. `platform`: only for
    system versions. `name`: of a moment, campaign or variant. `authorized + denied + waiting = eligible`. `opt_in`:
    authorised of eligible; `grant_rate`: of those who answered the system's dialog. `change`: of the opt-in since
    the period before, a difference of fractions.
    """

    value: str
    platform: str
    name: str
    eligible: int
    authorized: int
    denied: int
    waiting: int
    answered: int
    granted: int
    opt_in: Proportion | None
    grant_rate: Proportion | None
    lost_by_refusal: Proportion | None
    lost_waiting: Proportion | None
    stages: tuple[Stage, ...]
    change: Difference | None


@dataclass(frozen=True, slots=True)
class FunnelNumbers:
    """Devices of the days from `start` to `end`. `before`: the period before, where it was asked for and has devices;
    its days are `before_start` to `before_end`. `groups`: by the dimension asked for, largest first; weeks in order.
    """

    start: date
    end: date
    platform: str | None
    cohort: str
    by: str | None
    everybody: FunnelGroup
    before_start: date | None
    before_end: date | None
    before: FunnelGroup | None
    groups: tuple[FunnelGroup, ...]


class FunnelShape(RangeShape):
    """What the funnel is about."""

    cohort = serializers.ChoiceField(
        choices=("install", "ask"),
        default="install",
        help_text="Devices by the day they were first seen, or by the day they were first asked.",
    )
    by = serializers.ChoiceField(
        choices=DIMENSIONS, required=False, help_text="Groups of devices; one may be in several."
    )
    compare = serializers.BooleanField(
        default=False, help_text="Whether the period before is told as well."
    )


def _group(group: Group, *, name: str = "", before: Group | None = None) -> FunnelGroup:
    return FunnelGroup(
        value=group.value,
        platform=group.platform,
        name=name,
        eligible=group.eligible,
        authorized=group.authorized,
        denied=group.denied,
        waiting=group.waiting,
        answered=group.answered,
        granted=group.granted,
        opt_in=group.opt_in,
        grant_rate=group.grant_rate,
        lost_by_refusal=wilson(successes=group.denied, trials=group.eligible),
        lost_waiting=wilson(successes=group.waiting, trials=group.eligible),
        stages=group.stages,
        change=change(now=group, before=before) if before is not None else None,
    )


_EVERYBODY = _group(Group("", "", 40, 20, 10, 10, 30, 20, tuple(samples.STAGES)))
EXAMPLE = FunnelNumbers(
    date(2026, 11, 1),
    date(2026, 11, 28),
    "ios",
    "install",
    None,
    _EVERYBODY,
    None,
    None,
    None,
    (),
)


class FunnelMetrics(ManageView):
    """The funnel."""

    tag = "Metrics"

    @extend_schema(
        operation_id="read_funnel",
        parameters=[FunnelShape],
        responses=answer_of(FunnelNumbers, "Funnel"),
        examples=[samples.example("Four weeks on iOS", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        """From eligible to authorised: how far devices came, what was lost by refusal and what by waiting."""
        sent = asked(FunnelShape, request)
        days = days_in(sent, today=today(timezone.now()))
        app = self.app
        by = sent.get("by")
        names = names_in(app=app) if by in _NAMED else None
        told = _numbers(app.pk, days, sent["cohort"], by, names, compare=sent["compare"])
        return Response(msgspec.to_builtins(told))


_NAMED = ("moment", "campaign", "variant")


def _numbers(
    app_id: int, days: Days, cohort: Cohort, by: str | None, names: Names | None, *, compare: bool
) -> FunnelNumbers:
    def of(start: date, end: date) -> dict[str, Any]:
        return {
            "app_id": app_id,
            "cohort": cohort,
            "start": start,
            "end": end,
            "platform": days.platform,
        }

    earlier = period_before(start=days.start, end=days.end) if compare else None
    whole = funnel(**of(days.start, days.end))
    before = funnel(**of(*earlier)) if earlier else None
    before = before if before and before.eligible else None
    now = funnel_by(dimension=by, **of(days.start, days.end)) if by else ()
    was: dict[tuple[str, str], Group] = {}
    if by and by != "week" and earlier:
        was = {(it.value, it.platform): it for it in funnel_by(dimension=by, **of(*earlier))}
    return FunnelNumbers(
        start=days.start,
        end=days.end,
        platform=days.platform,
        cohort=cohort,
        by=by,
        everybody=_group(whole, before=before),
        before_start=earlier[0] if earlier else None,
        before_end=earlier[1] if earlier else None,
        before=_group(before) if before else None,
        groups=tuple(
            _group(it, name=_name(by, it, names), before=was.get((it.value, it.platform)))
            for it in now
        ),
    )


def _name(by: str | None, group: Group, names: Names | None) -> str:
    if names is None or not group.value:
        return ""
    if by == "moment":
        return names.moment(group.value)
    return names.campaign(group.value) if by == "campaign" else names.words(group.value)
