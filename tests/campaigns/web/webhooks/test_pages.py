"""The list of webhooks, one of them with its log, and one message: who sees what."""

from __future__ import annotations

import html
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.domain.webhook_events import Fact
from campaigns.models import WebhookDelivery
from campaigns.services.webhook_endpoints import disable_endpoint, secret_of
from campaigns.services.webhooks import tell
from tests.factories import Cast, client_of
from tests.webhooks import make_log

pytestmark = pytest.mark.django_db
LIST = "/w/acme/shop/webhooks/"


@pytest.fixture
def waiting(cast: Cast) -> WebhookDelivery:
    """The first of three messages to a webhook; it failed once and waits."""
    return make_log(cast.app, now=timezone.now())


def text_of(response) -> str:
    """What a page says."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", response.content.decode())))


def test_list__nothing_yet__says_what_a_webhook_is(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(LIST))
    assert "None yet. A webhook is an https address of yours" in text
    assert "New webhook" not in text
    assert "New webhook" in text_of(client_of(cast.bob).get(LIST))


def test_list__webhooks__state_host_and_latest_message(
    cast: Cast, waiting: WebhookDelivery
) -> None:
    text = text_of(client_of(cast.carol).get(LIST))
    assert re.search(r"Warehouse 0 hooks\.example\.com Failing since .* Everything Given up", text)
    disable_endpoint(
        app=cast.app, pk=waiting.endpoint_id, reason="gone", actor=None, now=timezone.now()
    )
    assert "Disabled It answered 410: it is gone" in text_of(client_of(cast.carol).get(LIST))


def test_page__by_role__secret_for_owners_and_address_for_editors(
    cast: Cast, waiting: WebhookDelivery
) -> None:
    secret = secret_of(waiting.endpoint)
    assert secret is not None
    path = "a-rather-long-path-with-a-secret-in-it"
    seen = {
        name: client_of(getattr(cast, name)).get(f"{LIST}{waiting.endpoint_id}/").content.decode()
        for name in ("alice", "bob", "rita", "carol")
    }
    assert {name: secret in page for name, page in seen.items()} == {
        "alice": True,
        "bob": False,
        "rita": False,
        "carol": False,
    }
    assert {name: path in page for name, page in seen.items()} == {
        "alice": True,
        "bob": True,
        "rita": False,
        "carol": False,
    }
    assert "Send a test" not in seen["carol"]


def test_page__disabled__says_why_and_offers_no_test(cast: Cast, waiting: WebhookDelivery) -> None:
    disable_endpoint(
        app=cast.app, pk=waiting.endpoint_id, reason="failing", actor=None, now=timezone.now()
    )
    text = text_of(client_of(cast.bob).get(f"{LIST}{waiting.endpoint_id}/"))
    assert "Nothing is sent to this webhook. Every try failed for five days" in text
    assert "Send a test" not in text
    assert "Enable" in text


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("", 3),
        ("?state=given_up", 1),
        ("?type=campaign.published&state=waiting", 1),
        ("?type=alert.opened", 0),
        ("?type=nonsense&state=nonsense", 3),
        ("?before=1", 0),
        ("?before=x", 3),
    ],
)
def test_log__filtered__only_these(
    cast: Cast, waiting: WebhookDelivery, query: str, count: int
) -> None:
    page = client_of(cast.carol).get(f"{LIST}{waiting.endpoint_id}/{query}").content.decode()
    assert page.count("msg_") == count
    if not count:
        assert "No message like that." in page


def test_log__many__page_by_page_with_the_filter(cast: Cast, waiting: WebhookDelivery) -> None:
    facts = [Fact(f"more {number}") for number in range(40)]
    tell(app=cast.app, kind="campaign.paused", facts=facts, now=timezone.now())
    client = client_of(cast.carol)
    where = f"{LIST}{waiting.endpoint_id}/"
    first = client.get(where, {"type": "campaign.paused"}).content.decode()
    assert first.count("msg_") == 30
    following = re.search(r'rel="next" href="([^"]+)#log"', first)
    assert following is not None
    second = client.get(where + html.unescape(following[1])).content.decode()
    assert second.count("msg_") == 10
    assert "Older" not in second
    assert 'href="?type=campaign.paused#log"' in second


def test_delivery__page__headers_body_and_every_try(cast: Cast, waiting: WebhookDelivery) -> None:
    where = f"{LIST}{waiting.endpoint_id}/deliveries/{waiting.pk}/"
    response = client_of(cast.carol).get(where)
    text = text_of(response)
    assert waiting.message.public_id in text
    assert re.search(r"Is tried again The next try is due .* number 2 of 10", text)
    assert "The answer was 500. 120 ms" in text
    assert '"text": "Shop: it was published."' in text
    assert "Send it again" not in text
    assert "Send it again" in text_of(client_of(cast.bob).get(where))
    assert response["Cache-Control"] == "no-store"
    assert "hx-trigger" not in response.content.decode(), "it is not due for two hours"


def test_delivery__about_to_be_sent__the_part_asks_again_until_it_is_done(
    cast: Cast, waiting: WebhookDelivery
) -> None:
    WebhookDelivery.objects.filter(pk=waiting.pk).update(
        due_at=timezone.now() + timedelta(seconds=5)
    )
    where = f"{LIST}{waiting.endpoint_id}/deliveries/{waiting.pk}/"
    client = client_of(cast.carol)
    part = client.get(where, headers={"HX-Request": "true"}).content.decode()
    assert part.startswith('<section class="panel" id="tries"')
    assert f'hx-get="{where}" hx-trigger="every 2s"' in part
    WebhookDelivery.objects.filter(pk=waiting.pk).update(due_at=None, state="delivered")
    part = client.get(where, headers={"HX-Request": "true"}).content.decode()
    assert "hx-trigger" not in part


def test_delivery__of_another_webhook_or_app__404(cast: Cast, waiting: WebhookDelivery) -> None:
    other = make_log(cast.app, now=timezone.now())
    client = client_of(cast.alice)
    assert client.get(f"{LIST}{other.endpoint_id}/deliveries/{waiting.pk}/").status_code == 404
    assert client.get(f"{LIST}999999/").status_code == 404
    theirs = client_of(cast.mallory)
    mine = f"/w/evil/lair/webhooks/{waiting.endpoint_id}/"
    assert theirs.get(mine).status_code == 404
    assert theirs.get(f"{mine}deliveries/{waiting.pk}/").status_code == 404


def test_page__hostile_name_and_body__is_text(cast: Cast, waiting: WebhookDelivery) -> None:
    evil = "<img src=x onerror=alert(1)>"
    waiting.endpoint.name = evil
    waiting.endpoint.save()
    fact = Fact("evil", {"name": evil}, evil)
    tell(app=cast.app, kind="campaign.paused", facts=[fact], now=timezone.now())
    row = WebhookDelivery.objects.latest("pk")
    for where in ("", f"{row.endpoint_id}/", f"{row.endpoint_id}/deliveries/{row.pk}/"):
        page = client_of(cast.alice).get(f"{LIST}{where}").content.decode()
        assert "<img src=x" not in page
        assert "&lt;img src=x" in page
