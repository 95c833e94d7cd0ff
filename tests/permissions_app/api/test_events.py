"""`/api/v1/manage/events`: following what arrives, told once and nothing left out."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from django.test import Client
from psycopg.conninfo import make_conninfo

from permissions_app.models import App, Event, EventKey
from permissions_app.services.ingest import ingest
from permissions_app.services.keys import create_key
from tests.factories import Cast, make_cast, make_moment

PATH = "/api/v1/manage/events"
pytestmark = pytest.mark.django_db(transaction=True)
Get = Callable[..., Any]


@pytest.fixture
def cast() -> Iterator[Cast]:
    """The cast, committed: a tail sees what other transactions have stored."""
    yield make_cast()
    for model in (Event, EventKey):  # tables that the test runner does not know of
        model.objects.all().delete()


@pytest.fixture
def get(cast: Cast, settings: Any) -> Get:
    """Ask with the key of the shop, as often as one likes."""
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "manage": 0}
    _, secret = create_key(app=cast.app, kind="sk", name="tests", actor=None)

    def ask(query: str = "", *, key: str = secret) -> Any:
        return Client().get(f"{PATH}?{query}", headers={"Authorization": f"Bearer {key}"})

    return ask


def send(app: App, device: str, kind: str = "session_started", *, ago: int = 0, **more: Any) -> str:
    """An event that arrives `ago` seconds before now; its id."""
    received = datetime.now(UTC) - timedelta(seconds=ago)
    at = int(received.timestamp() * 1000)
    entry = {"id": str(uuid.uuid4()), "device_id": device, "type": kind, "occurred_at": at, **more}
    told = ingest(app_id=app.pk, payload=json.dumps({"events": [entry]}).encode(), received=at)
    assert told.accepted == 1
    return str(entry["id"])


def ids(answer: Any) -> list[str]:
    """What was told."""
    return [event["id"] for event in answer.json()["results"]]


def follow(get: Get, after: str, wanted: int, query: str = "") -> tuple[list[str], str]:
    """Poll until so many events were told, and once more; whoever else writes (PostgreSQL's own cleaning, too) may
    make it wait.
    """
    met: list[str] = []
    until, further = time.monotonic() + 20, 1
    while further or len(met) < wanted:
        assert time.monotonic() < until, met
        further -= len(met) >= wanted
        told = get(f"after={after}{query}")
        met, after = met + ids(told), told.json()["after"]
    return met, after


@contextmanager
def another_session() -> Iterator[psycopg.Connection[Any]]:
    """Somebody else's connection, with a transaction of its own."""
    told = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    address = make_conninfo(**{name: told[name] for name in names if told.get(name)})
    with psycopg.connect(address) as other:
        yield other


def test_latest__newest_last__in_words(get: Get, cast: Cast) -> None:
    make_moment(cast.app)
    begin = get().json()["after"]
    sent = [send(cast.app, "phone", ago=ago) for ago in (3, 2)]
    sent.append(send(cast.app, "phone", "moment_reached", name="Order Placed", properties={"n": 1}))
    follow(get, begin, 3)
    told = get()
    assert ids(told) == sent
    assert ids(get("limit=1")) == sent[2:]
    last = told.json()["results"][-1]
    assert (last["device"], last["type"], last["text"]) == (
        "phone",
        "moment_reached",
        "“Order Placed”",
    )
    assert last["followed"] == ["Reached the moment “Order placed”."]
    assert last["body"]["properties"] == {"n": 1}


def test_follow__tells_each_event_once__in_pages(get: Get, cast: Cast) -> None:
    begin = get().json()["after"]
    send(cast.app, "early")
    _, after = follow(get, begin, 1)
    sent = [send(cast.app, f"d{number}") for number in range(5)]
    met, after = follow(get, after, 5, "&limit=2")
    assert met == sent
    later = send(cast.app, "d9")
    assert follow(get, after, 1)[0] == [later]


def test_follow__a_slow_request__is_told_when_it_is_stored_though_later_ones_were_told(
    get: Get, cast: Cast
) -> None:
    begin = get().json()["after"]
    send(cast.app, "phone")
    _, after = follow(get, begin, 1)
    slow, row = str(uuid.uuid4()), "app_id, device_id, %s, type, occurred_at, received_at, body"
    insert = f"INSERT INTO permissions_app_event SELECT {row} FROM permissions_app_event WHERE app_id = %s"
    with another_session() as other:
        other.execute(insert.encode(), (slow, cast.app.pk))
        later = [send(cast.app, "other") for _ in range(3)]
        met, after = follow(get, after, 0)
        assert slow not in met
    rest, _ = follow(get, after, 4 - len(met))
    assert sorted([*met, *rest]) == sorted([slow, *later])


def test_follow__an_event_that_arrived_long_before_a_writer_ended__is_told(
    get: Get, cast: Cast
) -> None:
    after = get().json()["after"]
    with another_session() as other:
        other.execute(
            "SELECT pg_current_xact_id()"
        )  # a transaction that writes, and takes its time
        for _ in range(4):
            after = get(f"after={after}").json()["after"]
        sent = send(cast.app, "phone", ago=60)
        for _ in range(4):
            told = get(f"after={after}")
            assert ids(told) == []
            after = told.json()["after"]
    assert follow(get, after, 1)[0] == [sent]


def test_follow__given_back__is_not_told(get: Get, cast: Cast) -> None:
    after = get().json()["after"]
    with transaction.atomic():
        send(cast.app, "phone")
        transaction.set_rollback(True)
    kept = send(cast.app, "phone")
    assert follow(get, after, 1)[0] == [kept]


def test_filters__type_and_device__alone(get: Get, cast: Cast) -> None:
    after = get().json()["after"]
    first = send(cast.app, "phone")
    second = send(cast.app, "tablet", "never_ask")
    follow(get, after, 2)
    for begin in ("", f"after={after}&"):
        assert ids(get(f"{begin}device=phone")) == [first]
        assert ids(get(f"{begin}type=never_ask")) == [second]
        assert ids(get(f"{begin}type=never_ask&device=phone")) == []


def test_refused__entries_are_told_once_beside_the_events(get: Get, cast: Cast) -> None:
    begin = get().json()["after"]
    for kind, ident in (("nonsense", str(uuid.uuid4())), ("never_ask", "x")):
        entry = {"id": ident, "device_id": "phone", "type": kind, "occurred_at": 0}
        payload = json.dumps({"events": [entry]}).encode()
        received = int(time.time() * 1000)
        assert ingest(app_id=cast.app.pk, payload=payload, received=received).rejected
    send(cast.app, "phone")
    met: list[dict[str, Any]] = []
    after, until = begin, time.monotonic() + 20
    while len(met) < 2 and time.monotonic() < until:
        told = get(f"after={after}").json()
        met, after = met + told["refused"], told["after"]
    assert [(one["device"], one["type"], one["code"]) for one in met] == [
        ("phone", "nonsense", "unknown_type"),
        ("phone", "never_ask", "invalid_id"),
    ]
    assert get(f"after={after}").json()["refused"] == []
    assert len(get("type=never_ask").json()["refused"]) == 1
    assert get(f"after={begin}&device=other").json()["refused"] == []


def test_another_app__sees_nothing_of_it(get: Get, cast: Cast) -> None:
    _, elsewhere = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    after = get(key=elsewhere).json()["after"]
    send(cast.app, "phone")
    assert ids(get(key=elsewhere)) == []
    assert ids(get(f"after={after}", key=elsewhere)) == []


@pytest.mark.parametrize(
    "query",
    [
        "after=x",
        "after=1-2-3-4-5-6-" + "0" * 32,
        "after=9999999999999999-9999999999999999-0-1-0-0-" + "0" * 32,
        "after=0-9999999999999999-0-1-0-0-" + "f" * 32,
        "after=" + "-".join(["9" * 18] * 6) + "-" + "0" * 32,
        "type=x",
        "limit=0",
        "limit=501",
        "device=%25",
        "device=%ED%A0%80",
    ],
)
def test_nonsense__422_and_the_field(get: Get, cast: Cast, query: str) -> None:
    told = get(query)
    if query.startswith("after=1-2"):  # a place of long ago, but a place
        assert told.status_code in (200, 422)
        return
    assert told.status_code == 422, told.content
    assert told.json()["errors"][0]["field"] == query.partition("=")[0]


def test_doors__no_key_publishable_key_and_wrong_method(get: Get, cast: Cast) -> None:
    _, public = create_key(app=cast.app, kind="pk", name="web", actor=None)
    assert get(key="sk_nobody_x").status_code == 401
    assert get(key=public).status_code == 403
    headers = {"Authorization": f"Bearer {public}"}
    assert Client().delete(PATH, headers=headers).status_code in (403, 405)
