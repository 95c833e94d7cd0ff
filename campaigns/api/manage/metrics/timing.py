"""`metrics/timing`: when devices were first asked, and what came of it; the timing page's numbers."""

from dataclasses import dataclass
from datetime import date

import msgspec
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.metrics import samples
from campaigns.selectors.gate_trials import GateTrial, gate_trials
from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.ranges import RangeShape, days_in
from permissions_app.domain.breakdowns import STEPS
from permissions_app.domain.timing import (
    Levelling,
    Product,
    TimingPoint,
    best_reach,
    landing,
    levelling,
)
from permissions_app.domain.timing_words import evidence, headline
from permissions_app.selectors.days import today
from permissions_app.selectors.timing import timing


@dataclass(frozen=True, slots=True)
class TimingNumbers:
    """Eligible devices first seen from `start` to `end`, and their first asks by what they had seen before. `kind`:
    screens, sessions, minutes since first seen, or value moments; a `step` is in that unit. `per_ask`: granted of all
    first asked there; `per_eligible`: the share that comes at least that far times that rate. `lands`: the median
    step of the first asks; `best`: the step where most come of it per eligible device. All of it is an association;
    only `trials`, in which chance chose the gate, tell causes.
    """

    start: date
    end: date
    platform: str | None
    kind: str
    eligible: int
    asked: int
    points: tuple[TimingPoint, ...]
    lands: int | None
    levels: Levelling
    best: int | None
    headline: str
    evidence: tuple[str, ...]
    trials: tuple[GateTrial, ...]


class TimingShape(RangeShape):
    """What the timing is about."""

    kind = serializers.ChoiceField(
        choices=list(STEPS),
        default="screens",
        help_text="What devices had seen before the first ask.",
    )


EXAMPLE = TimingNumbers(
    date(2026, 9, 1),
    date(2026, 11, 29),
    None,
    "screens",
    400,
    60,
    (
        TimingPoint(
            7,
            60,
            33,
            12,
            210,
            samples.rate(33, 60),
            samples.rate(210, 400),
            Product(0.289, 0.22, 0.36),
        ),
    ),
    7,
    Levelling("not_enough"),
    7,
    "Your dialog lands at screen 7.",
    (),
    (),
)


class TimingMetrics(ManageView):
    """The timing of the first ask."""

    tag = "Metrics"

    @extend_schema(
        operation_id="read_timing",
        parameters=[TimingShape],
        responses=answer_of(TimingNumbers, "Timing"),
        examples=[samples.example("By screens", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        """The grant rate by what devices had seen before the first ask, per ask and per eligible device."""
        now = timezone.now()
        sent = asked(TimingShape, request)
        days = days_in(sent, today=today(now))
        app, kind = self.app, sent["kind"]
        seen = timing(app_id=app.pk, start=days.start, end=days.end, platform=days.platform)
        points = seen.points[kind]
        told = TimingNumbers(
            start=days.start,
            end=days.end,
            platform=days.platform,
            kind=kind,
            eligible=seen.eligible,
            asked=seen.asked,
            points=points,
            lands=landing(points),
            levels=levelling(points),
            best=best_reach(points),
            headline=headline(kind=kind, points=points),
            evidence=evidence(kind=kind, points=points),
            trials=gate_trials(app=app, now=now),
        )
        return Response(msgspec.to_builtins(told))
