"""Secrets of webhooks, as Standard Webhooks writes them: `whsec_` and the base64 of 24 to 64 bytes."""

import base64

PREFIX = "whsec_"
BYTES = 32


def secret_text(random: bytes) -> str:
    """The secret made of these bytes. Raises ValueError where their number is not one of the standard's."""
    if not 24 <= len(random) <= 64:
        raise ValueError("a secret has 24 to 64 bytes")
    return PREFIX + base64.b64encode(random).decode("ascii")
