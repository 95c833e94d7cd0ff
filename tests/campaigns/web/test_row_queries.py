"""No page asks the database once for each row: thirty of everything cost as many questions as three."""

from __future__ import annotations

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.models import Campaign, Comment, Revision
from campaigns.services.talk import add_comment, create_link
from permissions_app.models import App, Role, SeenEvent
from permissions_app.services.keys import create_key
from tests.addresses import addresses, path_of
from tests.campaigns.web.conftest import Shop
from tests.factories import (
    client_of,
    make_device,
    make_moment,
    make_person,
    make_redirect_rule,
    make_soft_ask,
)

OF_THE_SHOP = [address for address in addresses() if address.of_an_app] + [
    address for address in addresses() if address.name in ("apps", "workspace_settings")
]

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
        make_device(shop.app, f"device-1{number}", platform="ios", status="denied", cause="refused")
        SeenEvent.objects.create(
            app=shop.app, name=f"S {number}", day=timezone.now().date(), count=9
        )
        App.objects.create(
            workspace=shop.cast.workspace, name=f"App {number}", slug=f"app-{number}"
        )
        make_person(f"person{number}", workspace=shop.cast.workspace, role=Role.REVIEWER)
        create_key(app=shop.app, kind="pk", name=f"Key {number}", actor=shop.cast.alice)
        add_comment(campaign=first, author=shop.cast.rita, body=f"Said {number} @bob", address="/")
        if number < 3:  # no campaign has many
            create_link(
                campaign=first, revision=None, days=7, actor=shop.cast.bob, now=timezone.now()
            )
        Revision.objects.create(
            campaign=first,
            number=number + 1,
            name=first.name,
            content=first.content,
            author=shop.cast.bob,
            author_label="bob@example.com",
        )


def test_every_page__thirty_of_everything__as_many_queries_as_for_three(shop: Shop) -> None:
    known = {
        "workspace": "acme",
        "app": "shop",
        "pk": shop.ask.pk,
        "redirect_rule.pk": shop.rule.pk,
        "key": "order_placed",
        "device.key": "device-1",
        "number": 1,
        "book": "delivery",
    }
    client = client_of(shop.cast.alice)
    grow(shop, 0, 3)
    known["comment"] = Comment.objects.earliest("pk").pk
    known["link"] = shop.ask.share_links.earliest("pk").pk
    few = {address.name: asked(client, path_of(address, known)) for address in OF_THE_SHOP}
    grow(shop, 3, 30)
    many = {address.name: asked(client, path_of(address, known)) for address in OF_THE_SHOP}
    assert len(many) > 30
    assert {name: len(queries) for name, queries in many.items()} == {
        name: len(queries) for name, queries in few.items()
    }
    assert {name: len(queries) for name, queries in many.items() if len(queries) > MOST} == {}


def asked(client: Client, where: str) -> list[str]:
    """What a second visit asks of the database."""
    query = {"table": "funnel"} if where.endswith(".csv") else {}
    client.get(where, query, follow=True)
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(where, query, follow=True)
    assert answer.status_code in (200, 405), where
    return [query["sql"] for query in queries]
