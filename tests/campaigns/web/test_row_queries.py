"""No page asks the database once for each row: thirty of everything cost as many questions as three."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import (
    Campaign,
    Comment,
    Forecast,
    Image,
    Revision,
    ShareLink,
    WebhookDelivery,
)
from campaigns.selectors.talk import token_of
from campaigns.services.talk import add_comment
from campaigns.services.webhook_endpoints import MOST_ENDPOINTS
from permissions_app.models import App, Role, SeenEvent
from permissions_app.services.keys import MOST_KEYS, create_key
from tests.addresses import addresses, path_of
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import (
    client_of,
    make_device,
    make_moment,
    make_person,
    make_redirect_rule,
    make_segment,
    make_soft_ask,
)
from tests.webhooks import make_log

WALKED = [address for address in addresses() if address.name != "uploaded_picture"]
ASKED = {
    "overview_csv": "?table=funnel",
    "find": "?q=a",
    "find_anywhere": "?q=a",
    "devices": "?q=device",
    "soft_asks": "?status=live&sort=-changed",
    "redirects": "?sort=name",
    "campaign_revision": "?against=2",
    "self_check": f"?since={int(time.time() * 1000)}",
    "permission_values": "?library=expo&value=denied",
}
"""What lists are asked for, beside everything."""

MOST = 25


def grow(shop: Shop, start: int, end: int) -> None:
    """Make more of everything."""
    first = Campaign.objects.get(pk=shop.ask.pk)
    for number in range(start, end):
        moment = make_moment(
            shop.app, key=f"m{number}", name=f"M {number}", event_name=f"E {number}"
        )
        make_soft_ask(shop.app, moment, name=f"Ask {number}", status="live")
        make_soft_ask(shop.app, shop.moment, name=f"Other {number}", status="draft")
        make_redirect_rule(shop.app, moment, name=f"Rule {number}", status="live")
        make_segment(shop.app, name=f"Segment {number}")
        make_device(shop.app, f"device-1{number}", platform="ios", status="denied", cause="refused")
        SeenEvent.objects.create(
            app=shop.app, name=f"S {number}", day=timezone.now().date(), count=9
        )
        App.objects.create(
            workspace=shop.cast.workspace, name=f"App {number}", slug=f"app-{number}"
        )
        author = make_person(f"person{number}", workspace=shop.cast.workspace, role=Role.REVIEWER)
        if number < MOST_KEYS:
            create_key(app=shop.app, kind="pk", name=f"Key {number}", actor=shop.cast.alice)
        add_comment(campaign=first, author=shop.cast.rita, body=f"Said {number} @bob", address="/")
        ShareLink.objects.create(
            campaign=first,
            created_by=shop.cast.bob,
            created_label="bob@example.com",
            expires_at=timezone.now() + timedelta(days=7),
        )
        Image.objects.create(
            app=shop.app, digest=f"{number:064x}", width=1, height=1, data=b"picture"
        )
        if number < MOST_ENDPOINTS // 2:
            make_log(shop.app, now=timezone.now())
        Forecast.objects.create(campaign=first, content=first.content, ruleset_version=1)
        Revision.objects.create(
            campaign=first,
            number=number + 1,
            name=first.name,
            content=first.content,
            author=author,
            author_label=author.email,
            writers=[author.pk, shop.cast.bob.pk],
        )


def known_of(shop: Shop) -> dict[str, object]:
    """A value for each argument of an address."""
    return {
        "workspace": "acme",
        "app": "shop",
        "pk": shop.ask.pk,
        "redirect_rule.pk": shop.rule.pk,
        "key": "order_placed",
        "device.key": "device-1",
        "number": 1,
        "book": "delivery",
        "guide": "web",
        "slug": "kept",
        "sender": "braze",
        "name": "bell",
        "comment": Comment.objects.earliest("pk").pk,
        "link": shop.ask.share_links.earliest("pk").pk,
        "token": token_of(shop.ask.share_links.earliest("pk").pk),
        "hook": WebhookDelivery.objects.earliest("pk").endpoint_id,
        "delivery": WebhookDelivery.objects.earliest("pk").pk,
    }


def every_question(shop: Shop, client: Client) -> dict[str, int]:
    """By page: how many queries a second visit takes. What is only posted to is no page."""
    known = known_of(shop)
    found = {}
    for address in WALKED:
        for query in {"", ASKED.get(address.name, "")}:
            if address.name == "overview_csv" and not query:
                continue
            count = asked(client, path_of(address, known) + query)
            if count is not None:
                found[f"{address.name}{query}"] = count
    return found


def test_every_page__thirty_of_everything__as_many_queries_as_for_three(shop: Shop) -> None:
    grow(shop, 0, 3)
    few = every_question(shop, client_of(shop.cast.alice))
    grow(shop, 3, 30)
    many = every_question(shop, client_of(shop.cast.alice))
    assert len(many) > 30
    assert many == few
    assert {name: count for name, count in many.items() if count > MOST} == {}


def test_every_fragment__thirty_of_everything__as_many_queries_as_for_three(shop: Shop) -> None:
    """What scripts and forms post without changing anything, and what an import would do."""
    client = client_of(shop.cast.alice)
    moment = {"name": "M 1", "event_name": "E 1", "moment": "m1"}

    def posted() -> dict[str, int]:
        one = f"{shop.at}campaigns/{shop.ask.pk}/"
        form = editor_form(shop.ask)
        unchanged = {"oneask": 1, "moments": {"order_placed": {"name": "Order placed"}}}
        sent: dict[str, tuple[str, dict[str, Any]]] = {
            "moment_check": (f"{shop.at}moments/check/", moment),
            "preview": (f"{one}preview/", form),
            "preview_htmx": (f"{one}preview/", {**form, "p-variant": "all"}),
            "draft": (f"{one}draft/", form),
            "setup_check": (f"{shop.at}setup/check/", {"text": json.dumps(unchanged)}),
            "comment_refused": (f"{one}comments/", {"body": ""}),
        }
        headers = {"HX-Request": "true", "HX-Target": "talk"}
        counts = {}
        for name, (where, fields) in sent.items():
            client.post(where, fields, headers=headers)
            with CaptureQueriesContext(connection) as queries:
                assert client.post(where, fields, headers=headers).status_code == 200, name
            counts[name] = len(queries)
        return counts

    grow(shop, 0, 3)
    few = posted()
    grow(shop, 3, 30)
    assert posted() == few


def asked(client: Client, where: str) -> int | None:
    """How much a second visit asks of the database; None where nothing can be visited."""
    if client.get(where, follow=True).status_code == 405:
        return None
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(where, follow=True)
    assert answer.status_code == 200, where
    return len(queries)
