"""What hostile, broken and unlucky clients send, against the real server.

Never a 500: always a clear 4xx, or a rejection of the one entry that is wrong. And never a lost neighbour: the
valid events of the same batch are stored.
"""

from __future__ import annotations

import gzip
import json
import time
import uuid
import zlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from tests.bench.client import Reply, Wire, chunked, request
from tests.bench.scene import Scene, make_scene
from tests.live import Live

EVENTS = "/api/v1/events"
DAY_MS = 86_400_000
GZIP = {"Content-Encoding": "gzip"}


class Site:
    """The running product as one client sees it."""

    def __init__(self, live: Live, scene: Scene, database: psycopg.Connection[Any]) -> None:
        self.live, self.scene, self.database = live, scene, database

    def post(self, body: bytes, path: str = EVENTS, **how: Any) -> Reply:
        """Send one body on a connection of its own."""
        with Wire(self.live.url) as wire:
            return wire.send(request(path, body, key=how.pop("key", self.scene.publishable), **how))

    def stored(self, event: str) -> bool:
        """Whether an event of this id is stored, exactly once."""
        row = self.database.execute(
            "SELECT count(*) FROM permissions_app_event WHERE app_id = %s AND id = %s::uuid",
            (self.scene.app, event),
        ).fetchone()
        assert row is not None
        assert row[0] in (0, 1)
        return bool(row[0])

    def facts(self, device: str) -> dict[str, Any]:
        """What is known of a device."""
        row = self.database.execute(
            "SELECT facts FROM permissions_app_device WHERE app_id = %s AND key = %s",
            (self.scene.app, device),
        ).fetchone()
        assert row is not None
        found: dict[str, Any] = row[0]
        return found


@pytest.fixture(scope="module")
def site(live: Live) -> Iterator[Site]:
    with psycopg.connect(live.database_url, autocommit=True) as database:
        yield Site(live, make_scene(live), database)


@pytest.fixture(autouse=True)
def server_is_well_afterwards(site: Site) -> Iterator[None]:
    """Whatever a test sent, an ordinary client is served next, and no program complained."""
    before = len(site.live.output())
    yield
    good = event()
    reply = site.post(batch(good))
    assert (reply.status, reply.json()["accepted"]) == (200, 1)
    assert "Traceback" not in site.live.output()[before:]


def event(**fields: object) -> dict[str, Any]:
    return {
        "id": str(uuid.uuid4()),
        "device_id": f"device-{uuid.uuid4().hex[:8]}",
        "type": "session_started",
        "occurred_at": int(time.time() * 1000),
        "session_index": 1,
        "platform": "ios",
        **fields,
    }


def batch(*events: object, **more: object) -> bytes:
    return json.dumps({"events": events, **more}).encode()


def expect_only_neighbours(site: Site, entry: bytes, code: str | set[str]) -> None:
    """Send a bad entry between two good ones: it alone is refused, with this code."""
    first, last = event(), event()
    body = b'{"events":[%s,%s,%s]}' % (
        json.dumps(first).encode(),
        entry,
        json.dumps(last).encode(),
    )
    reply = site.post(body)
    assert reply.status == 200, (reply.status, reply.body[:500])
    receipt = reply.json()
    assert receipt["accepted"] == 2, receipt
    assert receipt["duplicates"] == 0
    assert [refused["index"] for refused in receipt["rejected"]] == [1]
    wanted = {code} if isinstance(code, str) else code
    assert receipt["rejected"][0]["code"] in wanted, receipt
    assert len(receipt["rejected"][0]["detail"]) < 400
    assert site.stored(first["id"])
    assert site.stored(last["id"])


def expect_problem(reply: Reply, status: int, code: str) -> None:
    assert reply.status == status, (reply.status, reply.body[:500])
    problem = reply.json()
    assert (problem["status"], problem["code"]) == (status, code), problem
    assert b"application/problem+json" in reply.head.lower()
    assert len(problem["detail"]) < 500


# -- one entry is wrong ----------------------------------------------------------------------------

