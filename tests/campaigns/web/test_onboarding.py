"""First steps: a page, a list inside the empty overview, and a panel that can be put away."""

from __future__ import annotations

from django.test import Client

from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_rollups, make_soft_ask

HTMX = {"HX-Request": "true"}


def panel(client: Client, at: str) -> str:
    return client.get(f"{at}onboarding/?part=panel", headers=HTMX).content.decode()


def test_page__in_the_middle__says_what_comes_next(shop: Shop) -> None:
    page = client_of(shop.cast.bob).get(f"{shop.at}onboarding/").content.decode()
    assert "5 of 6 steps are done" in page
    assert page.count("way-step is-done") == 5
    assert f'class="btn btn-primary" href="{shop.at}soft-asks/{shop.ask.pk}/"' in page


def test_page__waits_for_review__reviewer_is_sent_there(shop: Shop) -> None:
    client_of(shop.cast.bob).post(f"{shop.at}campaigns/{shop.ask.pk}/steps/", {"action": "submit"})
    shop.ask.refresh_from_db()
    assert shop.ask.status == "in_review"
    page = client_of(shop.cast.rita).get(f"{shop.at}onboarding/").content.decode()
    assert f'href="{shop.at}campaigns/{shop.ask.pk}/review/">Review it' in page
    page = client_of(shop.cast.carol).get(f"{shop.at}onboarding/").content.decode()
    assert f'href="{shop.at}campaigns/{shop.ask.pk}/review/">Open it' in page


def test_list__for_the_empty_overview__a_fragment(shop: Shop) -> None:
    client = client_of(shop.cast.mallory)
    overview = client.get("/w/evil/lair/").content.decode()
    assert 'hx-get="/w/evil/lair/onboarding/"' in overview
    assert 'href="/w/evil/lair/onboarding/">All steps' in overview
    part = client.get("/w/evil/lair/onboarding/", headers=HTMX).content.decode()
    assert part.strip().startswith('<ol class="way" id="onboarding-steps">')
    assert "is-done" not in part


def test_panel__incomplete__shown_until_it_is_put_away(shop: Shop) -> None:
    make_rollups(shop.app, [])
    client = client_of(shop.cast.carol)
    assert "5 of 6 steps done" in panel(client, shop.at)
    answer = client.post(f"{shop.at}onboarding/put-away/")
    assert (answer.status_code, answer["Location"]) == (302, shop.at)
    assert panel(client, shop.at) == ""
    assert "5 of 6" in panel(client_of(shop.cast.bob), shop.at)
    assert "5 of 6" in client.get(f"{shop.at}onboarding/").content.decode()


def test_panel__everything_done__empty(shop: Shop) -> None:
    make_soft_ask(shop.app, shop.moment, name="Live one", status="live")
    client = client_of(shop.cast.carol)
    assert panel(client, shop.at) == ""
    page = client.get(f"{shop.at}onboarding/").content.decode()
    assert "Everything is in place" in page


def test_put_away__twice__remembered_once(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    for _ in range(3):
        client.post(f"{shop.at}onboarding/put-away/")
    assert client.session["onboarding_put_away"] == [shop.app.pk]
