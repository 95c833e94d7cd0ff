"""The live preview of a draft: pictures, what happens next, and what the linter says.

Drawn by the server from whatever stands in the form at that moment, finished or not: it never stores
anything. How other pages use it:

* The editor includes `campaigns/preview/_side.html` inside its form, with `**side(...)` in the
  context beside `access` and `campaign`, and `static/css/preview.css` and `static/js/preview.js` in
  its head. The panel listens to its form by itself; an event `draw` on the body draws it anew, for
  instance after a variant was added. Names beginning with `p-` belong to the preview, not to the
  draft, and their events never reach the form.
* Review and share pages include `campaigns/preview/_cards.html` with `cards=cards(...)["cards"]`:
  pictures without any control. `campaigns/preview/_options.html` with `choices=choices(...)` inside
  a form of the page's own are the choices of device, colours and so on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar

from django.utils import timezone

from campaigns.domain.drafts import Draft, RedirectDraft, kind_of, locales_of, variants_of
from campaigns.domain.next_steps import earliest_redirect
from campaigns.domain.settings_walks import walks
from campaigns.selectors.campaigns import Checked
from campaigns.selectors.samples import sample_values
from campaigns.web.findings import panel
from campaigns.web.languages import language_name
from campaigns.web.pictures import DEVICES, PSEUDO, STEPS, Picture, View, picture, right_to_left
from permissions_app.domain.platforms import RULES, PlatformRules
from permissions_app.models import ValueMoment

_SHOWN_RULES = {
    "ios": ("ios",),
    "android": ("android_13", "android_12"),
    "web": ("web_chromium", "web_firefox", "web_safari", "ios_web"),
}
_PLATFORMS = {"ios": "iOS", "android": "Android", "web": "web"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a person chose to look at. Choices that do not exist fall back to the first one."""

    CHOICES: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "device": ("", *DEVICES),
        "theme": ("light", "dark"),
        "dir": ("auto", "rtl"),
        "text": ("100", "200"),
    }
    device: str = ""
    """'' for the first one that the audience has."""
    theme: str = "light"
    dir: str = "auto"
    text: str = "100"
    locale: str = ""
    """A locale of the draft, `pseudo`, or '' for its default language."""
    step: str = ""
    """The scene; `1:declined` for the variant at place 1 alone, the others at the first scene."""
    variant: str = ""
    """The place of one variant, `all`, or '' for what suits the page."""

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "Options":
        """The choices in a request's GET or POST."""
        told = {
            name: choice if (choice := data.get(f"p-{name}", "")) in choices else choices[0]
            for name, choices in cls.CHOICES.items()
        }
        return cls(
            **told,
            locale=data.get("p-locale", "")[:20],
            step=data.get("p-step", "")[:20],
            variant=data.get("p-variant", "")[:3],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """The options as a person sees them: what can be chosen, and what is."""

    devices: tuple[tuple[str, str], ...]
    device: str
    variants: tuple[tuple[str, str], ...]
    """(place, key); empty when there is only one."""
    variant: str
    """The place of the one that is drawn, '' for all of them."""
    locales: tuple[tuple[str, str], ...]
    locale: str
    dark: bool
    rtl: bool
    large: bool
    written_rtl: bool
    """The language chosen is written from right to left anyway."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cards:
    """Pictures, and how they are drawn. `note`: why nobody of this platform sees them, or ''."""

    pictures: tuple[Picture, ...]
    kind: str
    dark: bool
    large: bool
    playable: bool
    step: str
    note: str


def side(
    *,
    draft: Draft,
    moment: ValueMoment | None,
    options: Options,
    today: date | None = None,
    writable: bool = True,
    checked: Checked | None = None,
) -> dict[str, Any]:
    """The context of `campaigns/preview/_side.html`: one variant, unless all are wanted.

    `writable`: the page has fields to put a rewrite into. `checked`: what the linter said of the
    draft, where the page asked already.
    """
    day = today or timezone.localdate()
    if not options.variant:
        options = replace(options, variant="0")
    shown = choices(draft=draft, options=options)
    drawn = cards(draft=draft, options=options, moment=moment, today=day, playable=True)
    return {
        "side": {
            "kind": kind_of(draft),
            "choices": shown,
            "cards": drawn["cards"],
            "panel": panel(draft=draft, moment=moment, checked=checked),
            "writable": writable,
            "budgets": budgets(draft.platforms),
            "stakes": stakes(draft.platforms),
            "walks": _nearest_first(draft, shown.device)
            if isinstance(draft, RedirectDraft)
            else (),
            "earliest": earliest_redirect(draft=draft, today=day)
            if isinstance(draft, RedirectDraft)
            else "",
        }
    }


def cards(
    *,
    draft: Draft,
    options: Options,
    moment: ValueMoment | None = None,
    today: date | None = None,
    playable: bool = False,
) -> dict[str, Any]:
    """The context of `campaigns/preview/_cards.html`. `moment` fills the placeholders with real
    values; `playable` pictures have buttons and must stand inside a form.
    """
    shown = choices(draft=draft, options=options)
    kind = kind_of(draft)
    view = View(
        device=shown.device,
        locale=shown.locale,
        rtl=shown.rtl,
        sample=sample_values(moment),
        today=today or timezone.localdate(),
    )
    whose, step = _step(options.step, kind)
    places = [int(shown.variant)] if shown.variant else range(len(draft.variants))
    pictures = tuple(
        picture(draft=draft, index=at, view=view, step=step if whose in (None, at) else "ask")
        for at in places
    )
    return {
        "cards": Cards(
            pictures=pictures,
            kind=kind,
            dark=shown.dark,
            large=shown.large,
            playable=playable,
            step=options.step if step != "ask" else "",
            note=_outside(draft, shown.device),
        )
    }


def choices(*, draft: Draft, options: Options) -> Choices:
    """What can be chosen for this draft, and what is chosen."""
    count = len(draft.variants)
    locales = locales_of(draft)
    locale = options.locale if options.locale in (*locales, PSEUDO) else draft.locale
    one = options.variant.isdecimal() and int(options.variant) < count > 1
    aimed = [key for key, told in DEVICES.items() if told[1] in draft.platforms]
    return Choices(
        devices=tuple((key, told[0]) for key, told in DEVICES.items()),
        device=options.device or next(iter(aimed), "iphone"),
        variants=tuple((str(at), v.key) for at, v in enumerate(variants_of(draft)))
        if count > 1
        else (),
        variant=str(int(options.variant)) if one else "",
        locales=(*((name, language_name(name)) for name in locales), (PSEUDO, "Pseudo-locale")),
        locale=locale,
        dark=options.theme == "dark",
        rtl=options.dir == "rtl",
        large=options.text == "200",
        written_rtl=right_to_left(locale),
    )


def budgets(platforms: Iterable[str]) -> tuple[PlatformRules, ...]:
    """The rows of the platform table that matter for these platforms; none chosen means all."""
    chosen = [name for name in _SHOWN_RULES if name in set(platforms)] or list(_SHOWN_RULES)
    return tuple(RULES[key] for name in chosen for key in _SHOWN_RULES[name])


def stakes(platforms: Iterable[str]) -> tuple[str, ...]:
    """What is spent with a yes to a soft ask, said once and plainly."""
    chosen = set(platforms)
    said = []
    if not chosen or "ios" in chosen:
        said.append(
            "On iOS a yes here spends the one dialog there will ever be. Ask where the answer is "
            "most likely to be yes, not where most people pass."
        )
    if not chosen or "android" in chosen:
        said.append(
            "On Android a second refusal is final. After a first one, only another moment may ask, "
            "and only after an accepted soft ask."
        )
    return tuple(said)


def _step(told: str, kind: str) -> tuple[int | None, str]:
    """Whose step it is (None for everybody's), and which."""
    place, _, name = told.rpartition(":")
    step = name if name in STEPS[kind] else "ask"
    return (int(place) if place.isdecimal() else None), step


def _outside(draft: Draft, device: str) -> str:
    _, platform, _ = DEVICES[device]
    if not draft.platforms or platform in draft.platforms:
        return ""
    names = " and ".join(_PLATFORMS[name] for name in draft.platforms if name in _PLATFORMS)
    return f"Nobody sees this on {_PLATFORMS[platform]}: the audience is {names}."


def _nearest_first(draft: Draft, device: str) -> list[Any]:
    platform = DEVICES[device][1]
    return sorted(walks(draft.platforms), key=lambda one: one.platform != platform)
