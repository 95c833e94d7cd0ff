"""What the stock clients' protocols cost beside the native routes that end in the same work."""

from __future__ import annotations

import json
import random
import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from statistics import median
from typing import Any

import msgspec

from campaigns.domain.arms import draw
from campaigns.domain.ruleset import Ruleset
from permissions_app.domain.events import DecisionRef
from permissions_app.domain.standing import Standing
from tests.bench import population
from tests.bench.client import Wire, request
from tests.bench.decisions import CONNECTIONS, settle_population
from tests.bench.load import run
from tests.bench.stage import Stage
from tests.bench.table import Row

FLAGS = "/ofrep/v1/evaluate/flags"
BUNDLE = "/api/v1/bundle"
NORMALIZE = "/api/v1/normalize"
LEAST = 0.7
SENDERS = 4
DEVICES_IN_BATCH, MESSAGES = 50, 500
WARM = 32
"""Requests before a round, so that none of it looks up keys and rules."""


def measure(stage: Stage, *, quick: bool) -> tuple[list[Row], list[str]]:
    """Native and stock in turn, the same devices, events and moments."""
    stage.without_background()
    people = population.devices(2_000 if quick else 10_000)
    settle_population(stage, people)
    stage.settle()
    rows: list[Row] = []
    rounds = 3 if quick else 5
    for native, routes, connections in (
        _batches(stage, people, 20 if quick else 60),
        *_single_events(stage, people, 500 if quick else 3_000),
        _questions(stage, people),
    ):
        for what, ours, least in routes:
            pairs = [
                _beside(stage, what, ours(), native[1](), connections, first=number % 2)
                for number in range(rounds)
            ]
            rows.append(_row(what, native[0], pairs, least))
    return rows, [
        f"Protocols: batches of {MESSAGES} messages of {DEVICES_IN_BATCH} devices over {SENDERS} connections; single "
        f"events, and decisions that write nothing, over {CONNECTIONS}; {rounds} rounds in turn, medians; no limits; "
        "worker and scheduler stopped."
    ]


Make = Callable[[], list[bytes]]
"""The requests of one round, written anew where an id counts once."""
Group = tuple[tuple[str, Make], list[tuple[str, Make, float | None]], int]
"""A native route, what is measured beside it, and over how many connections."""


