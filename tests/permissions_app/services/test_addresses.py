"""How to reach a device: what is kept of it, what is not, and what it costs."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.db import connection

from permissions_app.models import App, Device, DeviceAddress, Event, Rollup
from permissions_app.selectors import raw
from permissions_app.services import addresses
from permissions_app.services.erase import forget_device, lock_device
from permissions_app.services.ingest import Receipt, ingest, take
from permissions_app.services.rebuild import audit, rebuild
from permissions_app.services.rollups import fold_queue
from permissions_app.services.segment import arrivals_of, read_call
from tests.factories import make_cast, make_moment

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
APNS = "ab" * 32
FCM = "cXy:APA91b-hello_world-0123456789"
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with one moment: orders."""
    app = make_cast().app
    make_moment(app, key="order_placed", event_name="Order Placed")
    return app


def event(**fields: Any) -> dict[str, Any]:
    """A session of device-1, with what a test wants to be different."""
    entry = {
        "id": str(uuid.uuid4()),
        "device_id": "device-1",
        "type": "session_started",
        "occurred_at": NOW - 1000,
    }
    return {**entry, **fields}


def send(app: App, *entries: dict[str, Any]) -> Receipt:
    """A batch that arrives at NOW."""
    payload = json.dumps({"events": list(entries)}).encode()
    return ingest(app_id=app.pk, payload=payload, received=NOW)


def segment(app: App, *messages: dict[str, Any]) -> Receipt:
    """The same through Segment's protocol."""
    body = json.dumps({"batch": [{"messageId": str(uuid.uuid4()), **it} for it in messages]})
    call = read_call(payload=body.encode(), kind=None)
    return take(app_id=app.pk, found=arrivals_of(call=call, received=NOW), received=NOW)


def kept(app: App, device: str = "device-1") -> tuple[str, str, str] | None:
    """(external id, token, kind) of a device; None where nothing is kept."""
    return (
        DeviceAddress.objects.filter(device__app=app, device__key=device)
        .values_list("external_id", "push_token", "token_kind")
        .first()
    )


def test_event__tells_push__is_kept_beside_the_device_and_not_in_the_event(app: App) -> None:
    told = {"external_id": "customer-42", "token": APNS}
    receipt = send(app, event(platform="ios", push=told))
    assert (receipt.accepted, receipt.rejected) == (1, [])
    assert kept(app) == ("customer-42", APNS, "apns")
    assert Event.objects.get(app_id=app.pk).body == {"platform": "ios"}
    assert APNS not in json.dumps(Device.objects.get(app=app).facts)


def test_later_word__counts_for_each_of_the_two_apart(app: App) -> None:
    send(app, event(occurred_at=NOW - 10, push={"token": FCM}))
    send(app, event(occurred_at=NOW - 30, push={"token": APNS, "external_id": "old"}))
    assert kept(app) == ("old", FCM, "fcm")


@pytest.mark.parametrize("gone", [None, ""])
def test_null__signed_out_and_token_taken_away__nothing_is_left(app: App, gone: Any) -> None:
    send(app, event(occurred_at=NOW - 10, push={"token": gone, "external_id": gone}))
    send(app, event(occurred_at=NOW - 30, push={"token": FCM, "external_id": "customer-42"}))
    assert kept(app) == ("", "", "")


def test_identify__unknown_device__becomes_known_and_nothing_happened(app: App) -> None:
    receipt = send(app, event(type="identify", push={"external_id": "customer-42"}))
    assert (receipt.accepted, receipt.duplicates) == (1, 0)
    assert kept(app) == ("customer-42", "", "")
    assert Device.objects.get(app=app).facts == {}
    assert not Event.objects.filter(app_id=app.pk).exists()


def test_identify__unknown_device__counts_nowhere(app: App) -> None:
    send(app, event(platform="ios"))
    fold_queue(app_id=app.pk)
    before = list(Rollup.objects.filter(app=app).values_list("measure", "n"))
    send(app, event(device_id="device-2", type="identify", push={"token": FCM}))
    fold_queue(app_id=app.pk)
    assert list(Rollup.objects.filter(app=app).values_list("measure", "n")) == before
    assert audit(app_id=app.pk, start=0) == []
    *_, last = rebuild(app_id=app.pk)
    assert (last.facts_changed, last.cells_changed) == (0, 0)
    assert kept(app, "device-2") == ("", FCM, "fcm")


def test_identify__known_device__moves_no_fact(app: App) -> None:
    send(app, event(occurred_at=NOW - 9_000))
    before = Device.objects.get(app=app).facts
    send(app, event(type="identify", push={"token": FCM}))
    assert Device.objects.get(app=app).facts == before
    assert kept(app) == ("", FCM, "fcm")


def test_moment_that_nobody_wants__its_push_is_kept_all_the_same(app: App) -> None:
    send(app, event(type="moment_reached", name="Cart Opened", push={"token": FCM}))
    assert kept(app) == ("", FCM, "fcm")


