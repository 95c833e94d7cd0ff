"""What the stock clients' protocols cost beside the native routes that end in the same work."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median
from typing import Any

from tests.bench import population
from tests.bench.client import request
from tests.bench.decisions import CONNECTIONS, settle_population
from tests.bench.load import run
from tests.bench.stage import Stage
from tests.bench.table import Row

FLAGS = "/ofrep/v1/evaluate/flags"
LEAST = 0.7
SENDERS = 4
DEVICES_IN_BATCH, MESSAGES = 50, 500


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Native and stock in turn, the same devices, events and moments."""
    stage.without_background()
    rounds = 3 if quick else 5
    people = population.devices(2_000 if quick else 10_000)
    settle_population(stage, people)
    stage.settle()
    key = stage.scene.publishable
    draw = random.Random(13)
    keys = [device.key for device in people]

    def events(write: Callable[[list[dict[str, Any]]], bytes], path: str) -> list[bytes]:
        batches = [_batch(draw, keys) for _ in range(20 if quick else 60)]
        return [request(path, write(batch), key=key) for batch in batches]

    quiet = [d for d in people if d.kind in ("authorized", "on_by_default")]
    native = [population.decision_request(device, key) for device in quiet]
    one = [request(f"{FLAGS}/{d.moment}", _context(d), key=key) for d in quiet]
    every = [request(FLAGS, _context(d), key=key) for d in quiet]
    rows = [
        _row(
            "events through /v1/batch",
            "the native events",
            [
                (
                    run(stage.live.url, events(_segment, "/v1/batch"), connections=SENDERS).rate,
                    run(
                        stage.live.url, events(_native, "/api/v1/events"), connections=SENDERS
                    ).rate,
                )
                for _ in range(rounds)
            ],
            LEAST,
        )
    ]
    for what, messages, least in (
        ("a decision through OFREP", one, LEAST),
        ("all moments through OFREP", every, None),
    ):
        pairs = [
            (
                run(stage.live.url, messages, connections=CONNECTIONS).rate,
                run(stage.live.url, native, connections=CONNECTIONS).rate,
            )
            for _ in range(rounds)
        ]
        rows.append(_row(what, "the native decision", pairs, least))
    return rows, [
        f"Protocols: batches of {MESSAGES} messages of {DEVICES_IN_BATCH} devices over {SENDERS} connections; "
        f"decisions that write nothing over {CONNECTIONS}; {rounds} rounds in turn, medians; "
        "worker and scheduler stopped."
    ]


def _row(what: str, beside: str, pairs: list[tuple[float, float]], least: float | None) -> Row:
    ratio = median(ours / native for ours, native in pairs)
    return Row(
        what,
        f"{median(ours for ours, _ in pairs):,.0f} requests/s",
        f"{beside}: {median(native for _, native in pairs):,.0f} requests/s",
        f"{ratio:.2f}",
        "" if least is None else f"at least {least}",
        None if least is None else ratio >= least,
    )


def _batch(draw: random.Random, keys: list[str]) -> list[dict[str, Any]]:
    """Messages of some devices, told as facts that both protocols can write."""
    some = draw.sample(keys, DEVICES_IN_BATCH)
    now = int(time.time() * 1000)
    return [
        {
            "id": str(uuid.UUID(int=draw.getrandbits(128), version=4)),
            "device": some[place % DEVICES_IN_BATCH],
            "at": now - MESSAGES + place,
            "total": draw.randint(1, 60),
        }
        for place in range(MESSAGES)
    ]


def _native(batch: list[dict[str, Any]]) -> bytes:
    events = [
        {
            "id": told["id"],
            "device_id": told["device"],
            "type": "moment_reached",
            "occurred_at": told["at"],
            "platform": "ios",
            "os_version": "18.1",
            "app_version": "4.2.0",
            "locale": "en_US",
            "name": "Order Placed",
            "properties": {"total": told["total"]},
        }
        for told in batch
    ]
    return json.dumps({"events": events}).encode()


def _segment(batch: list[dict[str, Any]]) -> bytes:
    context = {
        "os": {"name": "iOS", "version": "18.1"},
        "app": {"version": "4.2.0"},
        "locale": "en_US",
        "library": {"name": "analytics-node", "version": "3.1.0"},
    }
    messages = [
        {
            "type": "track",
            "event": "Order Placed",
            "messageId": told["id"],
            "anonymousId": told["device"],
            "timestamp": datetime.fromtimestamp(told["at"] / 1000, UTC).isoformat(),
            "properties": {"total": told["total"]},
            "context": context,
        }
        for told in batch
    ]
    return json.dumps({"batch": messages, "sentAt": datetime.now(UTC).isoformat()}).encode()


def _context(device: population.Device) -> bytes:
    told = {"targetingKey": device.key, "platform": "ios", "osVersion": "18.1", "sessionIndex": 5}
    return json.dumps({"context": told}).encode()
