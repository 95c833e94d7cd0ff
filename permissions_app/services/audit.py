"""The trail of who changed what."""

from typing import Any

from permissions_app.models import Actor, ApiKey, App, AuditEntry, User, Workspace

SYSTEM = "system"
"""How the trail names the product itself: the demo, a simulation, a command."""


def record(
    *,
    workspace: Workspace,
    actor: Actor,
    action: str,
    subject: str,
    changes: dict[str, Any] | None = None,
    app: App | None = None,
) -> AuditEntry:
    """Write one entry. Call it inside the transaction of the change itself; without an actor it was
    the system. `app`: the app it is about; None for what belongs to the workspace.
    """
    return AuditEntry.objects.create(
        workspace=workspace,
        app=app,
        actor=actor if isinstance(actor, User) else None,
        actor_label=label_of(actor),
        action=action,
        subject=subject[:200],
        changes=changes or {},
    )


def label_of(actor: Actor) -> str:
    """How the trail names whoever made a change: an address, a key by its public part, the system."""
    if isinstance(actor, ApiKey):
        return f"key {actor.prefix}"
    return SYSTEM if actor is None else actor.email


def person_behind(actor: Actor) -> User | None:
    """Who answers for a change: the person, or whoever made the key. None for the product itself."""
    return actor.created_by if isinstance(actor, ApiKey) else actor
