"""The self-check: the five events that must arrive, ticked as they do, from the moment it was started.

A check is nothing but an address: when it began, which device, which guide. It can be reloaded, kept
and sent to a colleague, and nothing of it is stored.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from permissions_app.domain.event_faults import Heard
from permissions_app.domain.guides import GUIDES, Guide
from permissions_app.domain.narration import tell
from permissions_app.domain.self_check import FIVE, Item, Report, report
from permissions_app.selectors.arrivals import latest_arrivals
from permissions_app.selectors.self_check import heard_since, not_taken_since, unmatched_since
from permissions_app.services.arrivals import DEVICE_KEY
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.guides import Code, code_of
from permissions_app.web.snippets import Values, values_of

PAGE = "permissions_app/integrate/check.html"
FRAGMENT = "permissions_app/integrate/_check.html"
USUAL = "curl"
LONGEST_MS = 7 * 86_400_000
BAD_DEVICE = "A device id has 1 to 128 of the characters A-Z a-z 0-9 . _ : -"
GONE = "This check began more than seven days ago. Start a new one."


@dataclass(frozen=True, slots=True)
class Asked:
    """What a check is asked for. `since`: ms, None before it has begun; `error`: why it cannot be."""

    since: int | None
    device: str
    guide: Guide
    error: str = ""

    @property
    def platform(self) -> str:
        """The one platform whose events count, where the guide is about one; a device is its own."""
        return (
            self.guide.key
            if self.guide.key in ("ios", "android", "web") and not self.device
            else ""
        )

    @property
    def query(self) -> str:
        """The address of this check, without its path."""
        return urlencode(
            {"since": self.since or "", "device": self.device, "guide": self.guide.key}
        )


@dataclass(frozen=True, slots=True)
class Shown:
    """An event in words, and when it arrived."""

    event: Heard
    headline: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One of the five on the page: what arrived, or the code that sends it."""

    item: Item
    shown: tuple[Shown, ...]
    codes: tuple[Code, ...]


@require_safe
@signed_in
def self_check(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The page; polled by itself, the part that changes, or 204 where it has not."""
    access = load_app(request, workspace, app)
    asked = _asked(request, int(time.time() * 1000))
    page = _page(request, access, asked)
    if request.htmx and page.get("digest") == request.GET.get("digest"):
        response = HttpResponse(status=204)
    else:
        template = FRAGMENT if request.htmx else PAGE
        response = render(request, template, page, status=422 if asked.error else 200)
    response["Cache-Control"] = "no-store"
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_safe
@signed_in
def start_check(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Begin now: what arrived before does not count."""
    load_app(request, workspace, app)
    now = int(time.time() * 1000)
    asked = _asked(request, now)
    told = urlencode(
        {
            "since": now,
            "device": request.GET.get("device", "").strip()[:200],
            "guide": asked.guide.key,
        }
    )
    return redirect(f"{reverse('self_check', args=[workspace, app])}?{told}")


def _asked(request: PersonRequest, now: int) -> Asked:
    device = request.GET.get("device", "").strip()[:200]
    guide = GUIDES.get(request.GET.get("guide", ""), GUIDES[USUAL])
    told = request.GET.get("since", "")
    since = int(told) if told.isascii() and told.isdigit() and len(told) <= 15 else None
    if device and not DEVICE_KEY.fullmatch(device):
        return Asked(None, device, guide, BAD_DEVICE)
    if since is not None and since < now - LONGEST_MS:
        return Asked(None, device, guide, GONE)
    return Asked(since if since is None else min(since, now), device, guide)


def _page(request: PersonRequest, access: AppAccess, asked: Asked) -> dict[str, Any]:
    page: dict[str, Any] = {
        "access": access,
        "nav": "integrate",
        "here": "check",
        "asked": asked,
        "guides": GUIDES.values(),
        "five": FIVE,
    }
    if not request.htmx:
        known = (event.device_key for event in latest_arrivals(app_id=access.app.pk))
        page["devices"] = tuple(dict.fromkeys(known))
    if asked.since is not None:
        page |= _found(request, access, asked, asked.since)
    return page


def _found(request: PersonRequest, access: AppAccess, asked: Asked, since: int) -> dict[str, Any]:
    app = access.app.pk
    unmatched = unmatched_since(app_id=app, since=since)
    found = report(
        heard=heard_since(app_id=app, since=since, device=asked.device, platform=asked.platform),
        not_taken=not_taken_since(app_id=app, since=since, device=asked.device),
        unmatched=unmatched,
        started=since,
    )
    values = values_of(request, access.app)
    names = dict(access.app.moments.values_list("key", "name"))
    return {
        "report": found,
        "lines": [_line(item, asked, values, names) for item in found.items],
        "refused": [(_time(one.received), one) for one in found.refused],
        "unmatched": unmatched,
        "started_at": _time(since),
        "said": said(found),
        "digest": hashlib.sha256(repr((found, unmatched)).encode()).hexdigest()[:16],
    }


def said(found: Report) -> str:
    """Where the check stands, in a sentence."""
    if found.complete:
        return "Your integration is complete."
    return f"{found.arrived} of {len(found.items)} have arrived."


def _line(item: Item, asked: Asked, values: Values, names: dict[str, str]) -> Line:
    shown = tuple(
        Shown(
            event,
            tell(type=event.type, body=event.body, moment_names=names).headline,
            _time(event.received),
        )
        for event in item.heard
    )
    codes = code_of(asked.guide, item.step, values, prefix=f"{item.key}-") if item.missing else ()
    return Line(item, shown, codes[:1])


def _time(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
