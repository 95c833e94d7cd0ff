"""Making, changing and publishing Settings redirects."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.domain.ruleset import check
from campaigns.models import RedirectRule
from campaigns.selectors.rulesets import compile_ruleset
from campaigns.services.redirect_rules import (
    create_redirect_rule,
    set_redirect_rule_status,
    update_redirect_rule,
)
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, ValueMoment
from tests.campaigns.drafts import a_moment, redirect_draft


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"line": ""}, "line"),
        ({"line": "x" * 161}, "line"),
        ({"line": "two\nlines"}, "line"),
        ({"line": "about {order}"}, "line"),
        ({"action_label": "x" * 41}, "action_label"),
        ({"surface": "sheet"}, "surface"),
        ({"causes": ("refused_once",)}, "causes"),
        ({"cooldown_days": 0}, "cooldown_days"),
        ({"cap": 0}, "cap"),
        ({"min_days_since_denial": -1}, "min_days_since_denial"),
    ],
)
def test_create__breaks_a_rule__names_the_field(
    app: App, moment: ValueMoment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create_redirect_rule(app=app, draft=redirect_draft(moment, **changes), actor=None)
    assert field in caught.value.errors


def test_create__on_an_opening_moment__refused(app: App) -> None:
    opening = a_moment(app, "App opened", opening=True)
    with pytest.raises(Invalid) as caught:
        create_redirect_rule(app=app, draft=redirect_draft(opening), actor=None)
    assert "opening moment" in caught.value.errors["moment"]


def test_update__to_an_opening_moment__refused(app: App, moment: ValueMoment) -> None:
    opening = a_moment(app, "App opened", opening=True)
    rule = create_redirect_rule(app=app, draft=redirect_draft(moment), actor=None)
    with pytest.raises(Invalid):
        update_redirect_rule(
            rule_id=rule.pk, app=app, draft=redirect_draft(opening), expected_version=1, actor=None
        )
    assert RedirectRule.objects.get().moment_id == moment.pk


def test_restore__moment_became_opening__refused(app: App, moment: ValueMoment) -> None:
    rule = create_redirect_rule(app=app, draft=redirect_draft(moment), actor=None)
    set_redirect_rule_status(rule_id=rule.pk, app=app, status="archived", actor=None)
    ValueMoment.objects.update(opening=True)
    with pytest.raises(Invalid, match="opening"):
        set_redirect_rule_status(rule_id=rule.pk, app=app, status="paused", actor=None)


def test_update__live_line_changed__revision_and_version(app: App, moment: ValueMoment) -> None:
    rule = create_redirect_rule(app=app, draft=redirect_draft(moment), actor=None)
    rule = set_redirect_rule_status(rule_id=rule.pk, app=app, status="live", actor=None)
    rule = update_redirect_rule(
        rule_id=rule.pk,
        app=app,
        draft=redirect_draft(moment, line="Your order ships today", causes=("refused",)),
        expected_version=rule.version,
        actor=None,
    )
    assert (rule.revision, rule.version) == (2, 3)
    check(ruleset=compile_ruleset(app.pk))
    entry = AuditEntry.objects.get(action="redirect.updated")
    assert entry.changes["line"][1] == "Your order ships today"


def test_update__stale__conflict(app: App, moment: ValueMoment) -> None:
    rule = create_redirect_rule(app=app, draft=redirect_draft(moment), actor=None)
    with pytest.raises(Conflict):
        update_redirect_rule(
            rule_id=rule.pk, app=app, draft=redirect_draft(moment), expected_version=7, actor=None
        )
