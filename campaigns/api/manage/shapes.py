"""The JSON of soft asks and redirect rules, both ways."""

from typing import Any

from rest_framework import serializers

from campaigns.domain.drafts import RedirectDraft, SoftAskDraft, Words
from campaigns.models import CampaignStatus, RedirectRule, SoftAsk
from permissions_app.domain.edits import Invalid
from permissions_app.models import App


class CampaignShape(serializers.Serializer[Any]):
    """What both have in common. Whether it holds together is checked by the service."""

    name = serializers.CharField(max_length=1000)
    moment = serializers.CharField(max_length=200)
    priority = serializers.IntegerField(default=100)
    platforms = serializers.ListField(
        child=serializers.CharField(max_length=20), default=list, max_length=10
    )
    holdout = serializers.FloatField(default=0.1)


class VariantShape(serializers.Serializer[Any]):
    """One wording."""

    key = serializers.CharField(max_length=100)
    title = serializers.CharField(max_length=2000)
    body = serializers.CharField(max_length=2000)
    accept_label = serializers.CharField(max_length=2000)
    decline_label = serializers.CharField(max_length=2000)
    surface = serializers.CharField(default="sheet", max_length=20)
    weight = serializers.FloatField(default=1.0)


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
    variants = VariantShape(many=True)


class RedirectShape(CampaignShape):
    """A redirect rule."""

    line = serializers.CharField(max_length=2000)
    action_label = serializers.CharField(max_length=2000)
    surface = serializers.CharField(default="banner", max_length=20)
    causes = serializers.ListField(
        child=serializers.CharField(max_length=40), default=list, max_length=10
    )
    min_days_since_denial = serializers.IntegerField(default=3)
    cooldown_days = serializers.IntegerField(default=30)
    cap = serializers.IntegerField(default=3)


class StatusShape(serializers.Serializer[Any]):
    """A wanted status."""

    status = serializers.ChoiceField(choices=CampaignStatus.values)


def soft_ask_draft(sent: dict[str, Any], app: App) -> SoftAskDraft:
    """The draft in a valid SoftAskShape. Raises Invalid for an unknown moment."""
    plain = {name: value for name, value in sent.items() if name not in ("moment", "variants")}
    plain |= {name: tuple(plain[name]) for name in ("platforms", "backoff_days")}
    variants = tuple(Words(**variant) for variant in sent["variants"])
    return SoftAskDraft(moment_id=_moment(sent, app), variants=variants, **plain)


def redirect_draft(sent: dict[str, Any], app: App) -> RedirectDraft:
    """The draft in a valid RedirectShape. Raises Invalid for an unknown moment."""
    plain = {name: value for name, value in sent.items() if name != "moment"}
    plain |= {name: tuple(plain[name]) for name in ("platforms", "causes")}
    return RedirectDraft(moment_id=_moment(sent, app), **plain)


def soft_ask_json(row: SoftAsk) -> dict[str, Any]:
    """A soft ask as the API shows it."""
    return {
        **_common(row),
        "min_sessions": row.min_sessions,
        "allow_first_session": row.allow_first_session,
        "min_times_reached": row.min_times_reached,
        "min_screens": row.min_screens,
        "backoff_days": row.backoff_days,
        "max_declines": row.max_declines,
        "variants": [
            {
                "key": variant.key,
                "title": variant.title,
                "body": variant.body,
                "accept_label": variant.accept_label,
                "decline_label": variant.decline_label,
                "surface": variant.surface,
                "weight": variant.weight,
            }
            for variant in sorted(row.variants.all(), key=lambda variant: variant.key)
        ],
    }


def redirect_json(row: RedirectRule) -> dict[str, Any]:
    """A redirect rule as the API shows it."""
    return {
        **_common(row),
        "line": row.line,
        "action_label": row.action_label,
        "surface": row.surface,
        "causes": row.causes,
        "min_days_since_denial": row.min_days_since_denial,
        "cooldown_days": row.cooldown_days,
        "cap": row.cap,
    }


def _common(row: SoftAsk | RedirectRule) -> dict[str, Any]:
    return {
        "id": row.pk,
        "name": row.name,
        "moment": row.moment.key,
        "status": row.status,
        "revision": row.revision,
        "version": row.version,
        "priority": row.priority,
        "platforms": row.platforms,
        "holdout": row.holdout,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
    }


def _moment(sent: dict[str, Any], app: App) -> int:
    found = app.moments.filter(key=sent["moment"]).values_list("pk", flat=True).first()
    if found is None:
        raise Invalid({"moment": f"There is no moment with the key “{sent['moment'][:60]}”."})
    return found
