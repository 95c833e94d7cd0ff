"""The page that people without an account see."""

from __future__ import annotations

import pytest
from django.utils import timezone

from campaigns.models import ShareLink
from campaigns.selectors.talk import token_of
from campaigns.services.talk import add_comment, create_link
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of


@pytest.fixture
def link(shop: Shop) -> ShareLink:
    """A link to the draft of the soft ask, on which somebody commented."""
    add_comment(campaign=shop.ask, author=shop.cast.rita, body="A secret remark", address="")
    return create_link(
        campaign=shop.ask, revision=None, days=7, actor=shop.cast.bob, now=timezone.now()
    )


def test_shared__anybody__the_words_and_nothing_of_the_team(shop: Shop, link: ShareLink) -> None:
    answer = client_of(None).get(f"/shared/{token_of(link.pk)}/")
    told = answer.content.decode()
    assert answer.status_code == 200
    assert "Know when your package leaves the warehouse?" in told
    for hidden in ("@example.com", "secret remark", "Rita", "Bob", "/w/acme", "Acme", "Shop"):
        assert hidden not in told
    assert answer["Referrer-Policy"] == "no-referrer"
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert answer["Cache-Control"] == "no-store"


def test_shared__another_device_or_a_head_request__is_the_same_opening(link: ShareLink) -> None:
    client, where = client_of(None), f"/shared/{token_of(link.pk)}/"
    client.get(where)
    client.head(where)
    assert client.get(where, {"p-device": "pixel", "p-theme": "dark"}).status_code == 200
    assert ShareLink.objects.get().opened == 1
    assert client.post(where).status_code == 405


@pytest.mark.parametrize("how", ["forged", "expired", "revoked"])
def test_shared__closed__404_with_the_same_sentence(link: ShareLink, how: str) -> None:
    token = token_of(link.pk)
    if how == "forged":
        token = f"{link.pk}.aaaa"
    elif how == "expired":
        ShareLink.objects.update(expires_at=timezone.now())
    else:
        ShareLink.objects.update(revoked_at=timezone.now())
    answer = client_of(None).get(f"/shared/{token}/")
    assert answer.status_code == 404
    told = answer.content.decode()
    assert "was taken back, or was never made" in told
    assert "Shipping news" not in told
    assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert ShareLink.objects.get().opened == 0
