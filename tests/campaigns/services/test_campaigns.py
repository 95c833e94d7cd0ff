"""Writing the working copy: making, changing, undo and redo, going back to a revision, copying."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from campaigns.models import Campaign, DraftVersion, Revision
from campaigns.selectors.campaigns import pending, working_copy
from campaigns.selectors.versions import Ways, ways
from campaigns.services import campaigns as service
from campaigns.services.campaigns import (
    create_campaign,
    duplicate_campaign,
    revert_campaign,
    step_through_versions,
    update_campaign,
)
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import App, AuditEntry, User, ValueMoment
from permissions_app.services.apps import create_app
from tests.campaigns.drafts import a_moment, line, redirect_draft, soft_ask_draft, words
from tests.factories import Cast


def made(app: App, moment: ValueMoment, actor: User | None = None, **changes: Any) -> Campaign:
    return create_campaign(app=app, draft=soft_ask_draft(moment, **changes), actor=actor)


def saved(campaign: Campaign, actor: User | None = None, **changes: Any) -> Campaign:
    """The campaign after a change of its newest version."""
    now = Campaign.objects.get(pk=campaign.pk)
    draft = replace(working_copy(now), **changes)
    return update_campaign(
        campaign_id=now.pk, app=now.app, draft=draft, expected_version=now.version, actor=actor
    )


def gone(campaign: Campaign, *, back: bool) -> Campaign:
    now = Campaign.objects.get(pk=campaign.pk)
    return step_through_versions(
        campaign_id=now.pk, app=now.app, back=back, expected_version=now.version, actor=None
    )


def test_create__draft__seed_of_its_own_first_version_and_audit(
    app: App, moment: ValueMoment, owner: User
) -> None:
    first, second = made(app, moment, owner), made(app, moment, owner)
    assert (first.status, first.version, first.kind) == ("draft", 1, "soft_ask")
    assert len(first.seed) == 16
    assert first.seed != second.seed
    assert DraftVersion.objects.get(campaign=first).actor == owner
    entry = AuditEntry.objects.filter(action="soft_ask.created").earliest("pk")
    assert (entry.actor_label, entry.subject) == ("alice@example.com", "Shipping news")
    assert entry.changes["id"] == first.key
    assert entry.changes["content"]["variants"][0]["accept_label"] == "Tell me"


def test_create__unfinished__stored_as_it_is(app: App, moment: ValueMoment) -> None:
    assert made(app, moment, variants=()).content["variants"] == []
    assert made(app, moment, variants=(words(title="", decline_label=""),)).status == "draft"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"platforms": ("symbian",)}, "platforms"),
        ({"holdout": 0.95}, "holdout"),
        ({"holdout": math.nan}, "holdout"),
        ({"priority": -1}, "priority"),
        ({"min_sessions": 10**9}, "min_sessions"),
        ({"allow_first_session": True}, "allow_first_session"),
        ({"backoff_days": ()}, "backoff_days"),
        ({"backoff_days": (30, 14)}, "backoff_days"),
        ({"backoff_days": (0,)}, "backoff_days"),
        ({"max_declines": 0}, "max_declines"),
        ({"variants": tuple(words(key) for key in "abcde")}, "variants"),
        ({"variants": (words("a"), words("A"))}, "variants.1.key"),
        ({"variants": (words("holdout"),)}, "variants.0.key"),
        ({"variants": (words("a b"),)}, "variants.0.key"),
        ({"variants": (words(weight=math.inf),)}, "variants.0.weight"),
        ({"variants": (words(weight=-1), words("b"))}, "variants.0.weight"),
        ({"variants": (words(title="x" * 121),)}, "variants.0.title"),
        ({"variants": (words(body="x" * 401),)}, "variants.0.body"),
        ({"variants": (words(title="Order {{order id}}"),)}, "variants.0.title"),
        ({"variants": (words(title="{{order_id}}"),)}, "variants.0.title"),
        ({"variants": (words(surface="fullscreen"),)}, "variants.0.surface"),
        (
            {"variants": (words(translations={"de": {"title": "x" * 121}}),)},
            "variants.0.translations.de.title",
        ),
    ],
)
def test_create_soft_ask__could_never_be_right__names_the_field(
    app: App, moment: ValueMoment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        made(app, moment, **changes)
    assert field in caught.value.errors
    assert not Campaign.objects.exists()
    assert not AuditEntry.objects.filter(action__startswith="soft_ask").exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"variants": (line(line="x" * 161),)}, "variants.0.line"),
        ({"variants": (line(line="two\nlines"),)}, "variants.0.line"),
        ({"variants": (line(line="about {order}"),)}, "variants.0.line"),
        ({"variants": (line(action_label="x" * 41),)}, "variants.0.action_label"),
        ({"variants": (line(surface="sheet"),)}, "variants.0.surface"),
        ({"causes": ("refused_once",)}, "causes"),
        ({"cooldown_days": 0}, "cooldown_days"),
        ({"cap": 0}, "cap"),
        ({"min_days_since_denial": -1}, "min_days_since_denial"),
    ],
)
def test_create_redirect__could_never_be_right__names_the_field(
    app: App, moment: ValueMoment, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        create_campaign(app=app, draft=redirect_draft(moment, **changes), actor=None)
    assert field in caught.value.errors


def test_create__moment_of_another_app__refused(app: App) -> None:
    other = create_app(workspace=app.workspace, name="Other", slug="other", actor=None)
    with pytest.raises(Invalid) as caught:
        made(app, a_moment(other))
    assert "moment" in caught.value.errors


def test_update__change__new_version_and_what_changed_in_the_trail(
    app: App, moment: ValueMoment, owner: User
) -> None:
    campaign = saved(made(app, moment), owner, holdout=0.2, name="Other name")
    assert (campaign.version, campaign.name) == (2, "Other name")
    assert DraftVersion.objects.get(campaign=campaign, version=2).content["holdout"] == 0.2
    entry = AuditEntry.objects.get(action="soft_ask.updated")
    assert entry.actor == owner
    assert entry.changes == {
        "id": campaign.key,
        "name": ["Shipping news", "Other name"],
        "holdout": [0.1, 0.2],
    }


def test_update__nothing_differs__writes_nothing(app: App, moment: ValueMoment) -> None:
    campaign = made(app, moment)
    before = (AuditEntry.objects.count(), DraftVersion.objects.count(), campaign.updated_at)
    same = saved(campaign)
    assert (AuditEntry.objects.count(), DraftVersion.objects.count(), same.updated_at) == before
    assert same.version == 1


def test_update__two_saves_at_once__second_conflicts_and_nothing_is_overwritten(
    app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment)
    saved(campaign, name="First")
    with pytest.raises(Conflict) as caught:
        update_campaign(
            campaign_id=campaign.pk,
            app=app,
            draft=soft_ask_draft(moment, name="Second"),
            expected_version=1,
            actor=None,
        )
    assert caught.value.current == 2
    assert Campaign.objects.get().name == "First"


def test_update__another_moment__the_row_follows(app: App, moment: ValueMoment) -> None:
    other = a_moment(app, "Goal set")
    assert saved(made(app, moment), moment=other.key).moment == other


def test_update__archived__refused(app: App, moment: ValueMoment) -> None:
    campaign = made(app, moment)
    take_step(campaign_id=campaign.pk, app=app, action="archive", actor=None)
    with pytest.raises(Invalid, match="archived"):
        saved(campaign, holdout=0.3)


def test_update__redirect_to_an_opening_moment__stored_but_never_reviewed(
    app: App, moment: ValueMoment
) -> None:
    opening = a_moment(app, "App opened", opening=True)
    rule = create_campaign(app=app, draft=redirect_draft(moment), actor=None)
    rule = saved(rule, moment=opening.key)
    with pytest.raises(Invalid) as caught:
        take_step(campaign_id=rule.pk, app=app, action="submit", actor=None)
    assert "opening moment" in caught.value.errors["moment"]


@pytest.mark.parametrize("reach", [service.update_campaign, service.revert_campaign])
def test_writes__campaign_of_another_app__does_not_exist(
    cast: Cast, app: App, moment: ValueMoment, reach: Any
) -> None:
    campaign = made(app, moment)
    more: dict[str, Any] = {"draft": soft_ask_draft(moment)}
    if reach is service.revert_campaign:
        more = {"number": 1}
    with pytest.raises(Campaign.DoesNotExist):
        reach(
            campaign_id=campaign.pk, app=cast.mallorys_app, expected_version=1, actor=None, **more
        )
    for step in (
        lambda: step_through_versions(
            campaign_id=campaign.pk,
            app=cast.mallorys_app,
            back=True,
            expected_version=1,
            actor=None,
        ),
        lambda: duplicate_campaign(campaign_id=campaign.pk, app=cast.mallorys_app, actor=None),
        lambda: take_step(
            campaign_id=campaign.pk, app=cast.mallorys_app, action="submit", actor=None
        ),
    ):
        with pytest.raises(Campaign.DoesNotExist):
            step()


def test_undo__new_change_after_it__what_was_undone_is_out_of_reach(
    app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment, priority=1)
    saved(campaign, priority=2)
    gone(campaign, back=True)
    saved(campaign, priority=3)
    assert gone(campaign, back=True).content["priority"] == 1
    assert gone(campaign, back=False).content["priority"] == 3
    with pytest.raises(Invalid, match="redo"):
        gone(campaign, back=False)


def test_undo__stale__conflict(app: App, moment: ValueMoment) -> None:
    campaign = saved(made(app, moment), priority=2)
    with pytest.raises(Conflict):
        step_through_versions(
            campaign_id=campaign.pk, app=app, back=True, expected_version=1, actor=None
        )


def test_undo__steps_of_the_workflow_in_between__goes_on_from_the_same_place(
    app: App, moment: ValueMoment
) -> None:
    campaign = saved(made(app, moment, priority=1), priority=2)
    take_step(campaign_id=campaign.pk, app=app, action="submit", actor=None)
    take_step(campaign_id=campaign.pk, app=app, action="withdraw", actor=None)
    assert gone(campaign, back=True).content["priority"] == 1
    take_step(campaign_id=campaign.pk, app=app, action="submit", actor=None)
    after = gone(campaign, back=False)
    assert after.content["priority"] == 2
    assert (after.status, after.submitted) == ("draft", None)


@pytest.mark.django_db
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(walk=st.lists(st.sampled_from(["edit", "edit", "undo", "redo", "step"]), max_size=25))
def test_history__any_walk__like_that_of_a_text_editor(walk: list[str]) -> None:
    with transaction.atomic():
        _walk(walk)
        transaction.set_rollback(True)


def _walk(walk: list[str]) -> None:
    from tests.factories import make_cast  # its rows live as long as this walk

    app = make_cast().app
    campaign = made(app, a_moment(app), priority=0)
    history, place = [0], 0
    for number, action in enumerate(walk, start=1):
        if action == "edit":
            history, place = [*history[: place + 1], number], place + 1
            saved(campaign, priority=number)
        elif action == "step":
            take = "submit" if Campaign.objects.get().submitted is None else "withdraw"
            take_step(campaign_id=campaign.pk, app=app, action=take, actor=None)
        else:
            wanted = place + (-1 if action == "undo" else 1)
            if 0 <= wanted < len(history):
                place = wanted
                gone(campaign, back=action == "undo")
            else:
                with pytest.raises(Invalid):
                    gone(campaign, back=action == "undo")
        now = Campaign.objects.get()
        assert now.content["priority"] == history[place]
        assert now.versions.count() == now.version
        assert ways(now) == Ways(back=place > 0, forth=place < len(history) - 1)


def test_history__very_long__old_versions_go_but_their_writers_stay(
    cast: Cast, app: App, moment: ValueMoment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "VERSIONS_KEPT", 5)
    campaign = made(app, moment, cast.bob)
    for number in range(1, 12):
        saved(campaign, cast.alice, priority=number)
    kept = list(campaign.versions.order_by("version").values_list("version", "actor_id"))
    assert [version for version, _ in kept] == [1, 8, 9, 10, 11, 12]
    for number in (10, 9):
        assert gone(campaign, back=True).content["priority"] == number
    revision = take_step(campaign_id=campaign.pk, app=app, action="submit", actor=None).submitted
    assert revision is not None
    assert revision.writers == sorted([cast.bob.pk, cast.alice.pk])


def test_ways__old_versions_are_gone__no_button_where_the_step_is_refused(
    cast: Cast, app: App, moment: ValueMoment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "VERSIONS_KEPT", 5)
    campaign = made(app, moment, cast.bob)
    for number in range(1, 12):
        saved(campaign, cast.alice, priority=number)
    undone = 0
    while ways(Campaign.objects.get()).back:
        gone(campaign, back=True)
        undone += 1
    assert undone > 0
    with pytest.raises(Invalid):
        gone(campaign, back=True)


def test_revert__makes_a_draft_that_still_has_to_be_reviewed(
    cast: Cast, app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment, priority=1)
    take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    saved(campaign, priority=2)
    campaign = take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    back = revert_campaign(
        campaign_id=campaign.pk,
        app=app,
        number=1,
        expected_version=campaign.version,
        actor=cast.bob,
    )
    assert back.content["priority"] == 1
    assert back.published is not None
    assert (back.status, back.published.number, pending(back)) == ("live", 2, "draft")
    assert AuditEntry.objects.get(action="soft_ask.reverted").changes["priority"] == [2, 1]
    assert gone(back, back=True).content["priority"] == 2
    with pytest.raises(Revision.DoesNotExist):
        revert_campaign(
            campaign_id=back.pk,
            app=app,
            number=9,
            expected_version=back.version + 1,
            actor=None,
        )


def test_revert__to_what_stands_there_already__writes_nothing(
    app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment)
    campaign = take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    same = revert_campaign(
        campaign_id=campaign.pk, app=app, number=1, expected_version=campaign.version, actor=None
    )
    assert same.version == campaign.version


def test_duplicate__same_words__own_seed_no_history(
    cast: Cast, app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment, name="A name of eighty characters " + "x" * 52)
    take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    copy = duplicate_campaign(campaign_id=campaign.pk, app=app, actor=cast.bob)
    assert copy.content == campaign.content
    assert copy.seed != campaign.seed
    assert (copy.status, copy.version, copy.published) == ("draft", 1, None)
    assert copy.name.endswith(" (copy)")
    assert len(copy.name) <= 80


def test_revision__any_change_of_what_it_shows__refused_by_the_database(
    app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment)
    take_step(campaign_id=campaign.pk, app=app, action="publish", actor=None)
    changes: list[dict[str, Any]] = [
        {"content": {}},
        {"name": "x"},
        {"number": 9},
        {"writers": [1]},
    ]
    for change in changes:
        with pytest.raises(IntegrityError, match="never changes"), transaction.atomic():
            Revision.objects.filter(campaign=campaign).update(**change)
    with (
        pytest.raises(IntegrityError, match="never changes"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE campaigns_revision SET author_label = 'somebody else'")
    Revision.objects.filter(campaign=campaign).update(verdict_note="a verdict may come later")


def test_live__no_published_revision__refused_by_the_database(
    app: App, moment: ValueMoment
) -> None:
    campaign = made(app, moment)
    with pytest.raises(IntegrityError, match="campaign_live_has_revision"), transaction.atomic():
        Campaign.objects.filter(pk=campaign.pk).update(status="live")
