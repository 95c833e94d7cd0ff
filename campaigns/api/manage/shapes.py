"""The JSON of soft asks and redirect rules, both ways."""

from typing import Any

from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema_serializer,
)
from rest_framework import serializers

from campaigns.api.manage import samples
from campaigns.api.manage.fields import (
    ILLUSTRATION_PATTERN,
    LOCALE_PATTERN,
    MINUTE_PATTERN,
    VERSION_PATTERN,
    choice,
    key,
    number,
    short,
    text,
    told_as,
    translations,
    whole,
    words,
)
from campaigns.domain.drafts import (
    LONGEST_HOLDOUT,
    MOST_LISTED,
    MOST_WAITS,
    REDIRECT_SURFACES,
    SOFT_ASK_SURFACES,
    Draft,
    Kind,
    Line,
    Words,
    draft_of,
)
from campaigns.domain.ruleset import PLATFORMS, SPENT_CAUSES
from campaigns.domain.workflow import STATUSES, STEPS
from campaigns.selectors.campaign_list import WAITING
from campaigns.services.steps import LONGEST_NOTE


class CampaignShape(serializers.Serializer[Any]):
    """What both have in common. Whether it holds together is checked by the service."""

    name = told_as(serializers.CharField, type="string", minLength=1, maxLength=80)(
        max_length=1000, help_text="Only the team sees it."
    )
    moment = told_as(serializers.CharField, type="string", minLength=1, maxLength=60)(
        max_length=200, help_text="The key of a value moment of the app."
    )
    locale = short(LOCALE_PATTERN, default="en", most=20, about="The language of the texts.")
    platforms = words(
        {"enum": sorted(PLATFORMS)}, most=len(PLATFORMS), about="Whom it is for; empty: all."
    )
    languages = words(
        {"pattern": LOCALE_PATTERN},
        most=MOST_LISTED,
        about="Of the people it is for, like en or pt-BR; empty: all.",
    )
    countries = words(
        {"pattern": "^[A-Z]{2}$"},
        most=MOST_LISTED,
        about="Of the people it is for, like DE or US; empty: all.",
    )
    app_version_from = short(
        VERSION_PATTERN, most=40, about="The first app version that it is for; empty for all."
    )
    segment = short(
        "^[-a-zA-Z0-9_]*$", about="The key of a segment of the app; empty for everybody."
    )
    starts_at = short(
        MINUTE_PATTERN, most=40, about="Local time in `timezone`; empty: when it is published."
    )
    ends_at = short(MINUTE_PATTERN, most=40, about="Local time in `timezone`; empty: never.")
    timezone = serializers.CharField(
        default="UTC", max_length=60, help_text="A name of the IANA database, like Europe/Berlin."
    )
    holdout = number(
        0, LONGEST_HOLDOUT, default=0.1, about="The share of devices that are shown nothing."
    )
    priority = whole(0, 1000, default=100, about="Of several that match, the lowest goes first.")
    planned_devices = whole(
        100, 100_000_000, default=5000, about="In all arms together, where results are sharpest."
    )
    smallest_difference = number(
        0.001, 0.5, default=0.02, about="Between two rates, a fraction; less is not worth knowing."
    )


@extend_schema_serializer(
    examples=[OpenApiExample("Shipping news", value=samples.SOFT_ASK["variants"][0])]
)
class WordsShape(serializers.Serializer[Any]):
    """One wording of a soft ask. Texts may be empty until it is sent to review."""

    key = key()
    title = text("title")
    body = text("body")
    accept_label = text("accept_label")
    decline_label = text("decline_label")
    surface = choice(SOFT_ASK_SURFACES, default="sheet")
    weight = number(0, 1000, default=1.0, about="Its share of the devices, beside the others.")
    illustration = short(
        ILLUSTRATION_PATTERN, most=100, about="A built-in picture, an uploaded one, or empty."
    )
    translations = translations(Words.FIELDS)


