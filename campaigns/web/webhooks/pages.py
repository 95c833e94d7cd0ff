"""Looking at webhooks: the list, one endpoint with its log, and one message on its way to it."""

import json
from collections.abc import Collection
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.domain.webhook_events import KINDS, RIDES_WITH
from campaigns.domain.webhook_tries import TRIES
from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.selectors.webhooks import delivery_of, endpoint_of, endpoints_of, log_of
from campaigns.services.webhook_endpoints import host_of, secret_of
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/webhooks/"
NAMES: dict[str, str] = {
    **{kind.type: kind.name for kind in KINDS},
    "segment.bulk": "Many came or left at once",
    "webhook.test": "A test",
}
"""What a type of message is called."""


@require_safe
@signed_in
def webhooks(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All endpoints of the app."""
    access = load_app(request, workspace, app)
    listed = [
        {
            "endpoint": one.endpoint,
            "host": host_of(one.endpoint.url),
            "events": one.endpoint.events,
            "all": len(one.endpoint.events) == len(KINDS),
            "latest": one.latest,
        }
        for one in endpoints_of(app=access.app)
    ]
    page = {"access": access, "nav": "webhooks", "listed": listed, "kinds": KINDS}
    return render(request, f"{PAGE}page.html", page)


@require_safe
@signed_in
def webhook(request: PersonRequest, workspace: str, app: str, hook: int) -> HttpResponse:
    """One endpoint: how it is, its secret for owners, and its log (`?type=`, `?state=`, `?before=`)."""
    access = load_app(request, workspace, app)
    endpoint = load_endpoint(access, hook)
    return endpoint_page(request, access, endpoint)


@require_safe
@signed_in
def webhook_delivery(
    request: PersonRequest, workspace: str, app: str, hook: int, delivery: int
) -> HttpResponse:
    """One message for one endpoint, with every try; for htmx the part that changes while it is under way."""
    access = load_app(request, workspace, app)
    row = load_delivery(access, hook, delivery)
    page = {"access": access, "nav": "webhooks", **_delivery(row)}
    partial = request.htmx and not request.htmx.history_restore_request
    response = render(request, f"{PAGE}{'_tries' if partial else 'delivery'}.html", page)
    response["Cache-Control"] = "no-store"
    return response


def endpoint_page(
    request: PersonRequest,
    access: AppAccess,
    endpoint: WebhookEndpoint,
    *,
    fresh: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of an endpoint. `fresh`: a secret that was made just now."""
    kind = _one_of(NAMES, request.GET.get("type", ""))
    state = _one_of(WebhookDelivery.State.values, request.GET.get("state", ""))
    kinds = [(one, NAMES[one]) for one in NAMES if one in (*_of(endpoint), kind)]
    log = log_of(endpoint=endpoint.pk, kind=kind, state=state, before=_number(request, "before"))
    filters = {name: value for name, value in (("type", kind), ("state", state)) if value}
    now = timezone.now()
    page = {
        "access": access,
        "nav": "webhooks",
        "endpoint": endpoint,
        "shown_url": endpoint.url if access.can_edit else host_of(endpoint.url),
        "events": [(event, NAMES.get(event, event)) for event in endpoint.events],
        "secret": secret_of(endpoint) if access.is_owner else None,
        "old_until": endpoint.old_until
        if endpoint.old_until is not None and endpoint.old_until > now
        else None,
        "fresh": fresh,
        "rows": [{"row": row, "name": NAMES.get(row.type, row.type)} for row in log.rows],
        "kinds": kinds,
        "states": WebhookDelivery.State.choices,
        "kind": kind,
        "state": state,
        "filtered": bool(filters),
        "older": f"?{urlencode({**filters, 'before': log.before})}#log" if log.before else "",
        "newest": f"?{urlencode(filters)}#log" if "before" in request.GET else "",
    }
    return render(request, f"{PAGE}webhook.html", page, status=status)


def load_endpoint(access: AppAccess, pk: int) -> WebhookEndpoint:
    """The one loader of an endpoint. Raises Http404."""
    try:
        return endpoint_of(app=access.app, pk=pk)
    except WebhookEndpoint.DoesNotExist:
        raise Http404("no such webhook") from None


def load_delivery(access: AppAccess, endpoint: int, pk: int) -> WebhookDelivery:
    """The one loader of a delivery. Raises Http404."""
    try:
        return delivery_of(app=access.app, pk=pk, endpoint=endpoint)
    except WebhookDelivery.DoesNotExist:
        raise Http404("no such delivery") from None


def _of(endpoint: WebhookEndpoint) -> list[str]:
    """The types that the log of an endpoint may hold, as far as it is subscribed now."""
    riding = [kind for kind, others in RIDES_WITH.items() if set(others) & set(endpoint.events)]
    return [*endpoint.events, *riding, "webhook.test"]


def _delivery(row: WebhookDelivery) -> dict[str, Any]:
    now = timezone.now()
    attempts = list(row.attempts.all())
    waiting = row.due_at is not None
    body = row.message.body
    return {
        "endpoint": row.endpoint,
        "delivery": row,
        "name": NAMES.get(row.type, row.type),
        "attempts": attempts,
        "most": 1 if row.type == "webhook.test" else TRIES,
        "soon": waiting and (row.due_at - now).total_seconds() < 90,  # type: ignore[operator]
        "headers": (
            ("Content-Type", "application/json"),
            ("User-Agent", "OneAsk-Webhooks/1"),
            ("webhook-id", row.message.public_id),
            ("webhook-timestamp", str(int(attempts[-1].at.timestamp())) if attempts else "–"),
            ("webhook-signature", "v1,…"),
        ),
        "body": json.dumps(json.loads(body), ensure_ascii=False, indent=2),
        "size": len(body.encode()),
    }


def _one_of(known: Collection[str], told: str) -> str:
    return told if told in known else ""


def _number(request: PersonRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None
