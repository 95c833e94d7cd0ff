"""`Idempotency-Key`: what is sent again is not done again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.utils import timezone

from permissions_app.models import App, AuditEntry, KeptAnswer
from permissions_app.services.keys import create_key
from permissions_app.services.replays import TRY_LOCK
from permissions_app.tasks import trim_samples
from tests.campaigns.api.conftest import Call
from tests.campaigns.api.test_manage_moments import moment
from tests.campaigns.api.test_manage_segments import segment
from tests.factories import Cast

PATH = "/api/v1/manage/moments"
KEY = "0b6b3f9e-5d1f-4c55-9f0e-2f4b8f6c1a77"


def test_again__same_request__same_answer_and_done_once(call: Call, app: App) -> None:
    first = call("post", PATH, moment(), Idempotency_Key=KEY)
    again = call("post", PATH, moment(), Idempotency_Key=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert again["ETag"] == first["ETag"]
    assert again["Content-Type"] == first["Content-Type"] == "application/json"
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert first["X-Request-Id"] != again["X-Request-Id"]
    assert app.moments.count() == 1
    assert AuditEntry.objects.filter(action="moment.created").count() == 1


def test_again__order_of_names_and_spaces__do_not_matter(call: Call) -> None:
    sent = moment()
    call("post", PATH, json.dumps(sent, indent=4), Idempotency_Key=KEY)
    turned = json.dumps(dict(reversed(sent.items())))
    assert call("post", PATH, turned, Idempotency_Key=KEY).status_code == 201


def test_again__other_body_or_address_or_method__422(call: Call) -> None:
    made = call("post", PATH, moment(), Idempotency_Key=KEY)
    path = f"{PATH}/order_placed"
    for method, address, body in (
        ("post", PATH, moment(name="Another")),
        ("post", f"{PATH}?x=1", moment()),
        ("post", f"{path}/status", {"status": "paused"}),
        ("put", path, moment()),
    ):
        refused = call(method, address, body, Idempotency_Key=KEY, if_match=made["ETag"])
        assert (refused.status_code, refused.json()["code"]) == (422, "key_used"), address


def test_again__refused_at_first__judged_anew(call: Call, app: App) -> None:
    assert call("post", PATH, moment(name=""), Idempotency_Key=KEY).status_code == 422
    assert not KeptAnswer.objects.exists()
    assert call("post", PATH, moment(), Idempotency_Key=KEY).status_code == 201


def test_again__delete__204_twice(call: Call) -> None:
    call("post", "/api/v1/manage/segments", segment())
    path = "/api/v1/manage/segments/denied-people"
    answers = [call("delete", path, Idempotency_Key=KEY) for _ in range(2)]
    assert [(it.status_code, it.content) for it in answers] == [(204, b""), (204, b"")]
    assert call("delete", path).status_code == 404


def test_again__key_of_another_app__is_another_key(call: Call, cast: Cast) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    assert call("post", PATH, moment(), Idempotency_Key=KEY).status_code == 201
    assert call("post", PATH, moment(), Idempotency_Key=KEY, key=theirs).status_code == 201
    assert cast.mallorys_app.moments.count() == 1


def test_again__by_another_key_of_the_same_app__422_and_nothing_told(call: Call, app: App) -> None:
    _, other = create_key(app=app, kind="sk", name="other", actor=None)
    assert call("post", PATH, moment(), Idempotency_Key=KEY).status_code == 201
    refused = call("post", PATH, moment(), Idempotency_Key=KEY, key=other)
    assert (refused.status_code, refused.json()["code"]) == (422, "key_used")


@pytest.mark.parametrize("sent", ["", "two words", "x" * 201, "é"])
def test_key__of_another_form__422(call: Call, sent: str) -> None:
    refused = call("post", PATH, moment(), Idempotency_Key=sent)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "Idempotency-Key"


def test_key__of_a_read__passed_over(call: Call) -> None:
    assert call("get", PATH, Idempotency_Key="two words").status_code == 200
    assert not KeptAnswer.objects.exists()


def test_kept__nothing_of_the_answer_is_readable(call: Call) -> None:
    call("post", PATH, moment(name="Very secret name"), Idempotency_Key=KEY)
    kept = KeptAnswer.objects.get()
    assert "secret" not in kept.sealed
    assert b"secret" not in bytes(kept.fingerprint)


def test_kept__with_another_secret_key__not_done_again(call: Call, settings: Any) -> None:
    call("post", PATH, moment(), Idempotency_Key=KEY)
    settings.SECRET_KEY = "another one"
    refused = call("post", PATH, moment(), Idempotency_Key=KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "answer_lost")


def test_kept__a_day__then_forgotten(call: Call, app: App) -> None:
    call("post", PATH, moment(), Idempotency_Key=KEY)
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=23, minutes=59))
    trim_samples()
    assert call("post", PATH, moment(), Idempotency_Key=KEY)["Idempotency-Replayed"] == "true"
    KeptAnswer.objects.update(at=timezone.now() - timedelta(hours=24))
    again = call("post", PATH, moment(), Idempotency_Key=KEY)
    assert again.status_code == 422, "it was done again, and the key of the moment is taken"
    assert trim_samples() == 1
    assert not KeptAnswer.objects.exists()


@pytest.fixture
def other_process(transactional_db: None) -> Iterator[psycopg.Connection[Any]]:
    """The database connection of another web process, in a transaction."""
    told = connection.get_connection_params()
    told = {
        name: told[name]
        for name in ("dbname", "user", "host", "port", "password")
        if told.get(name)
    }
    there = psycopg.connect(**told)
    yield there
    there.close()


def test_in_flight__409_until_the_process_that_holds_it_dies(
    other_process: psycopg.Connection[Any], call: Call, app: App
) -> None:
    other_process.execute(TRY_LOCK, (f"{app.pk} {KEY}",))
    refused = call("post", PATH, moment(), Idempotency_Key=KEY)
    assert (refused.status_code, refused.json()["code"]) == (409, "in_flight")
    assert call("post", PATH, moment(key="other"), Idempotency_Key="another").status_code == 201
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [other_process.info.backend_pid])
        assert cursor.fetchone() == (True,)
    assert call("post", PATH, moment(), Idempotency_Key=KEY).status_code == 201
