"""The weekly e-mail: one for each person, app and week.

On Monday morning every reader gets a row for the week that is over; the row is unique, so a second look, a second
beat or a second worker makes no second one, and it stays when the e-mail is sent. Sending is as for all letters: a
row that is due is moved on first, so no lock is held while a mail server thinks, and what fails comes due again.
"""

from datetime import UTC, date, datetime, time, timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string

from campaigns.models import DigestLetter, DigestReader
from campaigns.selectors.digest import digest
from campaigns.services.waiting import Tried, move_on
from permissions_app.models import Membership
from permissions_app.selectors.days import today

log = structlog.get_logger(__name__)
SENT_AT = time(6, 0, tzinfo=UTC)
"""On Monday; by then the nightly audit is through."""
WAITS = (timedelta(minutes=5), timedelta(minutes=30), timedelta(hours=3), timedelta(hours=12))
"""After the first failure, the second ...; a letter is given up after the last one."""
STALE = timedelta(days=6)
"""What could not be sent for so long is not sent any more: the next one is near."""
KEPT = timedelta(days=90)


def due_at(monday: date) -> datetime:
    """When the e-mail about the week from `monday` on is sent: the Monday after."""
    return datetime.combine(monday + timedelta(days=7), SENT_AT)


def last_week(now: datetime) -> date:
    """The Monday of the latest week whose e-mail is due."""
    day = today(now)
    monday = day - timedelta(days=day.weekday() + 7)
    return monday if now >= due_at(monday) else monday - timedelta(days=7)


def prepare(*, now: datetime) -> int:
    """Write down the letters of the week that is over, for everybody who read along when it came due; returns how many
    are new.
    """
    monday = last_week(now)
    due = due_at(monday)
    if now > due + STALE:
        return 0
    readers = DigestReader.objects.filter(since__lt=due).exclude(letters__week=monday)
    before = DigestLetter.objects.filter(week=monday).count()
    DigestLetter.objects.bulk_create(
        (DigestLetter(reader=reader, week=monday, due_at=now) for reader in readers),
        ignore_conflicts=True,
    )
    DigestLetter.objects.filter(week__lt=today(now) - KEPT).delete()
    return DigestLetter.objects.filter(week=monday).count() - before


def send_next(*, now: datetime) -> Tried | None:
    """Send the letter that is due longest; None when none is."""
    letter = _take(now)
    if letter is None:
        return None
    if not _still_wanted(letter, now):
        _end(letter)
        return Tried(sent=False, answered=True)
    try:
        compose(letter=letter, now=now).send()
    except (OSError, SMTPException) as error:
        log.warning("digest_failed", letter=letter.pk, tries=letter.tries, error=str(error))
        return Tried(sent=False, answered=False)
    _end(letter, sent_at=now)
    return Tried(sent=True, answered=True)


def compose(*, letter: DigestLetter, now: datetime) -> EmailMultiAlternatives:
    """The e-mail, as text and as a page."""
    reader = letter.reader
    told = digest(app=reader.app, monday=letter.week, now=now)
    name = " ".join(reader.app.name.split())
    context = {
        "digest": told,
        "app": name,
        "address": reader.address,
        "pages": _pages(reader.address),
    }
    message = EmailMultiAlternatives(
        subject=f"{name}: the week from {letter.week.day} {letter.week:%B}",
        body=render_to_string("emails/digest.txt", context).strip() + "\n",
        to=[reader.user.email],
        headers={"List-Unsubscribe": f"<{reader.address}#weekly>"},
    )
    message.attach_alternative(render_to_string("emails/digest.html", context), "text/html")
    return message


@transaction.atomic
def _take(now: datetime) -> DigestLetter | None:
    """The letter, moved on to its next try as if this one had failed already."""
    due = DigestLetter.objects.select_for_update(skip_locked=True, of=("self",))
    rows = due.filter(due_at__lte=now).select_related("reader__app__workspace", "reader__user")
    letter = rows.order_by("due_at", "pk").first()
    if letter is not None:
        move_on(row=letter, now=now, waits=WAITS)
    return letter


def _still_wanted(letter: DigestLetter, now: datetime) -> bool:
    """Whether the person is still there, and the week not long past."""
    if letter.tries > len(WAITS) + 1 or now > due_at(letter.week) + STALE:
        log.error("digest_given_up", letter=letter.pk, tries=letter.tries)
        return False
    reader = letter.reader
    here = Membership.objects.filter(
        workspace=reader.app.workspace_id, user=reader.user, user__is_active=True
    )
    return here.exists()


def _end(letter: DigestLetter, sent_at: datetime | None = None) -> None:
    DigestLetter.objects.filter(pk=letter.pk).update(due_at=None, sent_at=sent_at)


def _pages(address: str) -> str:
    """The beginning of the app's addresses: `address` is that of its alerts."""
    return address.removesuffix("alerts/")
