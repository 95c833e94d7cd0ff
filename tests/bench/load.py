"""The load generator: many kept-alive connections in one loop, requests built beforehand.

It does as little as a client can do, so that what is measured is the server: send, read until the announced length,
note the time, send the next. `Round.generator_share` tells how much of one core it took for itself.
"""

from __future__ import annotations

import gc
import select
import socket
import time
from array import array
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

STUCK_SECONDS = 60.0


@dataclass(frozen=True)
class Round:
    """What one run of requests gave. Latencies in seconds, sorted; `statuses` counts by HTTP status."""

    requests: int
    seconds: float
    generator_share: float
    latencies: Sequence[float]
    statuses: Counter[bytes]
    marked: int
    """Answers that held the text that was looked for."""

    @property
    def rate(self) -> float:
        """Requests a second."""
        return self.requests / self.seconds

    def quantile(self, share: float) -> float:
        """The latency in seconds that this share of the requests did not exceed."""
        return self.latencies[min(len(self.latencies) - 1, int(share * len(self.latencies)))]


class _Line:
    """One connection and the request under way on it."""

    __slots__ = ("begun", "data", "need", "socket")

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.data, self.need, self.begun = b"", 0, 0.0


def run(url: str, messages: Sequence[bytes], *, connections: int, mark: bytes = b"") -> Round:
    """Send every message once and wait for all answers. Raises OSError when a connection breaks."""
    parts = urlsplit(url)
    address = (parts.hostname or "127.0.0.1", parts.port or 80)
    lines = [_Line(address) for _ in range(min(connections, len(messages)))]
    try:
        gc.disable()
        return _run(lines, messages, mark)
    finally:
        gc.enable()
        for line in lines:
            line.socket.close()


def _run(lines: list[_Line], messages: Sequence[bytes], mark: bytes) -> Round:
    by_number = {line.socket.fileno(): line for line in lines}
    poll = select.epoll()
    latencies, statuses, marked = array("d"), Counter[bytes](), 0
    waiting = iter(messages)
    clock, cpu, started = time.perf_counter, time.process_time(), time.perf_counter()
    for line in lines:
        poll.register(line.socket.fileno(), select.EPOLLIN)
        line.begun = clock()
        line.socket.sendall(next(waiting))
    left = len(messages)
    while left:
        ready = poll.poll(STUCK_SECONDS)
        if not ready:
            raise TimeoutError("no answer came for a minute")
        for number, _ in ready:
            line = by_number[number]
            part = line.socket.recv(262_144)
            if not part:
                raise ConnectionResetError("the server closed a connection")
            data = line.data = line.data + part if line.data else part
            if not line.need:
                line.need = _length(data)
            if not line.need or len(data) < line.need:
                continue
            now = clock()
            latencies.append(now - line.begun)
            statuses[data[9:12]] += 1
            if mark and mark in data:
                marked += 1
            line.data, line.need = b"", 0
            left -= 1
            message = next(waiting, None)
            if message is not None:
                line.begun = now
                line.socket.sendall(message)
    seconds = clock() - started
    share = (time.process_time() - cpu) / seconds
    poll.close()
    return Round(len(messages), seconds, share, sorted(latencies), statuses, marked)


def _length(data: bytes) -> int:
    """The length of the whole answer, or 0 while its head is incomplete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return 0
    place = data.find(b"content-length:", 0, end)
    if place < 0:
        place = data.lower().find(b"content-length:", 0, end)
    if place < 0 and data[9:12] == b"304":
        return end + 4  # has no body
    if place < 0:
        raise ValueError("an answer without a length")
    stop = data.find(b"\r", place)
    return end + 4 + int(data[place + 15 : stop])