NUMBER = b"1" + b"0" * 400
ENTRIES: dict[str, tuple[bytes, str | set[str]]] = {
    "a number": (b"1", "invalid_field"),
    "null": (b"null", "invalid_field"),
    "a text": (b'"event"', "invalid_field"),
    "a list": (b"[1,2]", "invalid_field"),
    "an empty object": (b"{}", "invalid_id"),
    "true": (b"true", "invalid_field"),
    "NaN": (b"NaN", {"invalid_json", "invalid_field"}),
    "minus infinity": (b"-Infinity", {"invalid_json", "invalid_field"}),
}


@pytest.mark.parametrize("name", ENTRIES)
def test_entry__no_object__refused_alone(site: Site, name: str):
    expect_only_neighbours(site, *ENTRIES[name])


FIELDS: dict[str, tuple[str, bytes, str | set[str]]] = {
    "id is a number": ("id", b"7", "invalid_field"),
    "id is empty": ("id", b'""', "invalid_id"),
    "id is no UUID": ("id", b'"1234"', "invalid_id"),
    "id is a UUID in braces": ("id", b'"{00000000-0000-4000-8000-000000000000}"', "invalid_id"),
    "id has other digits": ("id", '"٠0000000-0000-4000-8000-000000000000"'.encode(), "invalid_id"),
    "id is null": ("id", b"null", "invalid_field"),
    "device is a list": ("device_id", b"[]", "invalid_field"),
    "device is empty": ("device_id", b'""', "invalid_device_id"),
    "device is long": ("device_id", b'"%s"' % (b"x" * 129), "invalid_device_id"),
    "device has a line end": ("device_id", b'"abc\\n"', "invalid_device_id"),
    "device is foreign": ("device_id", '"gerät"'.encode(), "invalid_device_id"),
    "type is unknown": ("type", b'"bought"', "unknown_type"),
    "type is an object": ("type", b"{}", "invalid_field"),
    "type is very long": ("type", b'"%s"' % (b"t" * 5000), "unknown_type"),
    "platform is unknown": ("platform", b'"beos"', "invalid_field"),
    "platform is a number": ("platform", b"3", "invalid_field"),
    "session is negative": ("session_index", b"-1", "invalid_field"),
    "session is a fraction": ("session_index", b"1.5", "invalid_field"),
    "session is huge": ("session_index", b"9" * 5000, {"invalid_field", "invalid_json"}),
    "session is 10^400": ("session_index", NUMBER, {"invalid_field", "invalid_json"}),
    "session is 1e400": ("session_index", b"1e400", {"invalid_field", "invalid_json"}),
    "session is NaN": ("session_index", b"NaN", {"invalid_field", "invalid_json"}),
    "session is a text": ("session_index", b'"2"', "invalid_field"),
    "version is long": ("os_version", b'"%s"' % (b"1" * 65), "invalid_field"),
    "standalone is a number": ("standalone", b"1", "invalid_field"),
    "permission is a text": ("permission", b'"granted"', "invalid_field"),
    "push is a text": ("push", b'"token"', "invalid_field"),
    "push token is short": ("push", b'{"token":"abc"}', "invalid_field"),
    "push token is a list": ("push", b'{"token":["abcdefgh"]}', "invalid_field"),
    "push token is huge": ("push", b'{"token":"' + b"a" * 30_000 + b'"}', "invalid_field"),
    "push token holds a line break": ("push", b'{"token":"abcdefgh\\nX: y"}', "invalid_field"),
    "push kind is unknown": ("push", b'{"token":"abcdefgh","kind":"pigeon"}', "invalid_field"),
    "external id is a number": ("push", b'{"external_id":1e308}', "invalid_field"),
    "external id holds a NUL": ("push", b'{"external_id":"a\\u0000"}', "nul_character"),
    "external id is half a character": (
        "push",
        b'{"external_id":"\\ud800"}',
        {"invalid_field", "invalid_json"},
    ),
    "push is nested deeply": (
        "push",
        b'{"token":' + b"[" * 9_000 + b"]" * 9_000 + b"}",
        {"invalid_field", "invalid_json"},
    ),
    "permission has no value": ("permission", b'{"library":"ios"}', "invalid_field"),
    "permission is a fraction": (
        "permission",
        b'{"library":"ios","value":1.5}',
        "invalid_field",
    ),
    "time is a text": ("occurred_at", b'"yesterday"', "invalid_time"),
    "time has no zone": ("occurred_at", b'"2026-11-23T10:00:00"', "invalid_time"),
    "time is a date": ("occurred_at", b'"2026-11-23"', "invalid_time"),
    "time is a fraction": ("occurred_at", b"1.5", "invalid_field"),
    "time is true": ("occurred_at", b"true", "invalid_field"),
    "time is null": ("occurred_at", b"null", "invalid_field"),
    "time is seconds": ("occurred_at", b"1795461000", "occurred_at_too_old"),
    "time is year 1": (
        "occurred_at",
        b'"0001-01-01T00:00:00+23:59"',
        {"invalid_time", "occurred_at_too_old"},
    ),
    "time is year 9999": (
        "occurred_at",
        b'"9999-12-31T23:59:59-23:59"',
        {"invalid_time", "occurred_at_in_future"},
    ),
    "time is 10^14": ("occurred_at", b"1" + b"0" * 14, "occurred_at_in_future"),
    "time is -10^14": ("occurred_at", b"-1" + b"0" * 14, "occurred_at_too_old"),
    "time is 10^18": ("occurred_at", b"1" + b"0" * 18, "occurred_at_in_future"),
    "time is 10^400": ("occurred_at", NUMBER, {"invalid_field", "occurred_at_in_future"}),
    "time has 5000 digits": (
        "occurred_at",
        b"7" * 5000,
        {"invalid_field", "occurred_at_in_future"},
    ),
    "UTF-8 is broken": ("locale", b'"\xff\xfe"', {"invalid_json", "invalid_field"}),
    "a control character": ("locale", b'"a\x01"', {"invalid_json", "invalid_field"}),
    "an unknown escape": ("locale", b'"\\x41"', "invalid_json"),
    "NUL in a name": ("locale", b'"a\\u0000b"', "nul_character"),
    "NUL in a property": ("properties", b'{"a":"\\u0000"}', "nul_character"),
    "NUL in a property's name": ("properties", b'{"\\u0000":1}', "nul_character"),
    "half a pair in a field": ("locale", b'"\\ud800"', {"invalid_json", "invalid_field"}),
    "half a pair in a property": (
        "properties",
        b'{"a":"\\udfff x"}',
        {"invalid_json", "invalid_field"},
    ),
    "half a pair in a device": ("device_id", b'"\\ud83d"', {"invalid_json", "invalid_device_id"}),
    "properties are a list": ("properties", b"[1]", "invalid_field"),
    "a property is NaN": ("properties", b'{"a":NaN}', {"invalid_json", "invalid_field"}),
    "a property is infinite": (
        "properties",
        b'{"a":[-Infinity]}',
        {"invalid_json", "invalid_field"},
    ),
    "33 KB": ("properties", b'{"a":"%s"}' % (b"x" * 33_000), "too_large"),
}


