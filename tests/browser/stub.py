"""A stand-in for the product on loopback: it serves the client's files and a page under a strict policy.

What it answers to events and decisions is up to the test; what it was sent is remembered in order.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any

STATIC = Path(__file__).resolve().parents[2] / "static"
KEY = "pk_test_client"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'"
)
PAGE = """<!doctype html>
<html lang="{lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>A page</title><script src="/static/js/oneask.js" defer data-key="{key}"{attributes}></script></head>
<body><h1>A page</h1><button id="before">Place order</button><p><a href="#after">After</a></p>{body}</body></html>"""


class Stub:
    """`answers` is taken one by one for batches (status, headers); when empty, batches get 200.

    `decision` is the next and every following answer to decisions; `rejected` goes into the answers to batches.
    """

    def __init__(self) -> None:
        self.answers: deque[tuple[int, dict[str, str]]] = deque()
        self.decision: dict[str, Any] = {
            "action": "none",
            "reason": "unknown_moment",
            "decision_id": "",
        }
        self.rejected: list[dict[str, Any]] = []
        self.batches: list[list[dict[str, Any]]] = []
        self.accepted: list[dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.lang = "en"
        self.attributes = ""
        self.body = ""
        self._changed = threading.Condition()
        stub = self

        class Handler(_Handler):
            owner = stub

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Stub:
        """Start to answer."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop to answer."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def types(self) -> list[str]:
        """The types of the events that were accepted, in order of arrival."""
        return [event["type"] for event in self.accepted]

    def event(self, kind: str) -> dict[str, Any]:
        """The one accepted event of a type."""
        found = [event for event in self.accepted if event["type"] == kind]
        assert len(found) == 1, f"{len(found)} events of type {kind} in {self.types}"
        return found[0]

    def wait_for(self, kind: str, count: int = 1, seconds: float = 10) -> dict[str, Any]:
        """Wait until `count` events of a type were accepted; return the latest."""
        with self._changed:
            done = self._changed.wait_for(lambda: self.types.count(kind) >= count, seconds)
        assert done, f"no {kind} within {seconds} s, only {self.types}"
        return [event for event in self.accepted if event["type"] == kind][count - 1]

    def wait_for_batches(self, count: int, seconds: float = 10) -> None:
        """Wait until so many batches arrived, whatever they were answered."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.batches) >= count, seconds), len(
                self.batches
            )

    def take_batch(
        self, body: dict[str, Any], headers: dict[str, str]
    ) -> tuple[int, dict[str, str], object]:
        """Remember a batch and answer as told."""
        with self._changed:
            self.batches.append(body["events"])
            self.headers.append(headers)
            status, extra = self.answers.popleft() if self.answers else (200, {})
            if status == 200:
                known = {event["id"] for event in self.accepted}
                self.accepted += [event for event in body["events"] if event["id"] not in known]
            self._changed.notify_all()
        return (
            status,
            extra,
            {"accepted": len(body["events"]), "duplicates": 0, "rejected": self.rejected},
        )


def soft_ask(surface: str = "sheet", **copy: str) -> dict[str, Any]:
    """A decision to ask softly, as the product words it."""
    return {
        "decision_id": "0190b3c4-0000-7000-8000-000000000001.s12.3.b.order_placed",
        "action": "soft_ask",
        "reason": "soft_ask",
        "moment": "order_placed",
        "variant": "b",
        "copy": {
            "title": "Know when order 1042 leaves the roastery",
            "body": "One message when it ships and one when the courier is near. Nothing else.",
            "accept_label": "Tell me",
            "decline_label": "Not now",
            "surface": surface,
            **copy,
        },
        "prompt": {"left": 1, "last": True},
        "expires_at": in_minutes(10),
    }


def settings_redirect(surface: str = "banner", **copy: str) -> dict[str, Any]:
    """A decision to show the way back, as the product words it."""
    return {
        "decision_id": "0190b3c4-0000-7000-8000-000000000002.r5.1.a.order_placed",
        "action": "settings_redirect",
        "reason": "settings_redirect",
        "moment": "order_placed",
        "copy": {
            "line": "You will not hear when order 1042 leaves the roastery.",
            "action_label": "Turn on order updates",
            "surface": surface,
            **copy,
        },
        "settings": {
            "kind": "instructions",
            "browser": "chrome",
            "steps": [
                "Click the site settings icon to the left of the address",
                "Switch on Notifications, or choose Site settings and set Notifications to Allow",
                "Reload this page",
            ],
        },
        "prompt": {"left": 0, "last": False},
        "expires_at": in_minutes(10),
    }


def in_minutes(minutes: float) -> str:
    """A time from now, as the product writes times."""
    return (datetime.now(UTC) + timedelta(minutes=minutes)).isoformat()


class _Handler(BaseHTTPRequestHandler):
    owner: Stub
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            kind = "text/css" if file.suffix == ".css" else "text/javascript"
            self._send(200, file.read_bytes(), kind)
        elif path == "/favicon.ico":
            self._send(204, b"", "image/x-icon")
        else:
            stub = self.owner
            text = PAGE.format(lang=stub.lang, key=KEY, attributes=stub.attributes, body=stub.body)
            self._send(
                200, text.encode(), "text/html; charset=utf-8", {"Content-Security-Policy": POLICY}
            )

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if self.path == "/api/v1/events":
            status, extra, answer = self.owner.take_batch(body, dict(self.headers.items()))
        else:
            self.owner.asked.append(body)
            status, extra, answer = 200, {}, self.owner.decision
        self._send(status, json.dumps(answer).encode(), "application/json", extra)

    def _send(
        self, status: int, body: bytes, kind: str, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in (extra or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Say nothing."""
