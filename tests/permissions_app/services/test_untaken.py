"""What is kept of entries that were not stored: little, bounded, printable."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from permissions_app.models import UntakenEntry
from permissions_app.services import untaken
from permissions_app.services.arrivals import BatchError, Untaken
from permissions_app.services.ingest import ingest
from permissions_app.services.segment import arrivals_of, read_call
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture(autouse=True)
def full_bucket() -> None:
    untaken._full_at.clear()


def send(cast: Cast, *events: dict[str, Any]) -> None:
    now = int(time.time() * 1000)
    payload = json.dumps({"events": list(events)}).encode()
    ingest(app_id=cast.app.pk, payload=payload, received=now)


def event(**fields: Any) -> dict[str, Any]:
    usual = {"id": str(uuid.uuid4()), "device_id": "d", "occurred_at": int(time.time() * 1000)}
    return {**usual, "type": "session_started", **fields}


def test_refused__kept_with_device_type_and_code(cast: Cast) -> None:
    send(cast, event(type="begun"), event())
    kept = UntakenEntry.objects.get()
    assert (kept.device_key, kept.type, kept.code) == ("d", "begun", "unknown_type")
    assert "'begun'" in kept.detail


def test_repeated__in_a_batch_and_later__kept_as_duplicates(cast: Cast) -> None:
    one = event()
    send(cast, one, one)
    send(cast, one)
    assert list(UntakenEntry.objects.values_list("code", flat=True)) == ["duplicate"] * 2


def test_taken__nothing_is_kept(cast: Cast) -> None:
    send(cast, event(), event(type="moment_reached", name="Nobody wants it"))
    assert not UntakenEntry.objects.exists()


@pytest.mark.parametrize(
    "bad",
    [
        {"device_id": "\x00<b>", "type": "\x00\ud800"},
        {"device_id": 5, "type": ["x"]},
        {"device_id": "x" * 5000, "type": "y" * 5000, "id": "\u202e" * 90},
        {"properties": {"a": {"b": 10**400}}, "id": None},
    ],
)
def test_hostile__kept_in_plain_and_short_texts(cast: Cast, bad: dict[str, Any]) -> None:
    send(cast, event(**bad))
    kept = UntakenEntry.objects.get()
    for text, longest in ((kept.type, 64), (kept.event_id, 64), (kept.detail, 300)):
        assert text.isprintable()
        assert len(text) <= longest
    assert kept.device_key in ("d", "")


def test_many_in_a_batch__the_first_five(cast: Cast) -> None:
    send(cast, *[event(type=f"t{n}") for n in range(30)])
    assert list(UntakenEntry.objects.order_by("pk").values_list("type", flat=True)) == [
        f"t{n}" for n in range(5)
    ]


def test_many_batches__bounded_in_a_moment_and_for_ever(cast: Cast) -> None:
    for _ in range(60):
        send(cast, event(type="x"))
    assert 20 <= UntakenEntry.objects.count() < 60
    rows = [Untaken("", "", str(n), "c") for n in range(5)]
    for number in range(untaken.MOST_KEPT // 5 + 10):
        untaken._full_at.clear()
        untaken.keep(app_id=cast.app.pk, untaken=rows, received=number * 1000)
    assert UntakenEntry.objects.count() <= untaken.MOST_KEPT + 5


def test_call__that_cannot_be_read__kept_without_a_device(cast: Cast) -> None:
    error = BatchError(400, "invalid_json", "the body is not JSON")
    untaken.keep_call(app_id=cast.app.pk, error=error, received=0)
    kept = UntakenEntry.objects.get()
    assert (kept.code, kept.device_key) == ("invalid_json", "")


def test_segment__refused_message__kept_by_its_own_names() -> None:
    body = {"batch": [{"type": "track", "event": 5, "anonymousId": "a", "messageId": "m"}]}
    call = read_call(payload=json.dumps(body).encode(), kind=None)
    (kept,) = arrivals_of(call=call, received=0).untaken
    assert (kept.id, kept.device, kept.code) == ("m", "a", "missing_field")


def test_trim__old_ones_go(cast: Cast) -> None:
    send(cast, event(type="x"))
    assert untaken.trim() == 0
    UntakenEntry.objects.update(received_at="2020-01-01T00:00:00Z")
    assert untaken.trim() == 1
