"""Making and revoking API keys.

Owners do it on the Integrate page. A secret key does it through the management API only where an owner said so when
they made it; it can hand out ordinary keys, never the power to make keys, and never ends itself
(docs/decisions/0014).

A key reads `pk_<8 characters>_<32 characters>`: its kind, a public name for log lines, and the
secret. Only a keyed digest is stored, made with a pepper of its own, so that a copy of the database
opens nothing.
"""

import secrets
import string

from django.db import transaction
from django.utils import timezone

from permissions_app.domain.edits import Invalid
from permissions_app.models import Actor, ApiKey, App
from permissions_app.selectors.keys import digest
from permissions_app.services import audit

MOST_KEYS = 20
LONGEST_NAME = 60
_ALPHABET = string.ascii_letters + string.digits


@transaction.atomic
def create_key(
    *, app: App, kind: str, name: str, actor: Actor, manages_keys: bool = False
) -> tuple[ApiKey, str]:
    """A new key and its full text, which is shown this once. `kind` is "pk" or "sk".

    `manages_keys`: whether it may make and revoke keys through the management API; only a secret key can, and no key
    can give it. Raises Invalid, with a sentence for each field.
    """
    name = " ".join(name.split())
    App.objects.select_for_update(no_key=True).get(
        pk=app.pk
    )  # keys are counted one after the other
    _check(app, kind, name, actor, manages_keys=manages_keys)
    prefix = f"{ApiKey.Kind(kind).value}_{_random(8)}"
    text = f"{prefix}_{_random(32)}"
    key = ApiKey.objects.create(
        app=app,
        kind=kind,
        name=name,
        created_by=audit.person_behind(actor),
        manages_keys=manages_keys,
        prefix=prefix,
        digest=digest(text),
        readable=text if kind == ApiKey.Kind.PUBLISHABLE else "",
    )
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="key.created",
        subject=f"{prefix} {name}",
        changes={"manages_keys": True} if manages_keys else None,
    )
    return key, text


@transaction.atomic
def revoke_key(*, key: ApiKey, actor: Actor) -> None:
    """Stop accepting a key; takes effect within two seconds on every process. Revoking twice
    changes nothing. Raises Invalid when a key would revoke itself.
    """
    if isinstance(actor, ApiKey) and actor.pk == key.pk:
        raise Invalid(
            {"": "This is the key you call with. Revoke it with another one, or on the page."}
        )
    changed = ApiKey.objects.filter(pk=key.pk, revoked_at=None).update(revoked_at=timezone.now())
    if changed:
        audit.record(
            workspace=key.app.workspace,
            app=key.app,
            actor=actor,
            action="key.revoked",
            subject=f"{key.prefix} {key.name}",
        )


def _check(app: App, kind: str, name: str, actor: Actor, *, manages_keys: bool) -> None:
    wrong: dict[str, str] = {}
    if kind not in ApiKey.Kind.values:
        wrong["kind"] = "Choose a kind of key."
    if not name:
        wrong["name"] = "Give the key a name, so that you know later where it is used."
    elif len(name) > LONGEST_NAME or not name.isprintable():
        wrong["name"] = f"A key's name has at most {LONGEST_NAME} characters."
    if manages_keys and (kind != ApiKey.Kind.SECRET or isinstance(actor, ApiKey)):
        wrong["manages_keys"] = "Only an owner gives this, on the page, and only to a secret key."
    if not wrong and app.keys.filter(revoked_at=None).count() >= MOST_KEYS:
        wrong[""] = f"An app has at most {MOST_KEYS} keys. Revoke one first."
    if wrong:
        raise Invalid(wrong)


def _random(length: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))
