"""Twenty requests at once from one device interrupt the person once, on the real server."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections import Counter

import psycopg
import pytest

from tests.bench.client import Wire, request
from tests.bench.scene import Scene, make_scene
from tests.live import Live

AT_ONCE, DEVICES = 20, 10
DAY_MS = 86_400_000
IPHONE: dict[str, object] = {"platform": "ios", "os_version": "18.1"}


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    return make_scene(live)


def test_soft_ask__twenty_at_once_from_a_known_device__one_is_shown(live: Live, scene: Scene):
    for number in range(DEVICES):
        device = f"known-{number}"
        _report(live, scene, device, permission={"library": "ios", "value": 0})
        _expect_one(live, scene, device, "order_placed", "soft_ask", IPHONE)


def test_soft_ask__twenty_at_once_from_a_device_never_seen__one_is_shown(live: Live, scene: Scene):
    told = {**IPHONE, "session_index": 3, "permission": {"library": "ios", "value": 0}}
    for number in range(DEVICES):
        _expect_one(live, scene, f"unseen-{number}", "order_placed", "soft_ask", told)


def test_redirect__twenty_at_once_from_a_denied_device__one_is_shown(live: Live, scene: Scene):
    for number in range(DEVICES):
        device = f"denied-{number}"
        _report(live, scene, device, days_ago=10, permission={"library": "ios", "value": 1})
        _expect_one(live, scene, device, "run_finished", "settings_redirect", IPHONE)


def test_both_paths__events_arrive_between_the_requests__one_is_shown(live: Live, scene: Scene):
    """Events change the same row as decisions; neither may undo what the other wrote."""
    device = "busy"
    _report(live, scene, device, permission={"library": "ios", "value": 0})
    stop = threading.Event()

    def keep_reporting() -> None:
        while not stop.is_set():
            _report(live, scene, device)

    reporter = threading.Thread(target=keep_reporting)
    reporter.start()
    try:
        _expect_one(live, scene, device, "order_placed", "soft_ask", IPHONE)
    finally:
        stop.set()
        reporter.join()


def _expect_one(
    live: Live, scene: Scene, device: str, moment: str, action: str, context: dict[str, object]
) -> None:
    answers = _ask_at_once(live, scene, device, moment, context)
    said = Counter((answer["action"], answer["reason"]) for answer in answers)
    assert sum(n for (done, _), n in said.items() if done == action) == 1, said
    assert sum(n for (done, _), n in said.items() if done == "none") == AT_ONCE - 1, said
    assert {reason for done, reason in said if done == "none"} == {"fatigue_cap"}, said
    with psycopg.connect(live.database_url) as connection:
        row = connection.execute(
            "SELECT standing FROM permissions_app_device WHERE app_id = %s AND key = %s",
            (scene.app, device),
        ).fetchone()
    assert row is not None
    shown = next(answer for answer in answers if answer["action"] == action)
    reserved = row[0]["reserved"]
    assert [place["decision"] for place in reserved] == [shown["decision_id"].split(".")[0]]


def _ask_at_once(
    live: Live, scene: Scene, device: str, moment: str, context: dict[str, object]
) -> list[dict[str, str]]:
    message = request(
        "/api/v1/decisions",
        json.dumps({"device_id": device, "moment": moment, "context": context}).encode(),
        key=scene.publishable,
    )
    ready = threading.Barrier(AT_ONCE)
    answers: list[dict[str, str]] = []
    problems: list[object] = []

    def ask() -> None:
        try:
            with Wire(live.url) as wire:
                wire.connect()
                ready.wait(30)
                reply = wire.send(message)
                if reply.status == 200:
                    answers.append(reply.json())
                else:
                    problems.append((reply.status, reply.body))
        except Exception as error:
            problems.append(error)

    threads = [threading.Thread(target=ask) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not problems, problems
    assert len(answers) == AT_ONCE
    return answers


def _report(live: Live, scene: Scene, device: str, days_ago: float = 0, **fields: object) -> None:
    event = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": "permission_status" if "permission" in fields else "session_started",
        "occurred_at": int(time.time() * 1000 - days_ago * DAY_MS),
        "session_index": 3,
        **IPHONE,
        **fields,
    }
    body = json.dumps({"events": [event]}).encode()
    with Wire(live.url) as wire:
        reply = wire.send(request("/api/v1/events", body, key=scene.publishable))
    assert (reply.status, reply.json()["accepted"]) == (200, 1), reply
