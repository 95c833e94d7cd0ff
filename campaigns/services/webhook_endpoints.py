"""Making, changing, disabling and deleting the endpoints of webhooks, and their secrets.

Every write has its entry in the trail. The path of an address is often its secret, so the trail tells only the host.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from campaigns.domain.webhook_events import KINDS, SUBSCRIBED
from campaigns.domain.webhook_secrets import BYTES, secret_text
from campaigns.domain.webhook_tries import OLD_SECRET
from campaigns.models import WebhookDelivery, WebhookEndpoint
from permissions_app.domain.edits import Invalid, changed, check_version
from permissions_app.domain.outbound import Refused, check_numbers, read_target
from permissions_app.models import Actor, App
from permissions_app.services import audit, outbound
from permissions_app.services.sealing import seal, unseal

MOST_ENDPOINTS = 20
LONGEST_NAME = 80
PURPOSE = "webhook secret"
NO_MORE = "The endpoint was disabled."
Reason = WebhookEndpoint.Reason


@dataclass(frozen=True, slots=True)
class EndpointDraft:
    """What a person may say of an endpoint."""

    name: str
    url: str
    events: Collection[str]


def create_endpoint(*, app: App, draft: EndpointDraft, actor: Actor) -> tuple[WebhookEndpoint, str]:
    """A new endpoint, enabled, and its secret. Raises Invalid. The host is looked up before anything is locked."""
    return _create(app, _checked(draft), actor)


@transaction.atomic
def _create(app: App, told: dict[str, Any], actor: Actor) -> tuple[WebhookEndpoint, str]:
    App.objects.select_for_update(no_key=True).get(pk=app.pk)
    if WebhookEndpoint.objects.filter(app=app).count() >= MOST_ENDPOINTS:
        raise Invalid({"": f"An app has at most {MOST_ENDPOINTS} webhooks: delete one first."})
    text = secret_text(secrets.token_bytes(BYTES))
    endpoint = WebhookEndpoint.objects.create(
        app=app,
        **told,
        secret=seal(text, purpose=PURPOSE),
        created_by=audit.person_behind(actor),
        created_label=audit.label_of(actor),
    )
    record(endpoint, actor, "created", _state(endpoint))
    follow_subscriptions(app_id=app.pk)
    return endpoint, text


def update_endpoint(
    *, app: App, pk: int, draft: EndpointDraft, expected_version: int, actor: Actor
) -> WebhookEndpoint:
    """Change name, address or events. Raises Invalid, Conflict, WebhookEndpoint.DoesNotExist. Messages that wait go to
    the new address.
    """
    seen = WebhookEndpoint.objects.get(app=app, pk=pk)
    check_version(expected=expected_version, current=seen.version)
    return _update(app, pk, _checked(draft, before=seen.url), expected_version, actor)


@transaction.atomic
def _update(
    app: App, pk: int, told: dict[str, Any], expected_version: int, actor: Actor
) -> WebhookEndpoint:
    endpoint = _locked(app, pk)
    check_version(expected=expected_version, current=endpoint.version)
    before, url = _state(endpoint), endpoint.url
    endpoint.name, endpoint.url, endpoint.events = told["name"], told["url"], told["events"]
    difference: dict[str, Any] = changed(before=before, after=_state(endpoint))
    if not difference and url == endpoint.url:
        return endpoint
    if url != endpoint.url:
        endpoint.failing_since = None
        difference.setdefault("path", "changed")
    _keep(endpoint)
    record(endpoint, actor, "updated", difference)
    follow_subscriptions(app_id=app.pk)
    return endpoint


@transaction.atomic
def rotate_secret(
    *, app: App, pk: int, actor: Actor, now: datetime, expected_version: int | None = None
) -> tuple[WebhookEndpoint, str]:
    """A new secret. The one before signs as well for OLD_SECRET, an older one no longer. Raises Conflict,
    WebhookEndpoint.DoesNotExist.
    """
    endpoint = _locked(app, pk)
    if expected_version is not None:
        check_version(expected=expected_version, current=endpoint.version)
    text = secret_text(secrets.token_bytes(BYTES))
    endpoint.old_secret, endpoint.old_until = endpoint.secret, now + OLD_SECRET
    endpoint.secret = seal(text, purpose=PURPOSE)
    _keep(endpoint)
    record(endpoint, actor, "secret_rotated", {"old_until": endpoint.old_until.isoformat()})
    return endpoint, text


@transaction.atomic
def enable_endpoint(*, app: App, pk: int, actor: Actor) -> WebhookEndpoint:
    """Send to it again, from now on. Raises WebhookEndpoint.DoesNotExist; one that is enabled stays as it is."""
    endpoint = _locked(app, pk)
    if endpoint.disabled_at is None:
        return endpoint
    endpoint.disabled_at, endpoint.disabled_reason, endpoint.failing_since = None, "", None
    _keep(endpoint)
    record(endpoint, actor, "enabled", {})
    follow_subscriptions(app_id=app.pk)
    return endpoint


@transaction.atomic
def disable_endpoint(
    *, app: App, pk: int, reason: str, actor: Actor, now: datetime
) -> WebhookEndpoint:
    """Send nothing more to it. What waits is given up, and can be replayed. Raises WebhookEndpoint.DoesNotExist; one
    that is disabled stays as it is.
    """
    endpoint = _locked(app, pk)
    if endpoint.disabled_at is not None:
        return endpoint
    endpoint.disabled_at, endpoint.disabled_reason = now, Reason(reason)
    _keep(endpoint)
    end_waiting(endpoint_id=endpoint.pk)
    record(endpoint, actor, "disabled", {"reason": endpoint.get_disabled_reason_display()})
    follow_subscriptions(app_id=app.pk)
    return endpoint


@transaction.atomic
def delete_endpoint(
    *, app: App, pk: int, actor: Actor, expected_version: int | None = None
) -> None:
    """Take an endpoint away with its log. Raises Conflict, WebhookEndpoint.DoesNotExist."""
    endpoint = _locked(app, pk)
    if expected_version is not None:
        check_version(expected=expected_version, current=endpoint.version)
    record(endpoint, actor, "deleted", _state(endpoint))
    endpoint.delete()
    follow_subscriptions(app_id=app.pk)


def end_waiting(*, endpoint_id: int) -> int:
    """Give up what waits for an endpoint that is disabled; returns how many."""
    waiting = WebhookDelivery.objects.filter(endpoint=endpoint_id, due_at__isnull=False)
    return waiting.update(state=WebhookDelivery.State.GIVEN_UP, due_at=None, error=NO_MORE)


def secret_of(endpoint: WebhookEndpoint) -> str | None:
    """The secret; None where the installation's key changed and it cannot be read."""
    return unseal(endpoint.secret, purpose=PURPOSE)


