"""The pages of playbooks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from campaigns.domain.playbooks import PLAYBOOKS
from permissions_app.models import SeenEvent, SeenSample
from permissions_app.templatetags.numbers import count
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of


def seen(shop: Shop, name: str, days_ago: int, number: int) -> None:
    day = timezone.now().date() - timedelta(days=days_ago)
    SeenEvent.objects.create(app=shop.app, name=name, day=day, count=number)


def test_playbooks__all_seven__with_what_was_seen(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    seen(shop, "Order Completed", 0, 1000)
    seen(shop, "Order Completed", 29, 204)
    seen(shop, "Order Completed", 30, 5000)
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}playbooks/")
    with django_assert_max_num_queries(10):
        page = client.get(f"{shop.at}playbooks/").content.decode()
    for book in PLAYBOOKS.values():
        assert f'href="{shop.at}playbooks/{book.key}/"' in page
    assert f"seen {count(1204)} ×" in page
    assert page.count("not seen yet") == 21


def test_playbook__viewer__reads_it_and_cannot_add(shop: Shop) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}playbooks/delivery/").content.decode()
    assert "Know when order {{order_id}} is at your door" in page
    assert "An editor can add these" in page
    assert 'name="moment"' not in page
    answer = client_of(shop.cast.carol).post(
        f"{shop.at}playbooks/delivery/", {"moment": "order_placed"}
    )
    assert answer.status_code == 403


def test_playbook__events_seen__chosen_beforehand_with_their_properties(shop: Shop) -> None:
    seen(shop, "Delivery Slot Chosen", 1, 3)
    SeenSample.objects.create(
        app=shop.app, name="Delivery Slot Chosen", at=timezone.now(), properties={"slot": "9"}
    )
    page = client_of(shop.cast.bob).get(f"{shop.at}playbooks/delivery/").content.decode()
    form = page.partition('<form class="plays"')[2].partition("</form>")[0]
    assert form.count(" checked>") == 1
    assert 'value="delivery_slot_chosen" checked' in form
    assert '<code>slot</code><span class="play-yes">sent</span>' in page
    assert '<code>order_id</code><span class="play-no">not sent yet</span>' in page


def test_playbook__added__told_and_linked(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    where = f"{shop.at}playbooks/delivery/"
    answer = client.post(where, {"moment": ["order_placed", "courier_message_sent"]}, follow=True)
    page = answer.content.decode()
    assert answer.redirect_chain == [(where, 302)]
    assert "Added from “Delivery”: 1 moment, 2 soft asks and 2 redirects." in page
    ask = shop.app.campaigns.get(kind="soft_ask", name="Order placed")
    assert f'href="{shop.at}soft-asks/{ask.pk}/"' in page
    assert page.count('name="moment"') == 1
    again = client.post(where, {"moment": "order_placed"}, follow=True).content.decode()
    assert "Nothing was added" in again


@pytest.mark.parametrize("typed", [{}, {"moment": "<script>"}])
def test_playbook__nothing_chosen__said(shop: Shop, typed: dict[str, str]) -> None:
    page = client_of(shop.cast.bob).post(f"{shop.at}playbooks/media/", typed, follow=True)
    assert "Choose at least one moment." in page.content.decode()


def test_playbook__unknown__404(shop: Shop) -> None:
    client = client_of(shop.cast.bob)
    assert client.get(f"{shop.at}playbooks/astrology/").status_code == 404
    assert client.post(f"{shop.at}playbooks/astrology/").status_code == 404


def test_empty_lists__lead_to_the_playbooks(shop: Shop) -> None:
    client = client_of(shop.cast.mallory)
    for path in ("moments/", "soft-asks/", "redirects/"):
        page = client.get(f"/w/evil/lair/{path}").content.decode()
        assert 'href="/w/evil/lair/playbooks/">Start from a playbook' in page