@pytest.mark.parametrize("name", FIELDS)
def test_field__wrong__refused_alone(site: Site, name: str):
    field, value, code = FIELDS[name]
    fields = event(type="moment_reached", name="Run Finished")
    fields.pop(field, None)
    entry = json.dumps(fields).encode()[:-1] + b',"%s":%s}' % (field.encode(), value)
    expect_only_neighbours(site, entry, code)


NEEDS = {
    "moment_reached": "name",
    "native_prompt_answered": "outcome",
    "permission_status": "permission",
}


@pytest.mark.parametrize("kind", NEEDS)
def test_field__missing_where_the_type_needs_it__refused_alone(site: Site, kind: str):
    expect_only_neighbours(site, json.dumps(event(type=kind)).encode(), "missing_field")


HUGE: dict[str, bytes] = {
    "10^400": NUMBER,
    "5000 digits": b"8" * 5000,
    "1e400": b"1e400",
    "-1e-9999": b"-1e-9999",
    "a float of 5000 digits": b"0." + b"3" * 5000,
    "exponent of 5000 digits": b"1e" + b"9" * 5000,
}


@pytest.mark.parametrize("name", HUGE)
def test_property__huge_number__stored_or_refused_alone(site: Site, name: str):
    """Properties hold any JSON; what PostgreSQL cannot hold is refused, and alone."""
    first, middle, last = event(), event(type="moment_reached", name="Run Finished"), event()
    entry = json.dumps(middle).encode()[:-1] + b',"properties":{"a":%s}}' % HUGE[name]
    reply = site.post(
        b'{"events":[%s,%s,%s]}' % (json.dumps(first).encode(), entry, json.dumps(last).encode())
    )
    assert reply.status == 200, (reply.status, reply.body[:500])
    receipt = reply.json()
    assert receipt["accepted"] + len(receipt["rejected"]) == 3, receipt
    assert site.stored(first["id"])
    assert site.stored(last["id"])
    assert site.stored(middle["id"]) == (receipt["accepted"] == 3)


