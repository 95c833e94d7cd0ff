"""From a stock client to the sender's file: what a phone tells, the worker counts and a script fetches."""

from __future__ import annotations

import csv
import io
import json
import urllib.request
import uuid
from typing import Any

import pytest
from segment.analytics.client import Client as Segment

from tests.bench.scene import Scene, make_scene
from tests.live import Live
from tests.waiting import wait_until

PHONE = {
    "os": {"name": "iOS", "version": "18.2"},
    "device": {"type": "ios", "token": "9f" * 32},
}
EVERYBODY = {"name": "Everybody", "document": {"fact": "first_seen", "ever": True}}


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    """An app with nobody in it."""
    return make_scene(live)


def ask(live: Live, scene: Scene, path: str, body: Any = None) -> bytes:
    """What the management API answers."""
    request = urllib.request.Request(
        f"{live.url}/api/v1/manage/{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {scene.secret}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


def test_hand_off__two_phones_of_one_person__one_line_for_onesignal_and_two_tokens(
    live: Live, scene: Scene
) -> None:
    phones = [f"phone-{uuid.uuid4()}" for _ in range(3)]
    client = Segment(scene.publishable, host=live.url)
    for phone in phones:
        client.track(None, "Application Opened", {}, PHONE, anonymous_id=phone)
    for phone in phones[:2]:
        client.identify("customer-42", {}, PHONE, anonymous_id=phone)
    client.flush()
    client.join()
    ask(live, scene, "segments", EVERYBODY)

    def told_now() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(ask(live, scene, "segments/everybody/hand-off"))
        return found

    wait_until(lambda: told_now()["devices"] >= 3, told_now, 30)
    told = told_now()
    assert told["people"] == 1
    assert [row["without_address"] for row in told["senders"]] == [1, 1, 1, 0]

    file = ask(live, scene, "segments/everybody/members.csv?for=onesignal").decode()
    header, *people = csv.reader(io.StringIO(file))
    assert header == ["external_id", "oneask_everybody"]
    assert [row[0] for row in people] == ["customer-42"]
    tokens = ask(live, scene, "segments/everybody/members.csv?for=tokens").decode()
    rows = {row["device"]: row for row in csv.DictReader(io.StringIO(tokens))}
    assert set(rows) == set(phones)
    assert {row["push_token"] for row in rows.values()} == {"9f" * 32}
    assert rows[phones[2]]["external_id"] == ""
