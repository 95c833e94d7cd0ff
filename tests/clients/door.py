"""A door before the product that refuses some requests first, as a proxy does while a server starts anew."""

from __future__ import annotations

import http.client
import threading
from collections import deque
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from urllib.parse import urlsplit

HANDED_BACK = ("retry-after", "content-type")
PASSED_ON = ("authorization", "content-type", "content-encoding", "user-agent")


class Door:
    """Answers with `refusals` (status, headers) one after the other, and lets everything after them through.

    `seen`: (method, path, status) of every request, in order. `before`: done once, just before the first request is
    let through.
    """

    def __init__(
        self,
        target: str,
        *refusals: tuple[int, dict[str, str]],
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.refusals = deque(refusals)
        self.before: deque[Callable[[], None]] = deque((before,))
        self.seen: list[tuple[str, str, int]] = []
        self.address = urlsplit(target).netloc
        door = self

        class Handler(_Handler):
            owner = door

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), daemon=True
        )

    def __enter__(self) -> Door:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    owner: Door
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._let_through()

    def do_POST(self) -> None:
        self._let_through()

    def _let_through(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.owner.refusals:
            status, headers = self.owner.refusals.popleft()
            self._answer(status, b"{}", headers)
            return
        while self.owner.before:
            self.owner.before.popleft()()
        connection = http.client.HTTPConnection(self.owner.address, timeout=20)
        passed = {name: self.headers[name] for name in PASSED_ON if name in self.headers}
        connection.request(self.command, self.path, body, passed)
        told = connection.getresponse()
        kept = {name: value for name, value in told.getheaders() if name.lower() in HANDED_BACK}
        self._answer(told.status, told.read(), kept)
        connection.close()

    def _answer(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        self.owner.seen.append((self.command, self.path, status))
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""
