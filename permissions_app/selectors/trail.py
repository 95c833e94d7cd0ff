"""Who changed what last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection


@dataclass(frozen=True, slots=True)
class LastChange:
    """The latest change of one thing. `who`: the person's name, a key by its public part, or "the API"."""

    who: str
    at: datetime
    action: str


def last_changes(*, workspace_id: int, ids: Collection[str]) -> dict[str, LastChange]:
    """The latest change of each thing by its id in the trail (`m3`, `s12`, `r5`). One query, which
    looks up each thing in the index: drafts save themselves, so a trail grows long.
    """
    if not ids:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT wanted.id, latest.actor_label, person.first_name, person.last_name,
                   latest.at, latest.action
            FROM unnest(%(ids)s::text[]) AS wanted(id)
            CROSS JOIN LATERAL (
                SELECT actor_id, actor_label, at, action FROM permissions_app_auditentry
                WHERE workspace_id = %(workspace)s AND changes ->> 'id' = wanted.id
                ORDER BY at DESC LIMIT 1
            ) AS latest
            LEFT JOIN permissions_app_user AS person ON person.id = latest.actor_id
            """,
            {"ids": sorted(ids), "workspace": workspace_id},
        )
        rows = cursor.fetchall()
    return {
        id_: LastChange(_name(first, last, label), at, action)
        for id_, label, first, last, at, action in rows
    }


def _name(first: str | None, last: str | None, label: str) -> str:
    name = f"{first or ''} {last or ''}".strip() or label
    return "the API" if name == "system" else name
