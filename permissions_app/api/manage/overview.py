"""`GET /api/v1/manage/overview`: the numbers of the overview page, the same ones."""

from datetime import date, timedelta

import msgspec
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.domain.edits import Invalid
from permissions_app.selectors.overview import overview

DEFAULT_DAYS = 30
MOST_DAYS = 400
PLATFORMS = ("ios", "android", "web")


class OverviewNumbers(ManageView):
    """Rates are objects with bounds; what is not known is null, never 0."""

    def get(self, request: Request) -> Response:
        """`?start=&end=` (days in UTC, both included, the last 30 by default) and `?platform=`."""
        now = timezone.now()
        end = _day(request, "end") or now.date()
        start = _day(request, "start") or end - timedelta(days=DEFAULT_DAYS - 1)
        if start > end:
            raise Invalid({"start": "The range ends before it starts."})
        if (end - start).days >= MOST_DAYS:
            raise Invalid({"start": f"A range has at most {MOST_DAYS} days."})
        platform = request.query_params.get("platform") or None
        if platform is not None and platform not in PLATFORMS:
            raise Invalid({"platform": "Platforms are ios, android and web."})
        seen = overview(app_id=self.app.pk, start=start, end=end, platform=platform, now=now)
        return Response(msgspec.to_builtins(seen))


def _day(request: Request, name: str) -> date | None:
    text = request.query_params.get(name, "")
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Invalid({name: "A day is written like 2026-11-23."}) from None
    if not 2000 <= day.year <= 2100:
        raise Invalid({name: "A day lies between the years 2000 and 2100."})
    return day
