"""`/api/v1/manage/webhooks`."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import secret_of, signing_secrets
from permissions_app.models import App, AuditEntry, User
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, client_of
from tests.webhooks import HOST, URL, make_endpoint, make_log

PATH = "/api/v1/manage/webhooks"


@pytest.fixture(autouse=True)
def trusted(settings: Settings) -> None:
    """URL may be saved."""
    settings.WEBHOOK_HOSTS = [HOST]


def hook(**changes: Any) -> dict[str, Any]:
    """A webhook as a script sends it."""
    return {"name": "Warehouse", "url": URL, "events": ["alert.opened"], **changes}


def as_person(person: User, method: str, path: str, body: Any = None) -> Any:
    """Call as somebody who is signed in, from our own pages."""
    client: Client = client_of(person)
    return getattr(client, method)(
        path,
        data=json.dumps(body) if body is not None else None,
        content_type="application/json",
        headers={"X-OneAsk-App": "acme/shop"},
    )


def test_create_read_change_delete__secret_in_the_first_answer_alone(call: Call, app: App) -> None:
    created = call("post", PATH, hook())
    assert created.status_code == 201, created.content
    told = created.json()
    assert told["secret"] == secret_of(WebhookEndpoint.objects.get())
    assert (told["status"], told["disabled_reason"], told["failing_since"]) == ("enabled", "", None)
    path = f"{PATH}/{told['id']}"
    read = call("get", path)
    assert "secret" not in read.json()
    assert read["ETag"] == created["ETag"] == '"v1"'
    changed = call("patch", path, {"events": ["campaign.paused"]}, if_match='"v1"')
    assert changed.json()["events"] == ["campaign.paused"]
    assert changed.json()["name"] == "Warehouse"
    assert call("put", path, hook(), if_match='"v1"').status_code == 412
    assert call("put", path, hook()).status_code == 428
    replaced = call("put", path, hook(name="CRM"), if_match=changed["ETag"])
    assert (replaced.json()["name"], replaced.json()["events"]) == ("CRM", ["alert.opened"])
    assert call("get", PATH).json()["results"] == [replaced.json()]
    assert call("delete", path, if_match='"v1"').status_code == 412
    assert call("delete", path, if_match=replaced["ETag"]).status_code == 204
    assert call("get", path).status_code == 404
    actions = AuditEntry.objects.filter(action__startswith="webhook.").order_by("pk")
    assert [entry.action for entry in actions] == [
        "webhook.created",
        "webhook.updated",
        "webhook.updated",
        "webhook.deleted",
    ]
    assert actions[0].actor_label.startswith("key sk_")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"url": "https://10.0.0.1/x"}, "url"),
        ({"url": "http://example.com/"}, "url"),
        ({"url": "https://[::ffff:127.0.0.1]/"}, "url"),
        ({"url": 5}, "url"),
        ({"url": "https://\ud800.example/"}, "url"),
        ({"events": ["nonsense"]}, "events.0"),
        ({"events": []}, "events"),
        ({"events": "alert.opened"}, "events"),
        ({"name": ""}, "name"),
        ({"name": "x" * 100}, "name"),
        ({"name": "a\x00b"}, "name"),
    ],
)
def test_create__wrong__refused_with_the_field(
    call: Call, app: App, changes: dict[str, Any], field: str
) -> None:
    answer = call("post", PATH, hook(**changes))
    assert answer.status_code == 422, answer.content
    assert field in {error["field"] for error in answer.json()["errors"]}
    assert not WebhookEndpoint.objects.exists()


def test_rotate__key__both_sign_and_the_new_one_is_told(call: Call, app: App) -> None:
    endpoint, old = make_endpoint(app, URL)
    answer = call("post", f"{PATH}/{endpoint.pk}/rotate")
    assert answer.status_code == 200, answer.content
    endpoint.refresh_from_db()
    new = answer.json()["secret"]
    assert signing_secrets(endpoint, now=timezone.now()) == (new, old)
    assert answer.json()["old_secret_until"] is not None
    assert call("post", f"{PATH}/{endpoint.pk}/rotate", if_match='"v1"').status_code == 412


def test_status__disabled_and_enabled__said_twice_changes_nothing(call: Call, app: App) -> None:
    row = make_log(app, now=timezone.now())
    path = f"{PATH}/{row.endpoint_id}/status"
    for _ in range(2):
        told = call("post", path, {"status": "disabled"}).json()
    assert (told["status"], told["disabled_reason"]) == ("disabled", "person")
    assert call("post", path, {"status": "nonsense"}).status_code == 422
    refused = call("post", f"{PATH}/{row.endpoint_id}/test")
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid")
    replay = call("post", f"{PATH}/{row.endpoint_id}/deliveries/{row.pk}/replay")
    assert replay.status_code == 422
    assert call("post", path, {"status": "enabled"}).json()["status"] == "enabled"
    assert AuditEntry.objects.filter(action="webhook.disabled").count() == 1


def test_test__enabled__a_delivery_that_can_be_read(call: Call, app: App) -> None:
    endpoint, _ = make_endpoint(app, URL)
    sent = call("post", f"{PATH}/{endpoint.pk}/test")
    assert sent.status_code == 202
    assert (sent.json()["type"], sent.json()["state"]) == ("webhook.test", "waiting")
    read = call("get", f"{PATH}/{endpoint.pk}/deliveries/{sent.json()['id']}").json()
    assert read["payload"]["type"] == "webhook.test"
    assert read["attempts"] == []


def test_deliveries__log__newest_first_page_by_page_and_narrowed(call: Call, app: App) -> None:
    row = make_log(app, now=timezone.now())
    path = f"{PATH}/{row.endpoint_id}/deliveries"
    first = call("get", f"{path}?limit=2").json()
    second = call("get", first["next"]).json()
    ids = [one["id"] for one in first["results"] + second["results"]]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 3
    assert second["next"] is None
    (given_up,) = call("get", f"{path}?state=given_up").json()["results"]
    assert (given_up["status"], given_up["error"]) == (500, "The answer was 500.")
    assert call("get", f"{path}?type=alert.opened").json()["results"] == []
    assert call("get", f"{path}?state=nonsense").status_code == 422
    assert call("get", f"{path}?cursor=nonsense").status_code == 422
    read = call("get", f"{path}/{row.pk}").json()
    assert [one["error"] for one in read["attempts"]] == ["The answer was 500."]
    assert read["payload"]["text"] == "Shop: it was published."


def test_replay__given_up__waits_again(call: Call, app: App) -> None:
    make_log(app, now=timezone.now())
    row = WebhookDelivery.objects.get(state="given_up")
    answer = call("post", f"{PATH}/{row.endpoint_id}/deliveries/{row.pk}/replay")
    assert answer.status_code == 202
    assert (answer.json()["state"], answer.json()["tries"]) == ("waiting", 0)
    assert answer.json()["message_id"] == row.message.public_id


def test_everything__of_another_app__404(call: Call, cast: Cast) -> None:
    row = make_log(cast.mallorys_app, now=timezone.now())
    other = make_log(cast.app, now=timezone.now())
    one = f"{PATH}/{row.endpoint_id}"
    assert call("get", one).status_code == 404
    assert call("put", one, hook(), if_match='"v1"').status_code == 404
    assert call("delete", one).status_code == 404
    for rest in ("rotate", "test", f"deliveries/{row.pk}/replay"):
        assert call("post", f"{one}/{rest}").status_code == 404
    assert call("post", f"{one}/status", {"status": "disabled"}).status_code == 404
    assert call("get", f"{one}/deliveries").status_code == 404
    mixed = f"{PATH}/{other.endpoint_id}/deliveries/{row.pk}"
    assert call("get", mixed).status_code == 404
    assert WebhookEndpoint.objects.filter(app=cast.mallorys_app, disabled_at=None).exists()


def test_person__by_role__editors_write_without_the_secret_and_owners_rotate(
    call: Call, cast: Cast
) -> None:
    made = as_person(cast.bob, "post", PATH, hook())
    assert made.status_code == 201, made.content
    assert made.json()["secret"] is None
    one = f"{PATH}/{made.json()['id']}"
    assert as_person(cast.bob, "post", f"{one}/rotate").status_code == 403
    assert str(as_person(cast.alice, "post", f"{one}/rotate").json()["secret"]).startswith("whsec_")
    for person in (cast.carol, cast.rita):
        assert as_person(person, "get", PATH).status_code == 403
        assert as_person(person, "post", f"{one}/test").status_code == 403
    assert as_person(cast.mallory, "get", PATH).status_code == 404
