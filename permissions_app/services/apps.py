"""Apps, and the version number that tells every process to compile an app's rules again."""

from django.db import transaction
from django.db.models import F

from permissions_app.models import App, User, Workspace
from permissions_app.services import audit


@transaction.atomic
def create_app(
    *,
    workspace: Workspace,
    name: str,
    slug: str,
    actor: User | None,
    simulated: bool = False,
) -> App:
    """A new app without keys; raises IntegrityError when the slug is taken in this workspace."""
    app = App.objects.create(workspace=workspace, name=name, slug=slug, simulated=simulated)
    audit.record(workspace=workspace, actor=actor, action="app.created", subject=name)
    return app


@transaction.atomic
def set_fatigue(*, app: App, per_day: int, per_30_days: int, actor: User | None) -> App:
    """Change how many interruptions a device may meet, across all campaigns (both 0 to 10)."""
    if not (0 <= per_day <= 10 and 0 <= per_30_days <= 10):
        raise ValueError("the fatigue budget takes whole numbers from 0 to 10")
    before = {"per_day": app.fatigue_per_day, "per_30_days": app.fatigue_per_30_days}
    app.fatigue_per_day, app.fatigue_per_30_days = per_day, per_30_days
    App.objects.filter(pk=app.pk).update(fatigue_per_day=per_day, fatigue_per_30_days=per_30_days)
    bump_ruleset(app_id=app.pk)
    after = {"per_day": per_day, "per_30_days": per_30_days}
    audit.record(
        workspace=app.workspace,
        actor=actor,
        action="app.fatigue_changed",
        subject=app.name,
        changes={"before": before, "after": after},
    )
    return app


def bump_ruleset(*, app_id: int) -> None:
    """Tell every process that the app's moments or rules changed. Call it inside the transaction of
    the change.
    """
    App.objects.filter(pk=app_id).update(ruleset_version=F("ruleset_version") + 1)
