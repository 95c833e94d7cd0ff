"""Who changed what, and who changed it last."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import Q, QuerySet
from django.db.models.fields.json import KeyTextTransform

from permissions_app.models import App, AuditEntry


@dataclass(frozen=True, slots=True)
class LastChange:
    """The latest change of one thing. `who`: the person's name, a key by its public part, or "OneAsk"."""

    who: str
    at: datetime
    action: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailQuestion:
    """Which entries of the trail. `actor`: an address, the public part of a key, or "system". `action`: one, or the
    first part of several ("soft_ask"). `object`: an id such as "s12". `since` is included, `until` is not.
    """

    actor: str = ""
    action: str = ""
    object: str = ""
    since: datetime | None = None
    until: datetime | None = None


def entries(*, app: App, question: TrailQuestion) -> QuerySet[AuditEntry]:
    """What was changed in this app, and of the people and settings of its workspace; never what belongs to another
    app of the workspace.
    """
    of_workspace = Q(action__startswith="workspace.") | Q(action__startswith="member.")
    rows = AuditEntry.objects.filter(workspace=app.workspace_id).filter(
        Q(app=app) | Q(app=None) & of_workspace
    )
    if question.actor:
        is_key = question.actor.startswith(("sk_", "pk_"))
        rows = rows.filter(actor_label=f"key {question.actor}" if is_key else question.actor)
    if question.action:
        rows = rows.filter(Q(action=question.action) | Q(action__startswith=f"{question.action}."))
    if question.object:
        of = KeyTextTransform("id", "changes")  # as the index has it
        rows = rows.alias(changed=of).filter(changed=question.object)
    if question.since is not None:
        rows = rows.filter(at__gte=question.since)
    if question.until is not None:
        rows = rows.filter(at__lt=question.until)
    return rows


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
    return "OneAsk" if name == "system" else name
