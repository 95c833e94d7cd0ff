"""The stock clients of Segment and RudderStack, run as themselves against the real server."""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from rudderstack.analytics.client import Client as Rudder
from segment.analytics.client import Client as Segment

from tests.bench.client import Reply, Wire, chunked, request
from tests.bench.scene import Scene, make_scene
from tests.clients.door import Door
from tests.clients.node import run_node
from tests.live import Live

EVENTS = """
SELECT e.type, e.body FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = %s ORDER BY e.occurred_at, e.type
"""
ADDRESSES = """
SELECT a.external_id, a.push_token, a.token_kind
FROM permissions_app_address a JOIN permissions_app_device d ON d.id = a.device_id WHERE d.app_id = %s AND d.key = %s
"""
IOS = {"os": {"name": "iOS", "version": "18.2"}, "app": {"version": "4.2.0"}, "locale": "de-DE"}


class Site:
    """The running product, and what it stored of a device."""

    def __init__(self, live: Live, scene: Scene, database: psycopg.Connection[Any]) -> None:
        self.url, self.scene, self.database = live.url, scene, database

    def stored(self, device: str) -> list[tuple[str, dict[str, Any]]]:
        """(type, body) of every event."""
        return self.database.execute(EVENTS, (self.scene.app, device)).fetchall()

    def reached(self, device: str) -> list[tuple[str, str, str]]:
        """(the team's own id, token, kind) by which a device is reached."""
        return self.database.execute(ADDRESSES, (self.scene.app, device)).fetchall()

    def post(self, path: str, body: bytes, *, key: str | None = None, **headers: str) -> Reply:
        """One request with these bytes; `key` goes into a Basic header, '' sends none."""
        user = self.scene.publishable if key is None else key
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        if user:
            token = base64.b64encode(f"{user}:".encode()).decode()
            told["Authorization"] = f"Basic {token}"
        with Wire(self.url) as wire:
            return wire.send(request(path, body, headers=told))


@pytest.fixture(scope="module")
def site(live: Live) -> Iterator[Site]:
    with psycopg.connect(live.database_url, autocommit=True) as database:
        yield Site(live, make_scene(live), database)


@pytest.fixture
def device() -> str:
    """A device that nobody has seen."""
    return f"phone-{uuid.uuid4()}"


def order(device: str, **fields: Any) -> dict[str, Any]:
    """A track call that reaches the moment."""
    return {
        "type": "track",
        "event": "Order Placed",
        "messageId": str(uuid.uuid4()),
        "anonymousId": device,
        "timestamp": datetime.now(UTC).isoformat(),
        "properties": {"total": 25},
        "context": IOS,
        **fields,
    }


def batch(*messages: dict[str, Any], **around: Any) -> bytes:
    return json.dumps({"batch": messages, **around}).encode()


# -- the clients -----------------------------------------------------------------------------------


def failures() -> tuple[list[str], Any]:
    """Where a Python client tells what went wrong."""
    told: list[str] = []
    return told, lambda error, items: told.append(str(error))


@pytest.mark.parametrize("compressed", [False, True])
def test_segment_python__track_and_identify__a_moment_and_a_status(
    site: Site, device: str, compressed: bool
) -> None:
    told, on_error = failures()
    client = Segment(site.scene.publishable, host=site.url, gzip=compressed, on_error=on_error)
    client.track(None, "Order Placed", {"total": 25}, IOS, anonymous_id=device)
    client.identify(None, {"notification_permission": 1}, IOS, anonymous_id=device)
    client.flush()
    client.join()
    assert told == []
    assert [(kind, body.get("moments")) for kind, body in site.stored(device)] == [
        ("moment_reached", ["order_placed"]),
        ("permission_status", None),
    ]
    assert site.stored(device)[1][1]["permission"] == {"library": "ios", "value": 1}


def test_segment_python__identify_with_token__the_device_can_be_handed_over(
    site: Site, device: str
) -> None:
    told, on_error = failures()
    client = Segment(site.scene.publishable, host=site.url, on_error=on_error)
    phone = {**IOS, "device": {"type": "ios", "token": "ab" * 32}}
    client.track(None, "Order Placed", {"total": 25}, phone, anonymous_id=device)
    client.identify("customer-42", {"plan": "free"}, phone, anonymous_id=device)
    client.flush()
    client.join()
    assert told == []
    assert site.reached(device) == [("customer-42", "ab" * 32, "apns")]
    assert [kind for kind, _ in site.stored(device)] == ["moment_reached"]


def test_rudder_python__track__a_moment(site: Site, device: str) -> None:
    told, on_error = failures()
    client = Rudder(site.scene.publishable, host=site.url, on_error=on_error)
    client.track(None, "Order Placed", {"total": 25}, IOS, anonymous_id=device)
    client.flush()
    client.join()
    assert told == []
    assert [body["moments"] for _, body in site.stored(device)] == [["order_placed"]]


