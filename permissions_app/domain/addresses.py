"""How a sender reaches a device: the team's own id of the person, and the push token.

OneAsk sends nothing itself. It remembers both so that a segment can be handed over to the product that sends. A client
tells them with any event, in the field `push`, or with an entry of the type `identify`, which is nothing that happened:
it moves no "last seen" and is not stored as an event.

The word that is latest by the device's own clock counts, for each of the two apart: told in any order, twice, or in any
split, the same remains. At the same millisecond the greater text counts, which is as good as any rule that needs no
order of arrival. A client that signs a person out, or whose token was taken away, tells null.
"""

import re
from typing import Literal

import msgspec

TokenKind = Literal["apns", "fcm", "web"]
LONGEST_EXTERNAL_ID = 255
SHORTEST_TOKEN = 8
LONGEST_TOKEN = 2_048
SHOWN = 6
"""Characters of a token that pages show."""
NEVER = -1
"""The time of what was never told."""
_TOKEN = re.compile(rf"[\x21-\x7e]{{{SHORTEST_TOKEN},{LONGEST_TOKEN}}}")
_HEX = re.compile(r"(?:[0-9a-fA-F]{2}){32,}")


class Push(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one message tells of how to reach its device. Left out: it does not say; None or "": there is none now.

    `kind`: whose token it is; left out, it follows from the token and the platform.
    """

    external_id: str | msgspec.UnsetType | None = msgspec.UNSET
    token: str | msgspec.UnsetType | None = msgspec.UNSET
    kind: TokenKind | None = None


class ExternalId(msgspec.Struct, frozen=True, order=True):
    """The team's own id of the person, '' for none. `at`: ms of the device's clock, NEVER where nobody told."""

    at: int = NEVER
    text: str = ""


class Token(msgspec.Struct, frozen=True, order=True):
    """A push token, '' for none. `at`: ms of the device's clock, NEVER where nobody told."""

    at: int = NEVER
    text: str = ""
    kind: str = ""


class Address(msgspec.Struct, frozen=True):
    """What is known of how to reach a device. Addresses of one device are merged in any order."""

    external_id: ExternalId = ExternalId()
    token: Token = Token()

    def merged(self, other: "Address") -> "Address":
        """The later word of both, for each of the two."""
        return Address(
            max(self.external_id, other.external_id),
            max(self.token, other.token),
        )

    def after(self, erased_at: int | None) -> "Address":
        """What of it was told after the device was erased (ms; None: it never was)."""
        if erased_at is None:
            return self
        return Address(
            self.external_id if self.external_id.at > erased_at else ExternalId(),
            self.token if self.token.at > erased_at else Token(),
        )


def address_of(*, push: Push, at: int, platform: str | None) -> Address:
    """What a message at `at` (ms) tells. Raises ValueError with a sentence for what nobody could be reached by."""
    external_id, token = ExternalId(), Token()
    if push.external_id is not msgspec.UNSET:
        text = push.external_id or ""
        if text and not fits_external_id(text):
            raise ValueError(
                f"push.external_id takes 1 to {LONGEST_EXTERNAL_ID} printable characters, "
                "without spaces around them"
            )
        external_id = ExternalId(at, text)
    if push.token is not msgspec.UNSET:
        text = push.token or ""
        if text and not fits_token(text):
            raise ValueError(
                f"push.token takes {SHORTEST_TOKEN} to {LONGEST_TOKEN} visible ASCII characters"
            )
        token = Token(at, text, (push.kind or guessed_kind(text, platform)) if text else "")
    return Address(external_id, token)


def fits_external_id(text: str) -> bool:
    """Whether a text can be somebody's id."""
    return 0 < len(text) <= LONGEST_EXTERNAL_ID and text.isprintable() and text == text.strip()


def fits_token(text: str) -> bool:
    """Whether a text can be a push token."""
    return _TOKEN.fullmatch(text) is not None


def guessed_kind(token: str, platform: str | None) -> TokenKind:
    """Whose token it is: Apple's are hexadecimal, a browser's subscription is an address or JSON."""
    if platform == "web" or token.startswith(("https://", "{")):
        return "web"
    if platform != "android" and _HEX.fullmatch(token):
        return "apns"
    return "fcm"


def masked(token: str) -> str:
    """A token as people see it: enough to compare, not enough to send to."""
    return f"…{token[-SHOWN:]}" if token else ""
