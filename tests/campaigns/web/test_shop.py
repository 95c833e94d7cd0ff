"""The demo shop, without a browser."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.browser import harbour

pytestmark = pytest.mark.django_db


def add(client: Client, product: str, **more: str) -> None:
    client.post(reverse("shop:basket"), {"product": product, **more})


def test_shop__no_demo_workspace__explains_how_to_get_one(client: Client) -> None:
    text = client.get(reverse("shop:shop")).content.decode()

    assert "python manage.py seed_demo" in text
    assert "oneask.js" not in text


def test_shop__demo_workspace__loads_the_client_with_its_key(client: Client) -> None:
    harbour.prepare()
    text = client.get(reverse("shop:shop")).content.decode()

    assert 'data-key="pk_' in text
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text


def test_change_basket__add_and_take__counts_and_never_goes_below_zero(client: Client) -> None:
    add(client, "lighthouse")
    add(client, "lighthouse")
    assert "2 × Lighthouse" in client.get(reverse("shop:shop")).content.decode()

    for _ in range(3):
        add(client, "lighthouse", take="1")
    assert client.session["shop_basket"] == {"lighthouse": 0}


def test_change_basket__unknown_product__changes_nothing(client: Client) -> None:
    add(client, "<b>tea</b>")

    assert "shop_basket" not in client.session


def test_change_basket__very_many__stops_at_nine(client: Client) -> None:
    for _ in range(12):
        add(client, "dock-cup")

    assert client.session["shop_basket"] == {"dock-cup": 9}


def test_place_order__basket__is_told_to_the_page_once(client: Client) -> None:
    add(client, "lighthouse")
    add(client, "dock-cup")
    client.post(reverse("shop:place"))

    first = client.get(reverse("shop:orders")).content.decode()
    assert 'data-order-id="1042"' in first
    assert 'data-total="30.50"' in first
    again = client.get(reverse("shop:orders")).content.decode()
    assert "data-order-id" not in again
    assert "Order 1042" in again


def test_place_order__empty_basket__goes_back_to_the_shelf(client: Client) -> None:
    assert client.post(reverse("shop:place")).headers["Location"] == reverse("shop:shop")
    assert "No orders yet" in client.get(reverse("shop:orders")).content.decode()


@pytest.mark.parametrize("name", ["shop:basket", "shop:place"])
def test_changes__by_link__are_refused(client: Client, name: str) -> None:
    assert client.get(reverse(name)).status_code == 405


@pytest.mark.parametrize("name", ["shop:shop", "shop:orders"])
def test_pages__posted_to__are_refused(client: Client, name: str) -> None:
    assert client.post(reverse(name)).status_code == 405


def test_place_order__without_a_token__is_refused() -> None:
    assert Client(enforce_csrf_checks=True).post(reverse("shop:place")).status_code == 403
