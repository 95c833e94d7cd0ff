"""An approval whose reviewer may no longer review, a workspace without a second reviewer, and two people who
publish at once: what the pages say, and what they do.
"""

from __future__ import annotations

import threading

import pytest
from django.db import connections
from django.test import Client

from campaigns.models import Campaign, Revision
from campaigns.services.campaigns import create_campaign
from campaigns.services.steps import take_step
from permissions_app.models import AuditEntry, Membership, Role, User, Workspace
from tests.campaigns.drafts import a_moment, soft_ask_draft
from tests.campaigns.web.conftest import Shop
from tests.factories import Cast, client_of, make_cast

VOID = "so the approval does not count"
LONELY = "Nobody else here may review it."


def editor(ask: Campaign) -> str:
    return f"/w/acme/shop/soft-asks/{ask.pk}/"


def around(ask: Campaign, what: str = "review") -> str:
    return f"/w/acme/shop/campaigns/{ask.pk}/{what}/"


def read(user: User, where: str) -> str:
    """The page without what scripts carry."""
    answer = client_of(user).get(where)
    assert answer.status_code == 200
    return answer.content.decode()


def step(client: Client, ask: Campaign, action: str, **more: str) -> str:
    """Take a step as a page does; what the page says next."""
    ask.refresh_from_db()
    sent = {"action": action, "version": str(ask.version), "next": "campaign_review", **more}
    return client.post(around(ask, "steps"), sent, follow=True).content.decode()


def bobs_ask(cast: Cast) -> Campaign:
    """A soft ask that Bob wrote."""
    draft = soft_ask_draft(a_moment(cast.app))
    return create_campaign(app=cast.app, draft=draft, actor=cast.bob)


@pytest.fixture
def approved(cast: Cast) -> Campaign:
    """Bob wrote it, Rita approved it."""
    ask = bobs_ask(cast)
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    take_step(
        campaign_id=ask.pk, app=cast.app, action="approve", actor=cast.rita, role=Role.REVIEWER
    )
    return ask


def lose(cast: Cast, how: str) -> None:
    """Rita may no longer review."""
    rita = Membership.objects.filter(user=cast.rita)
    if how == "removed":
        rita.delete()
    elif how == "viewer now":
        rita.update(role=Role.VIEWER)
    elif how == "account closed":
        User.objects.filter(pk=cast.rita.pk).update(is_active=False)
    else:
        cast.rita.delete()


@pytest.mark.parametrize("how", ["removed", "viewer now", "account closed", "account deleted"])
def test_approval__reviewer_lost__both_pages_say_so_at_once_and_offer_no_publication(
    cast: Cast, approved: Campaign, how: str
) -> None:
    for where in (editor(approved), around(approved)):
        page = read(cast.bob, where)
        assert 'value="publish"' in page
        assert VOID not in page
    lose(cast, how)
    for where in (editor(approved), around(approved)):
        page = read(cast.bob, where)
        assert VOID in page
        assert "no longer counts" in page
        assert 'value="publish"' not in page
        assert 'value="withdraw"' in page
    assert "Approval void" in read(cast.bob, around(approved, "revisions"))
    bob = client_of(cast.bob)
    assert VOID in step(bob, approved, "publish"), "a page that was open before"
    approved.refresh_from_db()
    assert approved.published is None
    step(bob, approved, "withdraw")
    step(bob, approved, "submit")
    step(client_of(cast.alice), approved, "approve")
    step(bob, approved, "publish")
    approved.refresh_from_db()
    assert approved.status == "live"


def test_approval__reviewer_is_back__counts_again(cast: Cast, approved: Campaign) -> None:
    lose(cast, "viewer now")
    assert VOID in read(cast.bob, editor(approved))
    Membership.objects.filter(user=cast.rita).update(role=Role.EDITOR)
    assert VOID not in read(cast.bob, editor(approved))
    assert "is live now" in step(client_of(cast.bob), approved, "publish")


