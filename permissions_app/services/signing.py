"""Signing what clients may take from any cache: one Ed25519 key pair an app, made when it is first needed.

The public half is shown to everybody who builds a client. The private half is stored encrypted with a key that comes
from the pepper of the API keys, so that a copy of the database signs nothing. Why keys do not rotate by themselves:
docs/decisions.
"""

import base64
import hashlib
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db import transaction

from permissions_app.models import App, SigningKey
from permissions_app.services import audit

NONCE_BYTES = 12


class KeyUnreadableError(Exception):
    """The private key was encrypted under another pepper than API_KEY_PEPPER is now."""


@dataclass(frozen=True, slots=True)
class BundleKey:
    """What a client needs to check a bundle. `public`: the raw 32 bytes of the key in base64."""

    key_id: str
    public: str


def bundle_key(*, app: App) -> BundleKey:
    """The public key of an app's bundles."""
    kept = _kept(app.pk)
    return BundleKey(kept.key_id, base64.b64encode(kept.public).decode())


def sign(*, app_id: int, message: bytes) -> tuple[str, str]:
    """(the id of the key, the signature in base64); the same for the same message. Raises KeyUnreadableError."""
    kept = _kept(app_id)
    sealed = bytes(kept.sealed)
    try:
        private = _sealer().decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _label(app_id, kept.key_id)
        )
    except InvalidTag:
        raise KeyUnreadableError(
            f"the signing key of app {app_id} was made under another API_KEY_PEPPER; set that one "
            "again, or remove the key and give clients the new one"
        ) from None
    signature = Ed25519PrivateKey.from_private_bytes(private).sign(message)
    return kept.key_id, base64.b64encode(signature).decode()


def _kept(app_id: int) -> SigningKey:
    """The key of an app. Of two processes that make one at once, the first one's stays."""
    found = SigningKey.objects.filter(pk=app_id).first()
    if found is None:
        _make(app_id)
        found = SigningKey.objects.get(pk=app_id)
    return found


@transaction.atomic
def _make(app_id: int) -> None:
    # Whoever makes a key first keeps others out until it is there.
    app = App.objects.select_for_update().select_related("workspace").get(pk=app_id)
    if SigningKey.objects.filter(pk=app_id).exists():
        return
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes_raw()
    key_id = hashlib.sha256(public).hexdigest()[:16]
    nonce = os.urandom(NONCE_BYTES)
    sealed = _sealer().encrypt(nonce, private.private_bytes_raw(), _label(app_id, key_id))
    SigningKey.objects.create(app=app, key_id=key_id, public=public, sealed=nonce + sealed)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=None,
        action="signing_key.created",
        subject=app.name,
        changes={"id": key_id},
    )


def _label(app_id: int, key_id: str) -> bytes:
    """Bound to the encrypted key: it opens nowhere else."""
    return f"{app_id} {key_id}".encode()


def _sealer() -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"oneask bundle signing keys")
    return AESGCM(derived.derive(settings.API_KEY_PEPPER.encode()))
