"""A small HTTP/1.1 client that sends exactly the bytes it is told to, and the parts of a request that clients send.

One connection, kept alive. Reading is minimal, so that the cost of a request stays with the server that is measured.
"""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class Reply:
    """The status, the headers as they came, and the body."""

    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        """The body, read as JSON."""
        return json.loads(self.body)


class Wire:
    """One connection to a server. Any error leaves it closed; `connect` opens it again."""

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        self.address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._socket: socket.socket | None = None
        self._rest = b""

    def connect(self) -> None:
        """Open a fresh connection."""
        self.close()
        self._socket = socket.create_connection(self.address, timeout=SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
        self._socket, self._rest = None, b""

    def __enter__(self) -> Wire:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def send(self, message: bytes) -> Reply:
        """Send the bytes of a whole request and read the answer. Raises OSError when the connection breaks."""
        if self._socket is None:
            self.connect()
        assert self._socket is not None
        try:
            self._socket.sendall(message)
            return self._read(self._socket)
        except OSError:
            self.close()
            raise

    def send_for_head(self, message: bytes) -> bytes:
        """Send a request whose answer has a head only, and read until the server closes the connection."""
        if self._socket is None:
            self.connect()
        assert self._socket is not None
        self._socket.sendall(message)
        data = b""
        while part := self._socket.recv(65536):
            data += part
        self.close()
        return data

    def _read(self, connection: socket.socket) -> Reply:
        data = self._rest
        while (end := data.find(b"\r\n\r\n")) < 0:
            data += self._receive(connection)
        head = data[:end].lower()
        status = int(head[9:12])
        if b"transfer-encoding: chunked" in head:
            return self._read_chunks(connection, status, data[:end], data[end + 4 :])
        place = head.find(b"content-length:")
        length = 0
        if place >= 0:
            stop = head.find(b"\r\n", place)
            length = int(head[place + 15 : stop if stop >= 0 else None])
        total = end + 4 + length
        while len(data) < total:
            data += self._receive(connection)
        self._rest = data[total:]
        if b"connection: close" in head:
            self.close()
        return Reply(status, data[:end], data[end + 4 : total])

    def _read_chunks(
        self, connection: socket.socket, status: int, head: bytes, data: bytes
    ) -> Reply:
        body = b""
        while True:
            while (end := data.find(b"\r\n")) < 0:
                data += self._receive(connection)
            size = int(data[:end], 16)
            while len(data) < end + 2 + size + 2:
                data += self._receive(connection)
            body += data[end + 2 : end + 2 + size]
            data = data[end + 2 + size + 2 :]
            if size == 0:
                self._rest = data
                return Reply(status, head, body)

    @staticmethod
    def _receive(connection: socket.socket) -> bytes:
        part = connection.recv(65536)
        if not part:
            raise ConnectionResetError("the server closed the connection")
        return part


def request(
    path: str,
    body: bytes = b"",
    *,
    key: str = "",
    method: str = "POST",
    headers: dict[str, str] | None = None,
) -> bytes:
    """The bytes of one request. A header given as "" is left out, also one of the usual ones."""
    lines = {
        "Host": "127.0.0.1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Authorization": f"Bearer {key}" if key else "",
        **(headers or {}),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value)
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def chunked(body: bytes, size: int) -> bytes:
    """A body in chunks of `size` bytes."""
    parts = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
