"""Review, revisions, comments and share links."""

from __future__ import annotations

import pytest
from django.core import mail

from campaigns.models import Campaign, Comment, ShareLink
from campaigns.services.steps import take_step
from campaigns.tasks import send_letters
from permissions_app.models import Membership, Role
from tests.campaigns.web.conftest import Shop
from tests.campaigns.web.editor_form import editor_form
from tests.factories import client_of, make_soft_ask

pytestmark = pytest.mark.django_db


@pytest.fixture
def changed(shop: Shop) -> Shop:
    """The soft ask is live, and Bob's other title waits for a review."""
    live = make_soft_ask(shop.app, shop.moment, status="live", name="Live ask")
    form = editor_form(live, v__0__t__en__title="Know when your parcel leaves the warehouse?")
    client_of(shop.cast.bob).post(f"{shop.at}soft-asks/{live.pk}/", form)
    take_step(campaign_id=live.pk, app=shop.app, action="submit", actor=shop.cast.bob)
    live.refresh_from_db()
    return Shop(shop.cast, shop.app, shop.moment, shop.opening, live, shop.rule)


def one(shop: Shop, what: str = "review") -> str:
    return f"{shop.at}campaigns/{shop.ask.pk}/{what}/"


def test_review__changed_words__told_word_by_word(changed: Shop) -> None:
    told = client_of(changed.cast.rita).get(one(changed)).content.decode()
    assert "<del>" in told
    assert "package" in told
    assert "<ins>" in told
    assert "parcel" in told
    assert "Approve" in told


def test_review__own_words__sentence_instead_of_the_button(changed: Shop) -> None:
    told = client_of(changed.cast.bob).get(one(changed)).content.decode()
    assert "somebody else has to approve" in told
    assert 'value="approve"' not in told


def test_ask_for_changes__needs_a_note_and_goes_back(changed: Shop) -> None:
    client = client_of(changed.cast.rita)
    client.post(one(changed, "steps"), {"action": "send_back"})
    waiting = Campaign.objects.filter(pk=changed.ask.pk, submitted__isnull=False)
    assert waiting.exists()
    client.post(one(changed, "steps"), {"action": "send_back", "note": "Name the courier."})
    assert not waiting.exists()
    assert "Name the courier." in client.get(one(changed, "revisions/2")).content.decode()


def test_publish__reviewer_removed_meanwhile__does_not_count(changed: Shop) -> None:
    client_of(changed.cast.rita).post(one(changed, "steps"), {"action": "approve"})
    Membership.objects.filter(user=changed.cast.rita).delete()
    told = client_of(changed.cast.bob).post(
        one(changed, "steps"), {"action": "publish"}, follow=True
    )
    assert "may no longer review" in told.content.decode()
    changed.ask.refresh_from_db()
    assert changed.ask.published is not None
    assert changed.ask.published.number == 1


def test_revert__makes_a_draft_of_an_old_revision(changed: Shop) -> None:
    client = client_of(changed.cast.bob)
    changed.ask.refresh_from_db()
    where = one(changed, "revisions/1/revert")
    client.post(where, {"version": str(changed.ask.version)})
    changed.ask.refresh_from_db()
    assert changed.ask.published is not None
    assert changed.ask.content == changed.ask.published.content
    assert changed.ask.submitted is None
    assert client_of(changed.cast.carol).post(where).status_code == 403


def test_comment__mention__is_mailed_and_resolved(changed: Shop) -> None:
    bob = client_of(changed.cast.bob)
    bob.post(one(changed, "comments"), {"body": "@rita is “parcel” right?", "variant": "a"})
    assert send_letters() == 1
    comment = Comment.objects.get()
    assert [message.to for message in mail.outbox] == [["rita@example.com"]]
    client_of(changed.cast.rita).post(one(changed, f"comments/{comment.pk}"), {"resolved": "1"})
    comment.refresh_from_db()
    assert comment.resolved_at is not None
    refused = client_of(changed.cast.carol).post(one(changed, "comments"), {"body": "x"})
    assert refused.status_code == 403


def test_comment__script__shown_as_text(changed: Shop) -> None:
    bob = client_of(changed.cast.bob)
    bob.post(one(changed, "comments"), {"body": "<script>alert(1)</script>"})
    assert "<script>alert(1)" not in bob.get(one(changed)).content.decode()
    bob.post(one(changed, "comments"), {"body": " "})
    assert Comment.objects.count() == 1


def test_share__link__shows_the_words_to_anybody_until_it_is_taken_back(changed: Shop) -> None:
    bob = client_of(changed.cast.bob)
    bob.post(one(changed, "share"), {"days": "7", "revision": "1"})
    page = bob.get(one(changed, "share")).content.decode()
    address = page.split("/shared/")[1].split("/")[0]
    anybody = client_of(None)
    shown = anybody.get(f"/shared/{address}/")
    told = shown.content.decode()
    assert shown.status_code == 200
    assert "Know when your package leaves the warehouse?" in told
    assert "@example.com" not in told
    assert shown["X-Robots-Tag"] == "noindex, nofollow"
    link = ShareLink.objects.get()
    assert link.opened == 1
    assert anybody.get(f"/shared/{address}x/").status_code == 404
    bob.post(one(changed, f"share/{link.pk}/revoke"))
    assert anybody.get(f"/shared/{address}/").status_code == 404


def test_share__expired__opens_nothing(changed: Shop) -> None:
    bob = client_of(changed.cast.bob)
    bob.post(one(changed, "share"), {"days": "1"})
    address = bob.get(one(changed, "share")).content.decode().split("/shared/")[1].split("/")[0]
    ShareLink.objects.update(expires_at="2020-01-01T00:00Z")
    assert client_of(None).get(f"/shared/{address}/").status_code == 404
    assert bob.post(one(changed, "share"), {"days": "999"}).status_code == 302
    assert ShareLink.objects.count() == 1


def test_workspace__self_approval__switched_by_an_owner_alone(changed: Shop) -> None:
    where = "/workspaces/acme/"
    assert client_of(changed.cast.mallory).get(where).status_code == 404
    assert client_of(changed.cast.carol).get(where).status_code == 200
    assert client_of(changed.cast.bob).post(where, {"self_approval": "on"}).status_code == 403
    alice = client_of(changed.cast.alice)
    assert alice.post(where, {"self_approval": "on"}).status_code == 302
    client_of(changed.cast.bob).post(one(changed, "steps"), {"action": "publish"})
    changed.ask.refresh_from_db()
    assert changed.ask.published is not None
    assert changed.ask.published.number == 2
    assert alice.post(where, {}).status_code == 302
    changed.cast.workspace.refresh_from_db()
    assert changed.cast.workspace.self_approval is False


def test_workspace__member__changed_and_removed_but_never_the_last_owner(changed: Shop) -> None:
    alice = client_of(changed.cast.alice)
    members = Membership.objects.filter(workspace=changed.cast.workspace)
    rita, owner = members.get(user=changed.cast.rita), members.get(user=changed.cast.alice)
    where = "/workspaces/acme/members/"
    alice.post(f"{where}{rita.pk}/", {"role": "editor"})
    rita.refresh_from_db()
    assert rita.role == Role.EDITOR
    alice.post(f"{where}{owner.pk}/", {"role": "viewer"})
    alice.post(f"{where}{owner.pk}/", {"role": ""})
    owner.refresh_from_db()
    assert owner.role == Role.OWNER
    alice.post(f"{where}{rita.pk}/", {"role": ""})
    assert not members.filter(pk=rita.pk).exists()
    assert client_of(changed.cast.bob).post(f"{where}{owner.pk}/").status_code == 403
