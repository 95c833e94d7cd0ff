"""Counting and sampling what arrives."""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connection

from permissions_app.models import App, SeenEvent, SeenSample
from permissions_app.services import seen
from permissions_app.services.ingest import ingest
from permissions_app.tasks import trim_samples
from tests.factories import make_cast, make_moment

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with one moment: orders."""
    app = make_cast().app
    make_moment(app)
    return app


@pytest.fixture(autouse=True)
def fresh_process() -> Iterator[None]:
    """As if nothing had been sampled or buffered yet."""
    seen._sampled.clear()
    seen._buffer.clear()
    yield
    seen._sampled.clear()
    seen._buffer.clear()


def event(name: str, **fields: Any) -> dict[str, Any]:
    told = {"id": str(uuid.uuid4()), "device_id": "device-1", "type": "moment_reached"}
    return {**told, "name": name, "occurred_at": NOW - 1000, **fields}


def send(app: App, *entries: dict[str, Any]) -> None:
    payload = json.dumps({"events": list(entries)}).encode()
    ingest(app_id=app.pk, payload=payload, received=NOW)


def counts(app: App) -> dict[tuple[str, str], int]:
    rows = SeenEvent.objects.filter(app=app).values_list("name", "day", "count")
    return {(name, str(day)): n for name, day, n in rows}


def test_seen__matched_and_not__are_counted_by_name_and_day(app: App) -> None:
    day = 86_400_000
    send(app, event("Order Placed"), event("Order Placed"), event("Menu Viewed"))
    send(app, event("Menu Viewed"), event("Menu Viewed", occurred_at=NOW - day))
    send(app, {**event("x"), "type": "session_started"})
    assert counts(app) == {
        ("Order Placed", "2026-06-01"): 2,
        ("Menu Viewed", "2026-06-01"): 2,
        ("Menu Viewed", "2026-05-31"): 1,
    }


def test_seen__matched_event_sent_again__counts_once(app: App) -> None:
    order = event("Order Placed")
    send(app, order)
    send(app, order, event("Order Placed"))
    assert counts(app) == {("Order Placed", "2026-06-01"): 2}


def test_samples__one_batch__one_a_name_without_device_or_person(app: App) -> None:
    send(
        app,
        event("Order Placed", properties={"total": 5, "email": "a@example.com", "items": [1]}),
        event("Order Placed", properties={"total": 6}),
        event("Menu Viewed"),
    )
    rows = {row.name: row for row in SeenSample.objects.filter(app=app)}
    assert SeenSample.objects.count() == 2
    assert rows["Order Placed"].properties == {"total": 5}
    assert rows["Menu Viewed"].properties == {}
    assert rows["Order Placed"].at == datetime.fromtimestamp(NOW / 1000 - 1, UTC)


def test_samples__enough_taken__then_one_a_minute(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "SAMPLES_KEPT", 3)
    for _ in range(6):
        send(app, event("Order Placed", properties={"total": 5}))
    assert SeenSample.objects.count() == 3
    monkeypatch.setattr(time, "monotonic", lambda before=time.monotonic: before() + 61)
    send(app, event("Order Placed"))
    assert SeenSample.objects.count() == 4


def test_samples__very_many_names__memory_is_bounded(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "NAMES_REMEMBERED", 10)
    send(app, *(event(f"Event {n}") for n in range(35)))
    assert len(seen._sampled) <= 10
    assert len(counts(app)) == 35


def test_samples__hostile_values__do_not_stop_the_counting(app: App) -> None:
    nasty = {"big": 10**30, "deep": {"a": [{}]}, "e": 1e300, "text": "'; DROP TABLE x; --"}
    send(app, event("Order Placed", properties=nasty))
    assert SeenSample.objects.get().properties == {"text": "'; DROP TABLE x; --"}
    assert counts(app) == {("Order Placed", "2026-06-01"): 1}


def test_flush__app_is_gone__is_dropped_and_the_rest_written(app: App) -> None:
    batch = seen._Batch(999_999, {("Order Placed", 20_000): 1}, [("Order Placed", NOW, {})])
    seen._buffer.append(batch)
    send(app, event("Menu Viewed"))
    assert counts(app) == {("Menu Viewed", "2026-06-01"): 1}
    assert not seen._buffer


def test_flush__database_away__keeps_the_batches(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    seen._buffer.append(seen._Batch(app.pk, {("A", 20_000): 1}, []))
    seen._buffer.append(seen._Batch(app.pk, {("B", 20_000): 1}, []))
    with monkeypatch.context() as away:
        away.setattr(seen, "COUNT", "SELECT pg_sleep(9), %s::text")
        connection.cursor().execute("SET LOCAL statement_timeout = 20")
        with pytest.raises(psycopg.OperationalError):
            seen.flush()
    assert [next(iter(batch.counts))[0] for batch in seen._buffer] == ["A", "B"]


def test_trim__newest_of_each_name_stay_and_old_ones_go(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seen, "SAMPLES_KEPT", 2)
    now = datetime.now(UTC)
    for name, days in (("A", 1), ("A", 2), ("A", 3), ("B", 4), ("B", 200)):
        SeenSample.objects.create(
            app=app, name=name, at=now - timedelta(days=days), properties={"days": days}
        )
    assert trim_samples() == 2
    left = SeenSample.objects.values_list("properties__days", flat=True)
    assert sorted(left) == [1, 2, 4]
    assert trim_samples() == 0


@pytest.mark.django_db(transaction=True)
def test_thread__writes_soon_and_survives(settings: Any) -> None:
    settings.SEEN_THREAD = True
    app = make_cast().app
    send(app, event("Menu Viewed"), event("Menu Viewed"))
    until = time.monotonic() + 20
    while not counts(app) and time.monotonic() < until:
        seen._wake.wait(0.05)
    assert counts(app) == {("Menu Viewed", "2026-06-01"): 2}
    assert seen._writing()
    seen._wake.set()
    seen._writers[-1].join(timeout=20)
    assert not seen._writing()
    seen._wake.clear()
