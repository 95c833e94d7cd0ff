"""Signing what clients may take from any cache: one Ed25519 key pair an app, made when it is first needed.

The public half is shown to everybody who builds a client. The private half is stored sealed, so that a copy of the
database signs nothing.
"""

import base64
import hashlib
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import transaction

from permissions_app.models import Actor, App, SigningKey
from permissions_app.services import audit
from permissions_app.services.apps import bump_ruleset
from permissions_app.services.sealing import seal, unseal

PURPOSE = "bundle signing key"


class KeyUnreadableError(Exception):
    """The private key was sealed under another SECRET_KEY, and no SECRET_KEY_FALLBACKS opens it."""


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
    private = unseal(kept.sealed, purpose=PURPOSE)
    if private is None:
        raise KeyUnreadableError(
            f"the signing key of app {app_id} was sealed under another SECRET_KEY"
        )
    signature = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private)).sign(message)
    return kept.key_id, base64.b64encode(signature).decode()


@transaction.atomic
def replace_key(*, app: App, actor: Actor) -> BundleKey:
    """A new key in place of one that is known to others. Clients that were shipped with the old one refuse bundles from
    now on, and ask the server at each moment instead (docs/decisions/0017).
    """
    SigningKey.objects.filter(pk=app.pk).delete()
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="signing_key.removed",
        subject=app.name,
    )
    made = bundle_key(app=app)
    bump_ruleset(app_id=app.pk)
    return made


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
    sealed = seal(private.private_bytes_raw().hex(), purpose=PURPOSE)
    SigningKey.objects.create(app=app, key_id=key_id, public=public, sealed=sealed)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=None,
        action="signing_key.created",
        subject=app.name,
        changes={"id": key_id},
    )
