"""Keeping a secret that has to be read again: encrypted in the database, with a key that is not in it.

A digest is better wherever a secret is only compared (services.keys). What we sign or call with must come back, so it
is sealed with Fernet under a key made from the installation's SECRET_KEY. A copy of the database alone opens nothing.
`purpose` makes a key of its own for each kind of secret: what was sealed for one is no secret of another.
"""

import base64
from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings


def seal(text: str, *, purpose: str) -> str:
    """The secret as it is stored."""
    return _box(purpose, _keys()).encrypt(text.encode()).decode("ascii")


def unseal(sealed: str, *, purpose: str) -> str | None:
    """The secret; None where it cannot be read: SECRET_KEY is another one, and no SECRET_KEY_FALLBACKS opens it."""
    try:
        return _box(purpose, _keys()).decrypt(sealed.encode()).decode()
    except (InvalidToken, UnicodeError):
        return None


def _keys() -> tuple[str, ...]:
    return (str(settings.SECRET_KEY), *map(str, settings.SECRET_KEY_FALLBACKS))


@lru_cache(maxsize=16)
def _box(purpose: str, keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(_derived(key, purpose)) for key in keys])


def _derived(key: str, purpose: str) -> bytes:
    told = HKDF(algorithm=SHA256(), length=32, salt=None, info=f"oneask {purpose}".encode())
    return base64.urlsafe_b64encode(told.derive(key.encode()))
