"""The lists of soft asks and of Settings redirects, and one step for many of them."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.drafts import Kind
from campaigns.models import CampaignStatus
from campaigns.selectors.campaign_list import (
    Listing,
    Narrowing,
    list_campaigns,
    moments_in_use,
    narrowing,
)
from campaigns.services.bulk import BULK, MOST_AT_ONCE, Outcome, take_steps
from campaigns.web.loading import NAV
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, Role
from permissions_app.web.access import PersonRequest, load_app, signed_in
from permissions_app.web.ranges import PLATFORMS

ADDRESSED = ("q", "status", "moment", "platform", "waiting", "sort", "page")
"""What a list's address may say, in this order."""
WAITING_NAMES = (
    ("in_review", "Waits for review"),
    ("approved", "Approved"),
    ("changed", "Changed since published"),
)
COLUMNS = (
    ("name", "Name"),
    ("status", "Status"),
    ("moment", "Value moment"),
    ("", "Platforms"),
    ("holdout", "Holdout"),
    ("changed", "Last change"),
)
SORT_NAMES = (
    ("", "Live first"),
    ("name", "Name, A to Z"),
    ("-name", "Name, Z to A"),
    ("status", "Status"),
    ("-status", "Status, last first"),
    ("moment", "Value moment, A to Z"),
    ("-moment", "Value moment, Z to A"),
    ("-holdout", "Largest holdout"),
    ("holdout", "Smallest holdout"),
    ("-changed", "Newest change"),
    ("changed", "Oldest change"),
)
LARGEST_FIRST = ("holdout", "changed")
TOLD_BY_NAME = 5


@dataclass(frozen=True, slots=True)
class Choice:
    """One select of the filter. `every`: what choosing nothing means."""

    name: str
    label: str
    every: str
    options: tuple[tuple[str, str], ...]
    chosen: str


@dataclass(frozen=True, slots=True)
class Column:
    """One heading. `query`: the address that sorts by it, '' where nobody can sort."""

    name: str
    label: str
    query: str
    direction: str


@require_safe
@signed_in
def campaigns(request: PersonRequest, workspace: str, app: str, kind: Kind) -> HttpResponse:
    """One page of the soft asks or redirects of the app, narrowed and sorted by its address."""
    access = load_app(request, workspace, app)
    asked = narrowing(request.GET.dict())
    listing = list_campaigns(app=access.app, kind=kind, asked=asked, page=_page(request))
    query = _query(asked, page=listing.number)
    context: dict[str, Any] = {
        "access": access,
        "nav": NAV[kind],
        "kind": kind,
        "rows": listing.rows,
        "listing": listing,
        "asked": asked,
        "query": query,
        "columns": _columns(asked),
        "sorts": SORT_NAMES,
        "pager": _pager(listing, asked),
        "steps": [(action, label) for action, label in _STEP_LABELS if action in BULK],
        "most_at_once": MOST_AT_ONCE,
    }
    partial = bool(request.htmx and request.htmx.target == "rows")
    context["partial"] = partial
    if not partial:
        context |= _around(access.app, kind, asked)
    template = "_rows.html" if partial else "page.html"
    response = render(request, f"campaigns/{NAV[kind]}/{template}", context)
    if partial:
        response["HX-Push-Url"] = f"{request.path}{query}"
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@signed_in
def change_many(request: PersonRequest, workspace: str, app: str, kind: Kind) -> HttpResponse:
    """Pause, make live again or archive everything that was ticked."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    action = request.POST.get("action", "")
    ids = {int(text) for text in request.POST.getlist("ids") if text.isdecimal() and len(text) < 19}
    try:
        outcome = take_steps(
            app=access.app,
            kind=kind,
            ids=ids,
            action=action,
            actor=request.user,
            role=access.role,
        )
        _tell(request, outcome, action)
    except Invalid as invalid:
        messages.error(request, str(invalid))
    back = narrowing(dict(parse_qsl(request.POST.get("back", "").lstrip("?"))))
    return redirect(f"{reverse(NAV[kind], args=[workspace, app])}{_query(back)}")


def _tell(request: HttpRequest, outcome: Outcome, action: str) -> None:
    if outcome.done:
        messages.success(request, f"{BULK[action].capitalize()}: {_named(outcome.done)}.")
    for reason, names in outcome.refused.items():
        # Each is told by its name: somebody has to go there.
        messages.warning(request, f"Not {BULK[action]}: {', '.join(map(_quoted, names))}. {reason}")
    if outcome.unknown:
        gone = "One is" if outcome.unknown == 1 else f"{outcome.unknown} are"
        messages.warning(request, f"{gone} no longer here; nothing was done to them.")


def _named(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(_quoted, names[:TOLD_BY_NAME]))
    more = len(names) - TOLD_BY_NAME
    return f"{shown} and {more} more" if more > 0 else shown


def _quoted(name: str) -> str:
    return f"“{name}”"


def _around(app: App, kind: Kind, asked: Narrowing) -> dict[str, Any]:
    """What stands around the rows."""
    moments = app.moments.all() if kind == "soft_ask" else app.moments.filter(opening=False)
    choices = (
        Choice(
            "status",
            "Status",
            "All but archived",
            tuple(CampaignStatus.choices),
            asked.status,
        ),
        Choice(
            "moment",
            "Value moment",
            "Every moment",
            moments_in_use(app=app, kind=kind),
            asked.moment,
        ),
        Choice("platform", "Platform", "Every platform", tuple(PLATFORMS.items()), asked.platform),
        Choice("waiting", "Waiting", "Waiting or not", WAITING_NAMES, asked.waiting),
    )
    return {
        "q": asked.text,
        "choices": choices,
        "has_moments": moments.exists(),
    }


def _page(request: HttpRequest) -> int:
    text = request.GET.get("page", "")
    return int(text) if text.isdecimal() and len(text) < 6 else 1


def _query(asked: Narrowing, *, page: int = 1, **changes: str) -> str:
    """The part of the address after the path: only what is not as usual."""
    told = {
        "q": asked.text,
        "status": asked.status,
        "moment": asked.moment,
        "platform": asked.platform,
        "waiting": asked.waiting,
        "sort": asked.sort,
        "page": str(page) if page > 1 else "",
        **changes,
    }
    return "?" + urlencode({name: told[name] for name in ADDRESSED if told[name]})


def _columns(asked: Narrowing) -> tuple[Column, ...]:
    """The headings; pressing the one that is sorted by turns the order around."""
    found = []
    current = asked.sort.removeprefix("-")
    for name, label in COLUMNS:
        descending = asked.sort.startswith("-")
        turn = not descending if name == current else name in LARGEST_FIRST
        direction = ("descending" if descending else "ascending") if name == current else ""
        query = _query(asked, sort=f"{'-' if turn else ''}{name}") if name else ""
        found.append(Column(name, label, query, direction if name else ""))
    return tuple(found)


def _pager(listing: Listing, asked: Narrowing) -> dict[str, str]:
    """Addresses of the pages before and after, where there are any."""
    pager = {}
    if listing.number > 1:
        pager["before"] = _query(asked, page=listing.number - 1)
    if listing.number < listing.pages:
        pager["after"] = _query(asked, page=listing.number + 1)
    return pager


_STEP_LABELS = (("pause", "Pause"), ("resume", "Make live again"), ("archive", "Archive"))
