"""`metrics/recovery`: who comes back after a no, and what a redirect has to do with it; the recovery page's numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
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
from permissions_app.charts.incidence import MOST_CURVES
from permissions_app.domain.edits import Invalid
from permissions_app.domain.group_tests import GroupTest, gray, log_rank
from permissions_app.domain.incremental import Increment, increments
from permissions_app.domain.standing import HOLDOUT
from permissions_app.domain.survival import AgePoint
from permissions_app.models import App
from permissions_app.selectors.days import last_complete_day, today
from permissions_app.selectors.recovery import recovery
from permissions_app.selectors.recovery_groups import (
    DIMENSIONS,
    TREATED,
    Attributed,
    RecoveryGroup,
    attributed,
    recovery_by,
    recovery_of_arms,
    rules_with_arms,
)


@dataclass(frozen=True, slots=True)
class RecoveryCurve:
    """Denied devices of one group, or devices of one arm. `value` is empty for everybody. `recovered`, `lost`: so far.
    `within_7`, `within_30`, `within_90`: the curve at so many days since the denial, null where nobody was watched that
    long. `points`: the whole curve by day, of the first groups only (as many as the page draws).
    """

    value: str
    name: str
    devices: int
    recovered: int
    lost: int
    within_7: AgePoint | None
    within_30: AgePoint | None
    within_90: AgePoint | None
    points: tuple[AgePoint, ...]


@dataclass(frozen=True, slots=True)
class RedirectRecovery:
    """A redirect rule by its arms, of the devices that chance put into one in these days (intention to treat).
    `has_holdout`: without one nobody can say what the redirect caused. `increments`: redirect minus holdout by 7
    and 30 days.
    """

    rule: str
    name: str
    has_holdout: bool
    arms: tuple[RecoveryCurve, ...]
    increments: tuple[Increment, ...]


@dataclass(frozen=True, slots=True)
class RecoveryNumbers:
    """Denials of the days from `start` to `end`, watched up to the end of `as_of`. `groups`: everybody, or by the
    dimension asked for, the largest first. `gray` and `log_rank`: whether their curves differ by more than chance;
    null where that cannot be told. `rules`: the redirect rules that devices came into, most devices first.
    """

    start: date
    end: date
    platform: str | None
    by: str | None
    as_of: date
    groups: tuple[RecoveryCurve, ...]
    gray: GroupTest | None
    log_rank: GroupTest | None
    attributed: tuple[Attributed, ...]
    rules: tuple[str, ...]
    redirect: RedirectRecovery | None


class RecoveryShape(RangeShape):
    """What the recovery is about."""

    by = serializers.ChoiceField(
        choices=DIMENSIONS, required=False, help_text="Groups of denied devices."
    )
    rule = serializers.CharField(
        required=False,
        max_length=24,
        help_text="A redirect rule by its key (`r5`); without it the one that most devices came into.",
    )


EXAMPLE = RecoveryNumbers(
    date(2026, 8, 1),
    date(2026, 10, 29),
    None,
    None,
    date(2026, 11, 28),
    (RecoveryCurve("", "", 140, 9, 4, None, samples.POINT, None, (samples.POINT,)),),
    None,
    None,
    (Attributed("tapped", 2, 5, 5), Attributed("seen", 0, 1, 1), Attributed("organic", 1, 3, 3)),
    ("r5",),
    RedirectRecovery(
        "r5", "Missed shipping", False, (), (Increment(30, samples.POINT, None, None),)
    ),
)


class RecoveryMetrics(ManageView):
    """Settings recovery."""

    tag = "Metrics"

    @extend_schema(
        operation_id="read_recovery",
        parameters=[RecoveryShape],
        responses=answer_of(RecoveryNumbers, "SettingsRecovery"),
        examples=[samples.example("A quarter", EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        """Denied devices seen authorised later, by groups, and by the arms of a redirect.

        Curves are cumulative incidences by days since the denial.
        """
        now = timezone.now()
        sent = asked(RecoveryShape, request)
        days = days_in(sent, today=today(now))
        reader = _Reader(self.app, days, now)
        return Response(msgspec.to_builtins(reader.numbers(sent.get("by"), sent.get("rule"))))


class _Reader:
    """The days of one question, and what things are called."""

    def __init__(self, app: App, days: Days, now: datetime) -> None:
        self.now, self.range = now, days
        self.names: Names = names_in(app=app)
        self.days: dict[str, Any] = {
            "app_id": app.pk,
            "start": days.start,
            "end": days.end,
            "platform": days.platform,
        }

    def numbers(self, by: str | None, rule: str | None) -> RecoveryNumbers:
        """Everything. Raises Invalid for a rule that no device came into in these days."""
        groups = self._groups(by)
        curves = [group.points for group in groups[:MOST_CURVES]]
        rules = rules_with_arms(**self.days)
        if rule is not None and rule not in rules:
            raise Invalid({"rule": "No device came into an arm of this rule in these days."})
        wanted = rule or next(iter(rules), None)
        return RecoveryNumbers(
            start=self.range.start,
            end=self.range.end,
            platform=self.range.platform,
            by=by,
            as_of=last_complete_day(self.now),
            groups=tuple(
                _curve(group, self._name(by, group.value), drawn=place < MOST_CURVES)
                for place, group in enumerate(groups)
            ),
            gray=gray(curves) if by else None,
            log_rank=log_rank(curves) if by else None,
            attributed=attributed(**self.days),
            rules=rules,
            redirect=self._redirect(wanted) if wanted else None,
        )

    def _groups(self, by: str | None) -> Sequence[RecoveryGroup]:
        if by:
            return recovery_by(dimension=by, now=self.now, **self.days)
        whole = recovery(now=self.now, **self.days)
        if not whole.denials:
            return ()
        return (RecoveryGroup("", whole.denials, whole.recovered, whole.lost, whole.points),)

    def _redirect(self, rule: str) -> RedirectRecovery:
        arms = recovery_of_arms(rule=rule, now=self.now, **self.days)
        by_value = {group.value: group for group in arms}
        held = by_value.get(HOLDOUT)
        treated = by_value.get(TREATED) or next((it for it in arms if it.value != HOLDOUT), None)
        return RedirectRecovery(
            rule=rule,
            name=self.names.campaign(rule),
            has_holdout=held is not None,
            arms=tuple(_curve(group, "", drawn=True) for group in arms),
            increments=increments(
                arm=treated.points if treated else (), holdout=held.points if held else None
            ),
        )

    def _name(self, by: str | None, value: str) -> str:
        if by == "moment" and value:
            return self.names.moment(value)
        if by in ("campaign", "variant"):
            return self.names.campaign(value.partition(".")[0])
        return ""


def _curve(group: RecoveryGroup, name: str, *, drawn: bool) -> RecoveryCurve:
    return RecoveryCurve(
        value=group.value,
        name=name,
        devices=group.denials,
        recovered=group.recovered,
        lost=group.lost,
        within_7=group.at(7),
        within_30=group.at(30),
        within_90=group.at(90),
        points=group.points if drawn else (),
    )
