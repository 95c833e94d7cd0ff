"""Calling an address that somebody entered; see domain/outbound.py for which ones may be called."""

import socket
import ssl
import threading
from collections.abc import Collection, Mapping
from contextlib import suppress
from http.client import HTTPConnection, HTTPException

from permissions_app.domain.outbound import Target, check_numbers, read_target

SECONDS = 5.0
"""For each step of a call: connecting, sending, waiting."""
SECONDS_IN_ALL = 15.0
"""However slowly the other side drips."""


class Failed(Exception):
    """The call did not get through, or the answer was no. The text is for the people who set it up. `status`: of the
    answer, None where there was none.
    """

    def __init__(self, sentence: str, *, status: int | None = None) -> None:
        super().__init__(sentence)
        self.status = status


def post(
    *,
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    trusted_hosts: Collection[str],
    patience: float = SECONDS,
    longest: float = SECONDS_IN_ALL,
) -> int:
    """Send `body`. Returns the status when it is in the two hundreds; follows no redirect, reads no answer.

    `patience`: seconds to wait for the answer once the line stands. `longest`: for all of it from then on. Raises
    Refused where the address may not be called, Failed where it did not work this time.
    """
    target = read_target(url=url, trusted_hosts=trusted_hosts)
    numbers = check_numbers(target=target, numbers=look_up(target))
    try:
        status = _post(target, numbers[0], body, headers, (patience, longest))
    except TimeoutError:
        raise Failed("No answer in time.") from None
    except ssl.SSLError:
        raise Failed("The certificate of the host cannot be trusted.") from None
    except (OSError, HTTPException):
        raise Failed("The host could not be reached.") from None
    if 300 <= status < 400:
        raise Failed(
            f"The answer was {status}: the address has moved, and is not followed.", status=status
        )
    if not 200 <= status < 300:
        raise Failed(f"The answer was {status}.", status=status)
    return status


def look_up(target: Target) -> list[str]:
    """The numbers that a host's name stands for now. Raises Failed."""
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed("The host is not known.") from None
    return [str(entry[4][0]) for entry in found]


def _post(
    target: Target,
    number: str,
    body: bytes,
    headers: Mapping[str, str],
    seconds: tuple[float, float],
) -> int:
    """The status of the answer. The socket is opened to the number that was checked, whatever the name says now."""
    patience, longest = seconds
    line = socket.create_connection((number, target.port), timeout=SECONDS)
    lines = [line]
    ends = threading.Timer(longest, _cut, [lines])
    ends.daemon = True
    ends.start()
    try:
        if target.secure:
            secured = ssl.create_default_context().wrap_socket(
                line, server_hostname=target.host, do_handshake_on_connect=False
            )
            lines.append(secured)
            secured.do_handshake()
        talk = HTTPConnection(target.host, target.port, timeout=SECONDS)
        talk.sock = lines[-1]
        talk.sock.settimeout(patience)
        talk.request("POST", target.path, body, {"Host": target.authority, **headers})
        return talk.getresponse().status
    finally:
        ends.cancel()
        lines[-1].close()


def _cut(lines: list[socket.socket]) -> None:
    """End the call from outside: whoever waits for the line gets an error."""
    with suppress(OSError):
        socket.socket.shutdown(lines[-1], socket.SHUT_RDWR)
