"""Who may open which page, and with which method."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign, WebhookDelivery
from permissions_app.models import ApiKey, ValueMoment
from permissions_app.services.keys import create_key
from tests.addresses import Address, addresses, path_of
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of
from tests.webhooks import make_log

READ = (
    "moments/",
    "moments/on/order_placed/",
    "soft-asks/",
    "soft-asks/{ask}/",
    "redirects/",
    "redirects/{rule}/",
    "devices/",
    "devices/device-1/",
    "integrate/",
    "integrate/arrivals/",
)
WRITE_PAGES = ("moments/new/", "soft-asks/new/", "redirects/new/")
EDITOR_POSTS = (
    "moments/new/",
    "moments/on/order_placed/",
    "moments/on/order_placed/status/",
    "soft-asks/new/",
    "redirects/new/",
)
OWNER_POSTS = (
    "integrate/keys/",
    "integrate/keys/{key}/revoke/",
    "devices/device-1/erase/",
)
POST_ONLY = ("moments/on/order_placed/status/", *OWNER_POSTS)
INSIDE = [address for address in addresses() if address.of_an_app]


def at(shop: Shop, path: str, key: int = 0) -> str:
    return shop.at + path.format(ask=shop.ask.pk, rule=shop.rule.pk, key=key)


def hook(shop: Shop) -> WebhookDelivery:
    """A message to a webhook of the shop."""
    return WebhookDelivery.objects.first() or make_log(shop.app, now=timezone.now())


def inside(shop: Shop, address: Address, workspace: str = "acme", app: str = "shop") -> str:
    """The address in the shop, or with the shop's own things in somebody else's app."""
    known = {
        "workspace": workspace,
        "app": app,
        "pk": shop.ask.pk,
        "redirect_rule.pk": shop.rule.pk,
        "key": "order_placed",
        "device.key": "device-1",
        "device_erase.key": "device-1",
        "number": 1,
        "book": "delivery",
        "guide": "web",
        "slug": "kept",
        "sender": "braze",
        "comment": 1,
        "link": 1,
        "hook": hook(shop).endpoint_id,
        "delivery": hook(shop).pk,
    }
    return path_of(address, known)


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.name)
def test_every_address__outsider__404_or_no_such_method(shop: Shop, address: Address) -> None:
    client = client_of(shop.cast.mallory)
    found = {
        method: getattr(client, method)(inside(shop, address)).status_code
        for method in ("get", "post")
    }
    assert set(found.values()) <= {404, 405}
    assert 404 in found.values(), found


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.name)
def test_every_address__anonymous__sent_to_sign_in(shop: Shop, address: Address) -> None:
    client = client_of(None)
    answers = [client.get(inside(shop, address)), client.post(inside(shop, address))]
    assert {answer.status_code for answer in answers} <= {302, 405}
    sent = [answer["Location"] for answer in answers if answer.status_code == 302]
    assert sent
    assert all(where.startswith("/accounts/login/") for where in sent)


@pytest.mark.parametrize("address", INSIDE, ids=lambda address: address.name)
def test_every_address__wrong_method__405(shop: Shop, address: Address) -> None:
    assert client_of(shop.cast.alice).put(inside(shop, address)).status_code == 405


@pytest.mark.parametrize("path", READ)
def test_read__viewer_and_everybody_stronger__200(shop: Shop, path: str) -> None:
    for person in (shop.cast.alice, shop.cast.bob, shop.cast.rita, shop.cast.carol):
        assert client_of(person).get(at(shop, path)).status_code == 200


@pytest.mark.parametrize("path", WRITE_PAGES)
def test_write_page__viewer_and_reviewer_403_editor_200(shop: Shop, path: str) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        assert client_of(person).get(at(shop, path)).status_code == 403
    assert client_of(shop.cast.bob).get(at(shop, path)).status_code == 200


@pytest.mark.parametrize("path", EDITOR_POSTS + OWNER_POSTS)
def test_post__weak_role_and_no_token__403_and_nothing_changed(shop: Shop, path: str) -> None:
    key, _ = create_key(app=shop.app, kind="pk", name="x", actor=None)
    where = at(shop, path, key.pk)
    before = (Campaign.objects.count(), ValueMoment.objects.count())
    weak = [shop.cast.carol, shop.cast.rita]
    if path in OWNER_POSTS:
        weak.append(shop.cast.bob)
    for person in weak:
        assert client_of(person).post(where, {"status": "paused"}).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(shop.cast.alice)
    assert strict.post(where, {"status": "paused"}).status_code == 403
    assert (Campaign.objects.count(), ValueMoment.objects.count()) == before
    assert not ValueMoment.objects.exclude(status="active").exists()
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


def test_step__viewer__403_and_nothing_changed(shop: Shop) -> None:
    for pk in (shop.ask.pk, shop.rule.pk):
        where = f"{shop.at}campaigns/{pk}/steps/"
        answer = client_of(shop.cast.carol).post(where, {"action": "archive"})
        assert answer.status_code == 403
    assert not Campaign.objects.exclude(status="draft").exists()


def test_post_only__get__405(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    for path in POST_ONLY:
        assert client.get(at(shop, path, 1)).status_code == 405


def test_post__read_only_page__405(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    for path in ("moments/", "soft-asks/", "redirects/", "devices/", "integrate/"):
        assert client.post(at(shop, path)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "moments/on/nothing/",
        "soft-asks/999999/",
        "redirects/999999/",
        "soft-asks/{rule}/",
        "redirects/{ask}/",
        "devices/nobody/",
    ],
)
def test_unknown__404(shop: Shop, path: str) -> None:
    assert client_of(shop.cast.alice).get(at(shop, path)).status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        address
        for address in INSIDE
        if {"pk", "key", "hook"} & set(address.takes) and not address.name.startswith("playbook")
    ],
    ids=lambda address: address.name,
)
def test_things_of_another_app__asked_for_in_ones_own__404(shop: Shop, address: Address) -> None:
    client = client_of(shop.cast.mallory)
    where = inside(shop, address, "evil", "lair")
    for method in ("get", "post"):
        assert getattr(client, method)(where).status_code in {404, 405}
    assert not Campaign.objects.exclude(status="draft").exists()
