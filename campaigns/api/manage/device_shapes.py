"""How the API tells of a device: the shapes, and an example of each."""

from typing import Any, get_args

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from permissions_app.domain.device import Status

PLATFORMS = ("ios", "android", "web")
STATUSES = get_args(Status)
ACTIONS = ("none", "soft_ask", "settings_redirect")

ROW: dict[str, Any] = {
    "key": "phone-17",
    "platform": "ios",
    "os_version": "18.1",
    "app_version": "4.2",
    "status": "denied",
    "cause": "refused",
    "text": "Notifications are off (refused for good)",
    "first_seen_at": "2026-11-01T08:00:00.000Z",
    "last_seen_at": "2026-11-23T19:00:00.000Z",
}
ONE: dict[str, Any] = {
    **ROW,
    "status_at": "2026-11-02T08:00:00.000Z",
    "prompts": {
        "left": 0,
        "last": False,
        "embargoed_until": None,
        "text": "none left",
        "rule": "Refused for good. iOS shows its dialog once; after any answer only Settings can change it.",
    },
    "lines": [{"label": "Soft asks", "text": "1 shown, 1 accepted", "at": None}],
    "denial": {
        "text": "refused for good, at “Order placed”",
        "at": "2026-11-02T08:00:00.000Z",
        "campaign": "s12",
        "campaign_name": "Shipping news",
        "variant": "a",
    },
    "recovery": None,
    "reserved": [],
    "assigned": [
        {
            "campaign": "s12",
            "campaign_name": "Shipping news",
            "draw": "variant",
            "arm": "a",
            "revision": 2,
            "at": "2026-11-02T07:59:00.000Z",
        }
    ],
    "reached": {
        "external_id": "customer-42",
        "named_at": "2026-11-20T08:00:00.000Z",
        "token_end": "…0f00a8",
        "token_kind": "apns",
        "token_at": "2026-11-20T08:00:00.000Z",
    },
    "facts": {"platform": "ios", "status": "denied", "cause": "refused"},
}
EVENT: dict[str, Any] = {
    "id": "0b6b3f9e-5d1f-4c55-9f0e-2f4b8f6c1a77",
    "type": "moment_reached",
    "occurred_at": "2026-11-23T18:59:58.000Z",
    "received_at": "2026-11-23T19:00:00.000Z",
    "text": "“Order Placed”",
    "followed": ["Reached the moment “Order placed”."],
    "body": {"name": "Order Placed", "moments": ["order_placed"]},
}
DECISION: dict[str, Any] = {
    "id": "7c1f8a52-6c0c-4b8e-9d0a-3d1b6f1f2a11",
    "at": "2026-11-23T19:00:00.000Z",
    "moment": "order_placed",
    "action": "none",
    "reason": "cooldown",
    "text": "The person said no, or has not answered yet, and the wait is not over.",
    "campaign": "",
    "campaign_name": "",
    "revision": 0,
    "variant": "",
    "propensity": None,
    "words": {},
    "considered": [
        {
            "campaign": "s12",
            "campaign_name": "Shipping news",
            "outcome": "passed_over",
            "reason": "cooldown",
            "text": "The person said no, or has not answered yet, and the wait is not over.",
        }
    ],
    "status": "not_determined",
    "cause": None,
}
EXPLAINED: dict[str, Any] = {
    "device": "phone-17",
    "moment": "order_placed",
    "moment_name": "Order placed",
    "at": "2026-11-23T19:00:00.000Z",
    **{
        name: DECISION[name]
        for name in ("action", "reason", "text", "campaign", "campaign_name", "revision", "variant")
    },
    "propensity": None,
    "retry_after": "2026-12-07T19:00:00.000Z",
    "status": "not_determined",
    "status_text": "Not asked yet",
    "words": {},
    "considered": DECISION["considered"],
}


class DeviceQueryShape(serializers.Serializer[Any]):
    """Which devices."""

    prefix = serializers.RegexField(
        "^[A-Za-z0-9._:-]*$",
        required=False,
        allow_blank=True,
        max_length=128,
        help_text="How their keys begin.",
    )
    status = serializers.ChoiceField(
        choices=STATUSES, required=False, help_text="What the system says, as of the last fold."
    )
    platform = serializers.ChoiceField(choices=PLATFORMS, required=False)
    external_id = serializers.CharField(
        required=False, allow_blank=True, max_length=255, help_text="Your own id of their person."
    )


class MomentQueryShape(serializers.Serializer[Any]):
    """Where."""

    moment = serializers.CharField(max_length=200, help_text="The key of a moment.")


@extend_schema_serializer(examples=[OpenApiExample("A phone", value=ROW)])
class DeviceAnswer(serializers.Serializer[Any]):
    """A device in a list. What is not known is null."""

    key = serializers.CharField()
    platform = serializers.ChoiceField(choices=PLATFORMS, allow_null=True)
    os_version = serializers.CharField(allow_null=True, allow_blank=True)
    app_version = serializers.CharField(allow_null=True, allow_blank=True)
    status = serializers.ChoiceField(choices=STATUSES, allow_null=True)
    cause = serializers.CharField(allow_null=True, help_text="Why it is denied.")
    text = serializers.CharField(help_text="Both in words.")
    first_seen_at = serializers.DateTimeField(allow_null=True)
    last_seen_at = serializers.DateTimeField(allow_null=True)


