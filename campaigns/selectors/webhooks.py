"""Endpoints of webhooks as pages and the API show them, and the log of what was sent to them."""

from dataclasses import dataclass

from django.db.models import OuterRef, Prefetch, QuerySet, Subquery

from campaigns.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from permissions_app.models import App

A_PAGE = 30


@dataclass(frozen=True, slots=True)
class Listed:
    """An endpoint with the latest message for it, None where there was none yet."""

    endpoint: WebhookEndpoint
    latest: WebhookDelivery | None


@dataclass(frozen=True, slots=True)
class Log:
    """A page of the log, the newest first. `before`: where the next page begins, None on the last one."""

    rows: tuple[WebhookDelivery, ...]
    before: int | None


def endpoints_of(*, app: App) -> tuple[Listed, ...]:
    """All endpoints of an app, the oldest first. Two queries."""
    latest = WebhookDelivery.objects.filter(endpoint=OuterRef("pk")).order_by("-pk").values("pk")
    rows = WebhookEndpoint.objects.filter(app=app).annotate(latest=Subquery(latest[:1]))
    found = list(rows.order_by("pk"))
    wanted = [row.latest for row in found if row.latest is not None]
    by_pk = WebhookDelivery.objects.in_bulk(wanted)
    return tuple(Listed(row, by_pk.get(row.latest)) for row in found)


def endpoint_of(*, app: App, pk: int) -> WebhookEndpoint:
    """One of them. Raises WebhookEndpoint.DoesNotExist."""
    return WebhookEndpoint.objects.select_related("app__workspace").get(app=app, pk=pk)


def deliveries(*, endpoint: int, kind: str = "", state: str = "") -> QuerySet[WebhookDelivery]:
    """What was sent to an endpoint, or waits, with its messages. `kind`, `state`: only these, '' for all."""
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).select_related("message")
    if kind:
        rows = rows.filter(type=kind)
    return rows.filter(state=state) if state else rows


def log_of(
    *,
    endpoint: int,
    kind: str = "",
    state: str = "",
    before: int | None = None,
    limit: int = A_PAGE,
) -> Log:
    """A page of what was sent to an endpoint, or waits; `before`: a number of Log.before."""
    rows = deliveries(endpoint=endpoint, kind=kind, state=state)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: limit + 1])
    here = tuple(found[:limit])
    return Log(here, here[-1].pk if len(found) > limit else None)


def delivery_of(*, app: App, pk: int, endpoint: int | None = None) -> WebhookDelivery:
    """A delivery with its message, its endpoint and its attempts in order. Raises WebhookDelivery.DoesNotExist."""
    attempts = Prefetch("attempts", WebhookAttempt.objects.order_by("pk"))
    rows = WebhookDelivery.objects.filter(endpoint__app=app).prefetch_related(attempts)
    if endpoint is not None:
        rows = rows.filter(endpoint=endpoint)
    return rows.select_related("message", "endpoint").get(pk=pk)
