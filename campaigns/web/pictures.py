"""One variant drawn on a device: the words as people read them, and the scene the path has reached.

A picture is made of plain data; the templates under `campaigns/preview/` draw it. The device, its
status bar and the app behind are our own drawing. Where the operating system would show something of
its own, a marked stand-in is drawn instead.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from campaigns.domain.copy import fill, pieces
from campaigns.domain.drafts import (
    LENGTHS,
    Draft,
    RedirectDraft,
    SoftAskDraft,
    Variant,
    Words,
    texts_of,
)
from campaigns.domain.next_steps import (
    Outcome,
    after_answer,
    after_close,
    after_decline,
    after_never,
    after_return,
    dialog_answers,
)
from campaigns.domain.pseudo import pseudo
from campaigns.domain.settings_walks import Walk, first_walk
from permissions_app.domain.platforms import RULES, PlatformRules

PSEUDO = "pseudo"
DEVICES: Mapping[str, tuple[str, str, str]] = {
    "iphone": ("iPhone", "ios", "ios"),
    "pixel": ("Pixel", "android", "android_13"),
    "browser": ("Browser", "web", "web_chromium"),
}
"""Device -> what it is called, its platform, its row of the platform table."""
STEPS = {
    "soft_ask": ("ask", "accepted", "declined", "granted", "refused", "swiped", "never"),
    "redirect": ("ask", "tapped", "closed", "turned_on", "came_back", "never"),
}
"""The scenes of each kind, the first one first."""
_RIGHT_TO_LEFT = ("ar", "ckb", "dv", "fa", "he", "iw", "ps", "sd", "ug", "ur", "yi")
_ANSWERS = {"granted": "It says yes", "refused": "It says no", "swiped": "Swiped away"}
_EMPTY = {
    "title": "Title",
    "body": "Text",
    "accept_label": "Yes button",
    "decline_label": "Way out",
    "line": "The one line",
    "action_label": "Button",
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text as it is drawn. `pieces`: (words, what they are: '', `value`, `name` or `empty`)."""

    pieces: tuple[tuple[str, str], ...]
    length: int
    fits: int

    @property
    def too_long(self) -> bool:
        """Whether it must be shortened."""
        return self.length > self.fits


@dataclass(frozen=True, slots=True)
class Way:
    """A button of the scene: the step it leads to, and what it says."""

    step: str
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One variant on one device at one step."""

    index: int
    key: str
    share: int | None
    """Its part of those who see anything, in per cent; None when no variant has a weight."""
    surface: str
    illustration: str
    """The address of its picture, '' for none."""
    device: str
    device_label: str
    step: str
    lang: str
    dir: str
    texts: Mapping[str, Text]
    without: tuple[tuple[str, str], ...]
    """How texts with placeholders read when no value comes: (label, text)."""
    borrowed: tuple[str, ...]
    """Labels of the texts that this language lacks, so that the default language stands in."""
    outcome: Outcome | None
    ways: tuple[Way, ...]
    walk: Walk | None
    asks: str
    """The sentence of the stand-in for the system's dialog."""


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What all pictures of a preview have in common. `step`: see `STEPS`."""

    device: str
    locale: str
    rtl: bool
    sample: Mapping[str, Any]
    today: date


def picture(*, draft: Draft, index: int, view: View, step: str) -> Picture:
    """The picture of the variant at this place."""
    variant = draft.variants[index]
    label, platform, row = DEVICES[view.device]
    locale = draft.locale if view.locale == PSEUDO else view.locale
    own, told, borrowed = _texts(draft, variant, locale)
    if view.locale == PSEUDO:
        own = {name: pseudo(text) for name, text in own.items()}
        told = own
    total = sum(one.weight for one in draft.variants)
    return Picture(
        index=index,
        key=variant.key,
        share=round(100 * variant.weight / total) if total > 0 else None,
        surface=variant.surface,
        illustration=illustration(variant),
        device=view.device,
        device_label=label,
        step=step,
        lang=locale,
        dir="rtl" if view.rtl or right_to_left(view.locale) else "ltr",
        texts={name: text(told[name], name, view.sample) for name in told},
        without=_without(told),
        borrowed=borrowed,
        outcome=_outcome(draft, step, RULES[row], view.today),
        ways=_ways(step, RULES[row]),
        walk=first_walk(platform) if step == "tapped" else None,
        asks=RULES[row].note,
    )


def text(words: str, field: str, sample: Mapping[str, Any]) -> Text:
    """A text with its placeholders filled from the sample; those without a value keep their name."""
    length = len(words)
    if not words.strip():
        return Text(((_EMPTY[field], "empty"),), length, LENGTHS[field])
    drawn: list[tuple[str, str]] = []
    for piece, is_name in pieces(words):
        if not is_name:
            drawn.append((piece, ""))
            continue
        value = fill("{{" + piece + "}}", sample)
        drawn.append((value, "value") if value else (piece, "name"))
    return Text(tuple(drawn), length, LENGTHS[field])


def illustration(variant: Variant) -> str:
    """The address of a variant's picture; '' for none."""
    name = variant.illustration if isinstance(variant, Words) else ""
    if not name:
        return ""
    built_in = not name.startswith("image:")
    return f"/i/{name}.svg" if built_in else f"/i/{name.removeprefix('image:')}.webp"


def right_to_left(locale: str) -> bool:
    """Whether a language is written from right to left."""
    return locale.split("-", maxsplit=1)[0] in _RIGHT_TO_LEFT


def _texts(
    draft: Draft, variant: Variant, locale: str
) -> tuple[dict[str, str], dict[str, str], tuple[str, ...]]:
    """The default texts, what people of this locale read, and the labels of what is borrowed."""
    own = texts_of(variant)
    if locale == draft.locale:
        return own, own, ()
    told = texts_of(variant, locale)
    borrowed = tuple(
        _EMPTY[name] for name, words in told.items() if not words.strip() and own[name].strip()
    )
    return own, {name: told[name] if told[name].strip() else own[name] for name in own}, borrowed


def _without(texts: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(
        (_EMPTY[name], fill(words, {}))
        for name, words in texts.items()
        if any(is_name for _, is_name in pieces(words))
    )


def _outcome(draft: Draft, step: str, rules: PlatformRules, today: date) -> Outcome | None:
    if step == "never":
        return after_never()
    if isinstance(draft, SoftAskDraft):
        if step == "declined":
            return after_decline(draft=draft, today=today)
        if step in ("granted", "refused", "swiped"):
            return after_answer(draft=draft, rules=rules, answer=step, today=today)  # type: ignore[arg-type]
        return None
    return _of_redirect(draft, step, today)


def _of_redirect(draft: RedirectDraft, step: str, today: date) -> Outcome | None:
    if step == "closed":
        return after_close(draft=draft, today=today)
    if step in ("turned_on", "came_back"):
        return after_return(draft=draft, turned_on=step == "turned_on", today=today)
    return None


def _ways(step: str, rules: PlatformRules) -> tuple[Way, ...]:
    """The buttons of a scene that are not the variant's own."""
    if step == "accepted":
        return tuple(Way(answer, _ANSWERS[answer]) for answer in dialog_answers(rules))
    if step == "tapped":
        return (Way("turned_on", "Turned on"), Way("came_back", "Back without it"))
    return ()
