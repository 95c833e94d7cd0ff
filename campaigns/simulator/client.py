"""A client of the public API, as stubborn as a good one should be.

One connection, kept open. A lost connection is opened again once; with `patient`, the same bytes are
sent again for as long as it takes, also after server errors: the ids make that harmless. Nothing
here knows anything of the product but its documented protocol.
"""

import http.client
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from campaigns.simulator.delivery import Events
from campaigns.simulator.journey import Ask, Reply

TIMEOUT_SECONDS = 30.0
PATIENCE_SECONDS = 300.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})


class RefusedError(Exception):
    """The server did not take what was sent, and sending it again would not help."""


@dataclass(slots=True)
class Client:
    """Speaks for many devices, one request after the other.

    `acknowledged`: a file to which the id of every event is written once the server has answered
    for it. `stop_after`: seconds of trying again before `patient` gives up.
    """

    host: str
    key: str
    patient: bool = False
    acknowledged: str = ""
    stop_after: float = PATIENCE_SECONDS
    tried_again: int = 0
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _file: int = -1

    def send(self, events: Events) -> None:
        """Upload a batch; returns once every event of it is acknowledged. Raises RefusedError."""
        answer = self._post("/api/v1/events", {"events": events}, {})
        taken = answer["accepted"] + answer["duplicates"]
        if answer["rejected"] or taken != len(events):
            raise RefusedError(f"{len(events)} events sent: {json.dumps(answer)[:500]}")
        if self.acknowledged:
            self._write_down(events)

    def ask(self, ask: Ask) -> Reply:
        """The server's answer at the simulated time. Raises RefusedError."""
        return self._post("/api/v1/decisions", ask.body, {"X-Simulated-Now": str(ask.at)})

    def close(self) -> None:
        """Close what is open."""
        self._drop()
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _post(self, path: str, body: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
        payload = json.dumps(body, separators=(",", ":")).encode()
        headers |= {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        gives_up, wait, tries = time.monotonic() + self.stop_after, 0.02, 0
        while True:
            try:
                status, text = self._once(path, payload, headers)
                if status == 200:
                    found: dict[str, Any] = json.loads(text)
                    return found
                problem = f"{path} answered {status}: {text[:500].decode(errors='replace')}"
                may_retry = self.patient and status in _AGAIN
            except (OSError, http.client.HTTPException) as error:
                self._drop()
                problem = f"{path}: {type(error).__name__}: {error}"
                may_retry = self.patient or tries == 0
            if not may_retry or time.monotonic() > gives_up:
                raise RefusedError(problem)
            tries += 1
            self.tried_again += 1
            if self.patient:
                time.sleep(wait)
                wait = min(wait * 1.5, 1.0)

    def _once(self, path: str, payload: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        if self._connection is None:
            address = urlsplit(self.host)
            kind = (
                http.client.HTTPSConnection
                if address.scheme == "https"
                else http.client.HTTPConnection
            )
            self._connection = kind(address.netloc, timeout=TIMEOUT_SECONDS)
        self._connection.request("POST", path, payload, headers)
        response = self._connection.getresponse()
        return response.status, response.read()

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write_down(self, events: Events) -> None:
        if self._file < 0:
            self._file = os.open(self.acknowledged, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        os.write(self._file, "".join(f"{event['id']}\n" for event in events).encode())
