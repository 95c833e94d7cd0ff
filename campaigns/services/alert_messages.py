"""Sending word of alerts, in the background, as the letters about comments are sent (services.letters).

A message is a row that waits. Whoever sends it moves it into the future first and lets go of it; what fails comes due
again, later and later, and is then given up, which the page says. Mail and webhook wait apart: a webhook that is away
holds up no e-mail.
"""

import hashlib
import hmac
import json
from datetime import datetime, timedelta
from smtplib import SMTPException
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.db.models import Q

from campaigns.domain.alert_words import Said, say
from campaigns.models import AlertMessage, AlertSettings
from campaigns.services.waiting import WAITS, Tried, move_on
from permissions_app.domain.outbound import Refused
from permissions_app.models import App, Membership
from permissions_app.services import outbound

log = structlog.get_logger(__name__)
KEPT = timedelta(days=30)
MAIL, HOOK = Q(to__isnull=False), Q(to__isnull=True)
TEST = Said(
    "This is a test",
    "Alerts of this app reach you here.",
    "",
)


def send_next(*, now: datetime, channel: Q) -> Tried | None:
    """Send the message of a channel (MAIL or HOOK) that is due longest; None when none is."""
    message = _take(now, channel)
    if message is None:
        return None
    if not _still_wanted(message):
        message.delete()
        return Tried(sent=False, answered=True)
    try:
        if message.to_id:
            _mail(message)
        else:
            _call(message, now)
    except Refused as refused:
        _end(message, str(refused))
        return Tried(sent=False, answered=True)
    except (OSError, SMTPException) as error:
        return _put_back(message, "The mail server did not take it.", error, now)
    except outbound.Failed as error:
        return _put_back(message, str(error), error, now)
    AlertMessage.objects.filter(pk=message.pk).update(due_at=None, sent_at=now, error="")
    return Tried(sent=True, answered=True)


def trim(*, now: datetime) -> int:
    """Forget messages that were done with long ago; returns how many."""
    old = AlertMessage.objects.filter(due_at__isnull=True, created_at__lt=now - KEPT)
    return old.delete()[0]


@transaction.atomic
def _take(now: datetime, channel: Q) -> AlertMessage | None:
    """The message, moved on to its next try as if this one had failed already."""
    due = AlertMessage.objects.select_for_update(skip_locked=True, of=("self",))
    rows = due.filter(channel, due_at__lte=now).select_related("alert", "app__workspace", "to")
    message = rows.order_by("due_at", "pk").first()
    if message is not None:
        move_on(row=message, now=now)
    return message


def _still_wanted(message: AlertMessage) -> bool:
    """Whether the person may still read it, or the webhook is still there; and whether its time is not over."""
    if message.tries > len(WAITS) + 1:
        return False
    if message.to_id is None:
        return bool(_settings(message.app).webhook_url)
    here = Membership.objects.filter(
        workspace=message.app.workspace_id, user=message.to, user__is_active=True
    )
    return here.exists()


def _put_back(message: AlertMessage, why: str, error: Exception, now: datetime) -> Tried:
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
    assert message.to is not None  # as the channel says
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


def _call(message: AlertMessage, now: datetime) -> None:
    body = json.dumps(payload(message), ensure_ascii=False).encode()
    at = str(int(now.timestamp()))
    outbound.post(
        url=_settings(message.app).webhook_url,
        body=body,
        headers={
            "Content-Type": "application/json",
            "User-Agent": "OneAsk",
            "X-OneAsk-Timestamp": at,
            "X-OneAsk-Signature": signature(app_id=message.app_id, at=at, body=body),
        },
        trusted_hosts=settings.WEBHOOK_HOSTS,
    )


def payload(message: AlertMessage) -> dict[str, Any]:
    """What a webhook is sent. `text` alone is enough for chat programs; the rest is for machines. The same message
    has the same `id` however often it is tried.
    """
    said, alert = _said(message), message.alert
    over = message.event == AlertMessage.Event.RESOLVED
    return {
        "id": f"m{message.pk}",
        "event": message.event,
        "text": f"{message.app.name}: {'over: ' if over else ''}{said.title}. {said.text} {_where(message)}".strip(),
        "app": message.app.slug,
        "workspace": message.app.workspace.slug,
        "simulated": message.app.simulated,
        "alert": None
        if alert is None
        else {
            "id": alert.pk,
            "kind": alert.kind,
            "subject": alert.subject,
            "title": said.title,
            "detail": said.text,
            "opened_at": alert.opened_at.isoformat(),
            "resolved_at": alert.resolved_at.isoformat() if alert.resolved_at else None,
            "url": _where(message),
        },
    }


def secret_of(*, app_id: int) -> str:
    """What the webhook calls of an app are signed with; made from the installation's secret, stored nowhere."""
    key = settings.SECRET_KEY.encode()
    return hmac.new(key, f"alerts webhook {app_id}".encode(), hashlib.sha256).hexdigest()


def signature(*, app_id: int, at: str, body: bytes) -> str:
    """HMAC-SHA256 of "<timestamp>.<body>" under the app's secret."""
    key = secret_of(app_id=app_id).encode()
    return hmac.new(key, at.encode() + b"." + body, hashlib.sha256).hexdigest()
