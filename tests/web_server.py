"""A web server small enough for a test: it remembers what is posted to it and answers as it is told."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType


class WebServer:
    """Listens on a free port of this machine while the `with` block lasts. `posts`: (path, headers, body). `status`:
    what it answers. `silent`: takes a request and never answers it. `location`: where a redirect leads.
    """

    def __init__(self, *, status: int = 200, silent: bool = False, location: str = "") -> None:
        self.posts: list[tuple[str, dict[str, str], bytes]] = []
        self.status, self.silent = status, silent
        self._ends = threading.Event()
        server = self

        class Answer(BaseHTTPRequestHandler):
            """One request."""

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                server.posts.append((self.path, dict(self.headers), body))
                if server.silent:
                    server._ends.wait(60)
                    return
                self.send_response(server.status)
                if location:
                    self.send_header("Location", location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    @property
    def url(self) -> str:
        """Its address, with a path."""
        return f"http://127.0.0.1:{self.port}/hook"

    @property
    def host(self) -> str:
        """As an operator would name it."""
        return f"127.0.0.1:{self.port}"

    def __enter__(self) -> WebServer:
        """Begin to listen."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop, and let go of the port."""
        self._ends.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
