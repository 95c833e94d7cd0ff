"""A device that is erased leaves no trace, and no number that still counts it."""

from __future__ import annotations

import json
import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest
from django.db import connection
from psycopg.conninfo import make_conninfo

from campaigns.models import DecisionLog, SegmentMember, WebhookEndpoint, WebhookMessage
from campaigns.services import decision_log
from campaigns.services.decide import Request, answer
from campaigns.services.erase import Erased, erase_device
from campaigns.services.segments import due_looks, look
from campaigns.services.webhook_changes import tell_changes
from permissions_app.domain.events import EventContext
from permissions_app.models import (
    App,
    AuditEntry,
    ChangeNote,
    CountedDevice,
    Device,
    DeviceAddress,
    DeviceFacet,
    ErasedDevice,
    Event,
    FoldQueue,
    QuarantinedDevice,
    Rollup,
    SeenSample,
    UntakenEntry,
)
from permissions_app.selectors import raw
from permissions_app.services.erase import forget_erasures
from permissions_app.services.ingest import Receipt, ingest
from permissions_app.services.rebuild import audit, rebuild
from permissions_app.services.rollups import fold_queue
from tests.factories import Cast, make_moment, make_soft_ask, republish

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
DAY = 86_400_000
pytestmark = pytest.mark.django_db


def tell(app: App, device: str, kind: str, *, ago: int = 0, **fields: Any) -> Receipt:
    """One event of an iOS device, `ago` ms before NOW."""
    entry = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": kind,
        "occurred_at": NOW - ago,
        "platform": "ios",
        "os_version": "18.1",
        **fields,
    }
    payload = json.dumps({"events": [entry]}).encode()
    return ingest(app_id=app.pk, payload=payload, received=NOW + DAY)


def live(app: App, key: str) -> None:
    """A story with a bit of everything: a decision, a refusal, a redirect, a recovery."""
    push = {"external_id": f"user of {key}", "token": f"token-of-{key}"}
    tell(app, key, "session_started", ago=40 * DAY, session_index=3, push=push)
    tell(app, key, "moment_reached", ago=40 * DAY - 1, name="Order Placed", properties={"for": key})
    asked = Request(
        device_id=key,
        moment="order_placed",
        context=EventContext(platform="ios", os_version="18.1", session_index=3),
    )
    told = answer(app_id=app.pk, request=asked, now=NOW - 40 * DAY + 5)
    assert told.action == "soft_ask", told
    ref = {"decision_id": told.decision_id}
    tell(app, key, "soft_ask_shown", ago=40 * DAY - 10, **ref)
    tell(app, key, "soft_ask_accepted", ago=40 * DAY - 20, **ref)
    tell(app, key, "native_prompt_answered", ago=40 * DAY - 30, outcome="denied", **ref)
    answer(app_id=app.pk, request=asked, now=NOW - 39 * DAY)
    tell(app, key, "settings_opened", ago=3 * DAY)
    tell(app, key, "permission_status", ago=DAY, permission={"library": "ios", "value": 2})


def cells(app: App) -> dict[tuple[Any, ...], int]:
    """What the pages read."""
    names = ("measure", "day", "platform", "key", "arm", "age")
    rows = Rollup.objects.filter(app=app).exclude(n=0).values_list(*names, "n")
    return {row[:-1]: row[-1] for row in rows}


def count_all(app: App) -> None:
    """Fold until nothing waits."""
    while fold_queue(app_id=app.pk).notes:
        pass


@pytest.fixture
def app(cast: Cast) -> App:
    """An app with a live soft ask that shows its words to everybody it may."""
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    republish(ask, holdout=0.0, min_sessions=1)
    return cast.app


def test_erase__one_of_three__every_number_as_if_it_had_never_been(app: App, cast: Cast) -> None:
    live(app, "kept")
    live(app, "other")
    count_all(app)
    before = cells(app)
    live(app, "gone")
    count_all(app)
    assert cells(app) != before
    erased = erase_device(app=app, key="gone", actor=cast.alice, now=NOW)
    assert erased == Erased(events=7, decisions=2)
    assert cells(app) == before
    assert audit(app_id=app.pk, start=0) == []
    *_, last = rebuild(app_id=app.pk)
    assert (last.devices, last.facts_changed, last.cells_changed) == (2, 0, 0)


def test_erase__changes_waiting_to_be_counted__are_never_counted(app: App) -> None:
    live(app, "kept")
    count_all(app)
    before = cells(app)
    live(app, "gone")
    count_all(app)
    tell(app, "gone", "never_ask")
    erase_device(app=app, key="gone", actor=None, now=NOW)
    count_all(app)
    assert cells(app) == before
    assert audit(app_id=app.pk, start=0) == []


