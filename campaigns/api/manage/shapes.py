"""The JSON of soft asks and redirect rules, both ways."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from campaigns.api.manage import samples
from campaigns.domain.drafts import Draft, Kind, draft_of
from campaigns.domain.workflow import STATUSES, STEPS
from campaigns.models import Campaign
from campaigns.selectors.campaigns import pending

PENDING = ("nothing", "draft", "in_review", "approved")


def words(*, default: tuple[str, ...] = (), most: int = 60) -> Any:
    """A list of short words."""
    return serializers.ListField(
        child=serializers.CharField(max_length=60), default=lambda: list(default), max_length=most
    )


class CampaignShape(serializers.Serializer[Any]):
    """What both have in common. Whether it holds together is checked by the service."""

    name = serializers.CharField(max_length=1000)
    moment = serializers.CharField(max_length=200)
    locale = serializers.CharField(default="en", max_length=20)
    platforms = words(most=10)
    languages = words()
    countries = words()
    app_version_from = serializers.CharField(default="", allow_blank=True, max_length=40)
    segment = serializers.CharField(default="", allow_blank=True, max_length=60)
    starts_at = serializers.CharField(default="", allow_blank=True, max_length=40)
    ends_at = serializers.CharField(default="", allow_blank=True, max_length=40)
    timezone = serializers.CharField(default="UTC", max_length=60)
    holdout = serializers.FloatField(default=0.1)
    priority = serializers.IntegerField(default=100)
    planned_devices = serializers.IntegerField(default=5000)
    smallest_difference = serializers.FloatField(default=0.02)


class TranslationsShape(serializers.DictField):
    """locale -> field -> text."""

    child = serializers.DictField(
        child=serializers.CharField(max_length=2000, allow_blank=True, trim_whitespace=False)
    )


def text() -> serializers.CharField:
    """A text that may still be empty."""
    return serializers.CharField(
        default="", allow_blank=True, max_length=2000, trim_whitespace=False
    )


class WordsShape(serializers.Serializer[Any]):
    """One wording of a soft ask."""

    key = serializers.CharField(max_length=100)
    title = text()
    body = text()
    accept_label = text()
    decline_label = text()
    surface = serializers.CharField(default="sheet", max_length=20)
    weight = serializers.FloatField(default=1.0)
    illustration = serializers.CharField(default="", allow_blank=True, max_length=100)
    translations = TranslationsShape(default=dict)


class LineShape(serializers.Serializer[Any]):
    """One wording of a redirect."""

    key = serializers.CharField(max_length=100)
    line = text()
    action_label = text()
    surface = serializers.CharField(default="banner", max_length=20)
    weight = serializers.FloatField(default=1.0)
    translations = TranslationsShape(default=dict)


class GateArmShape(serializers.Serializer[Any]):
    """One arm of a gate trial."""

    key = serializers.CharField(max_length=100)
    weight = serializers.FloatField(default=1.0)
    min_sessions = serializers.IntegerField(default=2)
    allow_first_session = serializers.BooleanField(default=False)
    min_times_reached = serializers.IntegerField(default=1)
    min_screens = serializers.IntegerField(default=0)


class FilterShape(serializers.Serializer[Any]):
    """What narrows a list."""

    status = serializers.ChoiceField(choices=STATUSES, required=False)
    moment = serializers.CharField(
        max_length=200, required=False, help_text="The key of a value moment."
    )


@extend_schema_serializer(examples=[OpenApiExample("Shipping news", value=samples.SOFT_ASK)])
class SoftAskShape(CampaignShape):
    """A soft ask with its variants."""

    min_sessions = serializers.IntegerField(default=2)
    allow_first_session = serializers.BooleanField(default=False)
    min_times_reached = serializers.IntegerField(default=1)
    min_screens = serializers.IntegerField(default=0)
    backoff_days = serializers.ListField(
        child=serializers.IntegerField(), default=lambda: [14, 30, 90], max_length=20
    )
    max_declines = serializers.IntegerField(default=3)
    gate_trial = GateArmShape(many=True, default=list)
    variants = WordsShape(many=True, default=list)


@extend_schema_serializer(examples=[OpenApiExample("Missed shipping", value=samples.REDIRECT)])
class RedirectShape(CampaignShape):
    """A redirect rule with its variants."""

    causes = words(most=10)
    min_days_since_denial = serializers.IntegerField(default=3)
    cooldown_days = serializers.IntegerField(default=30)
    cap = serializers.IntegerField(default=3)
    variants = LineShape(many=True, default=list)


class StoredAnswer(serializers.Serializer[Any]):
    """What the product adds: how far the campaign is on its way, and which revision is live."""

    id = serializers.IntegerField()
    status = serializers.ChoiceField(choices=STATUSES)
    pending = serializers.ChoiceField(
        choices=PENDING, help_text="What the working copy waits for; nothing: it is what is live."
    )
    revision = serializers.IntegerField(allow_null=True, help_text="The revision that is live.")
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[OpenApiExample("Shipping news", value=samples.stored(samples.SOFT_ASK))]
)
class SoftAskAnswer(SoftAskShape, StoredAnswer):
    """A soft ask: its working copy, and what is live of it."""


@extend_schema_serializer(
    examples=[OpenApiExample("Missed shipping", value=samples.stored(samples.REDIRECT))]
)
class RedirectAnswer(RedirectShape, StoredAnswer):
    """A redirect rule: its working copy, and what is live of it."""


@extend_schema_serializer(
    examples=[OpenApiExample("Send to review", value={"action": "submit", "note": "For the sale"})]
)
class StepShape(serializers.Serializer[Any]):
    """A step of the workflow, with what is said about it."""

    action = serializers.ChoiceField(choices=list(STEPS))
    note = serializers.CharField(default="", allow_blank=True, max_length=500)


def draft_in(kind: Kind, sent: dict[str, Any]) -> Draft:
    """The draft in a valid shape. Raises Invalid."""
    content = {name: value for name, value in sent.items() if name != "name"}
    return draft_of(kind=kind, name=sent["name"], content=content)


def as_json(row: Campaign) -> dict[str, Any]:
    """A campaign as the API shows it: its working copy, and what is live of it."""
    return {
        "id": row.pk,
        "name": row.name,
        "status": row.status,
        "pending": pending(row),
        "revision": row.published.number if row.published else None,
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        **row.content,
    }
