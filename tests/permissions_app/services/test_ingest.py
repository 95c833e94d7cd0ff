"""Taking batches: what is stored, what is counted, what is refused."""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import Any

import pytest

from permissions_app.models import App, Device, Event, EventKey, SeenEvent
from permissions_app.services.arrivals import BatchError
from permissions_app.services.ingest import Receipt, ingest
from tests.factories import make_cast, make_moment

NOW = int(datetime(2026, 6, 1, 12, tzinfo=UTC).timestamp() * 1000)
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with one moment: orders of 20 or more."""
    app = make_cast().app
    make_moment(
        app,
        key="order_placed",
        event_name="Order Placed",
        conditions=[{"property": "total", "op": "gte", "value": 20}],
    )
    return app


def event(**fields: Any) -> dict[str, Any]:
    """A valid event, with what a test wants to be different."""
    entry = {
        "id": str(uuid.uuid4()),
        "device_id": "device-1",
        "type": "session_started",
        "occurred_at": NOW - 1000,
    }
    return {**entry, **fields}


def send(app: App, *entries: Any, **batch: Any) -> Receipt:
    """Send a batch that arrives at NOW."""
    payload = json.dumps({"events": list(entries), **batch}).encode()
    return ingest(app_id=app.pk, payload=payload, received=NOW)


def test_ingest__valid_event__is_stored_once_and_folded(app: App) -> None:
    receipt = send(app, event(platform="ios", os_version="17.0", session_index=3))
    assert (receipt.accepted, receipt.duplicates, receipt.rejected) == (1, 0, [])
    stored = Event.objects.get(app_id=app.pk)
    assert stored.body == {"platform": "ios", "os_version": "17.0", "session_index": 3}
    assert Device.objects.get(app=app).facts["sessions"] == 3


@pytest.mark.parametrize(
    ("change", "what"),
    [({}, "the same again"), ({"occurred_at": NOW - 9}, "time"), ({"device_id": "d2"}, "device")],
)
def test_ingest__same_id_again__is_a_duplicate(app: App, change: dict[str, Any], what: str) -> None:
    entry = event()
    assert send(app, entry).accepted == 1
    receipt = send(app, {**entry, **change})
    assert (receipt.accepted, receipt.duplicates) == (0, 1), what
    assert Event.objects.filter(app_id=app.pk).count() == 1
    assert EventKey.objects.filter(app_id=app.pk).count() == 1


def test_ingest__same_id_twice_in_a_batch__counts_once(app: App) -> None:
    entry = event()
    receipt = send(app, entry, {**entry, "id": entry["id"].upper()})
    assert (receipt.accepted, receipt.duplicates) == (1, 1)


def test_ingest__same_id_in_two_apps__are_two_events(app: App) -> None:
    other = App.objects.exclude(pk=app.pk).get()
    entry = event()
    assert send(app, entry).accepted == send(other, entry).accepted == 1


def test_ingest__moment_matches__is_stored_with_its_key(app: App) -> None:
    send(app, event(type="moment_reached", name="Order Placed", properties={"total": 20}))
    assert Event.objects.get(app_id=app.pk).body["moments"] == ["order_placed"]
    assert Device.objects.get(app=app).facts["moments"]["order_placed"]["count"] == 1


def test_ingest__no_moment_matches__only_the_name_is_counted(app: App) -> None:
    receipt = send(
        app,
        event(type="moment_reached", name="Order Placed", properties={"total": 19}),
        event(type="moment_reached", name="Page Seen"),
        event(type="moment_reached", name="Page Seen"),
    )
    assert receipt.accepted == 3
    assert not Event.objects.filter(app_id=app.pk).exists()
    assert dict(SeenEvent.objects.values_list("name", "count")) == {
        "Order Placed": 1,
        "Page Seen": 2,
    }


def test_ingest__client_claims_moments__is_not_believed(app: App) -> None:
    send(app, event(moments=["order_placed"]))
    assert "moments" not in Event.objects.get(app_id=app.pk).body


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"id": "1"}, "invalid_id"),
        ({"id": None}, "invalid_field"),
        ({"device_id": ""}, "invalid_device_id"),
        ({"device_id": "a b"}, "invalid_device_id"),
        ({"device_id": "x" * 129}, "invalid_device_id"),
        ({"device_id": "é"}, "invalid_device_id"),
        ({"type": "bogus"}, "unknown_type"),
        ({"type": "moment_reached"}, "missing_field"),
        ({"type": "native_prompt_answered"}, "missing_field"),
        ({"type": "permission_status"}, "missing_field"),
        ({"occurred_at": "yesterday"}, "invalid_time"),
        ({"occurred_at": "2026-06-01T11:00:00"}, "invalid_time"),
        ({"occurred_at": NOW + 86_400_001}, "occurred_at_in_future"),
        ({"occurred_at": NOW - 401 * 86_400_000}, "occurred_at_too_old"),
        ({"occurred_at": 10**30}, "occurred_at_in_future"),
        ({"occurred_at": True}, "invalid_field"),
        ({"session_index": -1}, "invalid_field"),
        ({"session_index": 10**400}, "invalid_field"),
        ({"platform": "symbian"}, "invalid_field"),
        ({"os_version": "x" * 65}, "invalid_field"),
        ({"app_version": "nul \u0000"}, "nul_character"),
        ({"properties": {"x": "y" * 40_000}}, "too_large"),
        ({"permission": {"library": "ios"}}, "invalid_field"),
    ],
)
def test_ingest__bad_event__is_refused_with_a_code_and_its_neighbours_land(
    app: App, change: dict[str, Any], code: str
) -> None:
    bad = event(**change)
    receipt = send(app, event(), bad, event())
    assert receipt.accepted == 2
    assert [(r.index, r.code) for r in receipt.rejected] == [(1, code)]
    assert receipt.rejected[0].detail
    assert receipt.rejected[0].id == bad["id"]


@pytest.mark.parametrize("entry", [None, 7, "text", [], [{}], {}])
def test_ingest__entry_that_is_no_event__is_refused_alone(app: App, entry: Any) -> None:
    receipt = send(app, entry, event())
    assert receipt.accepted == 1
    assert [r.index for r in receipt.rejected] == [0]


def test_ingest__backslash_before_u0000__is_not_a_nul(app: App) -> None:
    assert send(app, event(app_version="\\u0000")).accepted == 1


@pytest.mark.parametrize(
    "text", ['"\\ud800"', "NaN", "-Infinity", "[" * 9_000 + "]" * 9_000, '"a, ] } \\" \\u12"']
)
def test_ingest__entry_that_is_not_valid_json__loses_no_neighbour(app: App, text: str) -> None:
    good, bad = json.dumps(event()), json.dumps(event(properties={"x": "HERE"}))
    payload = f'{{"events": [{good}, {bad.replace(chr(34) + "HERE" + chr(34), text)}]}}'
    receipt = ingest(app_id=app.pk, payload=payload.encode(), received=NOW)
    assert receipt.accepted == 1
    assert [(r.index, r.code) for r in receipt.rejected] == [(1, "invalid_json")]


@pytest.mark.parametrize(
    ("payload", "code"),
    [
        (b"", "invalid_json"),
        (b"{", "invalid_json"),
        (b"[]", "invalid_batch"),
        (b'{"events": {}}', "invalid_batch"),
        (b'{"events": [], "sent_at": "noon"}', "invalid_sent_at"),
        (b"[" * 200_000, "invalid_batch"),
        (b'{"events": ' + b"[" * 200_000, "invalid_json"),
        (b'{"events": [{}, }', "invalid_json"),
        (b'{"events": [NaN] and more}', "invalid_json"),
    ],
)
def test_ingest__body_that_is_no_batch__is_refused_whole(
    app: App, payload: bytes, code: str
) -> None:
    with pytest.raises(BatchError) as refused:
        ingest(app_id=app.pk, payload=payload, received=NOW)
    assert (refused.value.code, refused.value.status) == (code, 400)


def test_ingest__too_many_events__is_refused_whole(app: App) -> None:
    with pytest.raises(BatchError) as refused:
        send(app, *[event()] * 2_501)
    assert (refused.value.code, refused.value.status) == ("too_many_events", 413)


def test_ingest__clock_an_hour_ahead__is_corrected_by_sent_at(app: App) -> None:
    hour = 3_600_000
    send(app, event(occurred_at=NOW + hour - 5_000), sent_at=NOW + hour)
    assert Device.objects.get(app=app).facts["last_at"] == NOW - 5_000


def test_ingest__small_difference_of_clocks__is_left_alone(app: App) -> None:
    send(app, event(occurred_at=NOW - 5_000), sent_at=NOW - 10_000)
    assert Device.objects.get(app=app).facts["last_at"] == NOW - 5_000


def test_ingest__event_older_than_the_last__tells_the_story_again(app: App) -> None:
    shown = event(type="redirect_shown", occurred_at=NOW - 3_000)
    send(app, event(type="never_ask", occurred_at=NOW - 1_000))
    send(app, shown)
    facts = Device.objects.get(app=app).facts
    assert (facts["redirects_shown"], facts["first_seen_at"]) == (1, NOW - 3_000)
    assert facts["last_at"] == NOW - 1_000
