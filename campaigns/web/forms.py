"""Forms: the shape of what people type. What must hold of it is said by the services."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from campaigns.domain.drafts import (
    LENGTHS,
    MOST_VARIANTS,
    REDIRECT_SURFACES,
    RedirectDraft,
    SoftAskDraft,
    Words,
)
from campaigns.domain.ruleset import SPENT_CAUSES
from campaigns.models import CopyVariant, RedirectRule, SoftAsk
from permissions_app.domain.edits import Invalid
from permissions_app.domain.narration import CAUSE_WORDS
from permissions_app.models import App, ValueMoment

PLATFORMS = (("ios", "iOS"), ("android", "Android"), ("web", "Web"))
KEYS = "abcd"


def text_field(label: str, help_text: str = "", *, required: bool = True, **attrs: Any) -> Any:
    """One line of text."""
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


def whole_field(label: str, help_text: str = "", *, initial: int) -> Any:
    """A whole number."""
    widget = forms.NumberInput(attrs={"class": "form-control", "inputmode": "numeric"})
    return forms.IntegerField(label=label, help_text=help_text, initial=initial, widget=widget)


def choice_field(label: str, choices: Iterable[tuple[str, str]], **options: Any) -> Any:
    """One of a few."""
    widget = forms.Select(attrs={"class": "form-select"})
    return forms.ChoiceField(label=label, choices=list(choices), widget=widget, **options)


class MomentForm(forms.Form):
    """A value moment without its conditions, which are rows of their own."""

    name = text_field("Name", "What the person just did, in your team's words.")
    event_name = text_field(
        "Event", "The event your app already sends, spelled exactly like there.", list="seen"
    )
    key = text_field(
        "Key",
        "The stable name in the API. Left empty, it is made from the name.",
        required=False,
    )
    opening = forms.BooleanField(
        label="This is an opening moment",
        help_text="App open, first launch, sign-up or onboarding: nothing of value has happened yet.",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )


class CampaignForm(forms.Form):
    """What soft asks and redirects share."""

    name = text_field("Name", "Only your team sees it.")
    moment = choice_field("Value moment", ())
    platforms = forms.MultipleChoiceField(
        label="Platforms",
        choices=PLATFORMS,
        required=False,
        help_text="None ticked means all of them.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    holdout_percent = forms.FloatField(
        label="Holdout, %",
        help_text="Share of eligible devices that is shown nothing, so that you learn what it causes.",
        initial=10,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "any"}),
    )
    priority = whole_field(
        "Priority", "Lower goes first when several are live on a moment.", initial=100
    )

    def __init__(self, *args: Any, app: App, **options: Any) -> None:
        super().__init__(*args, **options)
        self.moments = {str(moment.pk): moment for moment in app.moments.order_by("name", "pk")}
        field = self.fields["moment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "Choose a moment"), *map(self._option, self.moments.items())]

    @staticmethod
    def _option(pair: tuple[str, ValueMoment]) -> tuple[str, str]:
        pk, moment = pair
        notes = [moment.opening and "opening", moment.status == "paused" and "paused"]
        said = ", ".join(note for note in notes if note)
        return pk, f"{moment.name} ({said})" if said else moment.name

    @property
    def chosen_moment(self) -> ValueMoment | None:
        """The moment as it stands in the form now, valid or not."""
        return self.moments.get(str(self["moment"].value() or ""))

    def common(self) -> dict[str, Any]:
        """The shared part of a draft, from clean data."""
        data = self.cleaned_data
        return {
            "name": data["name"],
            "moment_id": int(data["moment"]),
            "platforms": tuple(data["platforms"]),
            "holdout": round(data["holdout_percent"] / 100, 6),
            "priority": data["priority"],
        }


class SoftAskForm(CampaignForm):
    """A soft ask without its variants."""

    min_sessions = whole_field("Minimum sessions", initial=2)
    min_times_reached = whole_field("Times reached", initial=1)
    min_screens = whole_field("Minimum screens seen", initial=0)
    max_declines = whole_field("Stop after declines", initial=3)
    backoff_days = text_field("Days to wait after each no", "For example 14, 30, 90.")
    allow_first_session = forms.BooleanField(
        label="Allow it in the very first session",
        help_text="Rarely wise: people who just arrived have no reason to say yes.",
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "form-check-input"}),
    )

    def clean_backoff_days(self) -> tuple[int, ...]:
        """Numbers separated by commas or blanks."""
        parts = self.cleaned_data["backoff_days"].replace(",", " ").split()
        if not all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts):
            raise forms.ValidationError("Write whole numbers of days, like 14, 30, 90.")
        return tuple(int(part) for part in parts)

    def draft(self, variants: tuple[Words, ...]) -> SoftAskDraft:
        """The draft in a valid form."""
        data = self.cleaned_data
        return SoftAskDraft(
            **self.common(),
            variants=variants,
            backoff_days=data["backoff_days"],
            **{
                name: data[name]
                for name in (
                    "min_sessions",
                    "min_times_reached",
                    "min_screens",
                    "max_declines",
                    "allow_first_session",
                )
            },
        )


class VariantForm(forms.Form):
    """One wording. Left empty it does not exist."""

    key = text_field("Key", required=False)
    title = text_field("Title", required=False)
    body = forms.CharField(
        label="Text",
        required=False,
        widget=forms.Textarea(attrs={"class": "form-control", "rows": 3}),
    )
    accept_label = text_field("Yes button", required=False)
    decline_label = text_field("Way out", required=False)
    surface = choice_field("Surface", CopyVariant.Surface.choices, required=False)
    weight = forms.FloatField(
        label="Weight",
        required=False,
        initial=1,
        widget=forms.NumberInput(attrs={"class": "form-control", "step": "any", "min": "0"}),
    )

    @property
    def is_blank(self) -> bool:
        """Whether nobody wrote any words here."""
        fields = ("title", "body", "accept_label", "decline_label")
        return not any(str(self[name].value() or "").strip() for name in fields)

    def words(self) -> Words:
        """The wording in a valid form."""
        data = self.cleaned_data
        weight = data["weight"]
        return Words(
            key=data["key"].strip(),
            title=data["title"].strip(),
            body=data["body"].strip(),
            accept_label=data["accept_label"].strip(),
            decline_label=data["decline_label"].strip(),
            surface=data["surface"] or "sheet",
            weight=1.0 if weight is None else weight,
        )


class RedirectForm(CampaignForm):
    """A Settings redirect."""

    line = text_field(
        "The one line",
        f"What they are missing, in their words. Up to {LENGTHS['line']} characters.",
    )
    action_label = text_field("Button", "It leads to the notification settings of your app.")
    surface = choice_field(
        "Surface", [pair for pair in RedirectRule.Surface.choices if pair[0] in REDIRECT_SURFACES]
    )
    causes = forms.MultipleChoiceField(
        label="For people who",
        choices=[(cause, CAUSE_WORDS[cause]) for cause in sorted(SPENT_CAUSES)],
        required=False,
        help_text="None ticked means both.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"}),
    )
    min_days_since_denial = whole_field("Days since the denial", initial=3)
    cooldown_days = whole_field("Days between two showings", initial=30)
    cap = whole_field("Showings to one device, ever", initial=3)

    def draft(self) -> RedirectDraft:
        """The draft in a valid form."""
        data = self.cleaned_data
        names = ("line", "action_label", "surface", "min_days_since_denial", "cooldown_days", "cap")
        return RedirectDraft(
            **self.common(), causes=tuple(data["causes"]), **{name: data[name] for name in names}
        )


def variant_forms(
    data: Mapping[str, Any] | None, initial: list[dict[str, Any]]
) -> list[VariantForm]:
    """As many variant forms as a soft ask takes, the first ones filled."""
    made = []
    for index in range(MOST_VARIANTS):
        values = initial[index] if index < len(initial) else {"key": KEYS[index], "weight": 1}
        made.append(VariantForm(data, prefix=f"variants-{index}", initial=values))
    return made


def soft_ask_initial(ask: SoftAsk) -> dict[str, Any]:
    """A stored soft ask as a form shows it."""
    names = (
        "min_sessions",
        "min_times_reached",
        "min_screens",
        "max_declines",
        "allow_first_session",
    )
    return {
        **_common_initial(ask),
        **{name: getattr(ask, name) for name in names},
        "backoff_days": ", ".join(str(days) for days in ask.backoff_days),
    }


def variants_initial(ask: SoftAsk) -> list[dict[str, Any]]:
    """The stored variants of a soft ask as their forms show them."""
    names = ("key", "title", "body", "accept_label", "decline_label", "surface", "weight")
    rows = sorted(ask.variants.all(), key=lambda variant: variant.key)
    return [{name: _tidy(getattr(variant, name)) for name in names} for variant in rows]


def redirect_initial(rule: RedirectRule) -> dict[str, Any]:
    """A stored redirect as a form shows it."""
    names = (
        "line",
        "action_label",
        "surface",
        "causes",
        "min_days_since_denial",
        "cooldown_days",
        "cap",
    )
    return {**_common_initial(rule), **{name: getattr(rule, name) for name in names}}


def show_errors(form: forms.Form, invalid: Invalid, names: Mapping[str, str] | None = None) -> None:
    """Put the sentences of a service beside the fields they are about."""
    for field, sentence in invalid.errors.items():
        name = (names or {}).get(field, field)
        form.add_error(name if name in form.fields else None, sentence)


def _common_initial(row: SoftAsk | RedirectRule) -> dict[str, Any]:
    return {
        "name": row.name,
        "moment": str(row.moment_id),
        "platforms": row.platforms,
        "holdout_percent": _tidy(round(row.holdout * 100, 4)),
        "priority": row.priority,
    }


def _tidy(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value
