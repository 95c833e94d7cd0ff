"""`GET /api/v1/manage/overview`: the numbers of the overview page, the same ones."""

from typing import Any

import msgspec
from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.answers import answer_of
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.ranges import RangeShape, days_in
from permissions_app.selectors.days import today
from permissions_app.selectors.overview import Overview, overview


def _rate(successes: int, trials: int, rate: float, low: float, high: float) -> dict[str, Any]:
    return {"successes": successes, "trials": trials, "rate": rate, "low": low, "high": high}


EXAMPLE: dict[str, Any] = {
    "start": "2026-11-20",
    "end": "2026-11-20",
    "platform": "ios",
    "devices": 40,
    "on_by_default": 0,
    "eligible": 40,
    "authorized": 20,
    "denied": 10,
    "waiting": 10,
    "opt_in": _rate(20, 40, 0.5, 0.352, 0.648),
    "lost_by_refusal": _rate(10, 40, 0.25, 0.142, 0.402),
    "lost_waiting": _rate(10, 40, 0.25, 0.142, 0.402),
    "stages": [
        {"key": "eligible", "n": 40, "share": 1.0, "dropped": None, "drop_share": None},
        {"key": "reached", "n": 34, "share": 0.85, "dropped": 6, "drop_share": 0.15},
    ],
    "soft_ask_acceptance": None,
    "answered": 30,
    "granted": 20,
    "grant_rate": _rate(20, 30, 0.667, 0.488, 0.808),
    "trend": [
        {
            "day": "2026-11-20",
            "days": 1,
            "eligible": 40,
            "authorized": 20,
            "denied": 10,
            "waiting": 10,
            "opt_in": _rate(20, 40, 0.5, 0.352, 0.648),
        }
    ],
    "recovery": {
        "as_of": "2026-11-29",
        "denials": 10,
        "by_cause": [["refused", 10]],
        "by_attribution": [],
        "lost": 0,
        "points": [],
        "consistent": True,
    },
}


class OverviewNumbers(ManageView):
    """Rates are objects with bounds; what is not known is null, never 0."""

    tag = "Overview"

    @extend_schema(
        operation_id="read_overview",
        parameters=[RangeShape],
        responses=answer_of(Overview),
        examples=[OpenApiExample("A quiet day", value=EXAMPLE)],
    )
    def get(self, request: Request) -> Response:
        """Opt-in, funnel, trend and recovery of the devices first seen in a range of days.

        Rates are objects with bounds; what is not known is null, never 0.
        """
        now = timezone.now()
        days = days_in(asked(RangeShape, request), today=today(now))
        seen = overview(
            app_id=self.app.pk, start=days.start, end=days.end, platform=days.platform, now=now
        )
        return Response(msgspec.to_builtins(seen))
