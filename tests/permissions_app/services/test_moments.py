"""Making and changing value moments."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.services.campaigns import create_campaign
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, ValueMoment
from permissions_app.services.accounts import create_workspace
from permissions_app.services.apps import create_app
from permissions_app.services.moments import (
    MomentDraft,
    create_moment,
    set_moment_status,
    update_moment,
)
from tests.campaigns.drafts import a_moment, redirect_draft

pytestmark = pytest.mark.django_db


@pytest.fixture
def app(django_user_model: Any) -> App:
    owner = django_user_model.objects.create_user("alice@example.com")
    workspace = create_workspace(name="Parcel", slug="parcel", owner=owner)
    return create_app(workspace=workspace, name="Parcel", slug="parcel", actor=owner)


def draft(**changes: Any) -> MomentDraft:
    return MomentDraft(**{"name": "Order placed", "event_name": "Order Placed", **changes})


def version(app: App) -> int:
    return App.objects.get(pk=app.pk).ruleset_version


def test_create__without_key__made_from_the_name_audited_and_seen_by_decisions(app: App) -> None:
    before = version(app)
    moment = create_moment(app=app, draft=draft(name=" Order  placed! "), actor=None)
    assert moment.key == "order_placed"
    assert version(app) == before + 1
    entry = AuditEntry.objects.get(action="moment.created")
    assert entry.changes["event_name"] == "Order Placed"


def test_create__key_taken__says_so_and_changes_nothing(app: App) -> None:
    create_moment(app=app, draft=draft(), actor=None)
    before = version(app)
    with pytest.raises(Invalid) as caught:
        create_moment(app=app, draft=draft(), actor=None)
    assert "already has a moment" in caught.value.errors["key"]
    assert version(app) == before
    assert AuditEntry.objects.filter(action="moment.created").count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "tab\there"}, "name"),
        ({"event_name": "x" * 121}, "event_name"),
        ({"conditions": [{"property": "x", "op": "like", "value": 1}]}, "conditions"),
    ],
)
def test_create__malformed__names_the_field(app: App, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        create_moment(app=app, draft=draft(**changes), actor=None)
    assert field in caught.value.errors


def test_update__stale_version__conflict_and_nothing_lost(app: App) -> None:
    moment = create_moment(app=app, draft=draft(), actor=None)
    kept = update_moment(
        moment_id=moment.pk, app=app, draft=draft(name="First"), expected_version=1, actor=None
    )
    with pytest.raises(Conflict) as caught:
        update_moment(
            moment_id=moment.pk, app=app, draft=draft(name="Second"), expected_version=1, actor=None
        )
    assert caught.value.current == kept.version == 2
    assert ValueMoment.objects.get(pk=moment.pk).name == "First"


def test_update__nothing_changed__no_version_no_audit(app: App) -> None:
    moment = create_moment(app=app, draft=draft(), actor=None)
    before = version(app)
    update_moment(moment_id=moment.pk, app=app, draft=draft(), expected_version=1, actor=None)
    assert version(app) == before
    assert not AuditEntry.objects.filter(action="moment.updated").exists()


def test_update__opening_with_a_live_redirect__refused(app: App) -> None:
    moment = a_moment(app)
    rule = create_campaign(app=app, draft=redirect_draft(moment), actor=None)
    take_step(campaign_id=rule.pk, app=app, action="publish", actor=None)
    with pytest.raises(Invalid) as caught:
        update_moment(
            moment_id=moment.pk, app=app, draft=draft(opening=True), expected_version=1, actor=None
        )
    assert "Missed deliveries" in caught.value.errors["opening"]
    take_step(campaign_id=rule.pk, app=app, action="archive", actor=None)
    changed = update_moment(
        moment_id=moment.pk, app=app, draft=draft(opening=True), expected_version=1, actor=None
    )
    assert changed.opening


def test_status__said_twice__one_entry(app: App) -> None:
    moment = create_moment(app=app, draft=draft(), actor=None)
    for _ in range(2):
        set_moment_status(moment_id=moment.pk, app=app, status="paused", actor=None)
    assert AuditEntry.objects.filter(action="moment.paused").count() == 1
    assert ValueMoment.objects.get(pk=moment.pk).status == "paused"


def test_update__moment_of_another_app__does_not_exist(app: App) -> None:
    other = create_app(workspace=app.workspace, name="Other", slug="other", actor=None)
    moment = a_moment(other)
    with pytest.raises(ValueMoment.DoesNotExist):
        update_moment(moment_id=moment.pk, app=app, draft=draft(), expected_version=1, actor=None)