def signing_secrets(endpoint: WebhookEndpoint, *, now: datetime) -> tuple[str, ...]:
    """The secrets that sign now, the newest first; empty where none can be read."""
    sealed = [endpoint.secret]
    if endpoint.old_until is not None and endpoint.old_until > now:
        sealed.append(endpoint.old_secret)
    found = (unseal(one, purpose=PURPOSE) for one in sealed)
    return tuple(text for text in found if text is not None)


def follow_subscriptions(*, app_id: int) -> None:
    """Let the fold note changed permissions while an endpoint is told of them, and only then."""
    rows = WebhookEndpoint.objects.filter(app=app_id, disabled_at__isnull=True)
    wanted = rows.filter(events__contains=["permission.changed"]).exists()
    App.objects.filter(pk=app_id).exclude(notes_changes=wanted).update(notes_changes=wanted)


def _locked(app: App, pk: int) -> WebhookEndpoint:
    rows = WebhookEndpoint.objects.select_for_update(of=("self",)).select_related("app__workspace")
    return rows.get(app=app, pk=pk)


def _keep(endpoint: WebhookEndpoint) -> None:
    endpoint.version += 1
    endpoint.save()


def _checked(draft: EndpointDraft, before: str = "") -> dict[str, Any]:
    """The fields as they are stored. Raises Invalid."""
    wrong: dict[str, str] = {}
    name, url = " ".join(draft.name.split()), draft.url.strip()
    if not name:
        wrong["name"] = "Give it a name."
    elif len(name) > LONGEST_NAME or "\0" in name:
        wrong["name"] = f"A name has at most {LONGEST_NAME} characters."
    if not url:
        wrong["url"] = "Enter an address."
    elif refusal := _refusal(url, known=url == before):
        wrong["url"] = refusal
    events = _in_order(draft.events)
    unknown = sorted(set(draft.events) - SUBSCRIBED)
    if unknown:
        wrong["events"] = f"There is no event “{unknown[0][:40]}”."
    elif not events:
        wrong["events"] = "Choose one event at least."
    if wrong:
        raise Invalid(wrong)
    return {"name": name, "url": url, "events": events}


def _refusal(url: str, *, known: bool) -> str:
    """Why the address is not called, '' when it is. A host that is not known at the moment is a reason for an address
    that is entered now, not for one that was entered before.
    """
    try:
        target = read_target(url=url, trusted_hosts=settings.WEBHOOK_HOSTS)
        if not target.trusted:
            check_numbers(target=target, numbers=outbound.look_up(target))
    except Refused as refused:
        return str(refused)
    except outbound.Failed as failed:
        return "" if known else str(failed)
    return ""


def _in_order(events: Iterable[str]) -> list[str]:
    wanted = set(events)
    return [kind.type for kind in KINDS if kind.type in wanted]


def _state(endpoint: WebhookEndpoint) -> dict[str, Any]:
    return {"name": endpoint.name, "host": host_of(endpoint.url), "events": endpoint.events}


def host_of(url: str) -> str:
    """The host of an address, which is all of it that everybody may see."""
    try:
        return read_target(url=url, trusted_hosts=settings.WEBHOOK_HOSTS).authority
    except Refused:
        return "refused"


def record(endpoint: WebhookEndpoint, actor: Actor, action: str, changes: dict[str, Any]) -> None:
    """Write a change of an endpoint into the trail, in the caller's transaction."""
    audit.record(
        workspace=endpoint.app.workspace,
        app=endpoint.app,
        actor=actor,
        action=f"webhook.{action}",
        subject=endpoint.name,
        changes={"id": f"w{endpoint.pk}", **changes},
    )
