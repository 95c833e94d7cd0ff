"""Putting playbooks into an app."""

from __future__ import annotations

from datetime import date

import pytest

from campaigns.domain.playbooks import PLAYBOOKS
from campaigns.selectors.campaigns import check_draft, working_copy
from campaigns.selectors.playbooks import book_states
from campaigns.services.playbooks import insert_playbook
from campaigns.services.steps import take_step
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, AuditEntry, User, ValueMoment
from tests.campaigns.drafts import a_moment
from tests.factories import Cast

DELIVERY = PLAYBOOKS["delivery"]
ALL = [moment.key for moment in DELIVERY.moments]


@pytest.mark.parametrize("book", PLAYBOOKS.values(), ids=list(PLAYBOOKS))
def test_insert__whole_book__drafts_that_may_be_reviewed(app: App, owner: User, book) -> None:
    keys = [moment.key for moment in book.moments]
    made = insert_playbook(app=app, book=book, keys=keys, actor=owner)
    assert [one.moment.key for one in made] == keys
    assert app.campaigns.count() == 2 * len(keys)
    for campaign in app.campaigns.select_related("moment"):
        assert campaign.status == "draft"
        checked = check_draft(draft=working_copy(campaign), moment=campaign.moment)
        assert not checked.missing
        assert {placed.finding.severity for placed in checked.findings} <= {"note"}


def test_insert__twice__adds_nothing(app: App, owner: User) -> None:
    insert_playbook(app=app, book=DELIVERY, keys=ALL, actor=owner)
    before = (app.moments.count(), app.campaigns.count(), AuditEntry.objects.count())
    made = insert_playbook(app=app, book=DELIVERY, keys=ALL, actor=owner)
    assert not any(one.new_moment or one.soft_ask or one.redirect for one in made)
    assert (app.moments.count(), app.campaigns.count(), AuditEntry.objects.count()) == before


def test_insert__moment_of_that_key__used_as_it_is(app: App, owner: User) -> None:
    mine = a_moment(app, event_name="order_done")
    [made] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert made.moment == mine
    assert not made.new_moment
    assert ValueMoment.objects.get(pk=mine.pk).event_name == "order_done"
    assert app.campaigns.filter(moment=mine).count() == 2


def test_insert__moment_on_the_same_events__used_under_its_own_key(app: App, owner: User) -> None:
    mine = a_moment(app, name="Ordered", event_name="Order Placed")
    [made] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert made.moment == mine
    assert app.campaigns.get(kind="soft_ask").content["moment"] == "ordered"


def test_insert__same_event_other_conditions__a_moment_of_its_own(app: App, owner: User) -> None:
    a_moment(
        app,
        name="Big order",
        event_name="Order Placed",
        conditions=[{"property": "total", "op": "gte", "value": 50}],
    )
    [made] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert made.new_moment
    assert made.moment.key == "order_placed"


def test_insert__opening_moment_there__no_redirect(app: App, owner: User) -> None:
    a_moment(app, opening=True)
    [made] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert made.soft_ask is not None
    assert made.redirect is None
    assert not app.campaigns.filter(kind="redirect").exists()


def test_insert__archived_before__written_anew(app: App, owner: User) -> None:
    [made] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert made.soft_ask is not None
    take_step(campaign_id=made.soft_ask.pk, app=app, action="archive", actor=owner)
    [again] = insert_playbook(app=app, book=DELIVERY, keys=["order_placed"], actor=owner)
    assert again.soft_ask is not None
    assert again.soft_ask.slug == "order_placed_2"
    assert again.redirect is None


@pytest.mark.parametrize("keys", [[], ["nothing"], ["order_completed"]])
def test_insert__nothing_of_this_book__refused(app: App, owner: User, keys: list[str]) -> None:
    with pytest.raises(Invalid, match="Choose at least one"):
        insert_playbook(app=app, book=DELIVERY, keys=keys, actor=owner)
    assert not app.moments.exists()


def test_insert__another_app__knows_nothing_of_this_one(cast: Cast) -> None:
    a_moment(cast.mallorys_app)
    [made] = insert_playbook(app=cast.app, book=DELIVERY, keys=["order_placed"], actor=cast.bob)
    assert made.new_moment
    assert made.moment.app_id == cast.app.pk


def test_book_states__all_books__four_queries(
    app: App, owner: User, django_assert_num_queries
) -> None:
    insert_playbook(app=app, book=DELIVERY, keys=ALL, actor=owner)
    with django_assert_num_queries(4):
        states = book_states(app=app, books=PLAYBOOKS.values(), today=date(2026, 11, 24))
    assert [state.complete for state in states][:2] == [3, 0]
