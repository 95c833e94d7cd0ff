"""Who may open which page, and with which method."""

from __future__ import annotations

import pytest
from django.test import Client

from campaigns.models import RedirectRule, SoftAsk
from permissions_app.models import ApiKey, ValueMoment
from permissions_app.services.keys import create_key
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of

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
POST_TO = (
    "moments/new/",
    "moments/on/order_placed/",
    "moments/on/order_placed/status/",
    "moments/check/",
    "soft-asks/new/",
    "soft-asks/{ask}/",
    "soft-asks/{ask}/status/",
    "soft-asks/preview/",
    "redirects/new/",
    "redirects/{rule}/",
    "redirects/{rule}/status/",
    "redirects/preview/",
)
OWNER_POSTS = ("integrate/keys/", "integrate/keys/{key}/revoke/")
POST_ONLY = tuple(path for path in POST_TO if path.split("/")[-2] in ("status", "check", "preview"))


def address(shop: Shop, path: str, key: int = 0) -> str:
    return shop.at + path.format(ask=shop.ask.pk, rule=shop.rule.pk, key=key)


@pytest.mark.parametrize("path", READ)
def test_read__viewer_and_everybody_stronger__200(shop: Shop, path: str) -> None:
    for person in (shop.cast.alice, shop.cast.bob, shop.cast.rita, shop.cast.carol):
        assert client_of(person).get(address(shop, path)).status_code == 200


@pytest.mark.parametrize("path", READ + WRITE_PAGES)
def test_get__anonymous__sent_to_sign_in_and_outsider_404(shop: Shop, path: str) -> None:
    anonymous = client_of(None).get(address(shop, path))
    assert anonymous.status_code == 302
    assert "/login/" in anonymous["Location"]
    assert client_of(shop.cast.mallory).get(address(shop, path)).status_code == 404


@pytest.mark.parametrize("path", WRITE_PAGES)
def test_write_page__viewer_and_reviewer_403_editor_200(shop: Shop, path: str) -> None:
    for person in (shop.cast.carol, shop.cast.rita):
        assert client_of(person).get(address(shop, path)).status_code == 403
    assert client_of(shop.cast.bob).get(address(shop, path)).status_code == 200


@pytest.mark.parametrize("path", POST_TO + OWNER_POSTS)
def test_post__weak_role_403_outsider_404_anonymous_302_no_token_403(shop: Shop, path: str) -> None:
    key, _ = create_key(app=shop.app, kind="pk", name="x", actor=None)
    where = address(shop, path, key.pk)
    before = (SoftAsk.objects.count(), RedirectRule.objects.count(), ValueMoment.objects.count())
    weak = [shop.cast.carol, shop.cast.rita]
    if path in OWNER_POSTS:
        weak.append(shop.cast.bob)
    for person in weak:
        assert client_of(person).post(where, {"status": "archived"}).status_code == 403
    assert client_of(shop.cast.mallory).post(where).status_code == 404
    assert client_of(None).post(where).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(shop.cast.alice)
    assert strict.post(where, {"status": "live"}).status_code == 403
    after = (SoftAsk.objects.count(), RedirectRule.objects.count(), ValueMoment.objects.count())
    assert before == after
    assert not SoftAsk.objects.exclude(status="draft").exists()
    assert not ApiKey.objects.exclude(revoked_at=None).exists()


@pytest.mark.parametrize("path", READ + WRITE_PAGES + POST_TO + OWNER_POSTS)
def test_wrong_method__405(shop: Shop, path: str) -> None:
    client = client_of(shop.cast.alice)
    where = address(shop, path, 1)
    assert client.delete(where).status_code == 405
    if path in POST_ONLY + OWNER_POSTS:
        assert client.get(where).status_code == 405


def test_post__read_only_page__405(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    for path in ("moments/", "soft-asks/", "redirects/", "devices/", "integrate/"):
        assert client.post(address(shop, path)).status_code == 405


@pytest.mark.parametrize(
    "path",
    [
        "moments/on/nothing/",
        "soft-asks/999999/",
        "redirects/999999/",
        "devices/nobody/",
    ],
)
def test_unknown__404(shop: Shop, path: str) -> None:
    assert client_of(shop.cast.alice).get(address(shop, path)).status_code == 404


def test_things_of_another_app__404(shop: Shop) -> None:
    client = client_of(shop.cast.mallory)
    for path in (f"soft-asks/{shop.ask.pk}/", f"redirects/{shop.rule.pk}/", "devices/device-1/"):
        assert client.get(f"/w/evil/lair/{path}").status_code == 404
        status = client.post(f"/w/evil/lair/{path}status/", {"status": "live"}).status_code
        assert status == 404
    assert not SoftAsk.objects.exclude(status="draft").exists()
