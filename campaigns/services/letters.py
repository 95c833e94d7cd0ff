"""Sending the e-mails about comments, in the background.

A letter is a row that waits. Whoever sends it moves it into the future first and lets go of it, so no
row is locked while a mail server thinks, and a worker that dies leaves a letter that comes due again.
It is sent at least once: a worker that dies between the server's yes and the end of the row sends it
twice. A server that is away is asked again later, and later still; then the letter is given up and
the log says so. The comment itself is on the page all the time.
"""

from datetime import datetime
from smtplib import SMTPException

import structlog
from django.core.mail import send_mail
from django.db import transaction

from campaigns.models import Letter
from campaigns.services.waiting import WAITS, Tried, move_on
from permissions_app.models import Membership

log = structlog.get_logger(__name__)


def send_next(*, now: datetime) -> Tried | None:
    """Send the letter that is due longest; None when none is. Safe to run anywhere at any time."""
    letter = _take(now)
    if letter is None:
        return None
    if not _still_wanted(letter):
        letter.delete()
        return Tried(sent=False, answered=True)
    try:
        _send(letter)
    except (OSError, SMTPException) as error:
        _put_back(letter, error)
        return Tried(sent=False, answered=False)
    letter.delete()
    return Tried(sent=True, answered=True)


@transaction.atomic
def _take(now: datetime) -> Letter | None:
    """The letter, moved on to its next try as if this one had failed already."""
    due = Letter.objects.select_for_update(skip_locked=True, of=("self",)).filter(due_at__lte=now)
    rows = due.select_related("comment__campaign__app", "comment__author", "to")
    letter = rows.order_by("due_at", "pk").first()
    if letter is not None:
        move_on(row=letter, now=now)
    return letter


def _still_wanted(letter: Letter) -> bool:
    """Whether the person may still read what the letter quotes, and nobody settled it meanwhile."""
    workspace = letter.comment.campaign.app.workspace_id
    here = Membership.objects.filter(workspace=workspace, user=letter.to, user__is_active=True)
    return letter.comment.resolved_at is None and letter.tries <= len(WAITS) + 1 and here.exists()


def _put_back(letter: Letter, error: Exception) -> None:
    if letter.tries > len(WAITS):
        log.error("mention_mail_given_up", letter=letter.pk, tries=letter.tries, error=str(error))
        letter.delete()
        return
    log.warning("mention_mail_failed", letter=letter.pk, tries=letter.tries, error=str(error))


def _send(letter: Letter) -> None:
    comment = letter.comment
    name = " ".join(comment.campaign.name.split())
    author = " ".join(str(comment.author or comment.author_label).split())
    where = f", variant {comment.variant}" if comment.variant else ""
    send_mail(
        subject=f"{author} mentioned you: {name}",
        message=f"{author} wrote about “{name}”{where}:\n\n{comment.body}\n\n{letter.address}\n",
        from_email=None,
        recipient_list=[letter.to.email],
    )
