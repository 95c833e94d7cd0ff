"""Who may open the pages around a campaign, and what comments and links do there."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from campaigns.models import Comment, Revision, ShareLink
from campaigns.services.steps import take_step
from campaigns.services.talk import add_comment
from permissions_app.models import Role
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of

READ = ("review", "revisions", "revisions/1", "share")
POST_ONLY = ("comments", "comments/1", "share/1/revoke", "revisions/1/revert")
REVIEWERS = ("comments", "comments/1")
EDITORS = ("share", "share/1/revoke", "revisions/1/revert")


def at(shop: Shop, path: str) -> str:
    return f"{shop.at}campaigns/{shop.ask.pk}/{path}/"


@pytest.fixture
def waiting(shop: Shop) -> Shop:
    """The soft ask waits for a review."""
    take_step(campaign_id=shop.ask.pk, app=shop.app, action="submit", actor=shop.cast.bob)
    return shop


@pytest.mark.parametrize("path", READ)
def test_read__every_member_200_outsider_404_anonymous_to_sign_in(waiting: Shop, path: str) -> None:
    cast = waiting.cast
    for person in (cast.alice, cast.bob, cast.rita, cast.carol):
        assert client_of(person).get(at(waiting, path)).status_code == 200
    assert client_of(cast.mallory).get(at(waiting, path)).status_code == 404
    elsewhere = f"/w/evil/lair/campaigns/{waiting.ask.pk}/{path}/"
    assert client_of(cast.mallory).get(elsewhere).status_code == 404
    assert client_of(None).get(at(waiting, path)).status_code == 302
    assert client_of(cast.alice).delete(at(waiting, path)).status_code == 405


@pytest.mark.parametrize("path", [*REVIEWERS, *EDITORS])
def test_post__weak_role_403_outsider_404_no_token_403_and_nothing_written(
    waiting: Shop, path: str
) -> None:
    cast, where = waiting.cast, at(waiting, path)
    sent = {"body": "x", "days": "7", "version": "2"}
    weak = [cast.carol] if path in REVIEWERS else [cast.carol, cast.rita]
    for person in weak:
        assert client_of(person).post(where, sent).status_code == 403
    assert client_of(cast.mallory).post(where, sent).status_code == 404
    assert client_of(None).post(where, sent).status_code == 302
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.alice)
    assert strict.post(where, sent).status_code == 403
    assert not Comment.objects.exists()
    assert not ShareLink.objects.exists()


@pytest.mark.parametrize("path", POST_ONLY)
def test_post_only__get_405(waiting: Shop, path: str) -> None:
    assert client_of(waiting.cast.alice).get(at(waiting, path)).status_code == 405


def test_revision__unknown_or_of_another_campaign__404(waiting: Shop) -> None:
    client = client_of(waiting.cast.alice)
    for path in ("revisions/9", "revisions/9/revert", "revisions/1/?against=9"):
        where = at(waiting, path).replace("/?against=9/", "/?against=9")
        method = client.post if path.endswith("revert") else client.get
        assert method(where).status_code == 404
    assert client.get(at(waiting, "revisions/1") + "?against=nonsense").status_code == 200


@pytest.mark.parametrize("path", ["review", "revisions", "share"])
def test_pages__much_was_said_and_shared__same_number_of_queries(
    waiting: Shop, path: str, django_assert_max_num_queries: Any
) -> None:
    client, cast = client_of(waiting.cast.bob), waiting.cast
    client.get(at(waiting, path))
    for number in range(12):
        add_comment(
            campaign=waiting.ask, author=cast.rita, body=f"@bob {number}", variant="a", address=""
        )
        client.post(at(waiting, "share"), {"days": "7"})
        if number % 2:
            for action in ("withdraw", "submit"):
                take_step(
                    campaign_id=waiting.ask.pk, app=waiting.app, action=action, actor=cast.bob
                )
    assert Revision.objects.count() == 7
    with django_assert_max_num_queries(16):
        assert client.get(at(waiting, path)).status_code == 200


def test_comment__script__only_the_talk_comes_back_with_the_focus_on_what_happened(
    waiting: Shop,
) -> None:
    client = client_of(waiting.cast.rita)
    headers = {"HX-Request": "true", "HX-Target": "talk"}
    answer = client.post(
        at(waiting, "comments"), {"body": "@nobody and @bob", "view": "panel"}, headers=headers
    )
    told = answer.content.decode()
    assert told.lstrip().startswith("<section")
    assert "Bob will get an e-mail." in told
    assert "Nobody here is called @nobody." in told
    assert "autofocus" in told
    empty = client.post(at(waiting, "comments"), {"body": " "}, headers=headers).content.decode()
    assert "Write something first." in empty


def test_comment__no_script__back_to_where_it_was_written(waiting: Shop) -> None:
    client = client_of(waiting.cast.rita)
    answer = client.post(at(waiting, "comments"), {"body": "Hello", "view": "review"})
    assert answer["Location"] == f"{at(waiting, 'review')}#talk"
    answer = client.post(at(waiting, "comments"), {"body": "Hello", "view": "panel"})
    assert answer["Location"] == f"{waiting.at}soft-asks/{waiting.ask.pk}/#talk"
    assert "Hello" in client.get(answer["Location"].removesuffix("#talk")).content.decode()


def test_step__taken_on_the_review_page__back_there_and_nowhere_foreign(waiting: Shop) -> None:
    client = client_of(waiting.cast.rita)
    sent = {"action": "send_back", "next": "campaign_review", "note": ""}
    assert client.post(at(waiting, "steps"), sent)["Location"] == at(waiting, "review")
    for foreign in ("https://evil.example/", "account_logout", ""):
        answer = client.post(at(waiting, "steps"), {**sent, "next": foreign})
        assert answer["Location"] == f"{waiting.at}soft-asks/{waiting.ask.pk}/"


def test_step__page_of_an_older_version__refused_and_the_words_kept(waiting: Shop) -> None:
    client = client_of(waiting.cast.rita)
    sent = {"action": "approve", "version": "1", "note": "Fine words", "next": "campaign_review"}
    told = client.post(at(waiting, "steps"), sent, follow=True).content.decode()
    assert "changed it in the meantime" in told
    assert "Fine words</textarea>" in told
    assert Revision.objects.get().verdict == ""


def test_review__approval_and_then_other_words__says_that_it_is_void(waiting: Shop) -> None:
    cast = waiting.cast
    client_of(cast.rita).post(at(waiting, "steps"), {"action": "approve"})
    told = client_of(cast.bob).get(at(waiting, "review")).content.decode()
    assert "Revision 1 is approved" in told
    assert 'value="publish"' in told
    from dataclasses import replace

    from campaigns.models import Campaign
    from campaigns.selectors.campaigns import working_copy
    from campaigns.services.campaigns import update_campaign

    now = Campaign.objects.get(pk=waiting.ask.pk)
    update_campaign(
        campaign_id=now.pk,
        app=waiting.app,
        draft=replace(working_copy(now), holdout=0.3),
        expected_version=now.version,
        actor=cast.bob,
    )
    told = client_of(cast.bob).get(at(waiting, "review")).content.decode()
    assert "Changed since: revision 1 was taken back." in told
    assert "no longer counts" in told
    assert 'value="publish"' not in told


def test_review__blocking_findings__owner_gives_a_reason_editor_gets_a_sentence(
    waiting: Shop,
) -> None:
    from campaigns.services.campaigns import create_campaign
    from tests.campaigns.drafts import soft_ask_draft, words

    cast = waiting.cast
    draft = soft_ask_draft(waiting.moment, variants=(words(decline_label="OK"),))
    ask = create_campaign(app=waiting.app, draft=draft, actor=cast.bob)
    where = f"{waiting.at}campaigns/{ask.pk}/"
    for action, actor, role in (
        ("submit", cast.bob, Role.EDITOR),
        ("approve", cast.rita, Role.REVIEWER),
    ):
        take_step(campaign_id=ask.pk, app=waiting.app, action=action, actor=actor, role=role)
    told = client_of(cast.bob).get(f"{where}review/").content.decode()
    assert "ask an owner to publish it anyway" in told
    assert 'value="publish"' not in told
    alice = client_of(cast.alice)
    assert 'name="override"' in alice.get(f"{where}review/").content.decode()
    alice.post(f"{where}steps/", {"action": "publish", "override": "Legal asks for it"})
    told = client_of(cast.carol).get(f"{where}revisions/").content.decode()
    assert "Legal asks for it" in told


def test_revisions__nobody_saw_it__not_enough_data_never_a_zero(waiting: Shop) -> None:
    told = client_of(waiting.cast.carol).get(at(waiting, "revisions")).content.decode()
    assert "not enough data" in told
    assert "0.0" not in told


def test_mentions__counted_on_every_page_and_listed_until_resolved(shop: Shop) -> None:
    rita, bob = client_of(shop.cast.rita), client_of(shop.cast.bob)
    said = add_comment(
        campaign=shop.ask, author=shop.cast.bob, body="@rita <b>right?</b>", address="/"
    )
    counted = '<span class="nav-count">1<span class="visually-hidden"> open</span></span>'
    for page in (shop.at, f"{shop.at}soft-asks/", "/apps/", "/mentions/"):
        assert counted in rita.get(page).content.decode(), page
        assert "nav-count" not in bob.get(page).content.decode(), page
    listed = rita.get("/mentions/").content.decode()
    assert f'href="{at(shop, "review")}#comment-{said.comment.pk}"' in listed
    assert "@rita &lt;b&gt;right?&lt;/b&gt;" in listed
    assert "Nobody waits for an answer from you" in bob.get("/mentions/").content.decode()
    rita.post(at(shop, f"comments/{said.comment.pk}"), {"resolved": "1"})
    after = rita.get("/mentions/").content.decode()
    assert "nav-count" not in after
    assert shop.ask.name not in after
    assert client_of(None).get("/mentions/").status_code == 302
    assert rita.post("/mentions/").status_code == 405


def test_mentions__person_left_the_workspace__nothing_is_shown(shop: Shop) -> None:
    add_comment(campaign=shop.ask, author=shop.cast.bob, body="@rita secret", address="/")
    shop.cast.rita.memberships.all().delete()
    page = client_of(shop.cast.rita).get("/mentions/").content.decode()
    assert "secret" not in page
    assert "nav-count" not in page