def test_segment_node__track_and_identify__a_moment_and_a_status(site: Site, device: str) -> None:
    key = site.scene.publishable
    assert run_node("segment_node.mjs", KEY=key, HOST=site.url, DEVICE=device) == {"failed": []}
    (_, moment), (_, status) = site.stored(device)
    assert moment["moments"] == ["order_placed"]
    assert (moment["platform"], moment["os_version"], moment["screen_index"]) == ("ios", "18.2", 4)
    assert status["permission"]["value"] == 1


def test_rudder_node__gzip_under_another_type__a_moment(site: Site, device: str) -> None:
    key = site.scene.publishable
    assert run_node("rudder_node.mjs", KEY=key, HOST=site.url, DEVICE=device) == {"error": None}
    ((_, body),) = site.stored(device)
    assert (body["moments"], body["platform"], body["os_version"]) == (
        ["order_placed"],
        "android",
        "14",
    )


def test_segment_node__503_twice__one_event(site: Site, device: str) -> None:
    with Door(site.url, (503, {}), (503, {})) as door:
        told = run_node(
            "segment_node.mjs", KEY=site.scene.publishable, HOST=door.url, DEVICE=device
        )
    assert told == {"failed": []}
    assert [status for _, _, status in door.seen][:3] == [503, 503, 200]
    assert [kind for kind, _ in site.stored(device)] == ["moment_reached", "permission_status"]


def test_segment_python__429_with_a_wait__sent_again_once(site: Site, device: str) -> None:
    told, on_error = failures()
    with Door(site.url, (429, {"Retry-After": "1"})) as door:
        client = Segment(site.scene.publishable, host=door.url, on_error=on_error)
        client.track(None, "Order Placed", {"total": 25}, IOS, anonymous_id=device)
        client.flush()
        client.join()
    assert told == []
    assert [status for _, _, status in door.seen] == [429, 200]
    assert len(site.stored(device)) == 1


def test_segment_python__bad_key__told_at_once_and_nothing_stored(site: Site, device: str) -> None:
    told, on_error = failures()
    client = Segment("pk_no_such", host=site.url, on_error=on_error)
    client.track(None, "Order Placed", {"total": 25}, IOS, anonymous_id=device)
    client.flush()
    client.join()
    assert len(told) == 1
    assert "401" in told[0]
    assert site.stored(device) == []


# -- the shapes of mobile clients -------------------------------------------------------------------


def test_mobile__chunked_gzip_as_plain_text__taken(site: Site, device: str) -> None:
    body = gzip.compress(batch(order(device)))
    with Wire(site.url) as wire:
        message = request(
            "/v1/b",
            chunked(body, 100),
            headers={
                "Authorization": "Basic "
                + base64.b64encode(f"{site.scene.publishable}:".encode()).decode(),
                "Content-Type": "text/plain",
                "Content-Encoding": "gzip",
                "Transfer-Encoding": "chunked",
                "Content-Length": "",
            },
        )
        told = wire.send(message)
    assert (told.status, told.json()["accepted"]) == (200, 1), told.body
    assert len(site.stored(device)) == 1


def test_mobile__key_in_the_body_alone__taken(site: Site, device: str) -> None:
    body = batch(order(device), writeKey=site.scene.publishable)
    assert site.post("/v1/b", body, key="").json()["accepted"] == 1
    single = json.dumps({**order(device), "writeKey": site.scene.publishable}).encode()
    assert site.post("/v1/t", single, key="").json()["accepted"] == 1


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/t", "track"),
        ("/v1/track/", "track"),
        ("/v1/s", "screen"),
        ("/v1/p", "page"),
        ("/v1/i", "identify"),
        ("/v1/g", "group"),
        ("/v1/a", "alias"),
    ],
)
def test_single__each_address__taken_and_never_redirected(
    site: Site, device: str, path: str, kind: str
) -> None:
    message = {**order(device), "type": kind}
    told = site.post(path, json.dumps(message).encode())
    assert (told.status, told.json()["success"]) == (200, True)


def test_vocabulary__soft_ask_by_its_name__the_exposure_with_its_decision(
    site: Site, device: str
) -> None:
    decision = f"{uuid.uuid4()}.s{site.scene.soft_ask}.1.a.order_placed"
    now = datetime.now(UTC)
    messages = [
        order(
            device,
            event=name,
            properties={"decision_id": decision, **more},
            timestamp=(now + timedelta(seconds=place)).isoformat(),
        )
        for place, (name, more) in enumerate(
            [
                ("Application Opened", {}),
                ("Soft Ask Shown", {}),
                ("soft_ask_accepted", {}),
                ("Native Prompt Answered", {"outcome": "granted"}),
            ]
        )
    ]
    assert site.post("/v1/batch", batch(*messages)).json()["rejected"] == []
    assert [kind for kind, _ in site.stored(device)] == [
        "session_started",
        "soft_ask_shown",
        "soft_ask_accepted",
        "native_prompt_answered",
    ]


