"""What differs between two pictures of a soft ask or a redirect, in words.

A reviewer reads the words first: each text of each variant in each language, word by word. Then the
settings, said as people say them: "Holdout: 10 % -> 20 %", "Wait after each no: 14, 30, 90 days -> 7,
30, 90 days". Without an earlier picture everything is new and is simply told.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from campaigns.domain.drafts import LABELS, Draft, Variant, texts_of, variants_of
from campaigns.domain.gate_words import trial_words
from campaigns.domain.word_diff import Piece, word_diff

State = Literal["same", "changed", "added", "removed"]
_PLATFORMS = {"ios": "iOS", "android": "Android", "web": "Web"}
_CAUSES = {"refused": "refused the system’s dialog", "turned_off": "turned notifications off"}


@dataclass(frozen=True, slots=True)
class TextChange:
    """One text. `pieces`: the way from the old one to the new one."""

    label: str
    pieces: tuple[Piece, ...]
    state: State


@dataclass(frozen=True, slots=True)
class LocaleChange:
    """The texts of a variant in one language. `default`: whether these are the variant's own."""

    locale: str
    default: bool
    texts: tuple[TextChange, ...]
    state: State


@dataclass(frozen=True, slots=True)
class SettingChange:
    """One setting in words; `before` is '' where there was nothing before."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class VariantChange:
    """A variant: its texts by language, and how it is shown."""

    key: str
    state: State
    locales: tuple[LocaleChange, ...]
    settings: tuple[SettingChange, ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Everything that differs. `fresh`: there was nothing to compare with."""

    fresh: bool
    variants: tuple[VariantChange, ...]
    settings: tuple[SettingChange, ...]

    @property
    def nothing(self) -> bool:
        """Whether both pictures show the same."""
        return not self.settings and all(variant.state == "same" for variant in self.variants)


def changes_between(
    *, before: Draft | None, after: Draft, moments: Mapping[str, str] | None = None
) -> Changes:
    """What came, went and changed. `moments`: key -> name, to say a moment by its name."""
    names = moments or {}
    old = {variant.key: variant for variant in variants_of(before)} if before else {}
    new = {variant.key: variant for variant in variants_of(after)}
    same_language = before is None or before.locale == after.locale
    told = [
        _variant(old.get(key), variant, after.locale, same_language) for key, variant in new.items()
    ]
    told += [
        _gone(variant, before.locale if before else after.locale)
        for key, variant in old.items()
        if key not in new
    ]
    said_before = _settings(before, names) if before else {}
    return Changes(before is None, tuple(told), _compared(said_before, _settings(after, names)))


def share(value: float) -> str:
    """0.1 -> "10 %"."""
    return f"{value * 100:.4g} %"


def _variant(old: Variant | None, new: Variant, locale: str, same_language: bool) -> VariantChange:
    """`same_language`: whether both default languages are the same; else the texts are compared by
    the language they are now in.
    """
    locales = ["", *sorted({*new.translations, *(old.translations if old else ())} - {locale})]
    told = []
    for name in locales:
        after = texts_of(new, name)
        comparable = old is not None and (same_language or bool(name))
        before = texts_of(old, name) if old and comparable else dict.fromkeys(after, "")
        texts = tuple(_text(field, before[field], after[field]) for field in new.FIELDS)
        told.append(LocaleChange(name or locale, not name, texts, _state_of(texts)))
    settings = _compared(_looks(old) if old else {}, _looks(new))
    if old is None:
        state: State = "added"
    else:
        changed = bool(settings) or any(entry.state != "same" for entry in told)
        state = "changed" if changed else "same"
    return VariantChange(new.key, state, tuple(told), settings)


def _gone(old: Variant, locale: str) -> VariantChange:
    texts = tuple(_text(field, text, "") for field, text in texts_of(old).items())
    return VariantChange(old.key, "removed", (LocaleChange(locale, True, texts, "removed"),), ())


def _text(field: str, before: str, after: str) -> TextChange:
    if before == after:
        state: State = "same"
    elif not before:
        state = "added"
    else:
        state = "changed" if after else "removed"
    return TextChange(
        LABELS[field].removeprefix("The ").capitalize(), word_diff(before, after), state
    )


def _state_of(texts: tuple[TextChange, ...]) -> State:
    states = {text.state for text in texts if text.pieces}
    if not states or states == {"same"}:
        return "same"
    if states == {"added"}:
        return "added"
    return "removed" if states == {"removed"} else "changed"


