"""What a person writes down for a soft ask or a Settings redirect, and what must hold of it.

The whole of it is one document: words in several variants and languages, who it is for, when it
runs, and how patient it is. A document is stored as it is, compared as it is, and compiled as it is
when it goes live, so what was reviewed is exactly what people see.

Two questions are asked of a document. *May it be stored?* A draft may be unfinished, so only what
could never be right is refused: texts far too long, numbers out of bounds, placeholders that cannot
be read. *Is it finished?* That is asked before a review: every text there, a weight above zero, a
moment that may carry it. Each complaint is one sentence and names its field, so that a form can show
it where it belongs. They cannot be weaker than what `ruleset.check_campaign` asks of a live
campaign; a test holds them to that.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from functools import cache
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

import msgspec

from campaigns.domain.copy import check_text
from campaigns.domain.ruleset import PLATFORMS, SPENT_CAUSES
from permissions_app.domain.edits import Invalid
from permissions_app.domain.standing import HOLDOUT

Kind = Literal["soft_ask", "redirect"]
MOST_VARIANTS = 4
MOST_GATE_ARMS = 4
MOST_WAITS = 5
MOST_LOCALES = 30
MOST_LISTED = 60
LONGEST_HOLDOUT = 0.9
LENGTHS = {
    "title": 120,
    "body": 400,
    "accept_label": 40,
    "decline_label": 40,
    "line": 160,
    "action_label": 40,
}
"""Characters that fit, by field."""
LABELS = {
    "title": "The title",
    "body": "The text",
    "accept_label": "The yes button",
    "decline_label": "The way out",
    "line": "The line",
    "action_label": "The button label",
}
SOFT_ASK_SURFACES = ("sheet", "dialog", "card")
REDIRECT_SURFACES = ("banner", "card")
ILLUSTRATIONS = ("bell", "parcel", "cup", "calendar", "chat", "heart", "shield", "ticket")
"""The small built-in set. An uploaded image is named `image:` and its digest."""
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_LOCALE = re.compile(r"[a-z]{2,3}(-[A-Z][a-z]{3})?(-([A-Z]{2}|[0-9]{3}))?\Z")
_COUNTRY = re.compile(r"[A-Z]{2}\Z")
_VERSION = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6}){0,3}\Z")
_UPLOADED = re.compile(r"image:[0-9a-f]{64}\Z")
_SEGMENT = re.compile(r"[-a-zA-Z0-9_]{1,60}\Z")
_MINUTE = "%Y-%m-%dT%H:%M"


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One wording of a soft ask, in the default language; `translations`: locale -> field -> text.

    `weight`: its share relative to the others. `illustration`: '' for none.
    """

    FIELDS: ClassVar[tuple[str, ...]] = ("title", "body", "accept_label", "decline_label")

    key: str
    title: str = ""
    body: str = ""
    accept_label: str = ""
    decline_label: str = ""
    surface: str = "sheet"
    weight: float = 1.0
    illustration: str = ""
    translations: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One wording of a Settings redirect; see `Words`."""

    FIELDS: ClassVar[tuple[str, ...]] = ("line", "action_label")

    key: str
    line: str = ""
    action_label: str = ""
    surface: str = "banner"
    weight: float = 1.0
    translations: dict[str, dict[str, str]] = field(default_factory=dict)


Variant = Words | Line


@dataclass(frozen=True, slots=True, kw_only=True)
class _Draft:
    """What both kinds share. `moment`: the key of the value moment.

    `locale`: the language of the variants' own texts. `languages`, `countries`, `platforms`: the
    audience, empty for everybody. `app_version_from`: '' for every version. `segment`: the key of a segment, '' for
    everybody. `starts_at`, `ends_at`:
    local times as `2026-12-01T09:00` in `timezone`, '' for open ends.

    `planned_devices`: in all arms together, where results are to be sharpest. `smallest_difference`:
    between two rates, a fraction; less is not worth knowing. Both are part of what is published, so
    they are fixed before the first device comes (docs/decisions/0009).
    """

    name: str
    moment: str
    locale: str = "en"
    platforms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    countries: tuple[str, ...] = ()
    app_version_from: str = ""
    segment: str = ""
    starts_at: str = ""
    ends_at: str = ""
    timezone: str = "UTC"
    holdout: float = 0.1
    priority: int = 100
    planned_devices: int = 5000
    smallest_difference: float = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVariant:
    """One arm of a gate trial: gates that take the place of the soft ask's own for the devices that draw it."""

    key: str
    weight: float = 1.0
    min_sessions: int = 2
    allow_first_session: bool = False
    min_times_reached: int = 1
    min_screens: int = 0

    @property
    def gates(self) -> tuple[int, bool, int, int]:
        """What it asks of a device, without its name and share."""
        return (
            self.min_sessions,
            self.allow_first_session,
            self.min_times_reached,
            self.min_screens,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftAskDraft(_Draft):
    """A soft ask as written. `gate_trial`: gates that chance chooses between, none or two and more."""

    variants: tuple[Words, ...] = ()
    min_sessions: int = 2
    allow_first_session: bool = False
    min_times_reached: int = 1
    min_screens: int = 0
    backoff_days: tuple[int, ...] = (14, 30, 90)
    max_declines: int = 3
    gate_trial: tuple[GateVariant, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectDraft(_Draft):
    """A redirect rule as written."""

    variants: tuple[Line, ...] = ()
    causes: tuple[str, ...] = ()
    min_days_since_denial: int = 3
    cooldown_days: int = 30
    cap: int = 3


Draft = SoftAskDraft | RedirectDraft
_TYPES: Mapping[Kind, type[Draft]] = {"soft_ask": SoftAskDraft, "redirect": RedirectDraft}


def kind_of(draft: Draft) -> Kind:
    """Which of the two a draft is."""
    return "soft_ask" if isinstance(draft, SoftAskDraft) else "redirect"


def document(draft: Draft) -> dict[str, Any]:
    """The draft as it is stored: everything but the name, which only the team sees."""
    told: dict[str, Any] = msgspec.json.decode(
        msgspec.json.encode(draft)
    )  # lists, as JSON has them
    del told["name"]
    return told


def draft_of(*, kind: Kind, name: str, content: Mapping[str, Any]) -> Draft:
    """The draft in a stored or foreign document. Raises Invalid naming the field that is wrong."""
    known = {entry.name for entry in fields(_TYPES[kind])}
    unknown = sorted(set(content) - known)
    if unknown:
        raise Invalid({unknown[0][:60]: f"“{unknown[0][:60]}” is not a field of it."})
    try:
        return msgspec.convert({**content, "name": name}, _TYPES[kind])
    except msgspec.ValidationError as error:
        said, _, path = str(error).partition(" - at `$")
        where = re.sub(r"\[([^\]]*)\]", r".\1", path).replace("....", ".").strip("`.")
        raise Invalid({where: f"{said}."}) from None


def texts_of(variant: Variant, locale: str = "") -> dict[str, str]:
    """The texts of a variant by field: its own, or those of a translation (missing ones are '')."""
    if not locale:
        return {name: getattr(variant, name) for name in variant.FIELDS}
    told = variant.translations.get(locale, {})
    return {name: told.get(name, "") for name in variant.FIELDS}


def variants_of(draft: Draft) -> tuple[Variant, ...]:
    """The wordings of a draft of either kind."""
    return draft.variants


def locales_of(draft: Draft) -> tuple[str, ...]:
    """The default locale, then every locale that a variant is translated into."""
    found = {locale for variant in variants_of(draft) for locale in variant.translations}
    return (draft.locale, *sorted(found - {draft.locale}))


def completeness(draft: Draft, locale: str) -> tuple[int, int]:
    """How many of the texts of a locale are written, and how many there are."""
    own = locale == draft.locale
    texts = [
        text
        for variant in variants_of(draft)
        for text in texts_of(variant, "" if own else locale).values()
    ]
    return sum(1 for text in texts if text.strip()), len(texts)


class _Complaints(dict[str, str]):
    """The first complaint of each field."""

    def need(self, holds: bool, field: str, sentence: str) -> None:
        if not holds:
            self.setdefault(field, sentence)

    def text(self, field: str, label: str, text: str, longest: int) -> None:
        """A text that may be empty, but not too long and not unreadable."""
        try:
            check_text(label=label, text=text, longest=longest, required=bool(text.strip()))
        except ValueError as error:
            self.setdefault(field, str(error))

    def whole(self, field: str, label: str, value: int, lowest: int, highest: int) -> None:
        sentence = f"{label} must be a whole number from {lowest} to {highest}."
        self.need(lowest <= value <= highest, field, sentence)

    def throw(self) -> None:
        if self:
            raise Invalid(self)


def check_storable(draft: Draft) -> None:
    """Raise Invalid when the draft could never be right, finished or not."""
    wrong = _Complaints()
    _common(wrong, draft)
    _audience(wrong, draft)
    _schedule(wrong, draft)
    if isinstance(draft, SoftAskDraft):
        _soft_ask(wrong, draft)
    else:
        _redirect(wrong, draft)
    wrong.need(
        len(draft.variants) <= MOST_VARIANTS,
        "variants",
        f"There can be at most {MOST_VARIANTS} variants.",
    )
    seen: set[str] = set()
    for index, variant in enumerate(variants_of(draft)):
        _variant(wrong, index, variant, seen)
        seen.add(variant.key.lower())
    wrong.throw()


def unfinished(draft: Draft, *, opening: bool) -> dict[str, str]:
    """What is missing before anybody may review it: field -> sentence. Empty when it is finished.

    `opening`: whether its moment is app open, first launch, sign-up or onboarding.
    """
    wrong = _Complaints()
    wrong.need(bool(draft.moment), "moment", "Choose a moment of this app.")
    wrong.need(bool(draft.variants), "variants", "At least one variant is needed.")
    for index, variant in enumerate(variants_of(draft)):
        for name in variant.FIELDS:
            text = getattr(variant, name)
            wrong.need(bool(text.strip()), f"variants.{index}.{name}", f"{LABELS[name]} is needed.")
    total = _total(variant.weight for variant in variants_of(draft))
    wrong.need(
        not draft.variants or total > 0, "variants", "At least one variant needs a weight above 0."
    )
    if isinstance(draft, SoftAskDraft):
        _trial_unfinished(wrong, draft)
    if isinstance(draft, RedirectDraft):
        wrong.need(
            not opening,
            "moment",
            "This is an opening moment (app open, first launch, sign-up, onboarding): "
            "nothing is missed yet, so it carries no redirect.",
        )
    return dict(wrong)


def utc_ms(*, local: str, timezone: str) -> int | None:
    """The time of a schedule in ms since 1970 UTC; None for an open end. Raises ValueError."""
    if not local:
        return None
    when = datetime.strptime(local, _MINUTE).replace(tzinfo=ZoneInfo(timezone))
    return int(when.timestamp() * 1000)


def _common(wrong: _Complaints, draft: Draft) -> None:
    wrong.need(bool(draft.name.strip()), "name", "A name is needed.")
    wrong.need(len(draft.name) <= 80, "name", "A name has at most 80 characters.")
    wrong.need(draft.name.isprintable(), "name", "The name has characters that cannot be shown.")
    wrong.need(len(draft.moment) <= 60, "moment", "Choose a moment of this app.")
    wrong.need(
        0 <= draft.holdout <= LONGEST_HOLDOUT, "holdout", "The holdout must be from 0 to 90 %."
    )
    wrong.whole("priority", "The priority", draft.priority, 0, 1000)
    wrong.whole("planned_devices", "The planned devices", draft.planned_devices, 100, 100_000_000)
    wrong.need(
        0.001 <= draft.smallest_difference <= 0.5,
        "smallest_difference",
        "The smallest difference worth knowing must be from 0.1 to 50 points.",
    )
    wrong.need(
        _LOCALE.match(draft.locale) is not None, "locale", "A language is written en or pt-BR."
    )


def _audience(wrong: _Complaints, draft: Draft) -> None:
    wrong.need(
        set(draft.platforms) <= PLATFORMS, "platforms", "Platforms are ios, android and web."
    )
    wrong.need(_each_once(draft.platforms), "platforms", "Name each platform once.")
    wrong.need(
        len(draft.languages) <= MOST_LISTED and all(map(_LOCALE.match, draft.languages)),
        "languages",
        "Languages are written en, de or pt-BR.",
    )
    wrong.need(
        len(draft.countries) <= MOST_LISTED and all(map(_COUNTRY.match, draft.countries)),
        "countries",
        "Countries are written with two capital letters, like DE or US.",
    )
    wrong.need(
        not draft.app_version_from or _VERSION.match(draft.app_version_from) is not None,
        "app_version_from",
        "An app version is written in numbers, like 4.2 or 4.2.0.",
    )
    wrong.need(
        not draft.segment or _SEGMENT.match(draft.segment) is not None,
        "segment",
        "Choose a segment of this app.",
    )


def _each_once(named: tuple[str, ...]) -> bool:
    return len(set(named)) == len(named)


@cache
def _timezones() -> frozenset[str]:
    """All of them, looked up once: it takes a walk through the file system."""
    return frozenset(available_timezones())


def _schedule(wrong: _Complaints, draft: Draft) -> None:
    if draft.timezone not in _timezones():
        wrong.need(False, "timezone", "Choose a time zone like Europe/Berlin.")
        return
    times: dict[str, int | None] = {}
    for name, label in (("starts_at", "The start"), ("ends_at", "The end")):
        try:
            times[name] = utc_ms(local=getattr(draft, name), timezone=draft.timezone)
        except (ValueError, OverflowError):
            wrong.need(False, name, f"{label} must be a date and time.")
    start, end = times.get("starts_at"), times.get("ends_at")
    wrong.need(
        start is None or end is None or start < end, "ends_at", "The end must be after the start."
    )


def _soft_ask(wrong: _Complaints, draft: SoftAskDraft) -> None:
    _gates(wrong, "", draft)
    wrong.whole("max_declines", "Most declines", draft.max_declines, 1, 10)
    wrong.need(
        len(draft.gate_trial) <= MOST_GATE_ARMS,
        "gate_trial",
        f"A gate trial has at most {MOST_GATE_ARMS} arms.",
    )
    seen: set[str] = set()
    for index, arm in enumerate(draft.gate_trial):
        at = f"gate_trial.{index}."
        _key(wrong, at + "key", arm.key, seen)
        seen.add(arm.key.lower())
        _weight(wrong, at, arm.weight)
        _gates(wrong, at, arm)
    waits = draft.backoff_days
    wrong.need(1 <= len(waits) <= MOST_WAITS, "backoff_days", "Give 1 to 5 waits, in days.")
    wrong.need(
        all(1 <= days <= 730 for days in waits),
        "backoff_days",
        "Each wait must be from 1 to 730 days.",
    )
    wrong.need(
        list(waits) == sorted(waits), "backoff_days", "The waits must not get shorter after a no."
    )


def _gates(wrong: _Complaints, at: str, of: SoftAskDraft | GateVariant) -> None:
    wrong.whole(at + "min_sessions", "Minimum sessions", of.min_sessions, 0, 1000)
    wrong.whole(at + "min_times_reached", "Times reached", of.min_times_reached, 0, 1000)
    wrong.whole(at + "min_screens", "Minimum screens", of.min_screens, 0, 10_000)
    wrong.need(
        not of.allow_first_session or of.min_sessions <= 1,
        at + "allow_first_session",
        "To allow the first session, set the minimum sessions to 1 or less.",
    )


def _trial_unfinished(wrong: _Complaints, draft: SoftAskDraft) -> None:
    arms = [arm for arm in draft.gate_trial if arm.weight > 0]
    wrong.need(
        not draft.gate_trial or len(arms) >= 2,
        "gate_trial",
        "A gate trial needs two arms with a weight above 0.",
    )
    wrong.need(
        len({arm.gates for arm in arms}) == len(arms),
        "gate_trial",
        "Two arms of the gate trial have the same gates: nothing would be tried out.",
    )


def _redirect(wrong: _Complaints, draft: RedirectDraft) -> None:
    wrong.need(
        set(draft.causes) <= SPENT_CAUSES,
        "causes",
        "A redirect speaks to people who refused or who turned notifications off.",
    )
    wrong.need(_each_once(draft.causes), "causes", "Name each cause once.")
    wrong.whole(
        "min_days_since_denial", "Days since the denial", draft.min_days_since_denial, 0, 730
    )
    wrong.whole("cooldown_days", "Days between two showings", draft.cooldown_days, 1, 730)
    wrong.whole("cap", "Showings to one device", draft.cap, 1, 20)


def _variant(wrong: _Complaints, index: int, variant: Variant, seen: set[str]) -> None:
    at = f"variants.{index}."
    _key(wrong, at + "key", variant.key, seen)
    _texts(wrong, at, texts_of(variant))
    surfaces = SOFT_ASK_SURFACES if isinstance(variant, Words) else REDIRECT_SURFACES
    said = "sheet, dialog or card" if isinstance(variant, Words) else "banner or a card"
    wrong.need(variant.surface in surfaces, at + "surface", f"Choose a {said}.")
    if isinstance(variant, Words):
        wrong.need(
            variant.illustration in ("", *ILLUSTRATIONS)
            or _UPLOADED.match(variant.illustration) is not None,
            at + "illustration",
            "Choose one of the pictures.",
        )
    _weight(wrong, at, variant.weight)
    wrong.need(
        len(variant.translations) <= MOST_LOCALES,
        at + "translations",
        f"There can be at most {MOST_LOCALES} languages.",
    )
    for locale, texts in variant.translations.items():
        here = f"{at}translations.{locale[:12]}."
        wrong.need(
            _LOCALE.match(locale) is not None,
            f"{at}translations",
            "A language is written en or pt-BR.",
        )
        wrong.need(
            set(texts) <= set(variant.FIELDS), f"{at}translations", "A text has an unknown field."
        )
        _texts(wrong, here, {name: texts.get(name, "") for name in variant.FIELDS})


def _weight(wrong: _Complaints, at: str, weight: float) -> None:
    wrong.need(
        math.isfinite(weight) and 0 <= weight <= 1000,
        at + "weight",
        "A weight must be from 0 to 1000.",
    )


def _texts(wrong: _Complaints, at: str, texts: Mapping[str, str]) -> None:
    for name, text in texts.items():
        wrong.text(at + name, LABELS[name], text, LENGTHS[name])
    line = texts.get("line", "")
    wrong.need(
        len(line.splitlines()) <= 1, at + "line", "A redirect is one line, without line breaks."
    )


def _key(wrong: _Complaints, field: str, key: str, seen: set[str]) -> None:
    wrong.need(
        0 < len(key) <= 20 and _KEY_CHARACTERS.issuperset(key),
        field,
        "A variant key has 1 to 20 letters, digits, “_” or “-”.",
    )
    wrong.need(key != HOLDOUT, field, f"“{HOLDOUT}” is the name of the devices shown nothing.")
    wrong.need(key.lower() not in seen, field, "Two variants have this key.")


def _total(weights: Iterable[float]) -> float:
    return sum(weight for weight in weights if math.isfinite(weight))
