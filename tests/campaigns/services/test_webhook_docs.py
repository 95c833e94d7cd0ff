"""docs/webhooks.md: its examples are what is sent, and its code verifies it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.domain.webhook_events import (
    KINDS,
    MOST_MEMBERS_TOLD,
    RIDES_WITH,
    EventType,
    Fact,
    body_of,
)
from campaigns.domain.webhook_facts import segment_bulk
from campaigns.domain.webhook_tries import WAITS
from campaigns.services.webhook_sending import MOST_WAITING
from campaigns.services.webhooks import send_test
from config.local.places import ROOT
from permissions_app.models import App
from tests.clients.node import run_node
from tests.web_server import WebServer
from tests.webhooks import DOCS, documented, fits, make_endpoint, send_due, snippet

pytestmark = pytest.mark.django_db


@pytest.fixture
def server(settings: Settings) -> Iterator[WebServer]:
    """A receiver that the installation trusts."""
    with WebServer() as running:
        settings.WEBHOOK_HOSTS = [running.host]
        yield running


def test_examples__every_type_has_one_in_a_section_of_its_own() -> None:
    types = {kind.type for kind in KINDS} | set(RIDES_WITH) | {"webhook.test"}
    assert set(documented()) == types
    text = DOCS.read_text()
    assert all(kind.type in text for kind in KINDS)


def test_examples__types_that_the_running_product_is_not_asked_for__as_they_are_sent(
    app: App, server: WebServer
) -> None:
    """The others are held against what the running product sends (tests/flows/test_webhooks.py)."""
    endpoint, _ = make_endpoint(app, server.url)
    send_test(endpoint=endpoint, actor=None, now=timezone.now())
    send_due(now=timezone.now())
    assert fits(json.loads(server.posts[0][2]), documented()["webhook.test"])
    fact = segment_bulk(segment="x", way="left", devices=1, size=2, day=date(2026, 11, 23))
    assert fits(sent("segment.bulk", fact), documented()["segment.bulk"])
    assert not fits(sent("segment.bulk", Fact("x")), documented()["segment.bulk"])


def sent(kind: EventType, fact: Fact) -> Any:
    return json.loads(
        body_of(kind=kind, fact=fact, app="shop", simulated=False, now=timezone.now())
    )


def test_numbers__bounds_and_waits__as_they_are() -> None:
    text = DOCS.read_text()
    assert f"**{MOST_MEMBERS_TOLD:,}**" in text
    assert f"more than {MOST_WAITING:,} waiting" in text
    seconds = [round(wait.total_seconds()) for wait in WAITS]
    assert seconds == [5, 300, 1800, *(hours * 3600 for hours in (2, 5, 10, 14, 20, 24))]
    assert "after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h and 24 h" in text


def test_code__for_receivers__takes_what_is_sent_and_nothing_else(
    app: App, server: WebServer, tmp_path: Path
) -> None:
    endpoint, secret = make_endpoint(app, server.url)
    send_test(endpoint=endpoint, actor=None, now=timezone.now())
    send_due(now=timezone.now())
    ((_, headers, body),) = server.posts
    changed = body.replace(b"Shop", b"Shoq")
    assert changed != body
    told: dict[str, Any] = {}
    exec(snippet("python"), told)
    message = json.loads(body)
    assert told["receive"](secret, headers, body) == (204, message)
    assert told["receive"](secret, headers, changed) == (400, None)

    code = tmp_path / "receive.mjs"
    code.write_text(snippet("javascript"))
    (tmp_path / "node_modules").symlink_to(ROOT / "node_modules")
    cases = [
        {"secret": secret, "headers": headers, "body": text.decode()} for text in (body, changed)
    ]
    file = tmp_path / "cases.json"
    file.write_text(json.dumps(cases))
    answers = run_node("webhook_snippet.mjs", SNIPPET=str(code), CASES=str(file))
    assert answers == [[204, message], [400, None]]