@pytest.mark.parametrize("levels", [300, 5_000, 100_000])
@pytest.mark.parametrize("bracket", [b"[]", b"{}"])
def test_property__nested_deeply__refused_alone_or_as_a_whole(
    site: Site, levels: int, bracket: bytes
):
    opening = b"[" if bracket == b"[]" else b'{"a":'
    deep = opening * levels + b"1" + bracket[1:] * levels
    first, middle, last = event(), event(type="moment_reached", name="Run Finished"), event()
    entry = json.dumps(middle).encode()[:-1] + b',"properties":{"a":%s}}' % deep
    reply = site.post(
        b'{"events":[%s,%s,%s]}' % (json.dumps(first).encode(), entry, json.dumps(last).encode())
    )
    assert reply.status == 200, (reply.status, reply.body[:500])
    receipt = reply.json()
    assert receipt["accepted"] + len(receipt["rejected"]) == 3, receipt
    assert site.stored(first["id"])
    assert site.stored(last["id"])


def test_entries__all_wrong_in_different_ways__good_ones_are_stored(site: Site):
    """Each of these makes a parser give up on the whole text; the good ones between are not lost."""
    wrong = [b"NaN", b'"\\ud800"', b'{"a":"\xff"}', b"[" * 50_000 + b"]" * 50_000, b"01", b"{]"]
    good = [event() for _ in wrong]
    pairs = zip(wrong, (json.dumps(one).encode() for one in good), strict=True)
    mixed = [part for pair in pairs for part in pair]
    reply = site.post(b'{"events":[%s]}' % b",".join(mixed))
    assert reply.status == 200, (reply.status, reply.body[:500])
    assert reply.json()["accepted"] == len(good)
    assert [refused["index"] for refused in reply.json()["rejected"]] == [0, 2, 4, 6, 8, 10]
    assert all(site.stored(one["id"]) for one in good)


SLOW: dict[str, bytes] = {
    "text without end": b'NaN,"' + b'\\"' * 1_900_000,
    "brackets": b"NaN," + b"[]" * 1_900_000,
    "commas": b"NaN" + b",1" * 1_900_000,
    "levels": b"NaN," + b'{"a":' * 600_000,
    "backslashes": b'NaN,"' + b"\\" * 3_800_000 + b'"',
    "NULs": b'NaN,"' + b"\\u0000" * 600_000 + b'"',
}


@pytest.mark.parametrize("name", SLOW)
def test_body__made_to_be_slow__answered_soon(site: Site, name: str):
    started = time.monotonic()
    reply = site.post(gzip.compress(b'{"events":[%s]}' % SLOW[name], 1), headers=GZIP)
    assert reply.status in (200, 400, 413), (reply.status, reply.body[:300])
    assert time.monotonic() - started < 10


def test_escaped_backslash_before_u0000__is_no_nul__stored(site: Site):
    good = event(type="moment_reached", name="Run Finished", properties={"path": "C:\\u0000"})
    assert site.post(batch(good)).json()["accepted"] == 1
    assert site.stored(good["id"])


