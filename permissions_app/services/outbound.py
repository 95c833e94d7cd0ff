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
    """The call did not get through, or the answer was no. The text is for the people who set it up."""


def post(
    *, url: str, body: bytes, headers: Mapping[str, str], trusted_hosts: Collection[str]
) -> None:
    """Send `body`. Returns when the answer is in the two hundreds; follows no redirect, reads no answer.

    Raises Refused where the address may not be called, Failed where it did not work this time.
    """
    target = read_target(url=url, trusted_hosts=trusted_hosts)
    numbers = check_numbers(target=target, numbers=_look_up(target))
    try:
        status = _post(target, numbers[0], body, headers)
    except TimeoutError:
        raise Failed("No answer in time.") from None
    except ssl.SSLError:
        raise Failed("The certificate of the host cannot be trusted.") from None
    except (OSError, HTTPException):
        raise Failed("The host could not be reached.") from None
    if 300 <= status < 400:
        raise Failed(f"The answer was {status}: the address has moved, and is not followed.")
    if not 200 <= status < 300:
        raise Failed(f"The answer was {status}.")


def _look_up(target: Target) -> list[str]:
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Failed("The host is not known.") from None
    return [str(entry[4][0]) for entry in found]


def _post(target: Target, number: str, body: bytes, headers: Mapping[str, str]) -> int:
    """The status of the answer. The socket is opened to the number that was checked, whatever the name says now."""
    line = socket.create_connection((number, target.port), timeout=SECONDS)
    lines = [line]
    ends = threading.Timer(SECONDS_IN_ALL, _cut, [lines])
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
        talk.request("POST", target.path, body, {"Host": target.authority, **headers})
        return talk.getresponse().status
    finally:
        ends.cancel()
        lines[-1].close()


def _cut(lines: list[socket.socket]) -> None:
    """End the call from outside: whoever waits for the line gets an error."""
    with suppress(OSError):
        socket.socket.shutdown(lines[-1], socket.SHUT_RDWR)
