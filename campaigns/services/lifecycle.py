"""What making and changing soft asks and redirect rules have in common."""

import secrets
from typing import Any

from campaigns.domain.workflow import may_become, raises_revision
from campaigns.models import RedirectRule, SoftAsk
from permissions_app.domain.edits import Invalid, changed
from permissions_app.models import App, User, ValueMoment
from permissions_app.services import audit
from permissions_app.services.apps import bump_ruleset

QUIET = frozenset({"name", "priority", "status"})
"""Fields whose change leaves the revision alone: they change neither words nor weights nor gates."""


def locked_moment(*, app: App, moment_id: int) -> ValueMoment:
    """The moment, locked against becoming an opening one meanwhile. Raises Invalid."""
    moment = ValueMoment.objects.select_for_update().filter(pk=moment_id, app=app).first()
    if moment is None:
        raise Invalid({"moment": "Choose a moment of this app."})
    return moment


def audit_id(campaign: SoftAsk | RedirectRule) -> str:
    """How the trail names a campaign: `s12`, `r5`."""
    return f"{'s' if isinstance(campaign, SoftAsk) else 'r'}{campaign.pk}"


def new_seed() -> str:
    """The seed that draws a campaign's arms: random, so that no two campaigns draw alike."""
    return secrets.token_hex(8)


def created(
    *, campaign: SoftAsk | RedirectRule, kind: str, actor: User | None, state: dict[str, Any]
) -> None:
    """Leave the trail of a new campaign."""
    app = campaign.app
    bump_ruleset(app_id=app.pk)
    audit.record(
        workspace=app.workspace,
        actor=actor,
        action=f"{kind}.created",
        subject=campaign.name,
        changes={"id": audit_id(campaign), **state},
    )


def store_change(
    *,
    campaign: SoftAsk | RedirectRule,
    app: App,
    kind: str,
    action: str,
    actor: User | None,
    before: dict[str, Any],
    after: dict[str, Any],
) -> bool:
    """Save a changed campaign: version, revision, ruleset and trail. False when nothing changed."""
    difference = changed(before=before, after=after)
    if not difference:
        return False
    campaign.version += 1
    if raises_revision(status=before["status"]) and not QUIET.issuperset(difference):
        campaign.revision += 1
    campaign.save()
    bump_ruleset(app_id=app.pk)
    audit.record(
        workspace=app.workspace,
        actor=actor,
        action=f"{kind}.{action}",
        subject=campaign.name,
        changes={"id": audit_id(campaign), **difference, "revision": campaign.revision},
    )
    return True


def check_step(*, status: str, wanted: str) -> None:
    """Raise Invalid unless the status may become `wanted`."""
    if not may_become(status=status, wanted=wanted):
        raise Invalid({"status": f"What is {status} cannot become {wanted}."})


ACTIONS = {"live": "published", "paused": "paused", "archived": "archived", "draft": "redrafted"}