def test_clock__an_hour_behind__moved_by_what_sent_at_tells(site: Site, device: str) -> None:
    behind = datetime.now(UTC) - timedelta(hours=1)
    message = order(device, timestamp=behind.isoformat())
    site.post("/v1/batch", batch(message, sentAt=behind.isoformat()))
    row = site.database.execute(
        "SELECT abs(extract(epoch FROM now() - occurred_at)) FROM permissions_app_event WHERE id = %s",
        (message["messageId"],),
    ).fetchone()
    assert row is not None
    assert row[0] < 60


def test_same_message_again__stored_once(site: Site, device: str) -> None:
    for ident in ("node-next-1700-" + str(uuid.uuid4()), None):
        message = order(device, messageId=ident)
        first = site.post("/v1/batch", batch(message)).json()
        again = site.post("/v1/batch", batch(message)).json()
        assert (first["accepted"], again["accepted"], again["duplicates"]) == (1, 0, 1)
    assert len(site.stored(device)) == 2


# -- what cannot be taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "status"), [("/v1/batch", 401), ("/v1/t", 401), ("/v1/b", 400)])
def test_bad_key__refused_so_that_every_client_lets_go(
    site: Site, device: str, path: str, status: int
) -> None:
    body = json.dumps(order(device)).encode() if path == "/v1/t" else batch(order(device))
    for key in ("", "pk_no_such", site.scene.revoked):
        told = site.post(path, body, key=key)
        assert (told.status, told.json()["code"]) == (status, "unknown_key")


def test_secret_key__from_a_page__403(site: Site, device: str) -> None:
    body = batch(order(device))
    told = site.post("/v1/batch", body, key=site.scene.secret, Origin="https://shop.example")
    assert told.status == 403
    assert site.post("/v1/batch", body, key=site.scene.secret).status == 200


def test_bad_messages__refused_alone__neighbours_are_stored(site: Site, device: str) -> None:
    bad: list[dict[str, Any]] = [
        order(device, properties={"note": "x" * 33_000}),
        order(device, messageId="m" * 101),
        order(device, timestamp="yesterday"),
        order(device, event=""),
        order(device, event="Soft\x00Ask"),
        {"type": "track", "event": "Order Placed", "messageId": "a"},
        {"type": "teleport", "anonymousId": device},
        order(device, event="Native Prompt Answered", properties={"outcome": "perhaps"}),
    ]
    told = site.post("/v1/batch", batch(order(device), *bad, order(device))).json()
    assert told["accepted"] == 2
    assert [refused["code"] for refused in told["rejected"]] == [
        "too_large",
        "invalid_message_id",
        "invalid_time",
        "missing_field",
        "nul_character",
        "no_device",
        "unknown_type",
        "invalid_field",
    ]
    assert len(site.stored(device)) == 2


def test_too_many__413__nothing_stored(site: Site, device: str) -> None:
    small = {"type": "track", "event": "x", "anonymousId": device}
    told = site.post("/v1/batch", batch(*[small] * 2_501))
    assert (told.status, told.json()["code"]) == (413, "too_many_events")


def test_gzip_bomb__413(site: Site) -> None:
    body = gzip.compress(b'{"batch": [' + b" " * 40_000_000 + b"]}")
    told = site.post("/v1/batch", body, Content_Encoding="gzip")
    assert (told.status, told.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"batch": 3}', b'{"batch": [1]}', b"\xff"])
def test_no_batch__a_clear_answer(site: Site, body: bytes) -> None:
    told = site.post("/v1/batch", body)
    if told.status == 200:
        assert [refused["code"] for refused in told.json()["rejected"]] == ["invalid_field"]
    else:
        assert told.status == 400
        assert len(told.json()["detail"]) < 400


def test_preflight_and_settings__what_browsers_ask_for(site: Site) -> None:
    with Wire(site.url) as wire:
        told = wire.send(request("/v1/t", b"", method="OPTIONS"))
        assert told.status == 204
        assert b"x-retry-count" in told.head.lower()
        path = f"/v1/projects/{site.scene.publishable}/settings"
        found = wire.send(request(path, b"", method="GET")).json()
        assert found["integrations"]["Segment.io"]["apiKey"] == site.scene.publishable
        assert found["integrations"]["Segment.io"]["apiHost"].endswith("/v1")
        assert wire.send(request("/v1/projects/pk_none/settings", b"", method="GET")).status == 404