# -- the same event twice, or not quite --------------------------------------------------------------


def test_id__twice_in_a_batch__stored_once(site: Site):
    good = event()
    receipt = site.post(batch(good, good, {**good, "id": good["id"].upper()})).json()
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 2)
    assert site.stored(good["id"])
    assert site.facts(good["device_id"])["sessions"] == 1


def test_id__sent_again_with_another_time__first_one_stays(site: Site):
    good = event()
    site.post(batch(good))
    again = {**good, "occurred_at": good["occurred_at"] - 40 * DAY_MS, "session_index": 9}
    receipt = site.post(batch(again)).json()
    assert (receipt["accepted"], receipt["duplicates"]) == (0, 1)
    assert site.stored(good["id"])
    assert site.facts(good["device_id"])["sessions"] == 1


def test_id__sent_again_for_another_device__first_one_stays(site: Site):
    good = event()
    site.post(batch(good))
    other = event()
    receipt = site.post(batch({**good, "device_id": "another"}, other)).json()
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 1)
    assert site.stored(good["id"])
    assert site.stored(other["id"])
    assert site.facts("another") == {}


def test_id__of_two_devices_in_one_batch__first_one_stays(site: Site):
    good = event()
    receipt = site.post(batch(good, {**good, "device_id": "the-second"})).json()
    assert (receipt["accepted"], receipt["duplicates"]) == (1, 1)
    assert site.facts(good["device_id"])["sessions"] == 1


# -- clocks ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hours", [-30 * 24, -2, 2, 30 * 24])
def test_sent_at__clock_is_wrong__times_are_shifted(site: Site, hours: int):
    now = int(time.time() * 1000)
    wrong = now + hours * 3_600_000
    good = event(occurred_at=wrong - 60_000)
    assert site.post(batch(good, sent_at=wrong)).json()["accepted"] == 1
    seen = site.facts(good["device_id"])["first_seen_at"]
    assert abs(seen - (now - 60_000)) < 30_000


def test_sent_at__clock_is_right__times_stay(site: Site):
    now = int(time.time() * 1000)
    good = event(occurred_at=now - 60_000)
    assert site.post(batch(good, sent_at=now - 5_000)).json()["accepted"] == 1
    assert site.facts(good["device_id"])["first_seen_at"] == now - 60_000


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ('"noon"', "invalid_sent_at"),
        ('"2026-11-23T10:00:00"', "invalid_sent_at"),
        ("true", "invalid_batch"),
        ("{}", "invalid_batch"),
        ("1.5", "invalid_batch"),
        ("NaN", "invalid_sent_at"),
        ("9" * 5000, {"invalid_batch", "invalid_json", "invalid_sent_at"}),
        ("1" + "0" * 400, {"invalid_batch", "invalid_json", "invalid_sent_at"}),
        ("9" * 18, "invalid_sent_at"),
    ],
)
def test_sent_at__nonsense__whole_batch_refused(site: Site, value: str, code: str | set[str]):
    reply = site.post(b'{"sent_at":%s,"events":[]}' % value.encode())
    assert reply.status == 400, (reply.status, reply.body[:300])
    assert reply.json()["code"] in ({code} if isinstance(code, str) else code)


@pytest.mark.parametrize("value", ["9" * 14, "-" + "9" * 14, '"0001-01-01T00:00:00+14:00"'])
def test_sent_at__far_away__events_refused_one_by_one(site: Site, value: str):
    good = json.dumps(event()).encode()
    reply = site.post(b'{"sent_at":%s,"events":[%s]}' % (value.encode(), good))
    assert reply.status in (200, 400), (reply.status, reply.body[:300])
    if reply.status == 200:
        assert len(reply.json()["rejected"]) == 1


@pytest.mark.parametrize(
    ("days", "code"),
    [
        (1.01, "occurred_at_in_future"),
        (400, "occurred_at_in_future"),
        (-400.01, "occurred_at_too_old"),
        (-20_000, "occurred_at_too_old"),
    ],
)
def test_occurred_at__far_from_now__refused_alone(site: Site, days: float, code: str):
    at = int(time.time() * 1000 + days * DAY_MS)
    expect_only_neighbours(site, json.dumps(event(occurred_at=at)).encode(), code)


