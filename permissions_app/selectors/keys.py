"""Who is calling: from the text of an API key to the app it belongs to."""

import hashlib
import hmac
import time
from dataclasses import dataclass

from django.conf import settings

from permissions_app.models import ApiKey

SECONDS_REMEMBERED = 2.0
"""How long a process trusts its last look-up, and so how long a revoked key may still work."""
_MOST_REMEMBERED = 2_000


@dataclass(frozen=True, slots=True)
class KeyContext:
    """What a valid key says: `kind` is "pk" (publishable) or "sk" (secret). `simulated`: the app's
    devices are invented.
    """

    app_id: int
    workspace_id: int
    kind: str
    prefix: str
    simulated: bool = False


_remembered: dict[str, tuple[float, KeyContext | None]] = {}


def digest(text: str) -> bytes:
    """The keyed SHA-256 digest under which a key is stored (32 bytes)."""
    return hmac.new(settings.API_KEY_PEPPER.encode(), text.encode(), hashlib.sha256).digest()


def authenticate(text: str) -> KeyContext | None:
    """The context of a key, or None when it is malformed, unknown or revoked."""
    now = time.monotonic()
    known = _remembered.get(text)
    if known is not None and known[0] > now:
        return known[1]
    context = _look_up(text)
    if len(_remembered) >= _MOST_REMEMBERED:
        _remembered.clear()
    _remembered[text] = (now + SECONDS_REMEMBERED, context)
    return context


def _look_up(text: str) -> KeyContext | None:
    parts = text.split("_")
    if len(text) > 80 or len(parts) != 3 or parts[0] not in ("pk", "sk") or not text.isascii():
        return None
    key = (
        ApiKey.objects.filter(prefix=f"{parts[0]}_{parts[1]}", revoked_at=None)
        .select_related("app")
        .first()
    )
    if key is None or not hmac.compare_digest(bytes(key.digest), digest(text)):
        return None
    return KeyContext(
        app_id=key.app_id,
        workspace_id=key.app.workspace_id,
        kind=key.kind,
        prefix=key.prefix,
        simulated=key.app.simulated,
    )
