"""Word of alerts: over a real mail server that may be away."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.models import Alert, AlertMessage, AlertSettings
from campaigns.services.alert_messages import KEPT, send_next, trim
from campaigns.services.waiting import WAITS
from campaigns.tasks import send_alert_messages
from permissions_app.models import Membership
from tests.factories import Cast, make_cast
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db
ADDRESS = "https://oneask.example/w/acme/shop/alerts/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def over(settings: Settings, port: int) -> None:
    """Send over SMTP to this port, and do not wait long."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.3


def an_alert(cast: Cast) -> Alert:
    now = timezone.now()
    return Alert.objects.create(
        app=cast.app,
        kind="lag",
        evidence={"seconds": 1200, "threshold": 600},
        opened_at=now,
        last_seen_at=now,
    )


def waiting(cast: Cast, *, event: str = "opened") -> AlertMessage:
    """A message of an open alert to Bob."""
    AlertSettings.objects.update_or_create(app=cast.app, defaults={"address": ADDRESS})
    return AlertMessage.objects.create(
        app=cast.app,
        alert=an_alert(cast),
        event=event,
        to=cast.bob,
        due_at=timezone.now(),
    )


def soon() -> datetime:
    return timezone.now() + timedelta(seconds=1)


@pytest.mark.parametrize(
    ("event", "start"), [("opened", "Shop: Numbers"), ("resolved", "Shop: over: Num")]
)
def test_mail__alert__title_numbers_and_link(
    cast: Cast, settings: Settings, event: str, start: str
) -> None:
    message = waiting(cast, event=event)
    with MailServer() as server:
        over(settings, server.port)
        tried = send_next(now=soon())
    assert tried is not None
    assert tried.sent
    (letter,) = server.letters
    assert str(letter["to"]) == "bob@example.com"
    assert str(letter["subject"]).startswith(start)
    assert "20 minutes" in letter.get_content()
    assert f"{ADDRESS}#alert-{message.alert_id}" in letter.get_content()
    message.refresh_from_db()
    assert (message.due_at, message.error) == (None, "")
    assert message.sent_at is not None
    assert send_next(now=soon()) is None, "it is sent once"


def test_mail__server_away__later_and_later_and_then_given_up(
    cast: Cast, settings: Settings
) -> None:
    message = waiting(cast)
    with MailServer(refuses=True) as server:
        over(settings, server.port)
        now = soon()
        for wait in WAITS:
            tried = send_next(now=now)
            assert tried is not None
            assert not tried.answered
            message.refresh_from_db()
            assert message.due_at == now + wait
            assert message.error == "The mail server did not take it."
            assert send_next(now=now) is None
            now = message.due_at
        send_next(now=now)
    message.refresh_from_db()
    assert (message.due_at, message.sent_at) == (None, None)
    assert server.letters == []


def test_mail__person_left__not_sent(cast: Cast, settings: Settings) -> None:
    waiting(cast)
    Membership.objects.filter(user=cast.bob).delete()
    with MailServer() as server:
        over(settings, server.port)
        tried = send_next(now=soon())
    assert tried is not None
    assert not tried.sent
    assert server.letters == []
    assert not AlertMessage.objects.exists()


def test_test_message__says_that_it_is_one(cast: Cast, settings: Settings) -> None:
    AlertSettings.objects.create(app=cast.app, address=ADDRESS)
    AlertMessage.objects.create(app=cast.app, event="test", to=cast.bob, due_at=timezone.now())
    with MailServer() as server:
        over(settings, server.port)
        send_next(now=soon())
    assert "This is a test" in str(server.letters[0]["subject"])


def test_task__waiting__sent_and_never_twice(cast: Cast, settings: Settings) -> None:
    with MailServer() as mail:
        over(settings, mail.port)
        waiting(cast)
        AlertMessage.objects.create(
            app=cast.app, event="test", to=cast.carol, due_at=timezone.now()
        )
        assert send_alert_messages() == 2
        assert send_alert_messages() == 0
    assert len(mail.letters) == 2


def test_trim__old_and_done__forgotten(cast: Cast) -> None:
    waiting(cast)
    later = timezone.now() + KEPT + timedelta(days=1)
    assert trim(now=later) == 0, "it still waits"
    AlertMessage.objects.update(due_at=None)
    assert trim(now=timezone.now()) == 0
    assert trim(now=later) == 1
    assert Alert.objects.filter(messages=None).exists()
