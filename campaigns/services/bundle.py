"""The signed bundle of an app, built once for each version of its rules and kept in the process.

It is kept as the bytes that are sent, once plain and once compressed, each with a strong ETag of its own: a hash of
those bytes. The signature covers the text of the payload alone, so a copy from any cache can be checked.
"""

import hashlib
import zlib
from dataclasses import dataclass

import msgspec
from django.conf import settings

from campaigns.domain.bundle import payload_of
from campaigns.selectors.rulesets import compile_ruleset
from permissions_app.selectors.catalogue import compile_catalogue
from permissions_app.selectors.versioned import Versioned
from permissions_app.services.signing import sign


class Signed(msgspec.Struct, frozen=True):
    """What is sent. `signature`: base64 of Ed25519 over the UTF-8 bytes of `payload`."""

    payload: str
    key_id: str
    signature: str


@dataclass(frozen=True, slots=True)
class Representation:
    """The bytes of an answer and their ETag, quotes included."""

    content: bytes
    etag: str


@dataclass(frozen=True, slots=True)
class Packed:
    """A signed bundle in the two forms in which it is sent."""

    plain: Representation
    gzipped: Representation


def pack(app_id: int) -> Packed:
    """Compile, sign and compress what is published now. Raises KeyUnreadableError."""
    payload = payload_of(
        ruleset=compile_ruleset(app_id),
        by_event=compile_catalogue(app_id).by_event,
        ttl_seconds=settings.BUNDLE_TTL,
    )
    key_id, signature = sign(app_id=app_id, message=payload.encode())
    content = msgspec.json.encode(Signed(payload, key_id, signature))
    # gzip without a name or a time: the same bytes each time.
    packer = zlib.compressobj(level=6, wbits=31)
    return Packed(_told(content), _told(packer.compress(content) + packer.flush()))


def _told(content: bytes) -> Representation:
    return Representation(content, f'"{hashlib.sha256(content).hexdigest()[:32]}"')


bundles: Versioned[Packed] = Versioned(pack)
