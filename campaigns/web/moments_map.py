"""The moments map: the app's journey from moment to moment, and where nobody speaks to people."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from campaigns.selectors.opportunity import by_opportunity, journey
from permissions_app.models import ValueMoment
from permissions_app.selectors.days import today
from permissions_app.selectors.seen import seen_names
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.ranges import PLATFORMS, PRESETS, Range, read_range

PAGE = "campaigns/moments/"
MAP_DAYS = 28
SORTS = {"": "The journey", "opportunity": "Opportunity"}
FRAGMENT = "map"
"""The id of the part that filters change."""


@require_safe
@signed_in
def moments(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All moments on the journey, narrowed by text, status, platform and days; for htmx the map
    alone.
    """
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now), default_days=MAP_DAYS)
    context = _map(request, access, chosen)
    if request.htmx and request.htmx.target == FRAGMENT:
        response = render(request, f"{PAGE}_map.html", context)
    else:
        for problem in chosen.problems:
            messages.warning(request, problem)
        context["seen"] = seen_names(
            app_id=access.app.pk, today=today(now), limit=8, without_moment=True
        )
        response = render(request, f"{PAGE}page.html", context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
    return response


def _map(request: PersonRequest, access: AppAccess, chosen: Range) -> dict[str, Any]:
    text, status = request.GET.get("q", "").strip()[:80], request.GET.get("status", "")
    status = status if status in ValueMoment.Status.values else ""
    sort = request.GET.get("sort", "")
    sort = sort if sort in SORTS else ""
    stops = journey(
        app=access.app,
        start=chosen.start,
        end=chosen.end,
        platform=chosen.platform,
        text=text,
        status=status,
    )
    kept = {"q": text, "status": status}

    def carried(sort: str = sort) -> list[tuple[str, str]]:
        """What a change of platform or days leaves as it is."""
        return [(name, said) for name, said in {**kept, "sort": sort}.items() if said]

    def at(sort: str = sort, **changes: object) -> str:
        more = urlencode(carried(sort))
        address = chosen.query(**changes)
        return address if not more else f"{address}{'' if address == '?' else '&'}{more}"

    return {
        "access": access,
        "nav": "moments",
        "chosen": chosen,
        "stops": stops,
        "rows": by_opportunity(stops) if sort else stops,
        "unspoken": sum(stop.opportunity for stop in stops),
        "q": text,
        "status": status,
        "sort": sort,
        "statuses": ValueMoment.Status.choices,
        "narrowed": bool(text or status),
        "platforms": [
            (key, name, at(platform=key)) for key, name in ((None, "All"), *PLATFORMS.items())
        ],
        "presets": [(days, at(preset=days)) for days in PRESETS],
        "sorts": [(key, name, at(sort=key)) for key, name in SORTS.items()],
        "carried": carried(),
        "hidden": _hidden(chosen, sort),
    }


def _hidden(chosen: Range, sort: str) -> list[tuple[str, str]]:
    """What the form for finding must send along to keep the rest of the address."""
    found: list[tuple[str, str]] = []
    if chosen.preset is None:
        found += [("from", chosen.start.isoformat()), ("to", chosen.end.isoformat())]
    elif chosen.preset != chosen.default_days:
        found.append(("days", str(chosen.preset)))
    if chosen.platform:
        found.append(("platform", chosen.platform))
    return [*found, *([("sort", sort)] if sort else [])]
