"""Adding, editing, rotating, switching, testing, replaying and deleting webhooks: by whom, and with what said."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import AlertSettings, WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import MOST_ENDPOINTS, secret_of, signing_secrets
from permissions_app.models import App, AuditEntry
from tests.campaigns.web.webhooks.test_pages import text_of
from tests.factories import Cast, client_of
from tests.webhooks import HOST, URL, make_endpoint, make_log

pytestmark = pytest.mark.django_db
LIST = "/w/acme/shop/webhooks/"
EDITOR_POSTS = ("edit/", "switch/", "test/", "delete/", "deliveries/{delivery}/replay/")


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    """URL may be saved."""
    settings.WEBHOOK_HOSTS = [HOST]


@pytest.fixture
def waiting(cast: Cast) -> WebhookDelivery:
    """The first of three messages to a webhook; it failed once and waits."""
    return make_log(cast.app, now=timezone.now())


def form(**changes: Any) -> dict[str, Any]:
    """What a filled form sends."""
    events = ["alert.opened", "permission.changed"]
    return {"name": "CRM", "url": URL, "events": events, **changes}


def trail() -> list[tuple[str, str]]:
    """Who did what to webhooks, in order."""
    rows = AuditEntry.objects.filter(action__startswith="webhook.").order_by("pk")
    return list(rows.values_list("action", "actor_label"))


def test_new__editor__saved_enabled_and_in_the_trail_without_the_path(cast: Cast) -> None:
    response = client_of(cast.bob).post(f"{LIST}new/", form(), follow=True)
    endpoint = WebhookEndpoint.objects.get()
    assert response.redirect_chain == [(f"{LIST}{endpoint.pk}/", 302)]
    assert "“CRM” is saved. Send it a test to see it work." in text_of(response)
    assert (endpoint.name, endpoint.url, endpoint.disabled_at) == ("CRM", URL, None)
    assert endpoint.events == ["permission.changed", "alert.opened"], "in the order of the page"
    assert endpoint.created_by == cast.bob
    entry = AuditEntry.objects.get(action="webhook.created")
    assert (entry.actor, entry.app) == (cast.bob, cast.app)
    assert entry.changes["host"] == HOST
    assert "oneask" not in str(entry.changes)
    assert App.objects.get(pk=cast.app.pk).notes_changes
    secret = secret_of(endpoint)
    assert secret is not None
    assert secret.startswith("whsec_")
    assert secret not in endpoint.secret
    assert AlertSettings.objects.get().address == "http://testserver/w/acme/shop/alerts/"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"url": "http://example.com/x"}, "Only https addresses are called."),
        ({"url": "https://127.0.0.1/x"}, "This host is inside a private network"),
        ({"url": "https://[::ffff:10.0.0.1]/x"}, "This host is inside a private network"),
        ({"url": "https://localhost/x"}, "This host is inside a private network"),
        ({"url": "https://169.254.169.254/latest"}, "This host is inside a private network"),
        ({"url": "https://nobody.invalid/x"}, "The host is not known."),
        ({"url": "ftp://example.com/x"}, "This is no address."),
        ({"url": "https://me:pw@example.com/"}, "An address with a user name in it"),
        ({"url": " "}, "Enter an address."),
        ({"url": f"{URL}/{'x' * 500}"}, "An address has at most 500 characters."),
        ({"name": " "}, "Give it a name."),
        ({"name": "x" * 81}, "A name has at most 80 characters."),
        ({"events": []}, "Choose one event at least."),
        ({"events": ["nonsense"]}, "There is no event “nonsense”."),
        ({"events": ["segment.bulk"]}, "There is no event “segment.bulk”."),
    ],
)
def test_new__wrong__shown_again_as_typed_with_the_reason(
    cast: Cast, changes: dict[str, Any], said: str
) -> None:
    response = client_of(cast.bob).post(f"{LIST}new/", form(**changes))
    assert response.status_code == 422
    assert said in text_of(response)
    page = response.content.decode()
    if "name" not in changes:
        assert 'value="CRM"' in page
    if "events" not in changes:
        assert re.search(r'value="alert.opened"[^>]* checked', page)
    assert not WebhookEndpoint.objects.exists()
    assert trail() == []


def test_new__more_than_there_may_be__refused(cast: Cast) -> None:
    for number in range(MOST_ENDPOINTS):
        make_endpoint(cast.app, URL, name=f"Hook {number}")
    response = client_of(cast.bob).post(f"{LIST}new/", form())
    assert response.status_code == 422
    assert "An app has at most 20 webhooks: delete one first." in text_of(response)


def test_edit__name_address_and_events__changed_with_the_old_in_the_trail(cast: Cast) -> None:
    endpoint, secret = make_endpoint(cast.app, URL, "permission.changed")
    client = client_of(cast.bob)
    where = f"{LIST}{endpoint.pk}/edit/"
    assert f'value="{URL}"' in client.get(where).content.decode()
    sent = form(version=1, url=f"{URL}/2", events=["campaign.paused"])
    assert client.post(where, sent).status_code == 302
    endpoint.refresh_from_db()
    assert (endpoint.name, endpoint.url, endpoint.version) == ("CRM", f"{URL}/2", 2)
    assert secret_of(endpoint) == secret
    entry = AuditEntry.objects.get(action="webhook.updated")
    assert entry.changes["name"] == ["Warehouse", "CRM"]
    assert entry.changes["events"] == [["permission.changed"], ["campaign.paused"]]
    assert entry.changes["path"] == "changed"
    assert not App.objects.get(pk=cast.app.pk).notes_changes


def test_edit__saved_by_somebody_else_meanwhile__nothing_lost_or_overwritten(cast: Cast) -> None:
    endpoint, _ = make_endpoint(cast.app, URL)
    client = client_of(cast.bob)
    where = f"{LIST}{endpoint.pk}/edit/"
    client.post(where, form(version=1, name="Theirs"))
    response = client.post(where, form(version=1, name="Mine"))
    assert response.status_code == 409
    text = text_of(response)
    assert "Somebody else saved this while you were writing." in text
    assert "Saved meanwhile: “Theirs”" in text
    page = response.content.decode()
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page
    endpoint.refresh_from_db()
    assert endpoint.name == "Theirs"


def test_edit__host_that_is_away_now__may_stay(cast: Cast, settings: Settings) -> None:
    """Renaming needs no network; another address does."""
    endpoint, _ = make_endpoint(cast.app, URL)
    WebhookEndpoint.objects.update(url="https://nobody.invalid/x")
    where = f"{LIST}{endpoint.pk}/edit/"
    same = form(version=1, url="https://nobody.invalid/x")
    assert client_of(cast.bob).post(where, same).status_code == 302
    other = form(version=2, url="https://nobody.invalid/y")
    assert client_of(cast.bob).post(where, other).status_code == 422


def test_rotate__owner__both_secrets_sign_and_the_new_one_is_shown(cast: Cast) -> None:
    endpoint, old = make_endpoint(cast.app, URL)
    where = f"{LIST}{endpoint.pk}/rotate/"
    for person in (cast.bob, cast.rita, cast.carol):
        assert client_of(person).post(where).status_code == 403
    response = client_of(cast.alice).post(where)
    assert response.status_code == 201
    endpoint.refresh_from_db()
    new = secret_of(endpoint)
    assert signing_secrets(endpoint, now=timezone.now()) == (new, old)
    assert str(new) in response.content.decode()
    assert old not in response.content.decode()
    assert trail()[-1] == ("webhook.secret_rotated", "alice@example.com")


def test_switch__off_and_on__in_the_trail(cast: Cast, waiting: WebhookDelivery) -> None:
    client = client_of(cast.bob)
    where = f"{LIST}{waiting.endpoint_id}/switch/"
    for _ in range(2):
        response = client.post(where, {"on": "0"}, follow=True)
    assert "is disabled. Nothing is sent to it." in text_of(response)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.error) == ("given_up", "The endpoint was disabled.")
    client.post(where, {"on": "1"})
    assert WebhookEndpoint.objects.get().disabled_at is None
    assert trail() == [
        ("webhook.disabled", "bob@example.com"),
        ("webhook.enabled", "bob@example.com"),
    ]


def test_test__enabled__leads_to_its_message(cast: Cast) -> None:
    endpoint, _ = make_endpoint(cast.app, URL)
    response = client_of(cast.bob).post(f"{LIST}{endpoint.pk}/test/", follow=True)
    delivery = WebhookDelivery.objects.get()
    assert response.redirect_chain[0][0] == f"{LIST}{endpoint.pk}/deliveries/{delivery.pk}/"
    assert "On its way It goes out within a few seconds." in text_of(response)
    assert trail()[-1] == ("webhook.tested", "bob@example.com")


def test_test_and_replay__disabled__say_so(cast: Cast, waiting: WebhookDelivery) -> None:
    client = client_of(cast.bob)
    at = f"{LIST}{waiting.endpoint_id}/"
    client.post(f"{at}switch/", {"on": "0"})
    for where in ("test/", f"deliveries/{waiting.pk}/replay/"):
        assert "It is disabled. Enable it first." in text_of(client.post(at + where, follow=True))
    assert not WebhookDelivery.objects.filter(state="waiting").exists()


def test_replay__delivered__waits_again(cast: Cast, waiting: WebhookDelivery) -> None:
    done = WebhookDelivery.objects.get(state="delivered")
    where = f"{LIST}{done.endpoint_id}/deliveries/{done.pk}/replay/"
    response = client_of(cast.bob).post(where, follow=True)
    assert "It is sent again, with the same webhook-id." in text_of(response)
    done.refresh_from_db()
    assert (done.state, done.tries) == ("waiting", 0)
    assert trail()[-1] == ("webhook.replayed", "bob@example.com")


def test_delete__editor__gone_with_its_log(cast: Cast, waiting: WebhookDelivery) -> None:
    response = client_of(cast.bob).post(f"{LIST}{waiting.endpoint_id}/delete/", follow=True)
    assert "“Warehouse 0” is deleted." in text_of(response)
    assert not WebhookEndpoint.objects.exists()
    assert not WebhookDelivery.objects.exists()
    assert trail()[-1] == ("webhook.deleted", "bob@example.com")


@pytest.mark.parametrize("path", EDITOR_POSTS)
def test_post__weak_role_or_no_token__403_and_nothing_changed(
    cast: Cast, waiting: WebhookDelivery, path: str
) -> None:
    where = f"{LIST}{waiting.endpoint_id}/{path.format(delivery=waiting.pk)}"
    for person in (cast.carol, cast.rita):
        assert client_of(person).post(where, form(version=1)).status_code == 403
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.alice)
    assert strict.post(where, form(version=1)).status_code == 403
    assert client_of(cast.mallory).post(where).status_code == 404
    assert trail() == []


@pytest.mark.parametrize("path", ["rotate/", *EDITOR_POSTS[1:]])
def test_get__of_what_is_only_posted_to__405(
    cast: Cast, waiting: WebhookDelivery, path: str
) -> None:
    where = f"{LIST}{waiting.endpoint_id}/{path.format(delivery=waiting.pk)}"
    assert client_of(cast.alice).get(where).status_code == 405
