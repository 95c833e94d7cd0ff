"""Integrate: where to begin, the keys, and what the last events were made of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from permissions_app.domain.edits import Invalid
from permissions_app.domain.guides import GUIDES
from permissions_app.domain.narration import Told, tell
from permissions_app.models import ApiKey, Role
from permissions_app.selectors.arrivals import any_device, latest_arrivals
from permissions_app.selectors.seen import seen_names
from permissions_app.services.keys import create_key, revoke_key
from permissions_app.services.signing import bundle_key
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "permissions_app/integrate/"
MANAGER = "manager"
"""What the form calls a secret key that may make and revoke keys."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """An event that arrived, in words."""

    id: str
    received_at: datetime
    device_key: str
    type: str
    told: Told


@require_safe
@signed_in
def integrate(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Keys, snippets and the live view."""
    access = load_app(request, workspace, app)
    return _page(request, access)


@require_safe
@signed_in
def arrivals(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The live view alone, polled by the page."""
    access = load_app(request, workspace, app)
    response = render(request, f"{PAGE}_arrivals.html", {"access": access, **_live(access)})
    response["Cache-Control"] = "no-store"
    return response


@require_POST
@signed_in
def new_key(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Make a key. A secret one is in this answer and nowhere else, so the answer is no redirect."""
    access = load_app(request, workspace, app, needs=Role.OWNER)
    kind = request.POST.get("kind", "")
    name = " ".join(request.POST.get("name", "").split())
    try:
        _, text = create_key(
            app=access.app,
            kind=ApiKey.Kind.SECRET if kind == MANAGER else kind,
            name=name,
            actor=request.user,
            manages_keys=kind == MANAGER,
        )
    except Invalid as invalid:
        return _page(request, access, status=422, key_error=str(invalid), key_name=name[:200])
    if kind == ApiKey.Kind.PUBLISHABLE:
        return redirect("integrate", workspace, app)
    return _page(request, access, status=201, secret=text, secret_name=name)


@require_POST
@signed_in
def end_key(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Revoke a key."""
    access = load_app(request, workspace, app, needs=Role.OWNER)
    key = access.app.keys.select_related("app__workspace").filter(pk=pk).first()
    if key is None:
        raise Http404("no such key")
    revoke_key(key=key, actor=request.user)
    return redirect("integrate", workspace, app)


def _page(
    request: PersonRequest, access: AppAccess, *, status: int = 200, **context: Any
) -> HttpResponse:
    standing = access.app.keys.filter(revoked_at=None).select_related("created_by")
    keys = list(standing.order_by("kind", "pk"))
    page = {
        "access": access,
        "nav": "integrate",
        "keys": keys,
        "bundle_key": bundle_key(app=access.app).public if keys else "",
        "here": "integrate",
        "guides": GUIDES.values(),
        "host": request.build_absolute_uri("/").rstrip("/"),
        **_live(access),
        **context,
    }
    response = render(request, f"{PAGE}page.html", page, status=status)
    response["Cache-Control"] = "no-store"
    return response


def _live(access: AppAccess) -> dict[str, Any]:
    now = timezone.now()
    names = dict(access.app.moments.values_list("key", "name"))
    rows = [
        Arrived(
            event.id,
            event.received_at,
            event.device_key,
            event.type,
            tell(type=event.type, body=event.body, moment_names=names),
        )
        for event in latest_arrivals(app_id=access.app.pk)
    ]
    seen = seen_names(app_id=access.app.pk, today=now.date(), limit=12, without_moment=True)
    return {
        "rows": rows,
        "seen": seen,
        "now": now,
        "waiting": not rows and not seen and not any_device(app_id=access.app.pk),
    }
