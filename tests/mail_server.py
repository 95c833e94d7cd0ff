"""A mail server small enough for a test: it takes letters over SMTP, refuses them, or never answers."""

from __future__ import annotations

import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from types import TracebackType


class MailServer:
    """Listens on a free port of this machine while the `with` block lasts.

    `letters`: what arrived. `refuses`: answers every recipient with a temporary failure. `silent`:
    takes connections and says nothing at all.
    """

    def __init__(self, *, refuses: bool = False, silent: bool = False) -> None:
        self.letters: list[EmailMessage] = []
        self.refuses = refuses
        self._ends = threading.Event()
        server = self

        class Talk(socketserver.StreamRequestHandler):
            """One connection."""

            def handle(self) -> None:
                if silent:
                    server._ends.wait(60)
                    return
                self.wfile.write(b"220 here\r\n")
                while line := self.rfile.readline():
                    said = line[:4].upper().strip()
                    if said == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        self._take()
                    elif said == b"RCPT" and server.refuses:
                        self.wfile.write(b"451 not now\r\n")
                    elif said == b"QUIT":
                        self.wfile.write(b"221 bye\r\n")
                        return
                    else:
                        self.wfile.write(b"250 fine\r\n")

            def _take(self) -> None:
                lines = []
                while (line := self.rfile.readline()) not in (b".\r\n", b""):
                    lines.append(line.removeprefix(b".").replace(b"\r\n", b"\n"))
                letter = message_from_bytes(b"".join(lines), policy=policy.default)
                assert isinstance(letter, EmailMessage)
                server.letters.append(letter)
                self.wfile.write(b"250 taken\r\n")

        class Listens(socketserver.ThreadingTCPServer):
            """Connections do not keep the test from ending."""

            daemon_threads = True
            allow_reuse_address = True

        self._server = Listens(("127.0.0.1", 0), Talk)
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> MailServer:
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
