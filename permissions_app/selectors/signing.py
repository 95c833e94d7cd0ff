"""The public half of the key that signs an app's rules, for people who ship it with a client."""

import base64

from permissions_app.models import SigningKey


def public_key(*, app_id: int) -> tuple[str, str] | None:
    """(its id, the 32 bytes in base64); None while nobody has asked for signed rules yet."""
    kept = SigningKey.objects.filter(pk=app_id).values_list("key_id", "public").first()
    return None if kept is None else (kept[0], base64.b64encode(kept[1]).decode())
