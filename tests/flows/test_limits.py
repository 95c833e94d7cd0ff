"""Keys that call too often: the stock clients wait as they are told, and nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import GeneralError
from rudderstack.analytics.client import Client as Rudder
from segment.analytics.client import Client as Segment

from config.local import places
from tests.bench.client import Reply, Wire, request
from tests.bench.scene import Scene, make_scene
from tests.clients.door import Door
from tests.clients.node import run_node
from tests.live import Live, free_port
from tests.waiting import wait_until

A_MINUTE = 60
IOS = {"os": {"name": "iOS", "version": "18.2"}}
STORED = """
SELECT e.type FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = %s ORDER BY e.occurred_at, e.type
"""
ASKABLE: dict[str, Any] = {
    "platform": "ios",
    "osVersion": "18.2",
    "permission": 0,
    "sessionIndex": 5,
}
FLAG = "/ofrep/v1/evaluate/flags/order_placed"


class Narrow:
    """The product with one web process in which a key has 60 requests a minute: at once, then one a second."""

    def __init__(self, url: str, scene: Scene, database: psycopg.Connection[Any]) -> None:
        self.url, self.scene, self.database = url, scene, database

    def use_up(self, path: str, body: bytes) -> Reply:
        """Call until it is refused; the refusal."""
        message = request(path, body, key=self.scene.publishable)
        with Wire(self.url) as wire:
            for _ in range(3 * A_MINUTE):
                told = wire.send(message)
                if told.status == 429:
                    return told
        raise AssertionError("nothing is limited")

    def events_used_up(self) -> None:
        self.use_up("/api/v1/events", b'{"events": []}')

    def questions_used_up(self) -> None:
        self.use_up("/api/v1/decisions", b'{"device_id": "nobody", "moment": "none"}')

    def stored(self, device: str) -> list[str]:
        return [kind for (kind,) in self.database.execute(STORED, (self.scene.app, device))]


@pytest.fixture(scope="module")
def narrow(live: Live) -> Iterator[Narrow]:
    """A second web server beside the live one, on the same database."""
    port = free_port()
    kinds = ("EVENTS", "DECISIONS", "BUNDLE")
    environment = {
        **live.environment,
        "PORT": str(port),
        "WEB_WORKERS": "1",
        **{f"RATE_LIMIT_{kind}": str(A_MINUTE) for kind in kinds},
    }
    with live.log.open("ab") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "config.local.commands", "web"],
            cwd=places.ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_until(lambda: answers(url), "the narrow server answers")
        with psycopg.connect(live.database_url, autocommit=True) as database:
            yield Narrow(url, make_scene(live), database)
    finally:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/healthz", timeout=5) as told:
            return bool(told.status == 200)
    except (urllib.error.URLError, OSError):
        return False


@pytest.fixture
def device() -> str:
    """A device that nobody has seen."""
    return f"phone-{uuid.uuid4()}"


@pytest.mark.parametrize("kind", [Segment, Rudder])
def test_python_client__key_used_up__waits_and_loses_nothing(
    narrow: Narrow, device: str, kind: Any
) -> None:
    failed: list[str] = []
    with Door(narrow.url, before=narrow.events_used_up) as door:
        client = kind(
            narrow.scene.publishable,
            host=door.url,
            on_error=lambda error, items: failed.append(str(error)),
        )
        client.track(None, "Order Placed", {"total": 25}, IOS, anonymous_id=device)
        client.flush()
        client.join()
    assert failed == []
    statuses = [status for _, _, status in door.seen]
    assert statuses[0] == 429
    assert statuses[-1] == 200
    assert narrow.stored(device) == ["moment_reached"]


def test_segment_node__key_used_up__waits_and_loses_nothing(narrow: Narrow, device: str) -> None:
    with Door(narrow.url, before=narrow.events_used_up) as door:
        told = run_node(
            "segment_node.mjs", KEY=narrow.scene.publishable, HOST=door.url, DEVICE=device
        )
    assert told == {"failed": []}
    assert door.seen[0][2] == 429
    assert narrow.stored(device) == ["moment_reached", "permission_status"]


def test_openfeature_python__key_used_up__the_provider_pauses_and_goes_on(
    narrow: Narrow, device: str
) -> None:
    headers = {"Authorization": f"Bearer {narrow.scene.publishable}"}
    context = EvaluationContext(device, ASKABLE)
    with Door(narrow.url, before=narrow.questions_used_up) as door:
        provider = OFREPProvider(door.url, headers_factory=lambda: headers)

        def value() -> Any:
            return provider.resolve_object_details("order_placed", {}, context).value

        with pytest.raises(GeneralError, match="Rate limited, retry after: 1"):
            value()
        with pytest.raises(GeneralError, match="paused due to TooManyRequests"):
            value()
        assert [status for _, _, status in door.seen] == [429]
        found: list[Any] = []

        def answered() -> bool:
            try:
                found.append(value())
            except GeneralError:
                return False
            return True

        wait_until(answered, "the flag is answered again", 20)
    assert found[0]["action"] == "soft_ask"


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/api/v1/events", b'{"events": []}', b'"code":"too_many_requests"'),
        ("/api/v1/decisions/made", b'{"decisions": []}', b'"code":"too_many_requests"'),
        ("/v1/batch", b'{"batch": []}', b'"code":"too_many_requests"'),
        ("/api/v1/decisions", b'{"device_id": "x", "moment": "y"}', b'"code":"too_many_requests"'),
        (FLAG, b'{"context": {"targetingKey": "x"}}', b'"errorCode":"GENERAL"'),
    ],
)
def test_every_busy_address__key_used_up__429_in_its_own_words(
    narrow: Narrow, path: str, body: bytes, code: bytes
) -> None:
    told = narrow.use_up(path, body)
    assert code in told.body
    assert b"retry-after: 1" in told.head.lower()


def test_events__key_used_up__a_large_body_still_gets_its_answer(narrow: Narrow) -> None:
    """The whole body is taken in, so that the answer arrives, and the connection goes on."""
    narrow.events_used_up()
    body = b'{"events": [' + b" " * 3_000_000 + b"]}"
    message = request("/api/v1/events", body, key=narrow.scene.publishable)
    with Wire(narrow.url) as wire:
        assert {wire.send(message).status for _ in range(3)} <= {200, 429}
