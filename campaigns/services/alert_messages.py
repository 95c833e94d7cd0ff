"""E-mails about alerts, sent in the background as the letters about comments are (services.letters).

A message is a row that waits. Whoever sends it moves it into the future first and lets go of it; what fails comes due
again, later and later, and is then given up, which the page says. Webhooks are told of alerts like of everything else
(services.webhook_news).
"""

from datetime import datetime, timedelta
from smtplib import SMTPException

import structlog
from django.core.mail import send_mail
from django.db import transaction

from campaigns.domain.alert_words import Said, say
from campaigns.models import AlertMessage, AlertSettings
from campaigns.services.waiting import WAITS, Tried, move_on
from permissions_app.models import App, Membership

log = structlog.get_logger(__name__)
KEPT = timedelta(days=30)
TEST = Said(
    "This is a test",
    "Alerts of this app reach you here.",
    "",
)


def send_next(*, now: datetime) -> Tried | None:
    """Send the message that is due longest; None when none is."""
    message = _take(now)
    if message is None:
        return None
    if not _still_wanted(message):
        message.delete()
        return Tried(sent=False, answered=True)
    try:
        _mail(message)
    except (OSError, SMTPException) as error:
        return _put_back(message, "The mail server did not take it.", error)
    AlertMessage.objects.filter(pk=message.pk).update(due_at=None, sent_at=now, error="")
    return Tried(sent=True, answered=True)


def trim(*, now: datetime) -> int:
    """Forget messages that were done with long ago; returns how many."""
    old = AlertMessage.objects.filter(due_at__isnull=True, created_at__lt=now - KEPT)
    return old.delete()[0]


@transaction.atomic
def _take(now: datetime) -> AlertMessage | None:
    """The message, moved on to its next try as if this one had failed already."""
    due = AlertMessage.objects.select_for_update(skip_locked=True, of=("self",))
    rows = due.filter(due_at__lte=now).select_related("alert", "app__workspace", "to")
    message = rows.order_by("due_at", "pk").first()
    if message is not None:
        move_on(row=message, now=now)
    return message


def _still_wanted(message: AlertMessage) -> bool:
    """Whether the person may still read it, and its time is not over."""
    if message.tries > len(WAITS) + 1:
        return False
    here = Membership.objects.filter(
        workspace=message.app.workspace_id, user=message.to, user__is_active=True
    )
    return here.exists()


def _put_back(message: AlertMessage, why: str, error: Exception) -> Tried:
    log.warning("alert_message_failed", message=message.pk, tries=message.tries, error=str(error))
    if message.tries > len(WAITS):
        log.error("alert_message_given_up", message=message.pk)
        _end(message, why)
    else:
        AlertMessage.objects.filter(pk=message.pk).update(error=why[:200])
    return Tried(sent=False, answered=False)


def _end(message: AlertMessage, why: str) -> None:
    AlertMessage.objects.filter(pk=message.pk).update(due_at=None, error=why[:200])


def _settings(app: App) -> AlertSettings:
    return AlertSettings.objects.filter(app=app).first() or AlertSettings(app=app)


def _said(message: AlertMessage) -> Said:
    alert = message.alert
    if alert is None:
        return TEST
    return say(kind=alert.kind, subject=alert.subject, evidence=alert.evidence)


def _where(message: AlertMessage) -> str:
    address = _settings(message.app).address
    return f"{address}#alert-{message.alert_id}" if message.alert_id and address else address


def _mail(message: AlertMessage) -> None:
    said = _said(message)
    over = message.event == AlertMessage.Event.RESOLVED
    name = " ".join(message.app.name.split())
    lines = [
        f"Over: {said.title}" if over else said.title,
        "",
        said.text,
        said.advice,
        "",
        _where(message),
    ]
    simulated = ["", "The devices of this app are simulated."] if message.app.simulated else []
    send_mail(
        subject=f"{name}: {'over: ' if over else ''}{' '.join(said.title.split())}",
        message="\n".join([*lines, *simulated]).strip() + "\n",
        from_email=None,
        recipient_list=[message.to.email],
    )
