"""The JSON of webhooks and their log, both ways."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from campaigns.domain.webhook_events import KINDS
from campaigns.models import WebhookDelivery, WebhookEndpoint

TYPES = [kind.type for kind in KINDS]
WRITTEN = {
    "name": "Warehouse",
    "url": "https://hooks.example.com/oneask",
    "events": ["permission.changed", "alert.opened"],
}
STORED = {
    "id": 4,
    **WRITTEN,
    "status": "enabled",
    "disabled_reason": "",
    "disabled_at": None,
    "failing_since": None,
    "old_secret_until": None,
    "version": 1,
    "created_at": "2026-11-23T19:00:00Z",
    "updated_at": "2026-11-23T19:00:00Z",
}
SECRET = {"secret": "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"}
SENT = {
    "id": 91,
    "message_id": "msg_6f1c0b5e2a9d4c3f8b7a6e5d",
    "type": "campaign.paused",
    "state": "delivered",
    "tries": 2,
    "due_at": None,
    "status": 200,
    "error": "",
    "milliseconds": 84,
    "tried_at": "2026-11-23T19:05:06Z",
    "created_at": "2026-11-23T19:00:00Z",
}
ATTEMPT = {
    "at": "2026-11-23T19:05:06Z",
    "status": 200,
    "error": "",
    "milliseconds": 84,
}
PAYLOAD = {
    "type": "campaign.paused",
    "timestamp": "2026-11-23T19:00:00Z",
    "text": "Shop: “Shipping news” was paused.",
    "data": {"app": "shop", "simulated": False, "campaign": "s12", "name": "Shipping news"},
}


@extend_schema_serializer(examples=[OpenApiExample("Two events", value=WRITTEN)])
class WebhookShape(serializers.Serializer[Any]):
    """The shape of an endpoint; whether its address may be called is checked by the service."""

    name = serializers.CharField(max_length=1000, allow_blank=True)
    url = serializers.CharField(
        max_length=1000,
        allow_blank=True,
        help_text="A public https address; it is looked up when it is saved.",
    )
    events = serializers.ListField(
        child=serializers.ChoiceField(choices=TYPES), max_length=100, help_text="What it is told."
    )


@extend_schema_serializer(examples=[OpenApiExample("Disable", value={"status": "disabled"})])
class WebhookStatusShape(serializers.Serializer[Any]):
    """A wanted status."""

    status = serializers.ChoiceField(choices=["enabled", "disabled"])


@extend_schema_serializer(examples=[OpenApiExample("Enabled", value=STORED)])
class WebhookAnswer(serializers.Serializer[Any]):
    """An endpoint, without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    url = serializers.CharField()
    events = serializers.ListField(child=serializers.CharField())
    status = serializers.ChoiceField(choices=["enabled", "disabled"])
    disabled_reason = serializers.ChoiceField(
        choices=WebhookEndpoint.Reason.values, allow_blank=True
    )
    disabled_at = serializers.DateTimeField(allow_null=True)
    failing_since = serializers.DateTimeField(
        allow_null=True, help_text="The first failure since it last took a message."
    )
    old_secret_until = serializers.DateTimeField(
        allow_null=True, help_text="After a rotation: until when the old secret signs as well."
    )
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(examples=[OpenApiExample("New", value={**STORED, **SECRET})])
class WebhookSecretAnswer(WebhookAnswer):
    """An endpoint with its secret, which is told only when it is made."""

    secret = serializers.CharField(
        allow_null=True, help_text="Null for a signed-in person who is no owner."
    )


class LogShape(serializers.Serializer[Any]):
    """What of the log is wanted."""

    type = serializers.CharField(required=False, max_length=40, help_text="Only this type.")
    state = serializers.ChoiceField(
        required=False, choices=WebhookDelivery.State.values, help_text="Only these."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("At the second try", value=SENT, status_codes=["200", "202"])]
)
class DeliveryAnswer(serializers.Serializer[Any]):
    """A message on its way to an endpoint. `message_id` is the webhook-id; `status` that of the last answer."""

    id = serializers.IntegerField()
    message_id = serializers.CharField()
    type = serializers.CharField()
    state = serializers.ChoiceField(choices=WebhookDelivery.State.values)
    tries = serializers.IntegerField()
    due_at = serializers.DateTimeField(allow_null=True)
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    milliseconds = serializers.IntegerField(allow_null=True)
    tried_at = serializers.DateTimeField(allow_null=True)
    created_at = serializers.DateTimeField()


class AttemptAnswer(serializers.Serializer[Any]):
    """One try. `status`: of the answer, null where there was none; `error`: empty where it worked."""

    at = serializers.DateTimeField()
    status = serializers.IntegerField(allow_null=True)
    error = serializers.CharField(allow_blank=True)
    milliseconds = serializers.IntegerField()


@extend_schema_serializer(
    examples=[
        OpenApiExample("Delivered", value={**SENT, "payload": PAYLOAD, "attempts": [ATTEMPT]})
    ]
)
class DeliveryDetailAnswer(DeliveryAnswer):
    """A message with what is sent, and every try."""

    payload = serializers.DictField()
    attempts = AttemptAnswer(many=True)


def as_json(endpoint: WebhookEndpoint) -> dict[str, Any]:
    """An endpoint as the API shows it."""
    old = endpoint.old_until
    return {
        "id": endpoint.pk,
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "status": "disabled" if endpoint.disabled_at else "enabled",
        "disabled_reason": endpoint.disabled_reason,
        "disabled_at": endpoint.disabled_at,
        "failing_since": endpoint.failing_since,
        "old_secret_until": old if old is not None and old > timezone.now() else None,
        "version": endpoint.version,
        "created_at": endpoint.created_at,
        "updated_at": endpoint.updated_at,
    }


def sent_as_json(row: WebhookDelivery) -> dict[str, Any]:
    """A delivery as the API shows it."""
    return {
        "id": row.pk,
        "message_id": row.message.public_id,
        "type": row.type,
        "state": row.state,
        "tries": row.tries,
        "due_at": row.due_at,
        "status": row.status,
        "error": row.error,
        "milliseconds": row.milliseconds,
        "tried_at": row.tried_at,
        "created_at": row.created_at,
    }
