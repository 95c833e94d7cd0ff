"""Opening and closing alerts, and what people decide about them.

An app is checked as a whole: what the rules find is opened or seen again, what they no longer find is over after a
while without it, so that a number on the edge does not open and close all day. One alert is open for a kind and
subject, which the database holds; two checks at once find the settings of the app locked, and the second one leaves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from campaigns.domain.alert_rules import Finding, findings, read_rules, settings_of
from campaigns.models import Alert, AlertMessage, AlertSettings
from campaigns.selectors.alert_signals import signals
from campaigns.selectors.results import results_list
from campaigns.services.webhook_news import note_verdicts, tell_alert
from permissions_app.domain.edits import changed
from permissions_app.models import App, Membership, User
from permissions_app.services import audit

QUIET = timedelta(minutes=30)
"""An alert is over when it was not seen for so long."""
BETWEEN = timedelta(minutes=3)
"""An app is not checked again sooner."""
SAMPLES_KEPT = 120
"""How many of the latest values of a growing number are kept for its chart."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How many alerts were opened, and how many are over."""

    opened: int = 0
    resolved: int = 0


def due_apps(*, now: datetime) -> list[int]:
    """Apps to be checked, those that waited longest first."""
    apps = App.objects.exclude(alert_settings__checked_at__gt=now - BETWEEN)
    order = apps.order_by("alert_settings__checked_at", "pk").values_list(
        "pk", "alert_settings__checked_at"
    )
    never = [pk for pk, at in order if at is None]
    return never + [pk for pk, at in order if at is not None]


@transaction.atomic
def check(*, app_id: int, now: datetime) -> Checked:
    """Look at an app. Does nothing while somebody else looks, or where that was just done."""
    AlertSettings.objects.get_or_create(app_id=app_id)
    rows = AlertSettings.objects.select_for_update(skip_locked=True, of=("self",))
    mine = rows.select_related("app").filter(app_id=app_id).first()
    if mine is None or (mine.checked_at is not None and mine.checked_at > now - BETWEEN):
        return Checked()
    results = results_list(app=mine.app, now=now)
    note_verdicts(app=mine.app, rows=results, now=now)
    told = signals(app=mine.app, now=now, results=results)
    found = findings(signals=told, settings=settings_of(mine.rules))
    mine.checked_at = now
    mine.save(update_fields=["checked_at"])
    return _settle(mine, found, now)


def _settle(mine: AlertSettings, found: tuple[Finding, ...], now: datetime) -> Checked:
    standing = {
        (alert.kind, alert.subject): alert
        for alert in Alert.objects.filter(app_id=mine.app_id, resolved_at__isnull=True)
    }
    opened = resolved = 0
    for finding in found:
        alert = standing.pop((finding.kind, finding.subject), None)
        if alert is None:
            alert = Alert(
                app_id=mine.app_id, kind=finding.kind, subject=finding.subject, opened_at=now
            )
            opened += 1
        alert.evidence = _evidence(alert.evidence, finding, now)
        alert.last_seen_at = now
        alert.save()
        if alert.opened_at == now:
            tell(mine=mine, alert=alert, event=AlertMessage.Event.OPENED, now=now)
    rules = settings_of(mine.rules)
    for alert in standing.values():
        known = rules.get(alert.kind)
        silenced = known is None or not known.on
        if not silenced and alert.last_seen_at > now - QUIET:
            continue
        alert.resolved_at = now
        alert.save(update_fields=["resolved_at"])
        resolved += 1
        if not silenced:
            tell(mine=mine, alert=alert, event=AlertMessage.Event.RESOLVED, now=now)
    return Checked(opened, resolved)


def _evidence(before: Mapping[str, Any], finding: Finding, now: datetime) -> dict[str, Any]:
    """What the finding shows; of a delay, also how it grew."""
    if finding.kind != "lag":
        return finding.evidence
    samples = [*before.get("samples", []), [now.isoformat(), finding.evidence["seconds"]]]
    return {**finding.evidence, "samples": samples[-SAMPLES_KEPT:]}


def tell(
    *, mine: AlertSettings, alert: Alert | None, event: AlertMessage.Event, now: datetime
) -> int:
    """Leave an e-mail for everybody who is to know, and tell the webhooks unless it is a test; the worker sends both.
    Returns how many e-mails there are.
    """
    here = Membership.objects.filter(workspace_id=mine.app.workspace_id).values("user_id")
    people = list(mine.recipients.filter(pk__in=here, is_active=True).values_list("pk", flat=True))
    if alert is not None:
        tell_alert(app=mine.app, alert=alert, address=mine.address, now=now)
    AlertMessage.objects.bulk_create(
        (
            AlertMessage(app_id=mine.app_id, alert=alert, event=event, to_id=to, due_at=now)
            for to in people
        ),
        ignore_conflicts=True,
    )
    return len(people)


@transaction.atomic
def save_settings(
    *,
    app: App,
    rules: Mapping[str, tuple[bool, str]],
    recipients: list[int],
    address: str,
    actor: User,
) -> AlertSettings:
    """Change rules and readers. `rules`: kind -> (on, threshold as typed). Raises Invalid, with the kind."""
    stored = read_rules(rules)
    AlertSettings.objects.get_or_create(app=app)
    mine = AlertSettings.objects.select_for_update().get(app=app)
    before = _told(mine)
    mine.rules, mine.address = stored, address
    mine.save(update_fields=["rules", "address"])
    here = Membership.objects.filter(workspace=app.workspace_id, user__in=recipients)
    mine.recipients.set(here.values_list("user_id", flat=True))
    difference = changed(before=before, after=_told(mine))
    if difference:
        audit.record(
            workspace=app.workspace,
            app=app,
            actor=actor,
            action="alerts.changed",
            subject=app.name,
            changes=difference,
        )
    return mine


def _told(mine: AlertSettings) -> dict[str, Any]:
    """The settings as the trail tells them."""
    rules = {
        kind: f"{'on' if rule.on else 'off'}, {rule.threshold}"
        for kind, rule in settings_of(mine.rules).items()
    }
    people = mine.recipients.order_by("email").values_list("email", flat=True)
    return {**rules, "recipients": list(people)}


def keep_address(*, app: App, address: str) -> None:
    """Remember where the page with the alerts is, unless that is known: the worker has no request to make it from."""
    AlertSettings.objects.get_or_create(app=app)
    AlertSettings.objects.filter(app=app, address="").update(address=address)


@transaction.atomic
def send_test(*, app: App, actor: User, now: datetime | None = None) -> int:
    """Send an e-mail to everybody who is told of alerts; returns to how many."""
    mine = AlertSettings.objects.filter(app=app).select_related("app").first()
    if mine is None:
        return 0
    sent = tell(mine=mine, alert=None, event=AlertMessage.Event.TEST, now=now or timezone.now())
    if sent:
        audit.record(
            workspace=app.workspace,
            app=app,
            actor=actor,
            action="alerts.tested",
            subject=app.name,
            changes={"channels": sent},
        )
    return sent
