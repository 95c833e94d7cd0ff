"""What the pages that change things share: versions, conflicts, and steps of the workflow."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest

from campaigns.models import Campaign

CONFLICT_STATUS = 409
INVALID_STATUS = 422
CHANGED_MEANWHILE = (
    "Somebody else changed it in the meantime, and nothing was done. This is how it stands now."
)
SAID = "said"
"""Session key: the words beside a step that was refused, so that they are there again."""
STEPS_DONE = {
    "live": "is live now",
    "paused": "is paused now",
    "archived": "is archived",
    "active": "is active now",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two people changed: what is stored now, and what this person typed."""

    label: str
    stored: str
    typed: str


def version_in(request: HttpRequest, name: str = "version") -> int:
    """The version that the form was opened with; 0, which no object has, when it is missing."""
    text = request.POST.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 10 else 0


def differences(pairs: Iterable[tuple[forms.Form, forms.Form]]) -> tuple[Difference, ...]:
    """What differs between what was typed and what is stored, over (typed, stored) forms."""
    found = []
    for typed, stored in pairs:
        for name, field in typed.fields.items():
            labels = (
                {str(value): str(label) for value, label in field.choices}  # type: ignore[union-attr,misc]
                if isinstance(field, forms.ChoiceField)
                else {}
            )
            ours = _shown(typed[name].value(), labels)
            theirs = _shown(stored[name].value(), labels)
            if ours != theirs:
                found.append(Difference(str(field.label), theirs, ours))
    return tuple(found)


def words_of_refused_step(request: HttpRequest, campaign: Campaign) -> dict[str, str]:
    """What was written beside a step that was refused, once."""
    said: dict[str, Any] = request.session.get(SAID) or {}
    if said.get("pk") != campaign.pk:
        return {}
    del request.session[SAID]
    return said


def say_step(request: HttpRequest, *, name: str, status: str) -> None:
    """Tell that a step was taken."""
    messages.success(request, f"“{name}” {STEPS_DONE.get(status, status)}.")


def _shown(value: Any, labels: Mapping[str, str]) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(sorted(labels.get(str(part), str(part)) for part in value))
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or value is None:
        return "yes" if value else ""
    text = str(value).strip()
    return labels.get(text, text) if text else ""