@extend_schema_serializer(
    examples=[OpenApiExample("Missed shipping", value=samples.REDIRECT["variants"][0])]
)
class LineShape(serializers.Serializer[Any]):
    """One wording of a redirect. Texts may be empty until it is sent to review."""

    key = key()
    line = text("line")
    action_label = text("action_label")
    surface = choice(REDIRECT_SURFACES, default="banner")
    weight = number(0, 1000, default=1.0, about="Its share of the devices, beside the others.")
    translations = translations(Line.FIELDS)


class GatesShape(serializers.Serializer[Any]):
    """How much a device must have seen of the app before it is asked."""

    min_sessions = whole(0, 1000, default=2)
    allow_first_session = serializers.BooleanField(
        default=False, help_text="Needs `min_sessions` of 1 or less."
    )
    min_times_reached = whole(0, 1000, default=1, about="How often the moment was reached.")
    min_screens = whole(0, 10_000, default=0)


class GateArmShape(GatesShape):
    """One arm of a gate trial: its gates take the place of the soft ask's own."""

    key = key()
    weight = number(0, 1000, default=1.0, about="Its share of the devices, beside the others.")


class FilterShape(serializers.Serializer[Any]):
    """What narrows a list."""

    q = serializers.CharField(
        max_length=80, required=False, help_text="A piece of its name or of its moment's name."
    )
    status = serializers.ChoiceField(
        choices=STATUSES, required=False, help_text="Without it all are listed, archived ones too."
    )
    moment = serializers.CharField(
        max_length=60, required=False, help_text="The key of a value moment."
    )
    platform = serializers.ChoiceField(
        choices=sorted(PLATFORMS), required=False, help_text="Those that speak to it."
    )
    waiting = serializers.ChoiceField(
        choices=list(WAITING),
        required=False,
        help_text="What the working copy waits for: a review, to be published, or to be sent to one.",
    )


@extend_schema_serializer(examples=[OpenApiExample("Shipping news", value=samples.SOFT_ASK)])
class SoftAskShape(CampaignShape, GatesShape):
    """A soft ask with its variants."""

    backoff_days = told_as(
        serializers.ListField,
        type="array",
        items={"type": "integer", "minimum": 1, "maximum": 730},
        minItems=1,
        maxItems=MOST_WAITS,
    )(
        child=serializers.IntegerField(),
        default=lambda: [14, 30, 90],
        max_length=20,
        help_text="Days to wait after each no; never shorter than the wait before.",
    )
    max_declines = whole(1, 10, default=3, about="It never comes again after so many noes.")
    gate_trial = GateArmShape(
        many=True, default=list, help_text="Gates that chance chooses between: none, or 2 to 4."
    )
    variants = WordsShape(many=True, default=list, help_text="At most 4.")


@extend_schema_serializer(examples=[OpenApiExample("Missed shipping", value=samples.REDIRECT)])
class RedirectShape(CampaignShape):
    """A redirect rule with its variants."""

    causes = words(
        {"enum": sorted(SPENT_CAUSES)},
        most=len(SPENT_CAUSES),
        about="Why those it speaks to are denied; empty: any of them.",
    )
    min_days_since_denial = whole(0, 730, default=3)
    cooldown_days = whole(1, 730, default=30, about="Days between two showings to one device.")
    cap = whole(1, 20, default=3, about="Showings to one device in all.")
    variants = LineShape(many=True, default=list, help_text="At most 4.")


@extend_schema_serializer(
    examples=[OpenApiExample("Send to review", value={"action": "submit", "note": "For the sale"})]
)
class StepShape(serializers.Serializer[Any]):
    """A step of the workflow, with what is said about it."""

    action = serializers.ChoiceField(
        choices=list(STEPS), help_text="A key is refused `approve`: a person has to."
    )
    note = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_NOTE,
        help_text="Said with a submission; needed with `send_back`.",
    )
    override = serializers.CharField(
        default="",
        allow_blank=True,
        max_length=LONGEST_NOTE,
        help_text="Why an owner publishes in spite of blocking findings.",
    )


def draft_in(kind: Kind, sent: dict[str, Any]) -> Draft:
    """The draft in a valid shape. Raises Invalid."""
    content = {name: value for name, value in sent.items() if name != "name"}
    return draft_of(kind=kind, name=sent["name"], content=content)