# -- the body as a whole -----------------------------------------------------------------------------

BODIES: dict[str, tuple[bytes, int, str]] = {
    "nothing": (b"", 400, "invalid_json"),
    "blanks": (b"   ", 400, "invalid_json"),
    "no JSON": (b"hello", 400, "invalid_json"),
    "half a batch": (b'{"events":[{"id":', 400, "invalid_json"),
    "a list": (b"[]", 400, "invalid_batch"),
    "null": (b"null", 400, "invalid_batch"),
    "a number": (b"12", 400, "invalid_batch"),
    "no events": (b"{}", 400, "invalid_batch"),
    "events is an object": (b'{"events":{}}', 400, "invalid_batch"),
    "events is null": (b'{"events":null}', 400, "invalid_batch"),
    "two values": (b'{"events":[]}{"events":[]}', 400, "invalid_json"),
    "UTF-16": ('{"events":[]}'.encode("utf-16"), 400, "invalid_json"),
    "deep outside": (b"[" * 100_000, 400, "too_deep"),
    "deep beside": (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, 400, "too_deep"),
}


@pytest.mark.parametrize("name", BODIES)
def test_body__no_batch__refused_clearly(site: Site, name: str):
    body, status, code = BODIES[name]
    reply = site.post(body)
    assert reply.status == status, (reply.status, reply.body[:300])
    assert reply.json()["code"] in (code, "invalid_batch", "invalid_json"), reply.body


def test_body__empty_batch__nothing_happens(site: Site):
    reply = site.post(b'{"events":[]}')
    assert reply.status == 200
    assert reply.json() == {"accepted": 0, "duplicates": 0, "rejected": []}


def test_body__byte_order_mark__read_or_refused(site: Site):
    good = event()
    reply = site.post(b"\xef\xbb\xbf" + batch(good))
    assert reply.status in (200, 400)
    assert site.stored(good["id"]) == (reply.status == 200)


def test_body__2500_events_taken_2501_refused(site: Site):
    events = [event(device_id=f"many-{number % 40}") for number in range(2_501)]
    expect_problem(site.post(batch(*events)), 413, "too_many_events")
    assert not site.stored(events[0]["id"])
    reply = site.post(batch(*events[:2_500]))
    assert (reply.status, reply.json()["accepted"]) == (200, 2_500)


def test_body__five_megabytes__refused(site: Site):
    big = b'{"events":[],"filler":"%s"}' % (b"x" * 5_000_000)
    expect_problem(site.post(big), 413, "body_too_large")


def test_body__five_megabytes_in_chunks__refused(site: Site):
    big = b'{"events":[],"filler":"%s"}' % (b"x" * 5_000_000)
    expect_problem(_post_chunked(site, big, 100_000), 413, "body_too_large")


@pytest.mark.parametrize("size", [1, 7, 65_536])
def test_body__in_chunks_without_a_length__taken(site: Site, size: int):
    good = event()
    reply = _post_chunked(site, batch(good), size)
    assert (reply.status, reply.json()["accepted"]) == (200, 1)
    assert site.stored(good["id"])


def test_body__in_chunks_and_gzip__taken(site: Site):
    good = event()
    reply = _post_chunked(site, gzip.compress(batch(good)), 50, {"Content-Encoding": "gzip"})
    assert (reply.status, reply.json()["accepted"]) == (200, 1)


def test_body__labelled_as_something_else__taken(site: Site):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "nonsense", ""):
        good = event()
        reply = site.post(batch(good), headers={"Content-Type": kind})
        assert (reply.status, reply.json()["accepted"]) == (200, 1), kind


def _post_chunked(
    site: Site, body: bytes, size: int, headers: dict[str, str] | None = None
) -> Reply:
    message = request(
        EVENTS,
        key=site.scene.publishable,
        headers={"Content-Length": "", "Transfer-Encoding": "chunked", **(headers or {})},
    )
    with Wire(site.live.url) as wire:
        return wire.send(message + chunked(body, size))