def tables_with(where: str, value: Any, *, column: str = "") -> set[str]:
    """The tables with a row where this holds; those that have this column, or all of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "AND c.relnamespace = 'public'::regnamespace AND (%s = '' OR EXISTS (SELECT FROM pg_attribute a "
            "WHERE a.attrelid = c.oid AND a.attname = %s AND NOT a.attisdropped))",
            [column, column],
        )
        names = [name for (name,) in cursor.fetchall()]
    found = (f"SELECT 1 FROM {name} AS t WHERE {where} LIMIT 1" for name in names)
    return {
        name
        for name, statement in zip(names, found, strict=True)
        if raw.execute(statement, (value,)).fetchone()
    }


def test_erase__every_table_that_knows_a_device__holds_nothing_of_it(app: App) -> None:
    key = "to-be-erased"
    WebhookEndpoint.objects.create(
        app=app, name="x", url="https://x", events=["permission.changed"], secret=""
    )
    App.objects.filter(pk=app.pk).update(notes_changes=True)
    live(app, key)
    count_all(app)
    assert tell_changes(now=datetime.fromtimestamp(NOW / 1000, UTC)) == 1
    tell(app, key, "permission_status", permission={"library": "ios", "value": 1})
    count_all(app)
    tell(app, key, "never_ask")
    assert tell(app, key, "nonsense").rejected
    for where, segment in due_looks(day=NOW // DAY):
        look(app_id=where, key=segment, day=NOW // DAY, now=datetime.fromtimestamp(NOW / 1000, UTC))
    device = Device.objects.get(key=key).pk
    QuarantinedDevice.objects.create(app=app, device_id=device, error="x")
    by_number, by_key = ("device_id = %s", device), ("t::text LIKE %s", f"%{key}%")
    assert tables_with(*by_key) == {
        Device._meta.db_table,
        DeviceAddress._meta.db_table,
        Event._meta.db_table,
        SeenSample._meta.db_table,
        UntakenEntry._meta.db_table,
        WebhookMessage._meta.db_table,
    }
    every = tables_with("%s", True, column="device_id")
    assert tables_with(*by_number, column="device_id") == every
    assert every == {
        model._meta.db_table
        for model in (
            ChangeNote,
            CountedDevice,
            DecisionLog,
            DeviceAddress,
            DeviceFacet,
            Event,
            FoldQueue,
            QuarantinedDevice,
            SegmentMember,
        )
    }, "a new table that names devices: fill it here, and empty it in erase_device"
    erase_device(app=app, key=key, actor=None, now=NOW)
    assert tables_with(*by_number, column="device_id") == set()
    assert tables_with(*by_key) == set()


def test_erase__the_trail__says_that_and_who_but_not_which(app: App, cast: Cast) -> None:
    live(app, "somebody")
    erase_device(app=app, key="somebody", actor=cast.alice, now=NOW)
    entry = AuditEntry.objects.get(action="device.erased")
    assert (entry.actor, entry.subject) == (cast.alice, "a device of Shop")
    assert entry.changes == {"app": "shop", "events": 7, "decisions": 2}
    kept = ErasedDevice.objects.get()
    assert b"somebody" not in bytes(kept.digest)


def test_erase__unknown_or_of_another_app__nothing_happens(app: App, cast: Cast) -> None:
    live(app, "kept")
    for where, key in ((app, "nobody"), (cast.mallorys_app, "kept"), (app, "kep")):
        with pytest.raises(Device.DoesNotExist):
            erase_device(app=where, key=key, actor=None, now=NOW)
    assert Device.objects.filter(key="kept").exists()
    assert not AuditEntry.objects.filter(action="device.erased").exists()


def test_late_event__of_the_time_before_the_erasure__is_taken_and_not_stored(app: App) -> None:
    live(app, "gone")
    erase_device(app=app, key="gone", actor=None, now=NOW - DAY)
    late = tell(app, "gone", "session_started", ago=DAY)
    assert (late.accepted, late.duplicates, late.rejected) == (1, 0, [])
    named = tell(app, "gone", "moment_reached", ago=2 * DAY, name="Order Placed", properties={})
    assert named.accepted == 1
    assert not Event.objects.exists()
    device = Device.objects.get(key="gone")
    assert (device.facts, device.erased_at) == ({}, NOW - DAY)


def test_later_event__begins_anew_and_a_late_one_still_brings_nothing_back(app: App) -> None:
    live(app, "gone")
    count_all(app)
    erase_device(app=app, key="gone", actor=None, now=NOW - DAY)
    tell(app, "gone", "session_started", ago=DAY - 1)
    tell(app, "gone", "permission_status", ago=30 * DAY, permission={"library": "ios", "value": 1})
    count_all(app)
    device = Device.objects.get(key="gone")
    assert device.facts["first_seen_at"] == NOW - DAY + 1
    assert "status" not in device.facts
    assert Event.objects.count() == 1
    assert audit(app_id=app.pk, start=0) == []


def test_repeated_event__of_an_erased_device__is_a_duplicate_still(app: App) -> None:
    entry = {"id": str(uuid.uuid4()), "device_id": "gone", "type": "session_started"}
    payload = json.dumps({"events": [{**entry, "occurred_at": NOW}]}).encode()
    ingest(app_id=app.pk, payload=payload, received=NOW)
    erase_device(app=app, key="gone", actor=None, now=NOW - DAY)
    again = ingest(app_id=app.pk, payload=payload, received=NOW)
    assert (again.accepted, again.duplicates) == (0, 1)
    assert not Event.objects.exists()


def test_decision__after_the_erasure__promises_a_new_device(app: App) -> None:
    live(app, "gone")
    erase_device(app=app, key="gone", actor=None, now=NOW)
    context = EventContext(platform="ios", os_version="18.1", session_index=3)
    asked = Request(device_id="gone", moment="order_placed", context=context)
    assert answer(app_id=app.pk, request=asked, now=NOW + 5).action == "soft_ask"
    assert Device.objects.get(key="gone").erased_at == NOW


def test_erase__twice__the_later_time_counts(app: App) -> None:
    tell(app, "gone", "session_started", ago=10)
    erase_device(app=app, key="gone", actor=None, now=NOW)
    tell(app, "gone", "session_started", ago=-10)
    erase_device(app=app, key="gone", actor=None, now=NOW + 20)
    assert tell(app, "gone", "session_started", ago=-15).accepted == 1
    assert not Event.objects.exists()


def test_erasures__older_than_what_can_arrive__are_let_go(app: App) -> None:
    tell(app, "gone", "session_started")
    erase_device(app=app, key="gone", actor=None, now=NOW)
    assert forget_erasures(now=NOW + 400 * DAY) == 0
    assert forget_erasures(now=NOW + 400 * DAY + 1) == 1


def test_line_in_the_buffer__of_a_device_erased_meanwhile__is_not_written(app: App) -> None:
    live(app, "gone")
    live(app, "kept")
    lines = [
        decision_log.Line(
            id=str(uuid.uuid4()),
            app_id=app.pk,
            device_id=Device.objects.get(key=key).pk,
            at=NOW,
            moment="order_placed",
            action="none",
            reason="cooldown",
            campaign="",
            revision=0,
            variant="",
            propensity=None,
            detail={},
        )
        for key in ("gone", "kept")
    ]
    erase_device(app=app, key="gone", actor=None, now=NOW)
    decision_log._buffer.extend(lines)
    assert decision_log.flush() == 2
    written = DecisionLog.objects.filter(at=datetime.fromtimestamp(NOW / 1000, UTC))
    assert [str(line.id) for line in written] == [lines[1].id]


def _address() -> str:
    told = connection.get_connection_params()
    names = ("host", "port", "user", "password", "dbname")
    return make_conninfo(**{name: told[name] for name in names if told.get(name)})


def waiting() -> bool:
    """Whether anybody in this database waits for a lock."""
    with psycopg.connect(_address(), autocommit=True) as other:
        row = other.execute(
            "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        ).fetchone()
    return row is not None


@pytest.mark.django_db(transaction=True)
def test_erase__while_events_of_the_device_are_being_stored__takes_them_too(app: App) -> None:
    live(app, "gone")
    found: list[Erased] = []

    def erase() -> None:
        found.append(erase_device(app=app, key="gone", actor=None, now=NOW))
        connection.close()

    with psycopg.connect(_address()) as other:
        other.execute("SELECT 1 FROM permissions_app_device WHERE key = 'gone' FOR NO KEY UPDATE")
        thread = threading.Thread(target=erase)
        thread.start()
        until = time.monotonic() + 20
        while not waiting():
            assert time.monotonic() < until
        other.execute(
            "INSERT INTO permissions_app_event SELECT app_id, device_id, gen_random_uuid(), type, "
            "occurred_at, received_at, body FROM permissions_app_event LIMIT 1"
        )
    thread.join(20)
    assert [one.events for one in found] == [8]
    assert not Event.objects.exists()
