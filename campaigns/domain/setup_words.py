"""What changes in a moment, a draft or the budget, field by field and in words, and what else is to be known of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from campaigns.domain.drafts import Draft, Variant, variants_of
from campaigns.domain.gate_words import trial_words
from campaigns.domain.setup_file import Entry, StoredCampaign, StoredMoment
from permissions_app.domain.moments import parse_conditions

LABELS: Mapping[str, str] = {
    "accept_label": "yes button",
    "decline_label": "way out",
    "action_label": "button",
    "body": "text",
    "locale": "language",
    "languages": "languages of the audience",
    "app_version_from": "app version from",
    "starts_at": "start",
    "ends_at": "end",
    "timezone": "time zone",
    "min_sessions": "minimum sessions",
    "min_times_reached": "times reached",
    "min_screens": "minimum screens",
    "backoff_days": "days to wait after each no",
    "max_declines": "most declines",
    "causes": "why it was denied",
    "min_days_since_denial": "days since the denial",
    "cooldown_days": "days between two showings",
    "cap": "showings to one device",
    "illustration": "picture",
}
"""How a field is called where its plain name would not say it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field in words; '' stands for nothing."""

    label: str
    old: str
    new: str


def moment_words(moment: StoredMoment) -> dict[str, str]:
    """A moment as label -> words."""
    conditions = [one.in_words() for one in parse_conditions(moment.conditions)]
    return {
        "name": moment.name,
        "event": moment.event,
        "conditions": " and ".join(conditions),
        "opening moment": "yes" if moment.opening else "no",
        "status": moment.status,
    }


def draft_changes(old: Draft, new: Draft) -> tuple[Change, ...]:
    """What differs in words. A variant that only one of them has is held beside an empty one."""
    was, becomes = dict(_draft_words(old)), dict(_draft_words(new))
    for variant in (*variants_of(old), *variants_of(new)):
        for label, words in _variant_words(type(variant)(key=variant.key)):
            was.setdefault(label, words)
            becomes.setdefault(label, words)
    return differences(was, becomes)


def _draft_words(draft: Draft) -> Iterator[tuple[str, str]]:
    """All of a draft as (label, words), texts of the variants last."""
    for entry in fields(draft):
        if entry.name != "variants":
            yield _label(entry.name), _words(entry.name, getattr(draft, entry.name))
    variants = variants_of(draft)
    yield "variants", ", ".join(variant.key for variant in variants)
    for variant in variants:
        yield from _variant_words(variant)


def _variant_words(variant: Variant) -> Iterator[tuple[str, str]]:
    at = f"variant {variant.key} · "
    for entry in fields(variant):
        if entry.name == "translations":
            for locale, texts in variant.translations.items():
                for name, text in texts.items():
                    yield f"{at}{locale} · {_label(name)}", text
        elif entry.name != "key":
            yield at + _label(entry.name), _words(entry.name, getattr(variant, entry.name))


def _label(name: str) -> str:
    return LABELS.get(name, name.replace("_", " "))


def _words(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name == "holdout":
        return f"{value * 100:.10g} %"
    if name == "gate_trial":
        return trial_words(value)
    if isinstance(value, tuple):
        return ", ".join(str(part).replace("_", " ") for part in value)
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return str(value)


def budget_words(values: Mapping[str, int]) -> dict[str, str]:
    """The fatigue budget as label -> words."""
    return {
        _label(name).replace("per ", "interruptions per "): str(n) for name, n in values.items()
    }


def differences(old: Mapping[str, str], new: Mapping[str, str]) -> tuple[Change, ...]:
    """What is not the same in both, in the order of the new one."""
    labels = list(dict.fromkeys([*new, *old]))
    pairs = ((label, old.get(label, ""), new.get(label, "")) for label in labels)
    return tuple(Change(label, was, is_) for label, was, is_ in pairs if was != is_)


def moment_notes(stored: StoredMoment) -> tuple[str, ...]:
    """What else is to be known before a moment is changed."""
    if not stored.live:
        return ()
    waits = "1 live campaign waits" if stored.live == 1 else f"{stored.live} live campaigns wait"
    return (f"It takes effect at once: {waits} on it.",)


def campaign_notes(entry: Entry, stored: StoredCampaign | None) -> tuple[str, ...]:
    """What else is to be known before a soft ask or redirect is written."""
    found = []
    if stored is None:
        if entry.given.get("status") in ("live", "paused"):
            found.append("It was live where the file was written. Here it begins as a draft.")
        return tuple(found)
    if stored.key != entry.key:
        found.append("Recognised by its moment and name.")
    if stored.pending in ("in_review", "approved"):
        found.append("It waits for a review or has one: a change of its words makes that void.")
    if stored.status in ("live", "paused"):
        found.append("What is published stays as it is until this draft is reviewed and published.")
    return tuple(found)