def _compared(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[SettingChange, ...]:
    """Only what differs, in the order in which the editor asks for it."""
    return tuple(
        SettingChange(label, before.get(label, ""), after.get(label, ""))
        for label in {**after, **before}
        if before.get(label) != after.get(label)
    )


def _looks(variant: Variant) -> dict[str, str]:
    picture = getattr(variant, "illustration", None)
    said = {"Weight": f"{variant.weight:.6g}", "Shown as": variant.surface}
    if picture is not None:
        said["Picture"] = _picture(picture)
    return said


def _picture(name: str) -> str:
    if name.startswith("image:"):
        return f"uploaded, {name[6:14]}"
    return name or "none"


def _settings(draft: Draft, moments: Mapping[str, str]) -> dict[str, str]:
    """Every setting of a draft by its label, in words."""
    return {
        label: say(draft, moments) for field, (label, say) in SAID.items() if hasattr(draft, field)
    }


def _listed(values: tuple[str, ...], nothing: str, names: Mapping[str, str] | None = None) -> str:
    return ", ".join((names or {}).get(value, value) for value in values) or nothing


def _days(values: tuple[int, ...]) -> str:
    return f"{', '.join(map(str, values))} day{'' if values == (1,) else 's'}"


def _when(local: str, timezone: str, nothing: str) -> str:
    if not local:
        return nothing
    try:
        at = datetime.strptime(local, "%Y-%m-%dT%H:%M")  # noqa: DTZ007  # its zone is said beside it
    except ValueError:
        return local
    return f"{at.day} {at:%b %Y, %H:%M} ({timezone})"


_Say = Callable[[Any, Mapping[str, str]], str]
SAID: Mapping[str, tuple[str, _Say]] = {
    "name": ("Name", lambda it, _: it.name),
    "moment": ("Value moment", lambda it, names: names.get(it.moment, it.moment) or "none"),
    "locale": ("Default language", lambda it, _: it.locale),
    "platforms": ("Platforms", lambda it, _: _listed(it.platforms, "all", _PLATFORMS)),
    "languages": ("Languages of the people", lambda it, _: _listed(it.languages, "all")),
    "countries": ("Countries", lambda it, _: _listed(it.countries, "all")),
    "app_version_from": (
        "App version",
        lambda it, _: f"{it.app_version_from} and newer" if it.app_version_from else "any",
    ),
    "segment": ("Segment", lambda it, _: it.segment or "everybody"),
    "starts_at": ("Starts", lambda it, _: _when(it.starts_at, it.timezone, "when published")),
    "ends_at": ("Ends", lambda it, _: _when(it.ends_at, it.timezone, "never")),
    "timezone": ("Time zone", lambda it, _: it.timezone),
    "holdout": ("Holdout", lambda it, _: share(it.holdout)),
    "priority": ("Priority", lambda it, _: str(it.priority)),
    "planned_devices": ("Planned devices", lambda it, _: f"{it.planned_devices:,}"),
    "smallest_difference": (
        "Smallest difference worth knowing",
        lambda it, _: f"{it.smallest_difference * 100:.4g} points",
    ),
    "min_sessions": ("Minimum sessions", lambda it, _: str(it.min_sessions)),
    "allow_first_session": (
        "In the first session",
        lambda it, _: "allowed" if it.allow_first_session else "never",
    ),
    "min_times_reached": ("Times the moment was reached", lambda it, _: str(it.min_times_reached)),
    "min_screens": ("Minimum screens", lambda it, _: str(it.min_screens)),
    "gate_trial": ("Gates drawn by chance", lambda it, _: trial_words(it.gate_trial) or "none"),
    "backoff_days": ("Wait after each no", lambda it, _: _days(it.backoff_days)),
    "max_declines": ("Most noes", lambda it, _: str(it.max_declines)),
    "causes": (
        "Speaks to people who",
        lambda it, _: _listed(it.causes, "refused or turned it off", _CAUSES),
    ),
    "min_days_since_denial": ("Since the denial", lambda it, _: _days((it.min_days_since_denial,))),
    "cooldown_days": ("Between two showings", lambda it, _: _days((it.cooldown_days,))),
    "cap": ("Showings to one device", lambda it, _: str(it.cap)),
}
"""Field -> its label, and how its value is said."""
