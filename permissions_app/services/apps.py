"""Apps, their settings, and the version number that tells every process to compile an app's rules again."""

import re
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import F

from permissions_app.domain.edits import Invalid, changed, check_version
from permissions_app.models import Actor, App, Workspace
from permissions_app.services import audit

MOST_INTERRUPTIONS = 10
LONGEST_REASON = 200
_PACKAGE = re.compile(r"[A-Za-z][A-Za-z0-9_]*(\.[A-Za-z][A-Za-z0-9_]*)+\Z")


@dataclass(frozen=True, slots=True)
class AppDraft:
    """What may be changed of an app. `android_package`: as in its manifest, '' for none. Interruptions are counted
    for each device, across all campaigns: on one day, and in 30 days; both 0 to 10.
    """

    name: str
    android_package: str
    fatigue_per_day: int
    fatigue_per_30_days: int


@transaction.atomic
def create_app(
    *,
    workspace: Workspace,
    name: str,
    slug: str,
    actor: Actor,
    simulated: bool = False,
) -> App:
    """A new app without keys; raises IntegrityError when the slug is taken in this workspace."""
    app = App.objects.create(workspace=workspace, name=name, slug=slug, simulated=simulated)
    audit.record(workspace=workspace, actor=actor, action="app.created", subject=name, app=app)
    return app


@transaction.atomic
def set_fatigue(*, app: App, per_day: int, per_30_days: int, actor: Actor) -> App:
    """Change how many interruptions a device may meet, across all campaigns (both 0 to 10)."""
    if not (0 <= per_day <= 10 and 0 <= per_30_days <= 10):
        raise ValueError("the fatigue budget takes whole numbers from 0 to 10")
    before = {"per_day": app.fatigue_per_day, "per_30_days": app.fatigue_per_30_days}
    app.fatigue_per_day, app.fatigue_per_30_days = per_day, per_30_days
    App.objects.filter(pk=app.pk).update(
        fatigue_per_day=per_day, fatigue_per_30_days=per_30_days, version=F("version") + 1
    )
    bump_ruleset(app_id=app.pk)
    after = {"per_day": per_day, "per_30_days": per_30_days}
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="app.fatigue_changed",
        subject=app.name,
        changes={"before": before, "after": after},
    )
    return app


@transaction.atomic
def update_app(*, app_id: int, draft: AppDraft, expected_version: int, actor: Actor) -> App:
    """Change the settings of an app; nothing happens when nothing differs. Raises Invalid, Conflict,
    App.DoesNotExist.
    """
    App.objects.select_for_update(no_key=True).only("pk").get(pk=app_id)
    app = App.objects.select_related("workspace").get(pk=app_id)
    check_version(expected=expected_version, current=app.version)
    _check(draft)
    after: dict[str, object] = {
        "name": draft.name.strip(),
        "android_package": draft.android_package.strip(),
        "fatigue_per_day": draft.fatigue_per_day,
        "fatigue_per_30_days": draft.fatigue_per_30_days,
    }
    difference = changed(before={name: getattr(app, name) for name in after}, after=after)
    if not difference:
        return app
    for name, value in after.items():
        setattr(app, name, value)
    app.version += 1
    app.save(update_fields=[*after, "version"])
    bump_ruleset(app_id=app.pk)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="app.updated",
        subject=app.name,
        changes=difference,
    )
    return app


@transaction.atomic
def set_stopped(*, app_id: int, stopped: bool, reason: str, actor: Actor, now: datetime) -> bool:
    """Stop an app as a whole, or let it go on; tells whether that changed anything. Every process and every client
    that asks a server knows it within two seconds, a client with a bundle at its next look. Raises Invalid,
    App.DoesNotExist.

    `reason`: for the trail, at most 200 characters, may be ''.
    """
    told = " ".join(reason.split())
    if len(told) > LONGEST_REASON or not told.isprintable():
        detail = (
            f"A reason has at most {LONGEST_REASON} characters, all of them ones that can be shown."
        )
        raise Invalid({"reason": detail})
    app = App.objects.select_for_update(of=("self",)).select_related("workspace").get(pk=app_id)
    if stopped == (app.stopped_at is not None):
        return False
    App.objects.filter(pk=app_id).update(
        stopped_at=now if stopped else None, version=F("version") + 1
    )
    bump_ruleset(app_id=app_id)
    audit.record(
        workspace=app.workspace,
        app=app,
        actor=actor,
        action="app.stopped" if stopped else "app.resumed",
        subject=app.name,
        changes={"reason": told} if told else {},
    )
    return True


def _check(draft: AppDraft) -> None:
    wrong: dict[str, str] = {}
    name, package = draft.name.strip(), draft.android_package.strip()
    if not name:
        wrong["name"] = "A name is needed."
    elif len(name) > 80 or not name.isprintable():
        wrong["name"] = "A name has at most 80 characters, all of them ones that can be shown."
    if package and (len(package) > 200 or not _PACKAGE.match(package)):
        wrong["android_package"] = "A package is written like com.example.shop."
    for field in ("fatigue_per_day", "fatigue_per_30_days"):
        if not 0 <= getattr(draft, field) <= MOST_INTERRUPTIONS:
            wrong[field] = f"The fatigue budget takes whole numbers from 0 to {MOST_INTERRUPTIONS}."
    if wrong:
        raise Invalid(wrong)


def bump_ruleset(*, app_id: int) -> None:
    """Tell every process that the app's moments or rules changed. Call it inside the transaction of
    the change.
    """
    App.objects.filter(pk=app_id).update(ruleset_version=F("ruleset_version") + 1)
