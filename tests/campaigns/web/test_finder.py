"""Finding anything of an app."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.selectors.finder import find_things
from permissions_app.models import App, Membership, Role, User
from tests.campaigns.web.conftest import Shop
from tests.factories import (
    client_of,
    make_device,
    make_moment,
    make_redirect_rule,
    make_segment,
    make_soft_ask,
)

FRAGMENT = {"HX-Request": "true"}


def found(shop: Shop, query: str = "", user: User | None = None) -> list[tuple[str, str]]:
    """Label and address of every line of the palette, in order."""
    page = client_of(user or shop.cast.bob).get(f"{shop.at}find/{query}", headers=FRAGMENT)
    assert page.status_code == 200
    text = page.content.decode()
    assert "<html" not in text
    addresses = re.findall(r'class="found-entry"[^>]*href="([^"]+)"', text)
    labels = re.findall(r'class="found-name">([^<]+)<', text)
    return list(zip(labels, addresses, strict=True))


def test_find__by_name__leads_to_each_kind_of_thing(shop: Shop) -> None:
    make_device(shop.app, "shipper-7")
    assert found(shop, "?q=ship") == [
        ("Shipping news", f"{shop.at}soft-asks/{shop.ask.pk}/"),
        ("shipper-7", f"{shop.at}devices/shipper-7/"),
        ("Missed shipping", f"{shop.at}redirects/{shop.rule.pk}/"),
    ]
    assert found(shop, "?q=order")[0] == ("Order placed", f"{shop.at}moments/on/order_placed/")
    assert ("Shop", shop.at) in found(shop, "?q=shop")
    assert found(shop, "?q=overv") == [("Overview", shop.at)]


def test_find__through_what_belongs_to_it__found_after_its_own_name(shop: Shop) -> None:
    make_soft_ask(shop.app, shop.opening, name="Hello")
    labels = [label for label, _ in found(shop, "?q=app+opened")]
    assert labels == ["App opened", "Hello"]


def test_find__accents_and_capitals__do_not_count(shop: Shop) -> None:
    make_soft_ask(shop.app, shop.moment, name="Frühstück im Café")
    for text in ("CAFE", "fruhstuck", "caf%C3%A9"):
        assert "Frühstück im Café" in [label for label, _ in found(shop, f"?q={text}")]


def test_find__device__by_the_beginning_of_its_key_at_most_five(shop: Shop) -> None:
    for number in range(9):
        make_device(shop.app, f"zz-{number}")
    make_device(shop.cast.mallorys_app, "zz-theirs")
    assert [label for label, _ in found(shop, "?q=zz")] == [f"zz-{n}" for n in range(5)]
    assert found(shop, "?q=ZZ") == []
    assert found(shop, "?q=z") == []


@pytest.mark.parametrize(
    ("asked", "label", "where"),
    [
        ("funnel", "Opt-in funnel", "funnel/"),
        ("curve", "Recovery", "recovery/"),
        ("gates", "Timing", "timing/"),
        ("audience", "Segments", "segments/"),
        ("league", "Moment league", "league/"),
        ("fatigue", "Fatigue", "fatigue/"),
        ("webhook", "Webhooks", "webhooks/"),
        ("pdf", "Report", "report/"),
    ],
)
def test_find__page_where_designers_look__by_what_they_call_it(
    shop: Shop, asked: str, label: str, where: str
) -> None:
    assert (label, f"{shop.at}{where}") in found(shop, f"?q={asked}")


def test_find__segment__own_and_built_in_lead_to_their_pages(shop: Shop) -> None:
    own = make_segment(shop.app, name="Fresh and Swedish")
    make_segment(shop.cast.mallorys_app, name="Fresh in the lair")
    assert found(shop, "?q=fresh") == [
        ("Fresh denials", f"{shop.at}segments/fresh-denials/"),
        ("Fresh and Swedish", f"{shop.at}segments/{own.key}/"),
    ]
    client = client_of(shop.cast.bob)
    assert all(client.get(at).status_code == 200 for _, at in found(shop, "?q=fresh"))
    built_in = [label for label, _ in found(shop, "?q=built-in")]
    assert len(built_in) == 6
    assert own.name not in built_in


def test_find__segments_visited__recent_and_a_built_in_one_was_never_changed(shop: Shop) -> None:
    own = make_segment(shop.app)
    assert found(shop)[0] == ("Kept", f"{shop.at}segments/{own.key}/")
    page = client_of(shop.cast.bob).get(f"{shop.at}find/").content.decode()
    assert "segments/never/" not in page
    visits = [f"{shop.at}segments/never/", f"{shop.at}segments/{own.key}/"]
    query = "?" + "&".join(f"recent={visit}" for visit in [*visits, f"{shop.at}segments/gone/"])
    assert [address for _, address in found(shop, query)[:3]] == [
        *visits,
        f"{shop.at}moments/new/",
    ]


def test_find__viewer__offered_no_writing(shop: Shop) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        labels = [label for label, _ in found(shop, "?q=new", person) + found(shop, "", person)]
        assert not {"New soft ask", "New segment"} & set(labels)
        assert "Overview" in labels
    assert ("New soft ask", f"{shop.at}soft-asks/new/") in found(shop, "?q=new")
    assert ("Write a redirect", f"{shop.at}redirects/new/") in found(shop)


def test_find__other_apps__only_those_the_person_may_open(shop: Shop) -> None:
    App.objects.create(workspace=shop.cast.workspace, name="Blog", slug="blog")
    assert ("Blog", "/w/acme/blog/") in found(shop, "?q=blog")
    assert found(shop, "?q=lair") == []
    Membership.objects.create(
        workspace=shop.cast.mallorys_app.workspace, user=shop.cast.bob, role=Role.VIEWER
    )
    assert found(shop, "?q=lair") == [("Lair", "/w/evil/lair/")]


def test_find__recent__in_the_order_of_the_visits_and_only_what_exists(shop: Shop) -> None:
    theirs = make_soft_ask(shop.cast.mallorys_app, make_moment(shop.cast.mallorys_app))
    visits = [
        f"{shop.at}devices/device-1/",
        f"{shop.at}soft-asks/{shop.ask.pk}/",
        f"{shop.at}moments/on/order_placed/",
        f"/w/evil/lair/soft-asks/{theirs.pk}/",
        f"{shop.at}devices/nobody/",
        "https://evil.example/",
    ]
    query = "?" + "&".join(f"recent={visit}" for visit in visits)
    assert [address for _, address in found(shop, query)[:3]] == visits[:3]
    assert theirs.name not in [label for label, _ in found(shop, query)[3:]]
    assert "Recent" in client_of(shop.cast.bob).get(f"{shop.at}find/{query}").content.decode()


def test_find__nothing_visited__what_was_changed_last(shop: Shop) -> None:
    newest = make_redirect_rule(shop.app, shop.moment, name="Newest")
    assert found(shop)[0] == ("Newest", f"{shop.at}redirects/{newest.pk}/")
    page = client_of(shop.cast.bob).get(f"{shop.at}find/").content.decode()
    assert "Changed lately" in page


def test_find__page__works_without_a_script(shop: Shop) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}find/?q=ship")
    text = page.content.decode()
    assert "<html" in text
    assert f'href="{shop.at}soft-asks/{shop.ask.pk}/"' in text
    assert 'value="ship"' in text
    assert page["Vary"].count("HX-Request") == 1
    nothing = client_of(shop.cast.carol).get(f"{shop.at}find/?q=%3Cscript%3Exyz").content
    assert b"<script>xyz" not in nothing
    assert b"Nothing here is called" in nothing


@pytest.mark.parametrize("query", ["?q=order", "", "?recent={at}devices/device-1/"])
def test_find__any_number_of_things__six_queries_at_most(shop: Shop, query: str) -> None:
    client = client_of(shop.cast.bob)
    where = f"{shop.at}find/{query.format(at=shop.at)}"
    client.get(where, headers=FRAGMENT)
    counts = []
    for more in (0, 40):
        for number in range(more):
            make_soft_ask(shop.app, shop.moment, name=f"Order {number}")
            make_device(shop.app, f"order-{number}")
            make_segment(shop.app, name=f"Order {number}")
        with CaptureQueriesContext(connection) as queries:
            client.get(where, headers=FRAGMENT)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 6


def test_find_things__many__few_of_each_kind(shop: Shop) -> None:
    for number in range(20):
        make_soft_ask(shop.app, shop.moment, name=f"Order {number}")
        make_redirect_rule(shop.app, shop.moment, name=f"Order {number}")
    things = [one.thing.kind for one in find_things(app=shop.app, text="order")]
    assert (things.count("soft_ask"), things.count("redirect")) == (6, 6)


def anywhere(user: User, query: str = "") -> list[tuple[str, str]]:
    """Label and address of every line that is found outside of an app."""
    text = client_of(user).get(f"/find/{query}", headers=FRAGMENT).content.decode()
    addresses = re.findall(r'class="found-entry"[^>]*href="([^"]+)"', text)
    return list(zip(re.findall(r'found-name">([^<]+)<', text), addresses, strict=True))


def test_find_anywhere__apps_workspaces_and_pages_of_the_person_alone(shop: Shop) -> None:
    assert anywhere(shop.cast.bob) == [
        ("Shop", shop.at),
        ("People and review", "/workspaces/acme/"),
        ("All apps", "/apps/"),
        ("Mentions", "/mentions/"),
        ("Change password", "/accounts/password/change/"),
    ]
    assert anywhere(shop.cast.bob, "?q=sho") == [("Shop", shop.at)]
    assert anywhere(shop.cast.bob, "?q=acme+settings") == [
        ("People and review", "/workspaces/acme/")
    ]
    assert anywhere(shop.cast.bob, "?q=lair") == []
    assert ("Lair", "/w/evil/lair/") in anywhere(shop.cast.mallory)
    page = client_of(shop.cast.bob).get("/find/?q=zzz").content.decode()
    assert "Open an app to find what is in it." in page
    assert client_of(None).get("/find/").status_code == 302


def test_find__outsider_anonymous_and_wrong_method__refused(shop: Shop) -> None:
    where = f"{shop.at}find/?q=ship"
    assert client_of(shop.cast.mallory).get(where).status_code == 404
    assert client_of(None).get(where).status_code == 302
    answer: Any = client_of(None).get(where, headers=FRAGMENT)
    assert answer["HX-Redirect"].startswith("/accounts/login/")
    assert client_of(shop.cast.alice).post(where).status_code == 405
