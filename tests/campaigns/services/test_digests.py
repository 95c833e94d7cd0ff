"""The weekly e-mail: what it says, to whom, and that it comes once."""

from __future__ import annotations

import threading
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from pytest_django import Settings

from campaigns.models import Alert, DigestLetter, DigestReader
from campaigns.services.digest_readers import set_reading
from campaigns.services.digests import (
    STALE,
    WAITS,
    compose,
    due_at,
    last_week,
    prepare,
    send_next,
)
from campaigns.tasks import send_digests
from permissions_app.models import App, Membership, User
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    republish,
)
from tests.mail_server import MailServer

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 16)
DUE = datetime(2026, 11, 23, 6, tzinfo=UTC)
ADDRESS = "https://oneask.example/w/acme/shop/alerts/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def over(settings: Settings, port: int) -> None:
    """Send over SMTP to this port, and do not wait long."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", port, 0.5


def reader(app: App, user: User, since: datetime = DUE - timedelta(days=3)) -> DigestReader:
    set_reading(app=app, user=user, reads=True, address=ADDRESS, now=since)
    return DigestReader.objects.get(app=app, user=user)


def two_weeks(cast: Cast) -> None:
    """Opt-in rose from 40 to 60 percent; three came back."""
    cells: list[Any] = []
    for start, yes in ((MONDAY, 60), (MONDAY - timedelta(days=7), 40)):
        day = start + timedelta(days=2)
        cells += [
            ("funnel", day, "ios", "", "rsapxgA", 0, yes),
            ("funnel", day, "ios", "", "rsapxD", 0, 25),
            ("funnel", day, "ios", "", "W", 0, 75 - yes),
            ("answered", day, "ios", "", "", 0, 100),
            ("granted", day, "ios", "", "", 0, yes),
            ("denial", day, "ios", "refused", "", 0, 40),
        ]
    cells += [
        ("recovered", MONDAY - timedelta(days=30), "ios", "", "tapped", 31, 3),
        ("recovered", MONDAY - timedelta(days=30), "ios", "", "tapped", 29, 2),
        ("recovered", MONDAY - timedelta(days=30), "ios", "", "tapped", 37, 50),
    ]
    make_rollups(cast.app, cells)


def written(cast: Cast, now: datetime = DUE) -> tuple[str, str]:
    """The e-mail as text and as a page."""
    reads = DigestReader.objects.first() or reader(cast.app, cast.carol)
    letter = DigestLetter(reader=reads, week=MONDAY)
    message = compose(letter=letter, now=now)
    page = message.alternatives[0]
    return str(message.body), str(page[0])


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        (DUE, MONDAY),
        (DUE - timedelta(seconds=1), MONDAY - timedelta(days=7)),
        (DUE + timedelta(days=6), MONDAY),
        (DUE + timedelta(days=7), MONDAY + timedelta(days=7)),
    ],
)
def test_last_week__turns_on_monday_morning(now: datetime, monday: date) -> None:
    assert last_week(now) == monday
    assert due_at(monday) <= now


def test_words__both_weeks_beside_each_other__in_text_and_page(cast: Cast) -> None:
    two_weeks(cast)
    for words in written(cast):
        flat = " ".join(words.replace("\u202f", " ").split())
        assert "16 November to 22 November 2026" in flat
        assert "60.0 %" in flat
        assert "40.0 %" in flat
        assert "simulated" not in flat
        assert f"{ADDRESS}#weekly" in flat
        assert "https://oneask.example/w/acme/shop/report/" in flat
    text = " ".join(written(cast)[0].replace("\u202f", " ").split())
    assert "Opt-in 60.0 % (before: 40.0 %)" in text
    assert "Lost by refusal 25.0 % (before: 25.0 %)" in text
    assert "Came back through Settings 3 (before: 2)" in text
    assert "No live trial has come to an answer." in text
    assert "None is open." in text


def test_words__nothing_happened__no_zero_per_cent(cast: Cast) -> None:
    for words in written(cast):
        assert "Not enough data" in words
        assert "0.0\u202f%" not in words
        assert "not enough data" in words


def test_words__verdicts_and_alerts__named(cast: Cast) -> None:
    rule = republish(
        make_redirect_rule(cast.app, make_moment(cast.app), name="Back <b>soon</b>", status="live"),
        holdout=0.5,
    )
    assert rule.published is not None
    key = f"{rule.key}.{rule.published.number}"
    make_rollups(
        cast.app,
        [
            ("trial", MONDAY - timedelta(days=60), "ios", f"{key}.a", "sD", 0, 700),
            ("trial", MONDAY - timedelta(days=60), "ios", f"{key}.holdout", "D", 0, 300),
        ],
    )
    Alert.objects.create(
        app=cast.app,
        kind="lag",
        evidence={"seconds": 1200, "threshold": 600},
        opened_at=DUE - timedelta(days=2),
        last_seen_at=DUE,
    )
    text, page = written(cast)
    assert "Back <b>soon</b>: No winner can be named: devices came into the arms" in text
    assert "Back &lt;b&gt;soon&lt;/b&gt;" in page
    assert "<b>soon</b>" not in page
    for words in (text, page):
        assert "Numbers are behind" in words
        assert "1 opened in the week." in words


def test_words__simulated_app__says_so(cast: Cast) -> None:
    App.objects.filter(pk=cast.app.pk).update(simulated=True)
    for words in written(cast):
        assert "The devices of this app are simulated." in words


def test_digest__readers__one_letter_each_and_never_a_second(
    cast: Cast, settings: Settings
) -> None:
    reader(cast.app, cast.carol)
    reader(cast.app, cast.bob)
    assert prepare(now=DUE - timedelta(hours=1)) == 0, "it is not Monday yet"
    assert prepare(now=DUE) == 2
    assert prepare(now=DUE + timedelta(minutes=1)) == 0
    with MailServer() as server:
        over(settings, server.port)
        now = DUE + timedelta(minutes=2)
        assert [send_next(now=now) is not None for _ in range(3)] == [True, True, False]
        assert prepare(now=DUE + timedelta(days=1)) == 0
        assert send_next(now=DUE + timedelta(days=1)) is None
    assert sorted(str(one["to"]) for one in server.letters) == [
        "bob@example.com",
        "carol@example.com",
    ]
    letter = server.letters[0]
    assert str(letter["subject"]) == "Shop: the week from 16 November"
    assert letter["List-Unsubscribe"] == f"<{ADDRESS}#weekly>"
    kinds = [part.get_content_type() for part in letter.iter_parts()]
    assert kinds == ["text/plain", "text/html"]


def test_digest__next_week__another_letter(cast: Cast) -> None:
    reader(cast.app, cast.carol)
    assert prepare(now=DUE) == 1
    assert prepare(now=DUE + timedelta(days=7)) == 1
    assert set(DigestLetter.objects.values_list("week", flat=True)) == {
        MONDAY,
        MONDAY + timedelta(days=7),
    }


def test_digest__reader_since_after_it_was_due__waits_for_the_next(cast: Cast) -> None:
    reader(cast.app, cast.carol, since=DUE + timedelta(hours=1))
    assert prepare(now=DUE + timedelta(hours=2)) == 0
    assert prepare(now=DUE + timedelta(days=7)) == 1


def test_digest__worker_back_on_tuesday__sent_late_but_not_after_a_week(cast: Cast) -> None:
    reader(cast.app, cast.carol)
    assert prepare(now=DUE + STALE + timedelta(hours=1)) == 0
    assert prepare(now=DUE + timedelta(days=1)) == 1


@pytest.mark.parametrize("how", ["left", "account closed", "stopped reading"])
def test_digest__nobody_waits_for_it_any_more__not_sent(
    cast: Cast, settings: Settings, how: str
) -> None:
    reader(cast.app, cast.carol)
    prepare(now=DUE)
    if how == "left":
        Membership.objects.filter(user=cast.carol).delete()
    elif how == "account closed":
        User.objects.filter(pk=cast.carol.pk).update(is_active=False)
    else:
        set_reading(app=cast.app, user=cast.carol, reads=False, address="", now=DUE)
    with MailServer() as server:
        over(settings, server.port)
        send_next(now=DUE)
    assert server.letters == []


def test_digest__mail_server_away__later_and_later_and_then_given_up(
    cast: Cast, settings: Settings
) -> None:
    reader(cast.app, cast.carol)
    prepare(now=DUE)
    now = DUE
    with MailServer(refuses=True) as server:
        over(settings, server.port)
        for wait in WAITS:
            tried = send_next(now=now)
            assert tried is not None
            assert not tried.answered
            assert DigestLetter.objects.get().due_at == now + wait
            now += wait
        for _ in range(2):
            send_next(now=now)
            now += WAITS[-1]
    assert DigestLetter.objects.get().due_at is None
    assert DigestLetter.objects.get().sent_at is None


@pytest.mark.django_db(transaction=True)
def test_digest__two_beats_and_two_workers__one_e_mail(
    transactional_db: None, settings: Settings
) -> None:
    cast = make_cast()
    now = DUE
    for user in (cast.alice, cast.bob, cast.carol, cast.rita):
        reader(cast.app, user)
    start = threading.Barrier(2)

    def work() -> None:
        try:
            start.wait()
            prepare(now=now)
            while send_next(now=now):
                pass
        finally:
            connections.close_all()

    with MailServer() as server:
        over(settings, server.port)
        workers = [threading.Thread(target=work) for _ in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(20)
        assert send_next(now=now) is None
    assert len(server.letters) == 4
    assert len({str(one["to"]) for one in server.letters}) == 4


def test_task__what_is_due__goes_out_once(cast: Cast, settings: Settings) -> None:
    day = datetime.now(UTC)
    monday = day.date() - timedelta(days=day.weekday())
    DigestLetter.objects.create(reader=reader(cast.app, cast.bob, day), week=monday, due_at=day)
    with MailServer() as server:
        over(settings, server.port)
        assert send_digests() == 1
        assert send_digests() == 0
    assert len(server.letters) == 1
