"""Between the editor's fields and a draft: what is shown, what was typed, and what it means.

A form knows only texts. `values_of` says what the fields of a draft show, `values_in` keeps what a
person typed exactly as they typed it, wrong or not, and `draft_from` reads a draft out of it or says
per field what cannot be read. Nothing typed is lost on the way: the same values that could not be
read are shown again. What nobody touched stays as it stood, to the letter, so that saving an
untouched form changes nothing.

Names of fields: `name`, `min_sessions`, ..., and for the first variant `v-0-key`, `v-0-weight`, and
`v-0-t-de-title` for its title in German. The default language is written in the same way as any other.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from campaigns.domain.drafts import (
    Draft,
    Kind,
    Line,
    SoftAskDraft,
    Variant,
    Words,
    check_storable,
    locales_of,
    texts_of,
    variants_of,
)
from permissions_app.domain.edits import Invalid

TEXTS = (
    "name",
    "moment",
    "locale",
    "app_version_from",
    "segment",
    "starts_at",
    "ends_at",
    "timezone",
)
LISTS = ("languages", "countries")
MULTIPLE = ("platforms", "causes")
SHARED_NUMBERS = ("priority",)
SOFT_ASK_NUMBERS = ("min_sessions", "min_times_reached", "min_screens", "max_declines")
REDIRECT_NUMBERS = ("min_days_since_denial", "cooldown_days", "cap")
SINGLE = (
    *TEXTS,
    *LISTS,
    *SHARED_NUMBERS,
    *SOFT_ASK_NUMBERS,
    *REDIRECT_NUMBERS,
    "holdout_percent",
    "backoff_days",
    "allow_first_session",
)
VARIANT_FIELDS = ("key", "surface", "weight", "illustration")
MOST_READ = 12
"""Variants of a form that are looked at: more than may be stored, so that none vanishes unsaid."""
LONGEST_READ = 5000
"""Characters of a field that are kept: more than any field may hold."""
WHOLE = "Write a whole number, like 3."
DAYS = "Write whole numbers of days, like 14, 30, 90."
PERCENT = "Write a number of percent, like 10."
WEIGHT = "Write a number, like 1."
_TEXT_NAME = re.compile(r"v-([0-9]{1,3})-t-(.{1,40})-([a-z_]{1,20})\Z")
_FIELD_NAME = re.compile(r"v-([0-9]{1,3})-(key|surface|weight|illustration)\Z")
_CUT = re.compile(r"[\s,;]+")
_ERROR = re.compile(r"variants\.([0-9]+)\.(?:translations\.(.+)\.)?([a-z_]+)\Z")


class Post(Protocol):
    """What was posted: of `request.POST`, what is used here."""

    def __iter__(self) -> Any: ...
    def get(self, name: str, default: Any, /) -> Any: ...
    def getlist(self, name: str, /) -> list[Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class VariantValues:
    """The fields of one variant. `texts`: locale -> field -> text, the default language included."""

    key: str = ""
    surface: str = ""
    weight: str = "1"
    illustration: str = ""
    texts: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Values:
    """All fields of the editor, as texts. `several`: the fields with ticks."""

    single: Mapping[str, str]
    several: Mapping[str, tuple[str, ...]]
    variants: tuple[VariantValues, ...]

    @property
    def locale(self) -> str:
        """The default language."""
        return self.single.get("locale", "")

    @property
    def locales(self) -> tuple[str, ...]:
        """The default language, then every other that has fields."""
        found = {locale for variant in self.variants for locale in variant.texts}
        return (self.locale, *sorted(found - {self.locale}))


def values_of(draft: Draft) -> Values:
    """What the fields show for a draft."""
    single = {name: str(getattr(draft, name)) for name in (*TEXTS, *SHARED_NUMBERS)}
    single |= {name: ", ".join(getattr(draft, name)) for name in LISTS}
    single["holdout_percent"] = _plain(draft.holdout * 100)
    several = {"platforms": draft.platforms}
    if isinstance(draft, SoftAskDraft):
        single |= {name: str(getattr(draft, name)) for name in SOFT_ASK_NUMBERS}
        single["backoff_days"] = ", ".join(map(str, draft.backoff_days))
        single["allow_first_session"] = "on" if draft.allow_first_session else ""
    else:
        single |= {name: str(getattr(draft, name)) for name in REDIRECT_NUMBERS}
        several["causes"] = draft.causes
    locales = locales_of(draft)
    return Values(
        single=single,
        several=several,
        variants=tuple(_variant_values(variant, locales) for variant in variants_of(draft)),
    )


def values_in(post: Post) -> Values:
    """What was typed, verbatim; only the line ends of browsers are made those of everybody else."""
    variants: dict[int, dict[str, Any]] = {}
    names = set(post)
    for name in names:
        found = _FIELD_NAME.match(name)
        if found:
            variants.setdefault(int(found[1]), {})[found[2]] = _typed(post, name)
        elif text := _TEXT_NAME.match(name):
            texts = variants.setdefault(int(text[1]), {}).setdefault("texts", {})
            texts.setdefault(text[2], {})[text[3]] = _typed(post, name)
    return Values(
        single={name: _typed(post, name) for name in SINGLE if name in names},
        several={
            name: tuple(str(value)[:60] for value in post.getlist(name)[:20]) for name in MULTIPLE
        },
        variants=tuple(VariantValues(**variants[i]) for i in sorted(variants)[:MOST_READ]),
    )


def filled(values: Values, based_on: Draft) -> Values:
    """What was typed, and what stands in the draft for fields that were not sent."""
    stored = dict(values_of(based_on).single)
    stored.pop("allow_first_session", None)  # a box that is not sent is not ticked
    return replace(values, single={**stored, **values.single})


def draft_from(kind: Kind, values: Values, based_on: Draft) -> Draft:
    """The draft that was typed. Raises Invalid with every field that is wrong.

    `based_on`: what the form was filled from. A field that shows what it showed then, and one that
    was not sent at all, stays as it stands there.
    """
    draft, errors = _read(kind, values, based_on)
    try:
        check_storable(draft)
    except Invalid as invalid:
        errors = {**invalid.errors, **errors}
    if errors:
        raise Invalid(errors)
    return draft


def typed_draft(kind: Kind, values: Values, based_on: Draft) -> Draft:
    """The draft being typed, for a preview: parts that cannot be read are those of `based_on`."""
    return _read(kind, values, based_on)[0]


def keep_unread(*, shown: Values, typed: Values, kind: Kind, based_on: Draft) -> Values:
    """`shown`, with what was typed in the fields that could not be read: it is not lost either."""
    errors = _read(kind, typed, based_on)[1]
    single = dict(shown.single)
    for name in errors:
        at = "holdout_percent" if name == "holdout" else name
        if at in typed.single:
            single[at] = typed.single[at]
    weights = {
        variant.key: variant.weight
        for index, variant in enumerate(typed.variants)
        if f"variants.{index}.weight" in errors
    }
    variants = tuple(
        replace(variant, weight=weights.get(variant.key, variant.weight))
        for variant in shown.variants
    )
    return replace(shown, single=single, variants=variants)


def field_name(error: str, locale: str) -> str:
    """The field that a complaint of a draft belongs beside. `locale`: the default language."""
    if error == "holdout":
        return "holdout_percent"
    found = _ERROR.match(error)
    if found is None:
        return error
    index, language, name = found.groups()
    if name in VARIANT_FIELDS:
        return f"v-{index}-{name}"
    if name == "translations":
        return "locales"
    return f"v-{index}-t-{language or locale}-{name}"


def _read(kind: Kind, values: Values, based_on: Draft) -> tuple[Draft, dict[str, str]]:
    """The draft, and what could not be read of it."""
    before = values_of(based_on)
    errors: dict[str, str] = {}
    parts: dict[str, Any] = {}

    def take(shown: str, name: str, read: Callable[[str], Any], sentence: str = "") -> None:
        """Read one field, unless it was left as it was."""
        typed = values.single.get(shown)
        if typed is None or typed == before.single[shown]:
            return
        try:
            parts[name] = read(typed)
        except (ValueError, OverflowError):
            errors[name] = sentence

    for name in TEXTS:
        take(name, name, str.strip)
    for name in LISTS:
        take(name, name, _words_in(str.upper if name == "countries" else str))
    take("holdout_percent", "holdout", _share, PERCENT)
    numbers = SOFT_ASK_NUMBERS if kind == "soft_ask" else REDIRECT_NUMBERS
    for name in (*SHARED_NUMBERS, *numbers):
        take(name, name, _whole, WHOLE)
    parts["platforms"] = _ticks(values, before, "platforms")
    if kind == "soft_ask":
        take("backoff_days", "backoff_days", _days, DAYS)
        if values.single:
            parts["allow_first_session"] = bool(values.single.get("allow_first_session"))
    else:
        parts["causes"] = _ticks(values, before, "causes")
    parts["variants"] = _variants(kind, values, based_on, errors)
    return replace(based_on, **parts), errors


def _variants(
    kind: Kind, values: Values, based_on: Draft, errors: dict[str, str]
) -> tuple[Variant, ...]:
    known = {variant.key: variant for variant in variants_of(based_on)}
    locale = values.single.get("locale", based_on.locale).strip()
    languages = set(locales_of(based_on))
    found: list[Variant] = []
    for index, typed in enumerate(values.variants):
        before = known.get(typed.key)
        weight = before.weight if before else 1.0
        if before is None or typed.weight != _plain(before.weight):
            try:
                weight = _number(typed.weight)
            except ValueError:
                errors[f"variants.{index}.weight"] = WEIGHT
        found.append(_variant(kind, typed, before, locale, weight, languages, based_on.locale))
    return tuple(found)


def _variant(
    kind: Kind,
    typed: VariantValues,
    before: Variant | None,
    locale: str,
    weight: float,
    known: set[str],
    old_locale: str,
) -> Variant:
    """One wording. `known`: the languages there were; `locale`: the default now."""
    make = Words if kind == "soft_ask" else Line

    def told(language: str) -> dict[str, str]:
        texts = typed.texts.get(language, {})
        old = _texts(before, language, old_locale)
        return {
            name: old[name] if texts.get(name) == old[name] else texts.get(name, "").strip()
            for name in make.FIELDS
        }

    translations: dict[str, dict[str, str]] = {}
    for language in sorted(set(typed.texts) - {locale}):
        stored = before.translations.get(language) if before else None
        texts = told(language)
        if stored is not None and texts == _texts(before, language, old_locale):
            translations[language] = stored
        elif any(texts.values()):
            translations[language] = {name: text for name, text in texts.items() if text}
        elif stored is not None or language not in known:
            translations[language] = {}  # added, and nothing is written yet
    parts: dict[str, Any] = {"illustration": typed.illustration} if make is Words else {}
    return make(
        key=typed.key,
        surface=typed.surface,
        weight=weight,
        translations=translations,
        **told(locale),
        **parts,
    )


def _texts(variant: Variant | None, language: str, default: str) -> dict[str, str]:
    """The texts of a variant in a language, '' where it has none."""
    if variant is None:
        return dict.fromkeys((*Words.FIELDS, *Line.FIELDS), "")
    return texts_of(variant, "" if language == default else language)


def _variant_values(variant: Variant, locales: tuple[str, ...]) -> VariantValues:
    default, *others = locales
    texts = {default: texts_of(variant)}
    texts |= {locale: texts_of(variant, locale) for locale in others}
    return VariantValues(
        key=variant.key,
        surface=variant.surface,
        weight=_plain(variant.weight),
        illustration=getattr(variant, "illustration", ""),
        texts=texts,
    )


def _typed(post: Post, name: str) -> str:
    text = str(post.get(name, ""))[:LONGEST_READ]
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _ticks(values: Values, before: Values, name: str) -> tuple[str, ...]:
    ticked = tuple(dict.fromkeys(values.several.get(name, ())))
    stored = before.several[name]
    return stored if set(ticked) == set(stored) else ticked


def _plain(number: float) -> str:
    """A number as people write it: 10, not 10.0."""
    return f"{number:.10g}"


def _whole(text: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,30}", text.strip()):
        raise ValueError(text)
    return int(text)


def _number(text: str) -> float:
    number = float(text.strip().replace(",", "."))
    if not math.isfinite(number) or "_" in text:
        raise ValueError(text)
    return number


def _share(text: str) -> float:
    return round(_number(text.strip().removesuffix("%")) / 100, 6)


def _days(text: str) -> tuple[int, ...]:
    return tuple(_whole(part) for part in _CUT.split(text.strip()))


def _words_in(tidy: Callable[[str], str]) -> Callable[[str], tuple[str, ...]]:
    def read(text: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(tidy(part) for part in _CUT.split(text.strip()) if part))

    return read
