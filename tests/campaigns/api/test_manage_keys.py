"""`/api/v1/manage/keys`: who may make and revoke keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from permissions_app.models import ApiKey, App, AuditEntry, KeptAnswer
from permissions_app.selectors.keys import authenticate
from permissions_app.services.keys import MOST_KEYS, create_key, revoke_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast

PATH = "/api/v1/manage/keys"


@pytest.fixture
def manager(cast: Cast) -> str:
    """The text of a key to which Alice gave power over keys."""
    _, text = create_key(
        app=cast.app, kind="sk", name="Rotation", actor=cast.alice, manages_keys=True
    )
    return text


def prefix(text: str) -> str:
    return text.rpartition("_")[0]


def test_create__by_a_key_made_for_it__works_once_shown_and_answered_for(
    call: Call, cast: Cast, manager: str
) -> None:
    made = call("post", PATH, {"kind": "sk", "name": "Nightly  export"}, key=manager)
    assert made.status_code == 201, made.content
    assert made["Cache-Control"] == "no-store"
    text = made.json()["text"]
    assert (made.json()["name"], made.json()["created_by"]) == ("Nightly export", "Alice")
    context = authenticate(text)
    assert context is not None
    assert context.app_id == cast.app.pk
    listed = call("get", PATH)
    assert text not in listed.content.decode()
    row = next(it for it in listed.json()["results"] if it["key"] == made.json()["key"])
    assert (row["text"], row["manages_keys"]) == (None, False)
    assert AuditEntry.objects.latest("pk").actor_label == f"key {prefix(manager)}"
    refused = call("post", PATH, {"kind": "sk", "name": "And on"}, key=text)
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_you")


def test_create__publishable__its_text_can_be_read_again(call: Call, manager: str) -> None:
    made = call("post", PATH, {"kind": "pk", "name": "Web"}, key=manager).json()
    assert call("get", f"{PATH}/{made['key']}").json()["text"] == made["text"]


def test_create_and_revoke__by_an_ordinary_secret_key__403(call: Call, app: App) -> None:
    other, _ = create_key(app=app, kind="sk", name="Other", actor=None)
    before = ApiKey.objects.count()
    refused = call("post", PATH, {"kind": "pk", "name": "x"})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_for_you")
    assert call("delete", f"{PATH}/{other.prefix}").status_code == 403
    assert ApiKey.objects.filter(revoked_at=None).count() == before


def test_create__power_over_keys__not_from_a_key(call: Call, manager: str) -> None:
    refused = call("post", PATH, {"kind": "sk", "name": "x", "manages_keys": True}, key=manager)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "manages_keys"


def test_create__with_an_idempotency_key__one_key_and_its_text_again_sealed(
    call: Call, manager: str
) -> None:
    sent = {"kind": "sk", "name": "CI"}
    first = call("post", PATH, sent, key=manager, idempotency_key="once")
    again = call("post", PATH, sent, key=manager, idempotency_key="once")
    assert first.status_code == again.status_code == 201
    text = first.json()["text"]
    assert again.json()["text"] == text
    assert ApiKey.objects.filter(name="CI").count() == 1
    secret = text.rpartition("_")[2].encode()
    for kept in KeptAnswer.objects.values():
        assert secret not in repr(kept).encode()


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ([], "non_field_errors"),
        ({}, "name"),
        ({"kind": "xx", "name": "a"}, "kind"),
        ({"kind": "sk", "name": " "}, "name"),
        ({"kind": "sk", "name": "x" * 61}, "name"),
        ({"kind": "sk", "name": "a\x00"}, "name"),
        ({"kind": "sk", "name": "a\u202eb"}, "name"),
        ({"kind": "sk", "name": 7}, "name"),
        ({"kind": "sk", "name": "a", "manages_keys": 1}, "manages_keys"),
    ],
)
def test_create__malformed__422(call: Call, manager: str, sent: Any, field: str) -> None:
    before = ApiKey.objects.count()
    refused = call("post", PATH, sent, key=manager)
    assert refused.status_code == 422, refused.content
    named = [error["field"] for error in refused.json()["errors"]]
    assert field in named or (field == "non_field_errors" and named == [""])
    assert ApiKey.objects.count() == before


def test_create__as_many_as_fit__422(call: Call, app: App, manager: str) -> None:
    for number in range(MOST_KEYS - app.keys.filter(revoked_at=None).count()):
        create_key(app=app, kind="pk", name=f"k{number}", actor=None)
    refused = call("post", PATH, {"kind": "pk", "name": "more"}, key=manager)
    assert refused.status_code == 422
    assert "at most" in refused.json()["detail"]


def test_revoke__another_key_twice__gone_itself__refused(
    call: Call, app: App, manager: str
) -> None:
    other, text = create_key(app=app, kind="sk", name="Old", actor=None)
    assert call("delete", f"{PATH}/{other.prefix}", key=manager).status_code == 204
    assert call("delete", f"{PATH}/{other.prefix}", key=manager).status_code == 204
    assert call("get", PATH, key=text).status_code == 401
    own = call("delete", f"{PATH}/{prefix(manager)}", key=manager)
    assert own.status_code == 422
    assert "you call with" in own.json()["detail"]
    assert call("get", PATH, key=manager).status_code == 200


def test_list__revoked_ones_only_where_asked_for__own_one_marked(
    call: Call, app: App, manager: str
) -> None:
    gone, _ = create_key(app=app, kind="pk", name="Gone", actor=None)
    revoke_key(key=gone, actor=None)
    rows = call("get", PATH, key=manager).json()["results"]
    assert "Gone" not in [row["name"] for row in rows]
    assert [row["name"] for row in rows if row["own"]] == ["Rotation"]
    every = call("get", f"{PATH}?revoked=true", key=manager).json()["results"]
    assert next(row for row in every if row["name"] == "Gone")["revoked_at"] is not None


def test_session__owners_alone__make_keys_and_give_power(call: Call, cast: Cast) -> None:
    headers = {"X-OneAsk-App": "acme/shop"}
    sent = {"kind": "sk", "name": "Mine", "manages_keys": True}
    for person, status in ((cast.bob, 403), (cast.carol, 403), (cast.alice, 201)):
        client = Client()
        client.force_login(person)
        answer = client.post(PATH, sent, content_type="application/json", headers=headers)
        assert answer.status_code == status, answer.content
    key = ApiKey.objects.get(name="Mine")
    assert (key.created_by, key.manages_keys) == (cast.alice, True)


def test_every_address__wrong_key_or_method__refused(call: Call, cast: Cast, manager: str) -> None:
    own = prefix(manager)
    _, theirs = create_key(
        app=cast.mallorys_app, kind="sk", name="x", actor=cast.mallory, manages_keys=True
    )
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    assert call("get", f"{PATH}/{own}", key=theirs).status_code == 404
    assert call("delete", f"{PATH}/{own}", key=theirs).status_code == 404
    assert call("get", f"{PATH}/nothing").status_code == 404
    for where in (PATH, f"{PATH}/{own}"):
        assert call("get", where, key=publishable).status_code == 403
        assert call("get", where, key="").status_code == 401
        assert call("put", where, {}).status_code == 405
    assert [row["name"] for row in call("get", PATH, key=theirs).json()["results"]] == ["x"]
