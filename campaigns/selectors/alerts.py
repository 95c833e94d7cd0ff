"""Alerts as pages show them, and what became of the messages about them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaigns.domain.alert_rules import Setting, settings_of
from campaigns.domain.alert_words import Said, say
from campaigns.models import Alert, AlertMessage, AlertSettings, WebhookEndpoint
from permissions_app.models import App

MOST_PAST = 20
MOST_MESSAGES = 8


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """An alert with its words. `resolved_at` None: it is open."""

    pk: int
    kind: str
    subject: str
    evidence: Mapping[str, Any]
    said: Said
    opened_at: datetime
    last_seen_at: datetime
    resolved_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sent:
    """An e-mail on its way. `state`: waiting, sent or given_up."""

    to: str
    event: str
    title: str
    created_at: datetime
    state: str
    error: str


@dataclass(frozen=True, slots=True)
class Channels:
    """Rules and channels of an app, the usual where nobody decided. `webhooks`: how many are told of alerts."""

    rules: Mapping[str, Setting]
    webhooks: int
    recipients: frozenset[int]
    checked_at: datetime | None

    @property
    def any(self) -> bool:
        """Whether anybody is told."""
        return bool(self.webhooks or self.recipients)


def open_alerts(*, app_id: int) -> tuple[AlertSeen, ...]:
    """The newest first."""
    rows = Alert.objects.filter(app_id=app_id, resolved_at__isnull=True)
    return tuple(_seen(row) for row in rows.order_by("-opened_at", "-pk"))


def past_alerts(*, app_id: int) -> tuple[AlertSeen, ...]:
    """The latest MOST_PAST that are over."""
    rows = Alert.objects.filter(app_id=app_id, resolved_at__isnull=False)
    return tuple(_seen(row) for row in rows.order_by("-resolved_at", "-pk")[:MOST_PAST])


def count_open(*, workspace: str, app: str) -> int:
    """How many alerts of the app behind two slugs are open. One query."""
    found = Alert.objects.filter(app__workspace__slug=workspace, app__slug=app)
    return found.filter(resolved_at__isnull=True).count()


def channels_of(*, app: App) -> Channels:
    """What is decided for the app."""
    mine = AlertSettings.objects.filter(app=app).first()
    listening = WebhookEndpoint.objects.filter(app=app, disabled_at__isnull=True)
    webhooks = listening.filter(events__overlap=["alert.opened", "alert.resolved"]).count()
    if mine is None:
        return Channels(settings_of({}), webhooks, frozenset(), None)
    people = frozenset(mine.recipients.values_list("pk", flat=True))
    return Channels(settings_of(mine.rules), webhooks, people, mine.checked_at)


def latest_messages(*, app_id: int) -> tuple[Sent, ...]:
    """The latest messages, newest first."""
    rows = AlertMessage.objects.filter(app_id=app_id).select_related("alert", "to")
    return tuple(_sent(row) for row in rows.order_by("-created_at", "-pk")[:MOST_MESSAGES])


def _seen(row: Alert) -> AlertSeen:
    return AlertSeen(
        pk=row.pk,
        kind=row.kind,
        subject=row.subject,
        evidence=row.evidence,
        said=say(kind=row.kind, subject=row.subject, evidence=row.evidence),
        opened_at=row.opened_at,
        last_seen_at=row.last_seen_at,
        resolved_at=row.resolved_at,
    )


def _sent(row: AlertMessage) -> Sent:
    alert = row.alert
    title = (
        "A test"
        if alert is None
        else say(kind=alert.kind, subject=alert.subject, evidence=alert.evidence).title
    )
    waiting = row.due_at is not None
    return Sent(
        to=str(row.to),
        event=row.get_event_display(),
        title=title,
        created_at=row.created_at,
        state="sent" if row.sent_at else "waiting" if waiting else "given_up",
        error=row.error,
    )
