"""Soft asks and redirect rules as the API tells them: what is written, and how far it is on its way."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema_serializer
from rest_framework import serializers

from campaigns.api.manage import samples
from campaigns.api.manage.fields import Whole
from campaigns.api.manage.shapes import (
    GateArmShape,
    LineShape,
    RedirectShape,
    SoftAskShape,
    WordsShape,
)
from campaigns.domain.drafts import document
from campaigns.domain.workflow import STATUSES, STEPS, steps
from campaigns.models import Campaign
from campaigns.selectors.campaigns import pending, working_copy

PENDING = ("nothing", "draft", "in_review", "approved")


@extend_schema_serializer(
    examples=[OpenApiExample("Shipping news", value=samples.SOFT_ASK["variants"][0])]
)
class WordsAnswer(Whole, WordsShape):
    """One wording of a soft ask."""


@extend_schema_serializer(
    examples=[OpenApiExample("Missed shipping", value=samples.REDIRECT["variants"][0])]
)
class LineAnswer(Whole, LineShape):
    """One wording of a redirect."""


class GateArmAnswer(Whole, GateArmShape):
    """One arm of a gate trial."""


class SoftAskDocumentAnswer(Whole, SoftAskShape):
    """What is written of a soft ask: the part that is reviewed and published."""

    gate_trial = GateArmAnswer(many=True)
    variants = WordsAnswer(many=True)


class RedirectDocumentAnswer(Whole, RedirectShape):
    """What is written of a redirect rule: the part that is reviewed and published."""

    variants = LineAnswer(many=True)


class StoredAnswer(serializers.Serializer[Any]):
    """What the product adds: how far the campaign is on its way, and which revision is live."""

    id = serializers.IntegerField()
    key = serializers.CharField(help_text="How decisions, results and the trail name it.")
    slug = serializers.CharField(help_text="How set-up files name it.")
    status = serializers.ChoiceField(choices=STATUSES)
    pending = serializers.ChoiceField(
        choices=PENDING, help_text="What the working copy waits for; nothing: it is what is live."
    )
    revision = serializers.IntegerField(
        allow_null=True, help_text="The published revision: what people see while it is live."
    )
    submitted = serializers.IntegerField(
        allow_null=True, help_text="The revision that waits for a verdict, or has one."
    )
    steps = serializers.ListField(
        child=serializers.ChoiceField(choices=list(STEPS)),
        help_text="The steps of the workflow that are open now; a key may take all but `approve`.",
    )
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[OpenApiExample("Shipping news", value=samples.stored(samples.SOFT_ASK))]
)
class SoftAskAnswer(SoftAskDocumentAnswer, StoredAnswer):
    """A soft ask: its working copy, and what is live of it."""


@extend_schema_serializer(
    examples=[OpenApiExample("Missed shipping", value=samples.stored(samples.REDIRECT))]
)
class RedirectAnswer(RedirectDocumentAnswer, StoredAnswer):
    """A redirect rule: its working copy, and what is live of it."""


def as_json(row: Campaign) -> dict[str, Any]:
    """A campaign as the API shows it: its working copy, and what is live of it."""
    waits = pending(row)
    open_now = steps(status=row.status, pending=waits)
    return {
        "id": row.pk,
        "key": row.key,
        "slug": row.slug,
        "name": row.name,
        "status": row.status,
        "pending": waits,
        "revision": row.published.number if row.published else None,
        "submitted": row.submitted.number if row.submitted else None,
        "steps": [step.action for step in open_now],
        "version": row.version,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        **document(working_copy(row)),
    }
