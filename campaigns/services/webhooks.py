"""Telling the endpoints of an app what happened: a message, and a delivery for each that wants to know.

Call it inside the transaction of what happened: then it is told exactly when it happened. Nothing is sent here; see
services.webhook_sending.
"""

import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec
from django.db import transaction

from campaigns.domain.webhook_events import EventType, Fact, body_of, subscriptions
from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import record
from permissions_app.models import Actor, App
from permissions_app.selectors import raw

AT_ONCE = 2_000
QUEUE = """
WITH fresh AS (
    INSERT INTO campaigns_webhookmessage (app_id, public_id, type, fact, body, created_at)
    SELECT %(app)s, id, %(type)s, fact, body, %(now)s
    FROM jsonb_to_recordset(%(rows)s) AS r(id text, fact text, body text)
    ON CONFLICT (app_id, fact) DO NOTHING RETURNING id
)
INSERT INTO campaigns_webhookdelivery (message_id, endpoint_id, type, state, due_at, tries, error, created_at)
SELECT fresh.id, endpoint, %(type)s, 'waiting', %(now)s, 0, '', %(now)s
FROM fresh CROSS JOIN unnest(%(endpoints)s::bigint[]) AS endpoint ORDER BY fresh.id, endpoint
RETURNING id
"""
TEST_TEXT = "This is a test: messages of this app arrive here."


def listeners(*, app_id: int, kind: EventType) -> list[int]:
    """The endpoints that are told of a type now."""
    rows = WebhookEndpoint.objects.filter(app=app_id, disabled_at__isnull=True)
    wanted = rows.filter(events__overlap=list(subscriptions(kind)))
    return list(wanted.order_by("pk").values_list("pk", flat=True))


@transaction.atomic
def tell(*, app: App, kind: EventType, facts: Iterable[Fact], now: datetime) -> int:
    """Queue a message for each fact that was not told yet; returns how many deliveries that makes. Does nothing where
    nobody listens.
    """
    endpoints = listeners(app_id=app.pk, kind=kind)
    return len(_queue(app, kind, list(facts), endpoints, now)) if endpoints else 0


@transaction.atomic
def send_test(*, endpoint: WebhookEndpoint, actor: Actor, now: datetime) -> WebhookDelivery | None:
    """A message for one endpoint that is tried once; None where it is disabled."""
    if endpoint.disabled_at is not None:
        return None
    fact = Fact(f"test:{secrets.token_hex(12)}", {}, f"{endpoint.app.name}: {TEST_TEXT}")
    (pk,) = _queue(endpoint.app, "webhook.test", [fact], [endpoint.pk], now)
    record(endpoint, actor, "tested", {})
    return WebhookDelivery.objects.get(pk=pk)


@transaction.atomic
def replay(*, delivery_id: int, app: App, actor: Actor, now: datetime) -> WebhookDelivery:
    """Send a message again, as it was and with the same id, with all tries before it. One that waits is due at once.
    Raises WebhookDelivery.DoesNotExist; does nothing where the endpoint is disabled.
    """
    rows = WebhookDelivery.objects.select_for_update(of=("self",))
    delivery = rows.select_related("endpoint__app__workspace", "message").get(
        pk=delivery_id, endpoint__app=app
    )
    if delivery.endpoint.disabled_at is not None:
        return delivery
    delivery.state, delivery.due_at, delivery.tries = WebhookDelivery.State.WAITING, now, 0
    delivery.save(update_fields=["state", "due_at", "tries"])
    record(delivery.endpoint, actor, "replayed", {"message": delivery.message.public_id})
    return delivery


def _queue(
    app: App, kind: EventType, facts: Sequence[Fact], endpoints: Sequence[int], now: datetime
) -> list[int]:
    """The ids of the new deliveries."""
    made: list[int] = []
    for start in range(0, len(facts), AT_ONCE):
        rows = [
            {
                "id": f"msg_{secrets.token_hex(12)}",
                "fact": fact.key,
                "body": body_of(
                    kind=kind, fact=fact, app=app.slug, simulated=app.simulated, now=now
                ),
            }
            for fact in facts[start : start + AT_ONCE]
        ]
        told = {
            "app": app.pk,
            "type": kind,
            "now": now,
            "endpoints": list(endpoints),
            "rows": msgspec.json.encode(rows).decode(),
        }
        made += [pk for (pk,) in raw.execute(QUEUE, told)]
    return made
