"""Making and revoking API keys.

A key reads `pk_<8 characters>_<32 characters>`: its kind, a public name for log lines, and the
secret. Only a keyed digest is stored, made with a pepper of its own, so that a copy of the database
opens nothing.
"""

import secrets
import string

from django.db import transaction
from django.utils import timezone

from permissions_app.models import ApiKey, App, User
from permissions_app.selectors.keys import digest
from permissions_app.services import audit

_ALPHABET = string.ascii_letters + string.digits


@transaction.atomic
def create_key(*, app: App, kind: str, name: str, actor: User | None) -> tuple[ApiKey, str]:
    """A new key and its full text, which is shown this once. `kind` is "pk" or "sk"."""
    prefix = f"{ApiKey.Kind(kind).value}_{_random(8)}"
    text = f"{prefix}_{_random(32)}"
    key = ApiKey.objects.create(
        app=app,
        kind=kind,
        name=name,
        prefix=prefix,
        digest=digest(text),
        readable=text if kind == ApiKey.Kind.PUBLISHABLE else "",
    )
    audit.record(
        workspace=app.workspace,
        actor=actor,
        action="key.created",
        subject=f"{prefix} {name}",
    )
    return key, text


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: User | None) -> None:
    """Stop accepting a key; takes effect within two seconds on every process. Revoking twice
    changes nothing.
    """
    changed = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if changed:
        audit.record(
            workspace=key.app.workspace,
            actor=actor,
            action="key.revoked",
            subject=f"{key.prefix} {key.name}",
        )


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
