"""Comments and share links: what is stored, who is told, what is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from campaigns.models import Campaign, Comment, ShareLink
from campaigns.selectors.talk import (
    SIGNER,
    comments_on,
    find_link,
    links_of,
    mentions_of,
    open_mentions,
    token_of,
)
from campaigns.services.talk import (
    MOST_OPEN_LINKS,
    Added,
    add_comment,
    count_opening,
    create_link,
    resolve_comment,
    revoke_link,
)
from campaigns.tasks import send_letters
from permissions_app.domain.edits import Invalid
from permissions_app.models import AuditEntry, Membership, ValueMoment
from tests.factories import Cast, make_soft_ask

ADDRESS = "https://oneask.example/w/acme/shop/campaigns/1/review/#talk"


@pytest.fixture
def ask(cast: Cast, moment: ValueMoment) -> Campaign:
    """A soft ask with one variant, "a"."""
    return make_soft_ask(cast.app, moment)


def say(ask: Campaign, cast: Cast, body: str, variant: str = "") -> Added:
    return add_comment(campaign=ask, author=cast.bob, body=body, variant=variant, address=ADDRESS)


def test_comment__mention__one_mail_with_the_words_and_the_way_there(
    cast: Cast, ask: Campaign
) -> None:
    say(ask, cast, "@Rita, @rita and @bob: is “package” right? @nobody", variant="a")
    assert mail.outbox == [], "nobody waits for the mail server"
    assert send_letters() == 1
    (letter,) = mail.outbox
    assert letter.to == ["rita@example.com"]
    assert letter.subject == "Bob mentioned you: Shipping news"
    assert "is “package” right?" in letter.body
    assert "variant a" in letter.body
    assert ADDRESS in letter.body
    (told,) = comments_on(campaign=ask)
    assert set(told.mentioned) == {"Rita", "Bob"}


def test_comment__outsider_mentioned__nobody_is_told(cast: Cast, ask: Campaign) -> None:
    added = say(ask, cast, "@mallory look")
    assert added.mentions.unknown == ("mallory",)
    assert send_letters() == 0
    assert mail.outbox == []


@pytest.mark.parametrize(
    ("body", "variant"), [("  \n ", ""), ("x" * 2001, ""), ("nul \x00", ""), ("fine", "z")]
)
def test_comment__nothing_too_much_or_no_such_variant__refused(
    cast: Cast, ask: Campaign, body: str, variant: str
) -> None:
    with pytest.raises(Invalid):
        say(ask, cast, body, variant)
    assert not Comment.objects.exists()


def test_comment__resolved_and_opened_again__said_by_whom_and_written_once(
    cast: Cast, ask: Campaign
) -> None:
    comment = say(ask, cast, "@rita?").comment
    assert open_mentions(user_id=cast.rita.pk) == 1
    (mention,) = mentions_of(user_id=cast.rita.pk)
    assert (mention.id, mention.campaign, mention.author) == (comment.pk, ask.name, "Bob")
    assert mentions_of(user_id=cast.alice.pk) == ()
    for _ in range(2):
        resolve_comment(comment_id=comment.pk, campaign=ask, resolved=True, actor=cast.rita)
    (told,) = comments_on(campaign=ask)
    assert told.resolved_by == "Rita"
    assert comments_on(campaign=ask, open_only=True) == ()
    assert open_mentions(user_id=cast.rita.pk) == 0
    assert AuditEntry.objects.filter(action="comment.resolved").count() == 1
    resolve_comment(comment_id=comment.pk, campaign=ask, resolved=False, actor=cast.alice)
    assert comments_on(campaign=ask, open_only=True)[0].resolved_at is None


def test_comment__of_another_campaign__does_not_exist(
    cast: Cast, ask: Campaign, moment: ValueMoment
) -> None:
    comment = say(ask, cast, "here").comment
    other = make_soft_ask(cast.app, moment, name="Other")
    with pytest.raises(Comment.DoesNotExist):
        resolve_comment(comment_id=comment.pk, campaign=other, resolved=True, actor=cast.bob)


def test_mentions__person_left_the_workspace__not_counted(cast: Cast, ask: Campaign) -> None:
    say(ask, cast, "@rita?")
    Membership.objects.filter(user=cast.rita).delete()
    assert open_mentions(user_id=cast.rita.pk) == 0


def test_comment__talking_about_a_campaign__is_no_change_of_it(cast: Cast, ask: Campaign) -> None:
    say(ask, cast, "hello")
    entry = AuditEntry.objects.get(action="comment.added")
    assert "id" not in entry.changes
    assert entry.changes["campaign"] == ask.key


def link_of(ask: Campaign, cast: Cast, days: int = 7) -> ShareLink:
    return create_link(campaign=ask, revision=None, days=days, actor=cast.bob, now=timezone.now())


def test_link__until_its_day__opens_and_is_counted(cast: Cast, ask: Campaign) -> None:
    link = link_of(ask, cast)
    now = timezone.now()
    assert find_link(token=token_of(link.pk), now=now) == link
    assert find_link(token=token_of(link.pk), now=now + timedelta(days=6, hours=23)) == link
    assert find_link(token=token_of(link.pk), now=now + timedelta(days=7, seconds=1)) is None
    for _ in range(3):
        count_opening(link=link)
    assert links_of(campaign=ask, now=now)[0].opened == 3


def test_link__taken_back__closed_at_once_and_in_the_trail(cast: Cast, ask: Campaign) -> None:
    link = link_of(ask, cast)
    now = timezone.now()
    for _ in range(2):
        revoke_link(link_id=link.pk, campaign=ask, actor=cast.alice, now=now)
    assert find_link(token=token_of(link.pk), now=now) is None
    assert links_of(campaign=ask, now=now)[0].state == "revoked"
    assert AuditEntry.objects.filter(action="share.revoked").count() == 1


def test_link__forged_in_any_way__opens_nothing(cast: Cast, ask: Campaign) -> None:
    link = link_of(ask, cast)
    good = token_of(link.pk)
    now = timezone.now()
    for token in (
        "",
        good[:-1],
        good + "A",
        good.replace(f"{link.pk}.", f"{link.pk + 1}.", 1),
        f"{link.pk}.",
        "x" * 5000,
        SIGNER.sign("not a number"),
        SIGNER.sign(str(link.pk + 1)),
        good.upper(),
    ):
        assert find_link(token=token, now=now) is None, token


def test_link__other_number_of_days_or_too_many__refused(cast: Cast, ask: Campaign) -> None:
    for days in (0, 2, 365, -1):
        with pytest.raises(Invalid):
            link_of(ask, cast, days)
    for _ in range(MOST_OPEN_LINKS):
        link_of(ask, cast)
    with pytest.raises(Invalid, match="Take one back"):
        link_of(ask, cast)
