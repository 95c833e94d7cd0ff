"""Making, changing, publishing and ending Settings redirects.

A redirect never sits on an opening moment. The moment is locked while that is looked at, and a
moment that becomes an opening one looks for redirects under the same lock, so the two cannot cross.
"""

from typing import Any

from django.db import transaction

from campaigns.domain.drafts import RedirectDraft, check_redirect
from campaigns.models import CampaignStatus, RedirectRule
from campaigns.services import lifecycle
from permissions_app.domain.edits import Invalid, check_version
from permissions_app.models import App, User

PLAIN = (
    "line",
    "action_label",
    "surface",
    "holdout",
    "priority",
    "min_days_since_denial",
    "cooldown_days",
    "cap",
)


@transaction.atomic
def create_redirect_rule(*, app: App, draft: RedirectDraft, actor: User | None) -> RedirectRule:
    """A new draft with a seed of its own. Raises Invalid."""
    moment = lifecycle.locked_moment(app=app, moment_id=draft.moment_id)
    check_redirect(draft, opening=moment.opening)
    rule = RedirectRule(app=app, moment=moment, seed=lifecycle.new_seed())
    _write(rule, draft)
    rule.save()
    lifecycle.created(campaign=rule, kind="redirect", actor=actor, state=_state(rule))
    return rule


@transaction.atomic
def update_redirect_rule(
    *, rule_id: int, app: App, draft: RedirectDraft, expected_version: int, actor: User | None
) -> RedirectRule:
    """Change a redirect rule. Raises Invalid, Conflict, RedirectRule.DoesNotExist."""
    rule = RedirectRule.objects.select_for_update().get(pk=rule_id, app=app)
    check_version(expected=expected_version, current=rule.version)
    if rule.status == CampaignStatus.ARCHIVED:
        raise Invalid({"": "An archived redirect cannot be changed. Restore it first."})
    before = _state(rule)
    moment = lifecycle.locked_moment(app=app, moment_id=draft.moment_id)
    check_redirect(draft, opening=moment.opening)
    rule.moment = moment
    _write(rule, draft)
    lifecycle.store_change(
        campaign=rule,
        app=app,
        kind="redirect",
        action="updated",
        actor=actor,
        before=before,
        after=_state(rule),
    )
    return rule


@transaction.atomic
def set_redirect_rule_status(
    *, rule_id: int, app: App, status: str, actor: User | None
) -> RedirectRule:
    """Publish, pause, archive or restore; saying it twice changes nothing.

    Raises Invalid for a step that is not in the workflow or a moment that became an opening one,
    RedirectRule.DoesNotExist.
    """
    rule = RedirectRule.objects.select_for_update().get(pk=rule_id, app=app)
    lifecycle.check_step(status=rule.status, wanted=status)
    if status != CampaignStatus.ARCHIVED:
        moment = lifecycle.locked_moment(app=app, moment_id=rule.moment_id)
        if moment.opening:
            raise Invalid(
                {
                    "status": f"“{moment.name}” is an opening moment now, and such a moment carries "
                    "no redirect. Move the redirect to another moment first."
                }
            )
    before = {"status": str(rule.status)}
    rule.status = CampaignStatus(status)
    lifecycle.store_change(
        campaign=rule,
        app=app,
        kind="redirect",
        action=lifecycle.ACTIONS[status],
        actor=actor,
        before=before,
        after={"status": status},
    )
    return rule


def _write(rule: RedirectRule, draft: RedirectDraft) -> None:
    rule.name = draft.name.strip()
    rule.platforms = sorted(set(draft.platforms))
    rule.causes = sorted(set(draft.causes))
    for field in PLAIN:
        setattr(rule, field, getattr(draft, field))
    rule.line = draft.line.strip()


def _state(rule: RedirectRule) -> dict[str, Any]:
    return {
        "name": rule.name,
        "moment": rule.moment.key,
        "status": str(rule.status),
        "platforms": rule.platforms,
        "causes": rule.causes,
        **{name: getattr(rule, name) for name in PLAIN},
    }