@pytest.mark.parametrize(
    "push",
    [
        {"token": "short"},
        {"token": "has a space in it"},
        {"token": "ä" * 30},
        {"token": "x" * 2_049},
        {"token": 7},
        {"external_id": "x" * 256},
        {"external_id": " padded"},
        {"external_id": "two\nlines"},
        {"external_id": "\ud800"},
        {"external_id": "a\u202eb"},
        {"token": FCM, "kind": "pigeon"},
        [],
        "token",
    ],
)
def test_push__nobody_could_be_reached_by_it__refused_alone(app: App, push: Any) -> None:
    receipt = send(app, event(push=push), event())
    assert receipt.accepted == 1
    assert [it.code for it in receipt.rejected] in (["invalid_field"], ["invalid_json"])
    assert kept(app) is None


def test_identify__without_push__refused(app: App) -> None:
    assert [it.code for it in send(app, event(type="identify")).rejected] == ["missing_field"]


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({"platform": "ios", "push": {"token": APNS}}, "apns"),
        ({"platform": "ios", "push": {"token": FCM}}, "fcm"),
        ({"platform": "android", "push": {"token": APNS}}, "fcm"),
        ({"push": {"token": APNS}}, "apns"),
        ({"push": {"token": "https://push.example.com/send/1"}}, "web"),
        ({"platform": "web", "push": {"token": '{"endpoint":"https://a/1"}'}}, "web"),
        ({"platform": "ios", "push": {"token": APNS, "kind": "fcm"}}, "fcm"),
    ],
)
def test_kind__told_or_from_the_token(app: App, fields: dict[str, Any], kind: str) -> None:
    send(app, event(**fields))
    found = kept(app)
    assert found is not None
    assert found[2] == kind


# -- Segment's clients -------------------------------------------------------------------------------

PHONE = {"os": {"name": "iOS"}, "device": {"id": "device-1", "type": "ios", "token": APNS}}


def test_segment_identify__user_and_token__no_event(app: App) -> None:
    receipt = segment(app, {"type": "identify", "userId": "customer-42", "context": PHONE})
    assert (receipt.accepted, receipt.rejected) == (1, [])
    assert kept(app) == ("customer-42", APNS, "apns")
    assert not Event.objects.filter(app_id=app.pk).exists()


def test_segment_track__any_message__tells_both(app: App) -> None:
    segment(app, {"type": "track", "event": "Cart Opened", "userId": 42, "context": PHONE})
    assert kept(app) == ("42", APNS, "apns")


def test_segment_server__names_a_person_only__makes_no_device_known(app: App) -> None:
    segment(app, {"type": "identify", "userId": "customer-42"})
    assert not Device.objects.filter(app=app).exists()
    segment(app, {"type": "track", "event": "Order Placed", "userId": "customer-42"})
    assert kept(app, "customer-42") == ("customer-42", "", "")


@pytest.mark.parametrize(
    "odd",
    [
        {"userId": "x" * 300},
        {"userId": "  "},
        {"userId": True},
        {"context": {"device": {"token": 7}}},
        {"context": {"device": {"token": "short"}}},
        {"context": {"device": 3}},
    ],
)
def test_segment__unfit_id_or_token__passed_over_and_the_event_stays(
    app: App, odd: dict[str, Any]
) -> None:
    receipt = segment(
        app, {"type": "track", "event": "Order Placed", "anonymousId": "device-1", **odd}
    )
    assert (receipt.accepted, receipt.rejected) == (1, [])
    assert kept(app) is None


# -- what it costs, and where it goes ------------------------------------------------------------------


def test_batch_that_tells_nothing__not_one_statement_more(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    statements: list[str] = []
    run = raw.execute

    def noted(statement: str, parameters: Any = None) -> Any:
        statements.append(statement)
        return run(statement, parameters)

    monkeypatch.setattr(raw, "execute", noted)
    send(app, event())
    plain = len(statements)
    assert addresses.KEEP not in statements
    statements.clear()
    send(app, event(push={"token": FCM}), event(device_id="device-1", push={"external_id": "a"}))
    assert statements.count(addresses.KEEP) == 1
    assert len(statements) <= plain + 1


def test_device__deleted_in_sql__its_address_goes_too(app: App) -> None:
    send(app, event(push={"token": FCM}))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM permissions_app_device WHERE app_id = %s", [app.pk])
    assert not DeviceAddress.objects.exists()


@pytest.mark.parametrize("kind", ["identify", "session_started"])
def test_erased_device__what_was_told_before__does_not_come_back(app: App, kind: str) -> None:
    forgotten = event(occurred_at=NOW - 20, push={"token": FCM, "external_id": "customer-42"})
    send(app, forgotten)
    device = lock_device(app_id=app.pk, key="device-1")
    assert device is not None
    forget_device(app_id=app.pk, device_id=device, key="device-1", now=NOW - 10)
    send(app, event(type=kind, occurred_at=NOW - 15, push={"token": FCM, "external_id": "a"}))
    assert kept(app) is None
    send(app, event(type=kind, occurred_at=NOW - 5, push={"external_id": "a"}))
    assert kept(app) == ("a", "", "")


def test_app__deleted__addresses_go_too(app: App) -> None:
    send(app, event(push={"token": FCM}))
    Device.objects.filter(app=app).delete()
    assert not DeviceAddress.objects.exists()
