"""Endpoints for tests, and the stock verifiers of Standard Webhooks: as receivers use them, in Python and in Node."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from campaigns.domain.webhook_events import KINDS, Fact
from campaigns.domain.webhook_secrets import secret_text
from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import PURPOSE, EndpointDraft, create_endpoint
from campaigns.services.webhook_sending import call, keep, take
from campaigns.services.webhooks import tell
from config.local.places import ROOT
from permissions_app.models import App
from permissions_app.services.sealing import seal
from tests.clients.node import run_node

HOST = "hooks.internal"
URL = f"http://{HOST}/oneask"
"""An address that may be saved where HOST is in settings.WEBHOOK_HOSTS; nobody answers there."""
DOCS = ROOT / "docs" / "webhooks.md"
Post = tuple[str, dict[str, str], bytes]


def make_endpoint(
    app: App, url: str, *events: str, name: str = "Warehouse"
) -> tuple[WebhookEndpoint, str]:
    """An endpoint at this address, and its secret. The host has to be in settings.WEBHOOK_HOSTS."""
    draft = EndpointDraft(name, url, events or ("campaign.published",))
    return create_endpoint(app=app, draft=draft, actor=None)


def make_log(app: App, *, now: datetime) -> WebhookDelivery:
    """A failing endpoint at a public address where nobody answers, with a message in every state; the first failed."""
    number = WebhookEndpoint.objects.filter(app=app).count()
    endpoint = WebhookEndpoint.objects.create(
        app=app,
        name=f"Warehouse {number}",
        url="https://hooks.example.com/oneask/a-rather-long-path-with-a-secret-in-it",
        events=[kind.type for kind in KINDS],
        secret=seal(secret_text(bytes(32)), purpose=PURPOSE),
        failing_since=now,
        created_label="bob@example.com",
    )
    fact = Fact("", {"campaign": "s1", "name": "Shipping news"}, "Shop: it was published.")
    facts = [replace(fact, key=f"{number} {state}") for state in WebhookDelivery.State.values]
    tell(app=app, kind="campaign.published", facts=facts, now=now)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint)
    for row, state in zip(rows.order_by("pk"), WebhookDelivery.State.values, strict=True):
        row.state = state
        row.due_at = now + timedelta(hours=2) if state == "waiting" else None
        row.tries, row.tried_at, row.milliseconds = 1, now, 120
        row.status, row.error = (200, "") if state == "delivered" else (500, "The answer was 500.")
        row.save()
        row.attempts.create(at=now, status=row.status, error=row.error, milliseconds=120)
    return rows.earliest("pk")


def send_due(*, now: datetime, draw: float = 0.0) -> int:
    """Send what is due, one after the other, in this thread; returns how many calls that were."""
    total = 0
    while claims := take(now=now, room=lambda endpoint, failing: 10).claims:
        for claim in claims:
            keep(claim, call(claim, now=now), now=now, draw=draw)
        total += len(claims)
    return total


def verified(post: Post, secret: str) -> Any:
    """The message, as the stock verifier in Python reads it. Raises WebhookVerificationError."""
    _, headers, body = post
    return Webhook(secret).verify(body, headers)


def holds(post: Post, secret: str) -> bool:
    """Whether the stock verifier in Python takes it."""
    try:
        verified(post, secret)
    except WebhookVerificationError:
        return False
    return True


def verified_in_node(
    posts: Iterable[Post], secrets: Sequence[str], folder: Path
) -> list[dict[str, Any]]:
    """What the stock verifier in Node says of each: {"holds": bool, "read": message} in the same order."""
    cases = [
        {"secret": secret, "headers": headers, "body": body.decode()}
        for (_, headers, body), secret in zip(posts, secrets, strict=True)
    ]
    file = folder / "cases.json"
    file.write_text(json.dumps(cases))
    told: list[dict[str, Any]] = run_node("webhook_verify.mjs", CASES=str(file))
    return told


def documented() -> dict[str, dict[str, Any]]:
    """The example of each type in the guide."""
    blocks = re.findall(r"^```json\n(.*?)\n```$", DOCS.read_text(), re.MULTILINE | re.DOTALL)
    return {message["type"]: message for message in map(json.loads, blocks)}


def snippet(language: str) -> str:
    """The code in this language that the guide gives to receivers."""
    (found,) = re.findall(
        rf"^```{language}\n(.*?)^```$", DOCS.read_text(), re.MULTILINE | re.DOTALL
    )
    return str(found)


def fits(message: Any, example: Any) -> bool:
    """Whether a message has the names of an example, in the same places."""
    if isinstance(message, dict) and isinstance(example, dict):
        same = list(message) == list(example)
        return same and all(fits(message[name], example[name]) for name in message)
    if isinstance(message, list) and isinstance(example, list) and message and example:
        return fits(message[0], example[0])
    return True