class PromptsAnswer(serializers.Serializer[Any]):
    """What is left of the system's dialog."""

    left = serializers.IntegerField(allow_null=True, help_text="null: it cannot be told.")
    last = serializers.BooleanField(help_text="Whether the next refusal is final.")
    embargoed_until = serializers.DateTimeField(allow_null=True)
    text = serializers.CharField()
    rule = serializers.CharField(allow_blank=True)


class FactLineAnswer(serializers.Serializer[Any]):
    """One fact as the device page tells it."""

    label = serializers.CharField()  # type: ignore[assignment]  # the field, not that of the form
    text = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField(allow_null=True)


class TurnAnswer(serializers.Serializer[Any]):
    """The first final no, or the way back."""

    text = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    campaign = serializers.CharField(allow_blank=True)
    campaign_name = serializers.CharField(allow_blank=True)
    variant = serializers.CharField(allow_blank=True)


class ReservedAnswer(serializers.Serializer[Any]):
    """An interruption that was promised and not shown yet."""

    kind = serializers.ChoiceField(choices=("soft_ask", "redirect"))
    campaign = serializers.CharField()
    campaign_name = serializers.CharField(allow_blank=True)
    decision = serializers.CharField()
    at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(allow_null=True)


class AssignedAnswer(serializers.Serializer[Any]):
    """An arm that stays: of the words (`holdout` for none), or of a trial of gates."""

    campaign = serializers.CharField()
    campaign_name = serializers.CharField(allow_blank=True)
    draw = serializers.ChoiceField(choices=("variant", "gates"))
    arm = serializers.CharField()
    revision = serializers.IntegerField()
    at = serializers.DateTimeField(allow_null=True)


class ReachedAnswer(serializers.Serializer[Any]):
    """How senders reach it (docs/push-hand-off.md). Whole tokens are only in the file for your own sender."""

    external_id = serializers.CharField(allow_blank=True)
    named_at = serializers.DateTimeField(allow_null=True)
    token_end = serializers.CharField(allow_blank=True)
    token_kind = serializers.ChoiceField(choices=("apns", "fcm", "web"), allow_blank=True)
    token_at = serializers.DateTimeField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("A phone", value=ONE)])
class DeviceStoryAnswer(DeviceAnswer):
    """All that is known of a device, also in words."""

    status_at = serializers.DateTimeField(allow_null=True)
    prompts = PromptsAnswer()
    lines = FactLineAnswer(many=True)
    denial = TurnAnswer(allow_null=True)
    recovery = TurnAnswer(allow_null=True)
    reserved = ReservedAnswer(many=True)
    assigned = AssignedAnswer(many=True)
    reached = ReachedAnswer(allow_null=True)
    facts = serializers.DictField(help_text="As they are folded from its events; times in ms.")


@extend_schema_serializer(examples=[OpenApiExample("A moment", value=EVENT)])
class DeviceEventAnswer(serializers.Serializer[Any]):
    """An event of a device, and what was made of it."""

    id = serializers.UUIDField()
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField(help_text="By the clock of the device.")
    received_at = serializers.DateTimeField()
    text = serializers.CharField()
    followed = serializers.ListField(child=serializers.CharField())
    body = serializers.DictField(help_text="What it said beside its type, time and device.")


class ConsideredAnswer(serializers.Serializer[Any]):
    """A campaign on the moment and what became of it."""

    campaign = serializers.CharField(help_text="s and a number: a soft ask; r: a redirect rule.")
    campaign_name = serializers.CharField(allow_blank=True)
    outcome = serializers.ChoiceField(
        choices=("answered", "passed_over", "not_reached"),
        help_text="`not_reached`: the answer was found before anybody looked at it.",
    )
    reason = serializers.CharField(allow_null=True)
    text = serializers.CharField(allow_blank=True)


class AnyDecisionAnswer(serializers.Serializer[Any]):
    """What all answers have."""

    moment = serializers.CharField()
    action = serializers.ChoiceField(choices=ACTIONS)
    reason = serializers.CharField()
    text = serializers.CharField(help_text="The reason in a sentence.")
    campaign = serializers.CharField(allow_blank=True)
    campaign_name = serializers.CharField(allow_blank=True)
    revision = serializers.IntegerField()
    variant = serializers.CharField(allow_blank=True)
    propensity = serializers.FloatField(
        allow_null=True, help_text="How likely an eligible device draws this arm."
    )
    words = serializers.DictField(child=serializers.CharField(allow_blank=True))
    considered = ConsideredAnswer(many=True)
    status = serializers.CharField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("Nothing shown", value=DECISION)])
class DeviceDecisionAnswer(AnyDecisionAnswer):
    """A decision that was made for a device."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    cause = serializers.CharField(allow_null=True)


@extend_schema_serializer(examples=[OpenApiExample("A wait", value=EXPLAINED)])
class ExplanationAnswer(AnyDecisionAnswer):
    """What would be decided now, and why."""

    device = serializers.CharField()
    moment_name = serializers.CharField(allow_blank=True)
    at = serializers.DateTimeField()
    retry_after = serializers.DateTimeField(
        allow_null=True, help_text="When waiting alone may change the answer."
    )
    status_text = serializers.CharField()


@extend_schema_serializer(
    examples=[OpenApiExample("A phone", value={"events": 41, "decisions": 7})]
)
class ErasedAnswer(serializers.Serializer[Any]):
    """How much was erased."""

    events = serializers.IntegerField()
    decisions = serializers.IntegerField()
