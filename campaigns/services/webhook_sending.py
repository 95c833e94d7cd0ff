"""Sending what waits for webhooks: take some, call, write down what came of it.

As everywhere here, a row is moved into the future before anything is sent and let go of: no row is locked while a
server thinks, and a worker that dies leaves rows that come due again. A message is therefore sent at least once, and
its `webhook-id` is the same each time. Order is not promised.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, F, OuterRef
from standardwebhooks.webhooks import Webhook

from campaigns.domain.webhook_tries import HELD, TRIES, Answer, disables, next_try
from campaigns.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import (
    disable_endpoint,
    end_waiting,
    signing_secrets,
)
from permissions_app.domain.outbound import Refused
from permissions_app.selectors import raw
from permissions_app.services import outbound

log = structlog.get_logger(__name__)
PATIENCE, LONGEST = 15.0, 20.0
"""Seconds that a server may take to answer, and for the whole call."""
KEPT = timedelta(days=30)
MOST_WAITING = 100_000
"""An endpoint for which more is waiting is disabled: it takes less than comes."""
TRIMMED_AT_ONCE = 5_000
LOST = "The worker was ended while it was sent."
UNREADABLE = "The secret cannot be read any more: rotate it."
OLD = """
SELECT id FROM campaigns_webhookmessage AS m WHERE created_at < %s AND NOT EXISTS (
    SELECT FROM campaigns_webhookdelivery AS d WHERE d.message_id = m.id AND d.due_at IS NOT NULL
) ORDER BY created_at LIMIT %s
"""
FORGET = (
    """DELETE FROM campaigns_webhookattempt AS a USING campaigns_webhookdelivery AS d
    WHERE a.delivery_id = d.id AND d.message_id = ANY(%s::bigint[])""",
    "DELETE FROM campaigns_webhookdelivery WHERE message_id = ANY(%s::bigint[])",
    "DELETE FROM campaigns_webhookmessage WHERE id = ANY(%s::bigint[])",
)
OVERRUN = """
SELECT count(*) FROM (
    SELECT FROM campaigns_webhookdelivery WHERE endpoint_id = %s AND due_at IS NOT NULL LIMIT %s
) AS waiting
"""


@dataclass(frozen=True, slots=True)
class Claim:
    """A delivery that is under way, with all that is needed to send it. `tries`: this one included."""

    delivery: int
    endpoint: int
    url: str
    secrets: tuple[str, ...]
    message: str
    kind: str
    body: str
    tries: int


@dataclass(frozen=True, slots=True)
class Taken:
    """`left`: more is due than there was room for."""

    claims: tuple[Claim, ...]
    left: bool


def take(*, now: datetime, room: Callable[[int, bool], int]) -> Taken:
    """Take what is due. `room`: endpoint, whether it is failing -> how many of it may be under way besides those that
    are; asked anew for each endpoint, in turn.
    """
    due = WebhookDelivery.objects.filter(endpoint=OuterRef("pk"), due_at__lte=now)
    endpoints = WebhookEndpoint.objects.filter(Exists(due), disabled_at__isnull=True)
    claims: list[Claim] = []
    left = False
    for endpoint in endpoints.order_by("?"):
        most = room(endpoint.pk, endpoint.failing_since is not None)
        rows = _take(endpoint, now, most) if most else []
        left = left or len(rows) == most
        secrets = signing_secrets(endpoint, now=now)
        claims += [_claim(row, endpoint, secrets) for row in rows if row.tries <= TRIES]
    return Taken(tuple(claims), left)


@transaction.atomic
def _take(endpoint: WebhookEndpoint, now: datetime, most: int) -> list[WebhookDelivery]:
    due = WebhookDelivery.objects.select_for_update(skip_locked=True, of=("self",))
    due = due.filter(endpoint=endpoint, due_at__lte=now).select_related("message")
    rows = list(due.order_by("due_at", "pk")[:most])
    fine = [row for row in rows if row.tries < TRIES]
    WebhookDelivery.objects.filter(pk__in=[row.pk for row in fine]).update(
        due_at=now + HELD, tries=F("tries") + 1
    )
    ended = [row.pk for row in rows if row.tries >= TRIES]
    if ended:
        WebhookDelivery.objects.filter(pk__in=ended).update(
            due_at=None, state=WebhookDelivery.State.GIVEN_UP, error=LOST
        )
    for row in rows:
        row.tries += 1
    return rows


def _claim(row: WebhookDelivery, endpoint: WebhookEndpoint, secrets: tuple[str, ...]) -> Claim:
    return Claim(
        delivery=row.pk,
        endpoint=endpoint.pk,
        url=endpoint.url,
        secrets=secrets,
        message=row.message.public_id,
        kind=row.type,
        body=row.message.body,
        tries=row.tries,
    )


def headers_of(*, message: str, body: str, secrets: Sequence[str], now: datetime) -> dict[str, str]:
    """The headers of Standard Webhooks: one signature for each secret, the newest first."""
    signatures = [Webhook(text).sign(msg_id=message, timestamp=now, data=body) for text in secrets]
    return {
        "Content-Type": "application/json",
        "User-Agent": "OneAsk-Webhooks/1",
        "webhook-id": message,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def call(claim: Claim, *, now: datetime) -> Answer:
    """Send it. Touches no database."""
    if not claim.secrets:
        return Answer(None, UNREADABLE, 0)
    headers = headers_of(message=claim.message, body=claim.body, secrets=claim.secrets, now=now)
    began = time.monotonic()
    status, error = None, ""
    try:
        status = outbound.post(
            url=claim.url,
            body=claim.body.encode(),
            headers=headers,
            trusted_hosts=settings.WEBHOOK_HOSTS,
            patience=PATIENCE,
            longest=LONGEST,
        )
    except Refused as refused:
        error = str(refused)
    except outbound.Failed as failed:
        status, error = failed.status, str(failed)
    return Answer(status, error[:200], round((time.monotonic() - began) * 1000))


@transaction.atomic
def keep(claim: Claim, answer: Answer, *, now: datetime, draw: float) -> None:
    """Write down what came of a try, and when the next one is. `draw` (0 to 1): the jitter's luck."""
    rows = WebhookDelivery.objects.filter(pk=claim.delivery)
    told: dict[str, Any] = {
        "status": answer.status,
        "error": answer.error,
        "milliseconds": answer.milliseconds,
        "tried_at": now,
    }
    if answer.worked:
        told |= {"state": WebhookDelivery.State.DELIVERED, "due_at": None}
    if not rows.update(**told):
        return  # deleted with its endpoint
    WebhookAttempt.objects.create(
        delivery_id=claim.delivery,
        at=now,
        status=answer.status,
        error=answer.error,
        milliseconds=answer.milliseconds,
    )
    if answer.worked:
        WebhookEndpoint.objects.filter(pk=claim.endpoint, failing_since__isnull=False).update(
            failing_since=None
        )
        return
    # Somebody may have replayed it, or disabled the endpoint, while it was under way: that stands.
    mine = rows.filter(state=WebhookDelivery.State.WAITING, tries=claim.tries)
    once = claim.kind == "webhook.test"
    again = None if answer.gone else next_try(tries=claim.tries, now=now, draw=draw, once=once)
    state = WebhookDelivery.State.WAITING if again else WebhookDelivery.State.GIVEN_UP
    mine.update(due_at=again, state=state)
    _failed(claim, answer, now)


