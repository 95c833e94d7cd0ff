"""Who may see which app, and what every page says about it."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection
from django.db.models import F, FilteredRelation, Q
from django.db.models.functions import Lower

from permissions_app.models import App, Membership, Role, Workspace

STRENGTH: dict[str, int] = {
    Role.OWNER: 4,
    Role.EDITOR: 3,
    Role.REVIEWER: 2,
    Role.VIEWER: 1,
}


@dataclass(frozen=True, slots=True)
class AppHealth:
    """What may be wrong with the numbers of an app.

    `alarms`: texts of unresolved audit findings, newest first. `quarantined`: devices left out.
    `behind_seconds`: age of the oldest change that the numbers do not hold yet; None when they hold
    everything.
    """

    alarms: tuple[str, ...]
    quarantined: int
    behind_seconds: int | None


@dataclass(frozen=True, slots=True)
class VisibleApp:
    """One app that a person may open, with the person's role there."""

    workspace: Workspace
    app: App
    role: Role


def at_least(*, role: str, needed: str) -> bool:
    """Whether a role is as strong as the one needed: owner > editor > reviewer > viewer."""
    return STRENGTH[role] >= STRENGTH[needed]


def visible_apps(*, user_id: int) -> tuple[VisibleApp, ...]:
    """Every app of every workspace that a person belongs to, by workspace and name. One query."""
    apps = (
        App.objects.alias(
            mine=FilteredRelation(
                "workspace__memberships", condition=Q(workspace__memberships__user_id=user_id)
            )
        )
        .filter(mine__isnull=False)
        .select_related("workspace")
        .annotate(role_there=F("mine__role"))
        .order_by(Lower("workspace__name"), "workspace_id", Lower("name"), "pk")
    )
    return tuple(VisibleApp(app.workspace, app, Role(app.role_there)) for app in apps)


def workspaces_of(*, user_id: int) -> tuple[str, ...]:
    """Names of the workspaces a person belongs to, also those without an app."""
    return tuple(
        Membership.objects.filter(user_id=user_id)
        .order_by("workspace__name")
        .values_list("workspace__name", flat=True)
    )


def app_health(*, app_id: int, now: datetime) -> AppHealth:
    """Alarms, quarantined devices and delay of an app. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT ARRAY(SELECT what FROM permissions_app_rollupalarm
                         WHERE app_id = %(app)s AND resolved_at IS NULL
                         ORDER BY found_at DESC LIMIT 5),
                   (SELECT count(*) FROM permissions_app_quarantineddevice
                    WHERE app_id = %(app)s),
                   (SELECT queued_at FROM permissions_app_foldqueue
                    WHERE app_id = %(app)s ORDER BY id LIMIT 1)
            """,
            {"app": app_id},
        )
        alarms, quarantined, oldest = cursor.fetchone()
    behind = None if oldest is None else max(0, int((now - oldest).total_seconds()))
    return AppHealth(tuple(alarms), quarantined, behind)
