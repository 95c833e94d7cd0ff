"""Endpoints for tests, and the stock verifiers of Standard Webhooks: as receivers use them, in Python and in Node."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from campaigns.models import WebhookEndpoint
from campaigns.services.webhook_endpoints import EndpointDraft, create_endpoint
from campaigns.services.webhook_sending import call, keep, take
from permissions_app.models import App
from tests.clients.node import run_node

HOST = "hooks.internal"
URL = f"http://{HOST}/oneask"
"""An address that may be saved where HOST is in settings.WEBHOOK_HOSTS; nobody answers there."""
Post = tuple[str, dict[str, str], bytes]


def make_endpoint(
    app: App, url: str, *events: str, name: str = "Warehouse"
) -> tuple[WebhookEndpoint, str]:
    """An endpoint at this address, and its secret. The host has to be in settings.WEBHOOK_HOSTS."""
    draft = EndpointDraft(name, url, events or ("campaign.published",))
    return create_endpoint(app=app, draft=draft, actor=None)


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
