"""The trail of who changed what."""

from typing import Any

from permissions_app.models import AuditEntry, User, Workspace


def record(
    *,
    workspace: Workspace,
    actor: User | None,
    action: str,
    subject: str,
    changes: dict[str, Any] | None = None,
) -> AuditEntry:
    """Write one entry. Call it inside the transaction of the change itself; without an actor it was
    the system.
    """
    return AuditEntry.objects.create(
        workspace=workspace,
        actor=actor,
        actor_label=actor.email if actor else "system",
        action=action,
        subject=subject[:200],
        changes=changes or {},
    )