# -- compression -------------------------------------------------------------------------------------


def test_gzip__good__taken(site: Site):
    good = event()
    assert site.post(gzip.compress(batch(good)), headers=GZIP).json()["accepted"] == 1
    assert site.stored(good["id"])


def test_gzip__in_two_members__read_or_refused_never_half(site: Site):
    good = event()
    body = batch(good)
    reply = site.post(gzip.compress(body[:20]) + gzip.compress(body[20:]), headers=GZIP)
    assert reply.status in (200, 400)
    assert site.stored(good["id"]) == (reply.status == 200)


def test_gzip__bomb__refused_quickly(site: Site):
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(b" " * 1_000_000) for _ in range(200)) + packer.flush()
    assert len(bomb) < 400_000
    started = time.monotonic()
    expect_problem(site.post(bomb, headers=GZIP), 413, "body_too_large")
    assert time.monotonic() - started < 5


def test_gzip__truncated__refused(site: Site):
    body = gzip.compress(batch(*[event() for _ in range(20)]))
    for cut in (0, 1, 5, 10, 18, len(body) // 2, len(body) - 1):
        reply = site.post(body[:cut], headers=GZIP)
        assert reply.status == 400, (cut, reply.body[:300])
        assert reply.json()["code"] in ("invalid_gzip", "invalid_json")


def test_gzip__damaged__refused(site: Site):
    body = bytearray(gzip.compress(batch(event())))
    body[-6] ^= 0xFF
    expect_problem(site.post(bytes(body), headers=GZIP), 400, "invalid_gzip")


def test_gzip__label_without_gzip__refused(site: Site):
    expect_problem(site.post(batch(event()), headers=GZIP), 400, "invalid_gzip")
    expect_problem(site.post(zlib.compress(batch(event())), headers=GZIP), 400, "invalid_gzip")


@pytest.mark.parametrize("encoding", ["br", "deflate", "zstd", "gzip, gzip", "gzip;q=1"])
def test_encoding__unknown__refused(site: Site, encoding: str):
    reply = site.post(batch(event()), headers={"Content-Encoding": encoding})
    expect_problem(reply, 415, "unknown_encoding")


@pytest.mark.parametrize("encoding", ["identity", "GZIP", " x-gzip "])
def test_encoding__other_spellings__taken(site: Site, encoding: str):
    body = batch(event())
    if "gzip" in encoding.lower():
        body = gzip.compress(body)
    assert site.post(body, headers={"Content-Encoding": encoding}).json()["accepted"] == 1


# -- methods and keys --------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [EVENTS, "/api/v1/decisions"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "BREW"])
def test_method__not_post__refused(site: Site, path: str, method: str):
    message = request(path, key=site.scene.publishable, method=method)
    with Wire(site.live.url) as wire:
        wire.connect()
        if method == "HEAD":
            message = message.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
            head = wire.send_for_head(message)
            assert head.startswith(b"HTTP/1.1 405"), head
            return
        reply = wire.send(message)
    assert reply.status == 405, (reply.status, reply.body[:300])
    if method != "BREW":
        assert b"allow: post, options" in reply.head.lower()


@pytest.mark.parametrize("path", [EVENTS, "/api/v1/decisions"])
def test_method__preflight__allowed_to_pages(site: Site, path: str):
    message = request(
        path, method="OPTIONS", headers={"Origin": "https://shop.example", "Content-Type": ""}
    )
    with Wire(site.live.url) as wire:
        reply = wire.send(message)
    assert (reply.status, reply.body) == (204, b"")
    assert b"access-control-allow-origin: *" in reply.head.lower()


@pytest.mark.parametrize(
    "credential",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer pk_short",
        "Bearer pk_00000000_" + "0" * 32,
        "Bearer " + "x" * 5_000,
        "Bearer pk_\xe9\xe9_\xff",
        "Bearer pk_a_b_c",
        "Bearer zz_00000000_" + "0" * 32,
        "Basic cGs6",
        "Bearer pk_%00_x",
        "Bearer pk_'; DROP TABLE x; --_x",
    ],
)
def test_key__none_or_unknown__refused(site: Site, credential: str):
    for path in (EVENTS, "/api/v1/decisions"):
        reply = site.post(batch(event()), path, key="", headers={"Authorization": credential})
        expect_problem(reply, 401, "unknown_key")
        assert b"www-authenticate" in reply.head.lower()


