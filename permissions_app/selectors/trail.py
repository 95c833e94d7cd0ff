"""Who changed what last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from permissions_app.models import AuditEntry

LOOKED_AT = 1000
"""Newest entries of a workspace that are looked through; older changes show no name."""


@dataclass(frozen=True, slots=True)
class LastChange:
    """The latest change of one thing. `who`: the person's name, or "the API"."""

    who: str
    at: datetime
    action: str


def last_changes(*, workspace_id: int, ids: Collection[str]) -> dict[str, LastChange]:
    """The latest change of each thing by its id in the trail (`m3`, `s12`, `r5`). One query."""
    if not ids:
        return {}
    rows = (
        AuditEntry.objects.filter(workspace_id=workspace_id)
        .order_by("-at")
        .values_list(
            "changes__id", "actor_label", "actor__first_name", "actor__last_name", "at", "action"
        )[:LOOKED_AT]
    )
    found: dict[str, LastChange] = {}
    for id_, label, first, last, at, action in rows:
        if id_ in ids and id_ not in found:
            name = f"{first or ''} {last or ''}".strip() or label
            found[id_] = LastChange("the API" if name == "system" else name, at, action)
    return found
