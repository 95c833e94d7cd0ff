"""What the editor shows: every field with its words, its counter and its complaint.

Made from the values alone, so that a form full of mistakes is shown exactly as it was typed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from campaigns.domain.audience import fallbacks
from campaigns.domain.drafts import (
    ILLUSTRATIONS,
    LENGTHS,
    MOST_VARIANTS,
    REDIRECT_SURFACES,
    SOFT_ASK_SURFACES,
    Kind,
    Line,
    Words,
)
from campaigns.selectors.images import UPLOADED
from campaigns.web.draft_form import Values, VariantValues, field_name
from campaigns.web.languages import is_rtl, language_name

LABELS = {
    "title": "Title",
    "body": "Text",
    "accept_label": "Yes button",
    "decline_label": "Way out",
    "line": "The one line",
    "action_label": "Button",
}
SURFACE_LABELS = {
    "sheet": "Sheet",
    "dialog": "Dialog",
    "card": "Card",
    "banner": "Banner",
}
ROWS = {"title": 2, "body": 4, "line": 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One field. `longest`: characters that fit, 0 where nobody counts; `rows`: above 0 for an area."""

    name: str
    label: str
    value: str
    error: str = ""
    help: str = ""
    longest: int = 0
    rows: int = 0
    kind: str = "text"
    lang: str = ""
    options: tuple[tuple[str, str], ...] = ()

    @property
    def length(self) -> int:
        """Characters written."""
        return len(self.value)

    @property
    def too_long(self) -> bool:
        """Whether they do not fit."""
        return 0 < self.longest < self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a few. `value`: as posted."""

    value: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Texts:
    """The texts of one variant in one language."""

    locale: str
    entries: tuple[Entry, ...]
    shown: bool
    rtl: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One variant. `share`: the part of the people who see it, in %, None while it cannot be told."""

    index: int
    key: str
    texts: tuple[Texts, ...]
    surfaces: tuple[Choice, ...]
    surface_error: str
    weight: Entry
    share: str
    tiles: tuple[Choice, ...]
    tile_error: str
    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One language. `done` of `total` texts are written."""

    locale: str
    name: str
    done: int
    total: int
    shown: bool
    default: bool
    falls_back: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """The whole form, ready to be shown. `errors`: field -> sentence, for what has no entry."""

    cards: tuple[Card, ...]
    tabs: tuple[Tab, ...]
    tab: str
    errors: Mapping[str, str]
    room: bool
    """Whether one more variant fits."""


def form_of(
    *,
    kind: Kind,
    values: Values,
    errors: Mapping[str, str],
    tab: str = "",
    uploads: Iterable[str] = (),
) -> Form:
    """The variants and languages of the form. `errors`: as a draft complains; `tab`: the language
    to show; `uploads`: the digests that may be chosen.
    """
    told = {field_name(error, values.locale): said for error, said in errors.items()}
    shown = tab if tab in values.locales else values.locale
    shares = _shares([variant.weight for variant in values.variants])
    return Form(
        cards=tuple(
            _card(kind, index, variant, values, shown, told, shares[index], tuple(uploads))
            for index, variant in enumerate(values.variants)
        ),
        tabs=tuple(_tab(kind, values, locale, shown) for locale in values.locales),
        tab=shown,
        errors=told,
        room=len(values.variants) < MOST_VARIANTS,
    )


def falls_back(locale: str, locales: tuple[str, ...]) -> str:
    """What people of a language read where nothing is written for them, in words."""
    default = locales[0]
    if locale == default:
        return "Everybody reads this whose own language is not written here."
    nearer = [name for name in fallbacks(locale)[1:] if name in locales and name != default]
    way = ", then ".join(language_name(name) for name in (*nearer, default))
    said = f"{language_name(locale)} falls back to {way} as long as nothing is written here."
    return f"{said} A single text that is missing is shown in {language_name(default)}."


def _card(
    kind: Kind,
    index: int,
    variant: VariantValues,
    values: Values,
    shown: str,
    errors: Mapping[str, str],
    share: str,
    uploads: tuple[str, ...],
) -> Card:
    at = f"v-{index}-"
    surfaces = SOFT_ASK_SURFACES if kind == "soft_ask" else REDIRECT_SURFACES
    return Card(
        index=index,
        key=variant.key,
        texts=tuple(
            _texts(kind, index, variant, locale, locale == shown, errors)
            for locale in values.locales
        ),
        surfaces=tuple(
            Choice(value=name, label=SURFACE_LABELS[name], chosen=name == variant.surface)
            for name in surfaces
        ),
        surface_error=errors.get(f"{at}surface", ""),
        weight=Entry(
            name=f"{at}weight",
            label="Weight",
            value=variant.weight,
            error=errors.get(f"{at}weight", ""),
        ),
        share=share,
        tiles=_tiles(variant.illustration, uploads) if kind == "soft_ask" else (),
        tile_error=errors.get(f"{at}illustration", ""),
        error=errors.get(f"{at}key", ""),
    )


def _texts(
    kind: Kind,
    index: int,
    variant: VariantValues,
    locale: str,
    shown: bool,
    errors: Mapping[str, str],
) -> Texts:
    written = variant.texts.get(locale, {})
    entries = []
    for field in _fields(kind):
        name = f"v-{index}-t-{locale}-{field}"
        entries.append(
            Entry(
                name=name,
                label=LABELS[field],
                value=written.get(field, ""),
                error=errors.get(name, ""),
                longest=LENGTHS[field],
                rows=ROWS.get(field, 0),
                lang=locale,
            )
        )
    return Texts(locale=locale, entries=tuple(entries), shown=shown, rtl=is_rtl(locale))


def _tab(kind: Kind, values: Values, locale: str, shown: str) -> Tab:
    texts = [
        variant.texts.get(locale, {}).get(field, "")
        for variant in values.variants
        for field in _fields(kind)
    ]
    return Tab(
        locale=locale,
        name=language_name(locale),
        done=sum(1 for text in texts if text.strip()),
        total=len(texts),
        shown=locale == shown,
        default=locale == values.locale,
        falls_back=falls_back(locale, values.locales),
    )


def _tiles(chosen: str, uploads: tuple[str, ...]) -> tuple[Choice, ...]:
    names = [f"{UPLOADED}{digest}" for digest in uploads]
    if chosen.startswith(UPLOADED) and chosen not in names:
        names.insert(0, chosen)
    told = [("", "No picture"), *((name, name.capitalize()) for name in ILLUSTRATIONS)]
    told += [(name, f"Uploaded picture {place}") for place, name in enumerate(names, start=1)]
    return tuple(Choice(value=value, label=label, chosen=value == chosen) for value, label in told)


def _shares(weights: list[str]) -> list[str]:
    """The share of each weight in %, '' while one of them is no number."""
    numbers = []
    for text in weights:
        try:
            numbers.append(max(float(text.replace(",", ".")), 0.0))
        except ValueError:
            return [""] * len(weights)
    total = sum(numbers)
    if not 0 < total < float("inf"):
        return [""] * len(weights)
    return [f"{number / total * 100:.0f} %" for number in numbers]


def _fields(kind: Kind) -> tuple[str, ...]:
    return Words.FIELDS if kind == "soft_ask" else Line.FIELDS
