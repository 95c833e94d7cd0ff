"""What the buttons inside the editor's form do to what stands in it: variants and languages.

Each is a function of the values alone, so that it works on a half-written form and without scripts.
"""

import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from campaigns.domain.audience import fallbacks
from campaigns.domain.drafts import MOST_VARIANTS, SoftAskDraft, check_storable
from campaigns.web.draft_form import Values, VariantValues
from permissions_app.domain.edits import Invalid


@dataclass(frozen=True, slots=True)
class Edited:
    """The form after a button, the language to show, and the field to go on with."""

    values: Values
    tab: str = ""
    focus: str = ""


def edit(*, values: Values, do: str, new_locale: str = "") -> Edited | None:
    """Do what a button named `do` says: `copy-variant:0`. None when it is no such button."""
    action, _, about = do.partition(":")
    if action == "add-locale":
        return _add_locale(values, new_locale)
    make = _EDITS.get(action)
    return make(values, about) if make else None


def _add_variant(values: Values, about: str) -> Edited:
    surface = values.variants[0].surface if values.variants else ""
    return _with(values, VariantValues(key=_free_key(values), surface=surface))


def _copy_variant(values: Values, about: str) -> Edited:
    index = _index(values, about)
    if index is None:
        return Edited(values)
    return _with(values, replace(values.variants[index], key=_free_key(values)))


def _with(values: Values, variant: VariantValues) -> Edited:
    if len(values.variants) >= MOST_VARIANTS:
        raise Invalid({"variants": f"There can be at most {MOST_VARIANTS} variants."})
    texts = {locale: dict(variant.texts.get(locale, {})) for locale in values.locales}
    variants = (*values.variants, replace(variant, texts=texts))
    return Edited(replace(values, variants=variants), focus=f"variant-{len(variants) - 1}")


def _remove_variant(values: Values, about: str) -> Edited:
    index = _index(values, about)
    if index is None:
        return Edited(values)
    variants = (*values.variants[:index], *values.variants[index + 1 :])
    focus = f"variant-{max(index - 1, 0)}" if variants else "add-variant"
    return Edited(replace(values, variants=variants), focus=focus)


def _add_locale(values: Values, typed: str) -> Edited:
    """A language by its tag; `de_at` is understood as de-AT."""
    locale = fallbacks(typed.strip())[0] if typed.strip() else ""
    if not _is_locale(locale):
        raise Invalid({"locales": "A language is written like de, pt-BR or zh-Hant."})
    if locale in values.locales:
        return Edited(values, tab=locale, focus=f"tab-{locale}")
    variants = tuple(
        replace(variant, texts={**variant.texts, locale: {}}) for variant in values.variants
    )
    return Edited(replace(values, variants=variants), tab=locale, focus=f"v-0-t-{locale}")


def _remove_locale(values: Values, about: str) -> Edited:
    if about == values.locale:
        return Edited(values)
    variants = tuple(
        replace(
            variant, texts={name: texts for name, texts in variant.texts.items() if name != about}
        )
        for variant in values.variants
    )
    return Edited(
        replace(values, variants=variants), tab=values.locale, focus=f"tab-{values.locale}"
    )


def _default_locale(values: Values, about: str) -> Edited:
    if about not in values.locales:
        return Edited(values)
    single = {**values.single, "locale": about}
    return Edited(replace(values, single=single), tab=about, focus=f"tab-{about}")


_EDITS: Mapping[str, Callable[[Values, str], Edited]] = {
    "add-variant": _add_variant,
    "copy-variant": _copy_variant,
    "remove-variant": _remove_variant,
    "remove-locale": _remove_locale,
    "default-locale": _default_locale,
}


def choose_picture(values: Values, illustration: str, about: str) -> Values:
    """The form with a picture chosen in one variant."""
    index = _index(values, about)
    if index is None:
        return values
    chosen = replace(values.variants[index], illustration=illustration)
    variants = (*values.variants[:index], chosen, *values.variants[index + 1 :])
    return replace(values, variants=variants)


def _index(values: Values, about: str) -> int | None:
    """The variant that a button is about."""
    return int(about) if about in {str(i) for i in range(len(values.variants))} else None


def _free_key(values: Values) -> str:
    taken = {variant.key.lower() for variant in values.variants}
    return next(letter for letter in string.ascii_lowercase if letter not in taken)


def _is_locale(locale: str) -> bool:
    """Whether a draft may be written in it."""
    try:
        check_storable(SoftAskDraft(name="x", moment="x", locale=locale))
    except Invalid:
        return False
    return True
