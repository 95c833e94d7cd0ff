"""Forms: the shape of what people type. What must hold of it is said by the services."""

from typing import Any

from django import forms

from permissions_app.domain.edits import Invalid


def text_field(label: str, help_text: str = "", *, required: bool = True, **attrs: Any) -> Any:
    """One line of text."""
    widget = forms.TextInput(attrs={"class": "form-control", "autocomplete": "off", **attrs})
    return forms.CharField(label=label, help_text=help_text, required=required, widget=widget)


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


def show_errors(form: forms.Form, invalid: Invalid) -> None:
    """Put the sentences of a service beside the fields they are about."""
    for name, sentence in invalid.errors.items():
        form.add_error(name if name in form.fields else None, sentence)