def _beside(
    stage: Stage, what: str, ours: list[bytes], native: list[bytes], connections: int, first: int
) -> tuple[float, float]:
    """The rates of both, in turn: whoever comes first would pay for what the processes have to look up anew."""
    found, warm = [0.0, 0.0], min(WARM, len(ours) // 10)
    for place in (first, 1 - first):
        messages = (ours, native)[place]
        run(stage.live.url, messages[:warm], connections=connections)
        done = run(stage.live.url, messages[warm:], connections=connections)
        if set(done.statuses) - {b"200", b"304"}:
            raise RuntimeError(f"{what}: {done.statuses}")
        found[place] = done.rate
    return found[0], found[1]


def _batches(stage: Stage, people: list[population.Device], count: int) -> Group:
    key, rng = stage.scene.publishable, random.Random(13)
    keys = [device.key for device in people]

    def events(write: Callable[[list[dict[str, Any]]], bytes], path: str) -> Make:
        return lambda: [request(path, write(_batch(rng, keys)), key=key) for _ in range(count)]

    native = "the native events", events(_native, "/api/v1/events")
    return native, [("events through /v1/batch", events(_segment, "/v1/batch"), LEAST)], SENDERS


def _single_events(stage: Stage, people: list[population.Device], count: int) -> Iterator[Group]:
    """One event a request, as browsers and servers send them: events that are stored, and events that nobody wants."""
    key, rng = stage.scene.publishable, random.Random(14)
    keys = [device.key for device in people]

    def one(write: Callable[[dict[str, Any]], bytes], path: str) -> Make:
        def messages() -> list[bytes]:
            now = int(time.time() * 1000)
            told = [
                {"id": population.new_id(rng), "device": rng.choice(keys), "at": now, "total": 25}
                for _ in range(count)
            ]
            return [request(path, write(one), key=key) for one in told]

        return messages

    def calls(*kinds: str) -> list[tuple[str, Make, float | None]]:
        return [
            (f"one event through /v1/{kind}", one(partial(_call, kind), f"/v1/{kind}"), LEAST)
            for kind in kinds
        ]

    def native(name: str) -> Make:
        return one(lambda told: _native([told], name), "/api/v1/events")

    made = one(Made(stage).claim, "/api/v1/decisions/made")
    stored = calls("track", "identify", "alias")
    stored.append(("one decision made on the device", made, LEAST))
    yield ("one native event", native("Order Placed")), stored, CONNECTIONS
    unwanted = "one native event that no moment wants", native("Viewed Order Placed Page")
    yield unwanted, calls("page", "screen", "group"), CONNECTIONS


def _questions(stage: Stage, people: list[population.Device]) -> Group:
    """Decisions that write nothing, and what else only reads."""
    key = stage.scene.publishable
    quiet = [d for d in people if d.kind in ("authorized", "on_by_default")]
    with Wire(stage.live.url) as wire:
        told = wire.send(request(BUNDLE, key=key, method="GET"))
    tag = re.search(rb"(?i)etag: (\S+)", told.head)
    if told.status != 200 or tag is None:
        raise RuntimeError(f"no bundle: {told.status}")
    known = {"If-None-Match": tag[1].decode()}
    settings = f"/v1/projects/{key}/settings"
    value = json.dumps({"library": "ios", "value": 1}).encode()

    def fixed(messages: list[bytes]) -> Make:
        return lambda: messages

    def same(message: bytes) -> Make:
        return fixed([message] * len(quiet))

    native = "the native decision", fixed([population.decision_request(d, key) for d in quiet])
    routes: list[tuple[str, Make, float | None]] = [
        (
            "a decision through OFREP",
            fixed([request(f"{FLAGS}/{d.moment}", _context(d), key=key) for d in quiet]),
            LEAST,
        ),
        (
            "all moments through OFREP",
            fixed([request(FLAGS, _context(d), key=key) for d in quiet]),
            LEAST,
        ),
        ("the bundle", same(request(BUNDLE, key=key, method="GET")), LEAST),
        (
            "the bundle, unchanged (304)",
            same(request(BUNDLE, key=key, method="GET", headers=known)),
            LEAST,
        ),
        ("a permission value through normalize", same(request(NORMALIZE, value, key=key)), LEAST),
        ("Segment's settings", same(request(settings, method="GET")), LEAST),
    ]
    return native, routes, CONNECTIONS


class Made:
    """A client that decides by the bundle of the scene: it draws the arm of each device by the published rules."""

    def __init__(self, stage: Stage) -> None:
        with Wire(stage.live.url) as wire:
            told = wire.send(request(BUNDLE, key=stage.scene.publishable, method="GET")).json()
        ruleset = msgspec.convert(json.loads(told["payload"])["ruleset"], Ruleset)
        self._ask = ruleset.soft_asks["order_placed"][0]

    def claim(self, told: dict[str, Any]) -> bytes:
        """A soft ask that the device was shown, as the body of a request."""
        ask = self._ask
        drawn = draw(campaign=ask, standing=Standing(), device_key=told["device"], now=told["at"])
        assert drawn.arm is not None, "the scene has no holdout"
        arm = drawn.arm.key
        ref = DecisionRef(told["id"], "soft_ask", ask.id, ask.revision, arm, ask.moment)
        claim = {
            "decision_id": str(ref),
            "device_id": told["device"],
            "at": told["at"],
            "action": "soft_ask",
            "reason": "ask_softly",
            "campaign": ask.key,
            "revision": ask.revision,
            "variant": arm,
        }
        return json.dumps({"decisions": [claim]}).encode()


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


def _batch(rng: random.Random, keys: list[str]) -> list[dict[str, Any]]:
    """Messages of some devices, told as facts that both protocols can write."""
    some = rng.sample(keys, DEVICES_IN_BATCH)
    now = int(time.time() * 1000)
    return [
        {
            "id": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
            "device": some[place % DEVICES_IN_BATCH],
            "at": now - MESSAGES + place,
            "total": rng.randint(1, 60),
        }
        for place in range(MESSAGES)
    ]


def _native(batch: list[dict[str, Any]], name: str = "Order Placed") -> bytes:
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
            "name": name,
            "properties": {"total": told["total"]},
        }
        for told in batch
    ]
    return json.dumps({"events": events}).encode()


CONTEXT = {
    "os": {"name": "iOS", "version": "18.1"},
    "app": {"version": "4.2.0"},
    "locale": "en_US",
    "library": {"name": "analytics-node", "version": "3.1.0"},
}


def _message(kind: str, told: dict[str, Any]) -> dict[str, Any]:
    """A message of this kind, as a client of Segment writes it."""
    own: dict[str, dict[str, Any]] = {
        "track": {"event": "Order Placed", "properties": {"total": told["total"]}},
        "identify": {"traits": {"notification_permission": 2}},
        "page": {"name": "Order Placed", "properties": {"total": told["total"]}},
        "screen": {"name": "Order Placed", "properties": {"total": told["total"]}},
        "group": {"groupId": "team-7", "traits": {"plan": "pro"}},
        "alias": {"previousId": "somebody", "userId": "customer-1"},
    }
    return {
        "type": kind,
        "messageId": told["id"],
        "anonymousId": told["device"],
        "timestamp": datetime.fromtimestamp(told["at"] / 1000, UTC).isoformat(),
        "context": CONTEXT,
        **own[kind],
    }


def _segment(batch: list[dict[str, Any]]) -> bytes:
    messages = [_message("track", told) for told in batch]
    return json.dumps({"batch": messages, "sentAt": datetime.now(UTC).isoformat()}).encode()


def _call(kind: str, told: dict[str, Any]) -> bytes:
    return json.dumps({**_message(kind, told), "sentAt": datetime.now(UTC).isoformat()}).encode()


def _context(device: population.Device) -> bytes:
    told = {"targetingKey": device.key, "platform": "ios", "osVersion": "18.1", "sessionIndex": 5}
    return json.dumps({"context": told}).encode()
