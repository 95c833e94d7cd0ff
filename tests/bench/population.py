"""Invented devices as an app in use has them, and what they send.

Most have notifications on; some are new, some have just refused, some were interrupted a moment ago; a few are due to
be shown something. Every number comes from one seeded generator: two runs ask the same.
"""

from __future__ import annotations

import itertools
import json
import random
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from tests.bench.client import request
from tests.bench.scene import Scene

DAY_MS = 86_400_000
# Kind of device, its share, and the moment it is asked at.
KINDS = (
    ("authorized", 0.62, "order_placed"),
    ("on_by_default", 0.06, "order_placed"),
    ("first_session", 0.08, "order_placed"),
    ("asked_lately", 0.04, "order_placed"),
    ("declined", 0.03, "order_placed"),
    ("refused_lately", 0.12, "run_finished"),
    ("due_soft_ask", 0.03, "order_placed"),
    ("due_redirect", 0.02, "run_finished"),
)
SHOWN = ("due_soft_ask", "due_redirect")
ANDROID_12 = {"platform": "android", "os_version": "12", "api_level": 31, "target_sdk": 34}
IPHONE = {"platform": "ios", "os_version": "18.1"}


@dataclass(frozen=True)
class Device:
    """One invented device."""

    key: str
    kind: str
    moment: str


def devices(count: int, *, seed: int = 7) -> list[Device]:
    """`count` devices in the shares of KINDS, shuffled."""
    draw = random.Random(seed)
    kinds = draw.choices(KINDS, weights=[share for _, share, _ in KINDS], k=count)
    return [Device(f"d-{n:07d}", kind, moment) for n, (kind, _, moment) in enumerate(kinds)]


def past(device: Device, scene: Scene, now: int, draw: random.Random) -> Iterator[dict[str, Any]]:
    """The events that made the device what it is."""
    days = draw.randint(20, 300)
    told: dict[str, Any] = dict(ANDROID_12 if device.kind == "on_by_default" else IPHONE)
    told |= {"app_version": "4.2.0", "locale": "en_US", "device_id": device.key}
    sessions = 1 if device.kind == "first_session" else draw.randint(3, 40)

    def happened(kind: str, ago: float, **more: Any) -> dict[str, Any]:
        return {
            "id": new_id(draw),
            "type": kind,
            "occurred_at": int(now - ago * DAY_MS),
            **told,
        } | more

    yield happened("session_started", days, session_index=sessions)
    decision = f"{uuid.UUID(int=draw.getrandbits(128))}.s{scene.soft_ask}.1.a.order_placed"
    match device.kind:
        case "authorized":
            yield happened("permission_status", 9, permission={"library": "ios", "value": 2})
        case "refused_lately":
            yield happened("native_prompt_answered", 1, outcome="denied")
        case "due_redirect":
            yield happened("native_prompt_answered", 15, outcome="denied")
        case "asked_lately":
            yield happened("soft_ask_shown", 0.3, decision_id=decision)
        case "declined":
            yield happened("soft_ask_shown", 5, decision_id=decision)
            yield happened("soft_ask_declined", 4.99, decision_id=decision)


def new_id(draw: random.Random) -> str:
    """A random UUID of version 4, as clients make them."""
    return str(uuid.UUID(int=draw.getrandbits(128), version=4))


def batches(events: list[dict[str, Any]], *, size: int) -> Iterator[bytes]:
    """The events as bodies of batches."""
    for start in range(0, len(events), size):
        yield json.dumps({"events": events[start : start + size]}).encode()


def event_requests(events: list[dict[str, Any]], key: str, *, size: int = 500) -> list[bytes]:
    """The events as requests."""
    return [request("/api/v1/events", body, key=key) for body in batches(events, size=size)]


def decision_request(device: Device, key: str) -> bytes:
    """What a client sends when the device reaches its moment."""
    told = ANDROID_12 if device.kind == "on_by_default" else IPHONE
    asked = {
        "device_id": device.key,
        "moment": device.moment,
        "properties": {"total": 35, "currency": "EUR"},
        "context": {**told, "app_version": "4.2.0", "locale": "en_US"},
    }
    return request("/api/v1/decisions", json.dumps(asked).encode(), key=key)


class Stream:
    """Fresh events of known devices, each later than the device's last."""

    STORY: tuple[tuple[str, dict[str, Any]], ...] = (
        ("session_started", {"session_index": 41}),
        ("moment_reached", {"name": "Order Placed", "properties": {"total": 35.5, "items": 3}}),
        ("permission_status", {"permission": {"library": "ios", "value": 2}}),
        ("moment_reached", {"name": "Run Finished", "properties": {"km": 5.2}}),
        ("settings_opened", {}),
    )

    _clock = itertools.count(int(time.time() * 1000) - DAY_MS // 4)
    """One for all streams: no event is ever older than one that was sent before."""

    def __init__(self, keys: list[str], *, seed: int) -> None:
        self._draw = random.Random(seed)
        self._keys = keys

    def take(self, batch_count: int, *, devices_in_batch: int, size: int = 500) -> list[bytes]:
        """Bodies of batches; each has `size` events of `devices_in_batch` devices."""
        return [self._batch(devices_in_batch, size) for _ in range(batch_count)]

    def _batch(self, devices_in_batch: int, size: int) -> bytes:
        chosen = self._draw.sample(self._keys, devices_in_batch)
        events = []
        for number in range(size):
            kind, more = self.STORY[number % len(self.STORY)]
            events.append(
                {
                    "id": new_id(self._draw),
                    "device_id": chosen[number * devices_in_batch // size],
                    "type": kind,
                    "occurred_at": next(self._clock),
                    **IPHONE,
                    "app_version": "4.2.0",
                    "locale": "en_US",
                    **more,
                }
            )
        return json.dumps({"events": events}).encode()
