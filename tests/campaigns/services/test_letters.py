"""The e-mails about comments: sent by the worker, over a real mail server that may be away, slow or rude."""

from __future__ import annotations

import socket
import threading
from datetime import datetime, timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Campaign, Comment, Letter
from campaigns.services.letters import send_next
from campaigns.services.talk import add_comment, resolve_comment
from campaigns.services.waiting import WAITS
from campaigns.tasks import send_letters
from permissions_app.models import Membership, User, ValueMoment
from tests.campaigns.drafts import a_moment
from tests.factories import Cast, make_cast, make_soft_ask
from tests.mail_server import MailServer

ADDRESS = "https://oneask.example/w/acme/shop/campaigns/1/review/#talk"


@pytest.fixture
def ask(cast: Cast, moment: ValueMoment) -> Campaign:
    """A soft ask with one variant, "a"."""
    return make_soft_ask(cast.app, moment)


def over(settings: Settings, port: int) -> None:
    """Send over SMTP to this port, and do not wait long."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.3


def closed_port() -> int:
    """A port where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def say(ask: Campaign, author: User, body: str) -> Comment:
    return add_comment(campaign=ask, author=author, body=body, address=ADDRESS).comment


def due() -> datetime:
    return Letter.objects.get().due_at


def test_letters__mentioned__one_each_and_never_twice(
    cast: Cast, ask: Campaign, settings: Settings
) -> None:
    say(ask, cast.bob, "@rita, @alice and @bob: “parcel” – right?\n.\nYes?")
    with MailServer() as server:
        over(settings, server.port)
        assert send_letters() == 2
        assert send_letters() == 0
    assert {str(letter["to"]) for letter in server.letters} == {
        "rita@example.com",
        "alice@example.com",
    }
    assert all("“parcel” – right?\n.\nYes?" in one.get_content() for one in server.letters)
    assert all(ADDRESS in one.get_content() for one in server.letters)
    assert not Letter.objects.exists()


@pytest.mark.parametrize("how", ["away", "silent", "refuses"])
def test_letters__server_does_not_take_it__asked_later_and_the_comment_stays(
    cast: Cast, ask: Campaign, settings: Settings, how: str
) -> None:
    before = timezone.now()
    with MailServer(silent=how == "silent", refuses=how == "refuses") as server:
        over(settings, closed_port() if how == "away" else server.port)
        say(ask, cast.bob, "@rita?")
        say(ask, cast.bob, "@alice?")
        assert send_letters() == 0
    assert Comment.objects.count() == 2
    tried = Letter.objects.get(tries=1)
    assert tried.due_at >= before + WAITS[0]
    assert Letter.objects.get(tries=0).due_at <= timezone.now(), "the server was asked only once"
    Letter.objects.update(due_at=before)
    with MailServer() as server:
        over(settings, server.port)
        assert send_letters() == 2
    assert len(server.letters) == 2


def test_letters__server_stays_away__later_and_later_and_then_given_up(
    cast: Cast, ask: Campaign, settings: Settings
) -> None:
    over(settings, closed_port())
    say(ask, cast.bob, "@rita?")
    now = timezone.now()
    for wait in WAITS:
        assert send_next(now=now - timedelta(seconds=1)) is None
        tried = send_next(now=now)
        assert tried is not None
        assert not tried.answered
        assert due() == now + wait
        now = due()
    tried = send_next(now=now)
    assert tried is not None
    assert not tried.sent
    assert not Letter.objects.exists()
    assert Comment.objects.count() == 1


@pytest.mark.parametrize("how", ["left", "account closed", "resolved"])
def test_letters__nobody_is_waited_for_any_more__not_sent(
    cast: Cast, ask: Campaign, settings: Settings, how: str
) -> None:
    comment = say(ask, cast.bob, "@rita?")
    if how == "left":
        Membership.objects.filter(user=cast.rita).delete()
    elif how == "account closed":
        User.objects.filter(pk=cast.rita.pk).update(is_active=False)
    else:
        resolve_comment(comment_id=comment.pk, campaign=ask, resolved=True, actor=cast.alice)
    with MailServer() as server:
        over(settings, server.port)
        assert send_letters() == 0
    assert server.letters == []
    assert not Letter.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_letters__worker_dies_while_sending__due_again_and_no_row_is_locked_meanwhile(
    transactional_db: None, settings: Settings
) -> None:
    """The letter that a silent server holds up is taken by nobody else, and locks nobody out."""
    cast = make_cast()
    ask = make_soft_ask(cast.app, a_moment(cast.app))
    say(ask, cast.bob, "@rita?")
    now = timezone.now()

    def work() -> None:
        try:
            send_next(now=now)
        finally:
            connections.close_all()

    with MailServer(silent=True) as server:
        over(settings, server.port)
        settings.EMAIL_TIMEOUT = 30
        worker = threading.Thread(target=work)
        worker.start()
        while due() == ask.comments.get().created_at:
            assert worker.is_alive()
        assert send_next(now=now) is None
        with transaction.atomic():
            Letter.objects.select_for_update(nowait=True).get()
        assert due() == now + WAITS[0]
    worker.join(10)
    assert not worker.is_alive()