def test_approval__of_ones_own_words_and_that_is_switched_off__counts_no_longer(cast: Cast) -> None:
    ask = bobs_ask(cast)
    Workspace.objects.update(self_approval=True)
    bob = client_of(cast.bob)
    for action in ("submit", "approve"):
        step(bob, ask, action)
    assert VOID not in read(cast.bob, editor(ask))
    Workspace.objects.update(self_approval=False)
    assert "may no longer review their own words here, " + VOID in read(cast.bob, editor(ask))
    assert VOID in step(bob, ask, "publish")
    ask.refresh_from_db()
    assert ask.published is None


@pytest.mark.parametrize(("how", "status"), [("removed", 404), ("viewer now", 403)])
def test_review_page_open__its_reviewer_is_lost_meanwhile__verdict_refused_and_nothing_written(
    cast: Cast, how: str, status: int
) -> None:
    ask = bobs_ask(cast)
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    rita = client_of(cast.rita)
    assert 'value="approve"' in rita.get(around(ask)).content.decode()
    lose(cast, how)
    ask.refresh_from_db()
    answer = rita.post(
        around(ask, "steps"), {"action": "approve", "version": str(ask.version)}, follow=True
    )
    assert answer.status_code == status
    told = answer.content.decode()
    assert ("An owner of the workspace can change your role" in told) == (status == 403)
    assert Revision.objects.get().verdict == ""
    assert not AuditEntry.objects.filter(action="soft_ask.approve").exists()


def test_lonely__nobody_else_may_review__both_pages_say_what_to_do_before_and_after_submission(
    cast: Cast,
) -> None:
    ask = bobs_ask(cast)
    assert LONELY not in read(cast.bob, editor(ask))
    Membership.objects.filter(user__in=[cast.alice, cast.rita]).update(role=Role.VIEWER)
    for _ in range(2):
        for where in (editor(ask), around(ask)):
            page = read(cast.bob, where)
            assert LONELY in page
            assert "Ask an owner to make somebody a reviewer" in page
            assert 'href="/workspaces/acme/"' in page
        if ask.submitted is None:
            step(client_of(cast.bob), ask, "submit")
            ask.refresh_from_db()
    Membership.objects.filter(user=cast.bob).update(role=Role.OWNER)
    assert "you can bring in a reviewer" in read(cast.bob, around(ask))
    Membership.objects.filter(user=cast.rita).update(role=Role.REVIEWER)
    assert LONELY not in read(cast.bob, around(ask))
    assert "Ask Rita." in read(cast.bob, around(ask))
    Membership.objects.filter(user=cast.rita).update(role=Role.VIEWER)
    Workspace.objects.update(self_approval=True)
    for where in (editor(ask), around(ask)):
        page = read(cast.bob, where)
        assert LONELY not in page
        assert 'value="approve"' in page


def test_lonely__draft_of_a_viewer__nothing_is_asked_of_them(cast: Cast, shop: Shop) -> None:
    Membership.objects.exclude(user=cast.carol).delete()
    assert LONELY not in read(cast.carol, editor(shop.ask))


@pytest.mark.django_db(transaction=True)
def test_publish__two_browsers_at_once__one_wins_and_the_other_is_told(
    transactional_db: None,
) -> None:
    cast = make_cast()
    ask = bobs_ask(cast)
    for action, actor in (("submit", cast.bob), ("approve", cast.rita)):
        take_step(campaign_id=ask.pk, app=cast.app, action=action, actor=actor)
    ask.refresh_from_db()
    sent = {"action": "publish", "version": str(ask.version), "next": "campaign_review"}
    clients = [client_of(cast.bob), client_of(cast.alice)]
    gate = threading.Barrier(len(clients))
    pages: list[str] = []

    def press(client: Client) -> None:
        try:
            gate.wait(10)
            pages.append(client.post(around(ask, "steps"), sent, follow=True).content.decode())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=press, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(pages) == 2
    assert sum("is live now" in page for page in pages) == 1
    assert sum("Somebody else changed it in the meantime" in page for page in pages) == 1
    assert AuditEntry.objects.filter(action="soft_ask.publish").count() == 1
    ask.refresh_from_db()
    assert ask.status == "live"
