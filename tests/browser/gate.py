"""A door in front of the test server: nobody is inside while a test's data is taken away.

A page may send a last request while it closes. If that request still ran when the tables are emptied, the
two would wait for each other. So at the end of a test the door is closed, whoever is inside is waited for,
and who comes later is turned away without touching the database. Requests of Django's own test client do not
come through a socket and are never stopped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.http import HttpRequest, HttpResponse

OF_A_SOCKET = "WSGIServer"
SECONDS = 30.0


class Door:
    """Counts who is inside."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._open = True

    @contextmanager
    def passing(self) -> Iterator[bool]:
        """Go in and out again; False for whoever found the door closed."""
        with self._changed:
            let_in = self._open
            self._inside += let_in
        try:
            yield let_in
        finally:
            with self._changed:
                self._inside -= let_in
                self._changed.notify_all()

    def open(self) -> None:
        """Let everybody in."""
        with self._changed:
            self._open = True

    def close(self) -> None:
        """Let nobody in any more, and return when nobody is inside."""
        with self._changed:
            self._open = False
            done = self._changed.wait_for(lambda: self._inside == 0, SECONDS)
        assert done, f"{self._inside} requests were still running after {SECONDS:.0f} s"


DOOR = Door()


def gate(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: outermost in the settings of the tests."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.META.get("SERVER_SOFTWARE", "").startswith(OF_A_SOCKET):
            return get_response(request)
        with DOOR.passing() as let_in:
            return get_response(request) if let_in else HttpResponse(status=503)

    return middleware
