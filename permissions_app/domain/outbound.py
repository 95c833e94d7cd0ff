"""Where this server may call on somebody's behalf.

A person may enter an address that we then call from inside our network. That address must not become a key to what
stands beside us: the database, another service, the cloud's metadata. So an address is https, names no user, and
every number its name stands for is public. The name is looked up once, and the call goes to the number that was
looked at: a name that answers differently a moment later gains nothing. An operator may name hosts of their own
network; those are trusted as they are, with http too.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

LONGEST_URL = 500
PORTS = {"https": 443, "http": 80}
PRIVATE = "This host is inside a private network, and is not called."


class Refused(ValueError):
    """The address may not be called; the text says why, for the person who entered it."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address taken apart. `path`: with its query. `trusted`: the operator named the host."""

    secure: bool
    host: str
    port: int
    path: str
    trusted: bool

    @property
    def authority(self) -> str:
        """The host as the Host header has it."""
        name = f"[{self.host}]" if ":" in self.host else self.host
        return (
            name
            if self.port == PORTS["https" if self.secure else "http"]
            else f"{name}:{self.port}"
        )


def read_target(*, url: str, trusted_hosts: Collection[str]) -> Target:
    """Take an address apart. `trusted_hosts`: "host" or "host:port". Raises Refused."""
    if len(url) > LONGEST_URL:
        raise Refused(f"An address has at most {LONGEST_URL} characters.")
    if any(ord(letter) <= 32 or ord(letter) >= 127 for letter in url):
        raise Refused("An address has no spaces and no letters beyond ASCII.")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = (parts.hostname or "").rstrip(".").lower()
    except ValueError:
        raise Refused("This is no address. It looks like https://example.com/hook.") from None
    if parts.scheme not in PORTS or not host:
        raise Refused("This is no address. It looks like https://example.com/hook.")
    if parts.username is not None or parts.password is not None:
        raise Refused("An address with a user name in it is not called.")
    number = PORTS[parts.scheme] if port is None else port
    trusted = host in trusted_hosts or f"{host}:{number}" in trusted_hosts
    if parts.scheme != "https" and not trusted:
        raise Refused("Only https addresses are called.")
    if not trusted and _is_number(host) and not is_public(host):
        raise Refused(PRIVATE)
    path = parts.path or "/"
    return Target(
        secure=parts.scheme == "https",
        host=host,
        port=number,
        path=f"{path}?{parts.query}" if parts.query else path,
        trusted=trusted,
    )


def check_numbers(*, target: Target, numbers: Sequence[str]) -> tuple[str, ...]:
    """The numbers that the host stands for, all of which must be public unless it is trusted. Raises Refused."""
    if not numbers:
        raise Refused("The host is not known.")
    if not target.trusted and not all(is_public(number) for number in numbers):
        raise Refused(PRIVATE)
    return tuple(dict.fromkeys(numbers))


def is_public(number: str) -> bool:
    """Whether an IP address is one of the open internet; what cannot be read is not."""
    try:
        found = ip_address(number.partition("%")[0])
    except ValueError:
        return False
    inner = _inside(found)
    return _global(found) and (inner is None or _global(inner))


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def _inside(found: IPv4Address | IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address carries: mapped, 6to4, Teredo, NAT64 or compatible."""
    if isinstance(found, IPv4Address):
        return None
    carried = found.ipv4_mapped or found.sixtofour
    if carried is None and found.teredo is not None:
        carried = found.teredo[1]
    if carried is None and (found.packed[:12] == bytes.fromhex("0064ff9b") + bytes(8)):
        carried = IPv4Address(found.packed[12:])
    if carried is None and found.packed[:12] == bytes(12):
        carried = IPv4Address(found.packed[12:])
    return carried


def _global(found: IPv4Address | IPv6Address) -> bool:
    return found.is_global and not (
        found.is_multicast
        or found.is_private
        or found.is_loopback
        or found.is_link_local
        or found.is_reserved
        or found.is_unspecified
    )