def test_key__revoked_or_altered__refused(site: Site):
    good = site.scene.publishable
    for key in (site.scene.revoked, good[:-1] + ("a" if good[-1] != "a" else "b"), good[:-1]):
        expect_problem(site.post(batch(event()), key=key), 401, "unknown_key")


def test_key__secret_from_a_page__refused(site: Site):
    for path in (EVENTS, "/api/v1/decisions"):
        reply = site.post(
            batch(event()), path, key=site.scene.secret, headers={"Origin": "https://shop.example"}
        )
        expect_problem(reply, 403, "secret_key_in_browser")
    assert site.post(batch(event()), key=site.scene.secret).status == 200


def test_key__publishable_from_a_page__taken(site: Site):
    reply = site.post(batch(event()), headers={"Origin": "https://shop.example"})
    assert reply.status == 200
    assert b"access-control-allow-origin: *" in reply.head.lower()


# -- decisions ---------------------------------------------------------------------------------------

ASKED: dict[str, tuple[bytes, set[int]]] = {
    "nothing": (b"", {400}),
    "a list": (b"[]", {422}),
    "no device": (b'{"moment":"run_finished"}', {422}),
    "no moment": (b'{"device_id":"d"}', {422}),
    "device too long": (b'{"device_id":"%s","moment":"m"}' % (b"d" * 129), {422}),
    "moment is a number": (b'{"device_id":"d","moment":5}', {422}),
    "NUL in the moment": (b'{"device_id":"d","moment":"\\u0000"}', {200, 422}),
    "NUL in the event": (b'{"device_id":"d","event":"\\u0000"}', {200, 422}),
    "half a pair": (b'{"device_id":"d","moment":"\\ud800"}', {400, 422}),
    "NaN": (b'{"device_id":"d","event":"Order Placed","properties":{"total":NaN}}', {400}),
    "10^400": (
        b'{"device_id":"d","event":"Order Placed","properties":{"total":%s}}' % NUMBER,
        {200, 400, 422},
    ),
    "5000 digits": (
        b'{"device_id":"d","event":"Order Placed","properties":{"total":%s}}' % (b"9" * 5000),
        {200, 400, 422},
    ),
    "deep": (
        b'{"device_id":"d","event":"Order Placed","properties":{"total":%s1%s}}'
        % (b"[" * 30_000, b"]" * 30_000),
        {400, 422},
    ),
    "session is huge": (
        b'{"device_id":"d","moment":"run_finished","context":{"session_index":%s}}' % NUMBER,
        {400, 422},
    ),
    "context is a list": (b'{"device_id":"d","moment":"m","context":[]}', {422}),
    "too large": (b'{"device_id":"d","moment":"m","filler":"%s"}' % (b"x" * 70_000), {413}),
    "strange context": (
        b'{"device_id":"d","moment":"order_placed","context":{"platform":"web","browser":"\\u0001",'
        b'"os_version":"....","permission":{"library":"web","value":"\\u0000"}}}',
        {200, 422},
    ),
    "NUL in a copied word": (
        b'{"device_id":"nul-d","event":"Order Placed","properties":{"total":30,"x":"\\u0000"},'
        b'"context":{"platform":"ios","session_index":4,"permission":{"library":"ios","value":0}}}',
        {200, 422},
    ),
}


@pytest.mark.parametrize("name", ASKED)
def test_decision__hostile__clear_answer(site: Site, name: str):
    body, allowed = ASKED[name]
    reply = site.post(body, "/api/v1/decisions")
    assert reply.status in allowed, (reply.status, reply.body[:500])
    said = reply.json()
    assert said.get("code") or said["decision_id"]