def _failed(claim: Claim, answer: Answer, now: datetime) -> None:
    log.warning("webhook_failed", delivery=claim.delivery, tries=claim.tries, error=answer.error)
    endpoint = WebhookEndpoint.objects.select_related("app").get(pk=claim.endpoint)
    reason = disables(answer=answer, failing_since=endpoint.failing_since, now=now)
    if reason:
        disable_endpoint(app=endpoint.app, pk=endpoint.pk, reason=reason, actor=None, now=now)
    elif endpoint.failing_since is None:
        rows = WebhookEndpoint.objects.filter(pk=endpoint.pk, failing_since__isnull=True)
        rows.update(failing_since=now)


def trim(*, now: datetime) -> int:
    """Forget the oldest messages that are older than KEPT and done with, TRIMMED_AT_ONCE of them; returns how many."""
    with raw.atomic():
        old = [pk for (pk,) in raw.execute(OLD, (now - KEPT, TRIMMED_AT_ONCE))]
        for statement in FORGET if old else ():
            raw.execute(statement, (old,))
    return len(old)


def tend(*, now: datetime) -> None:
    """End what waits for endpoints that are disabled, and disable those for which too much waits."""
    for endpoint in WebhookEndpoint.objects.select_related("app"):
        if endpoint.disabled_at is not None:
            end_waiting(endpoint_id=endpoint.pk)
            continue
        row = raw.execute(OVERRUN, (endpoint.pk, MOST_WAITING + 1)).fetchone()
        if row is not None and row[0] > MOST_WAITING:
            disable_endpoint(
                app=endpoint.app, pk=endpoint.pk, reason="overrun", actor=None, now=now
            )
