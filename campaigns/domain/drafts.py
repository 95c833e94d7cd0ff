"""What a person writes down for a soft ask or a Settings redirect, and what must hold of it.

The checks are the same wherever it comes from, a page or the management API, and run before
anything is stored. Each complaint is one sentence and names its field, so that a form can show it
where it belongs. They cannot be weaker than what `ruleset.check_campaign` asks of a live campaign;
a test holds them to that.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.domain.copy import check_text
from campaigns.domain.ruleset import PLATFORMS, SPENT_CAUSES
from permissions_app.domain.edits import Invalid
from permissions_app.domain.standing import HOLDOUT

MOST_VARIANTS = 4
MOST_WAITS = 5
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
SOFT_ASK_SURFACES = ("sheet", "dialog", "card")
REDIRECT_SURFACES = ("banner", "card")
_KEY_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One wording of a soft ask. `weight`: its share relative to the others."""

    key: str
    title: str
    body: str
    accept_label: str
    decline_label: str
    surface: str = "sheet"
    weight: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SoftAskDraft:
    """A soft ask as written; see the model for the meaning of each field."""

    name: str
    moment_id: int
    variants: tuple[Words, ...]
    platforms: tuple[str, ...] = ()
    holdout: float = 0.1
    priority: int = 100
    min_sessions: int = 2
    allow_first_session: bool = False
    min_times_reached: int = 1
    min_screens: int = 0
    backoff_days: tuple[int, ...] = (14, 30, 90)
    max_declines: int = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectDraft:
    """A redirect rule as written; see the model for the meaning of each field."""

    name: str
    moment_id: int
    line: str
    action_label: str
    surface: str = "banner"
    causes: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    holdout: float = 0.1
    priority: int = 100
    min_days_since_denial: int = 3
    cooldown_days: int = 30
    cap: int = 3


class _Complaints(dict[str, str]):
    """The first complaint of each field."""

    def need(self, holds: bool, field: str, sentence: str) -> None:
        if not holds:
            self.setdefault(field, sentence)

    def text(self, field: str, label: str, text: str, longest: int) -> None:
        self.need(bool(text.strip()), field, f"{label} is needed.")
        try:
            check_text(label=label, text=text, longest=longest)
        except ValueError as error:
            self.setdefault(field, str(error))

    def whole(self, field: str, label: str, value: int, lowest: int, highest: int) -> None:
        sentence = f"{label} must be a whole number from {lowest} to {highest}."
        self.need(lowest <= value <= highest, field, sentence)

    def throw(self) -> None:
        if self:
            raise Invalid(self)


def check_soft_ask(draft: SoftAskDraft) -> None:
    """Raise Invalid unless the draft may be stored."""
    wrong = _Complaints()
    _common(wrong, draft)
    wrong.whole("min_sessions", "Minimum sessions", draft.min_sessions, 0, 1000)
    wrong.whole("min_times_reached", "Times reached", draft.min_times_reached, 0, 1000)
    wrong.whole("min_screens", "Minimum screens", draft.min_screens, 0, 10_000)
    wrong.whole("max_declines", "Most declines", draft.max_declines, 1, 10)
    wrong.need(
        not draft.allow_first_session or draft.min_sessions <= 1,
        "allow_first_session",
        "To allow the first session, set the minimum sessions to 1 or less.",
    )
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
    _variants(wrong, draft.variants)
    wrong.throw()


def check_redirect(draft: RedirectDraft, *, opening: bool) -> None:
    """Raise Invalid unless the draft may be stored on a moment that is `opening` or not."""
    wrong = _Complaints()
    _common(wrong, draft)
    wrong.text("line", "The line", draft.line, LENGTHS["line"])
    wrong.need(
        len(draft.line.splitlines()) <= 1, "line", "A redirect is one line, without line breaks."
    )
    wrong.text("action_label", "The button label", draft.action_label, LENGTHS["action_label"])
    wrong.need(draft.surface in REDIRECT_SURFACES, "surface", "Choose a banner or a card.")
    wrong.need(
        set(draft.causes) <= SPENT_CAUSES,
        "causes",
        "A redirect speaks to people who refused or who turned notifications off.",
    )
    wrong.whole(
        "min_days_since_denial", "Days since the denial", draft.min_days_since_denial, 0, 730
    )
    wrong.whole("cooldown_days", "Days between two showings", draft.cooldown_days, 1, 730)
    wrong.whole("cap", "Showings to one device", draft.cap, 1, 20)
    wrong.need(
        not opening,
        "moment",
        "This is an opening moment (app open, first launch, sign-up, onboarding): "
        "nothing is missed yet, so it carries no redirect.",
    )
    wrong.throw()


def _common(wrong: _Complaints, draft: SoftAskDraft | RedirectDraft) -> None:
    wrong.need(bool(draft.name.strip()), "name", "A name is needed.")
    wrong.need(len(draft.name) <= 80, "name", "A name has at most 80 characters.")
    wrong.need(draft.name.isprintable(), "name", "The name has characters that cannot be shown.")
    wrong.need(
        set(draft.platforms) <= PLATFORMS, "platforms", "Platforms are ios, android and web."
    )
    wrong.need(
        0 <= draft.holdout <= LONGEST_HOLDOUT, "holdout", "The holdout must be from 0 to 90 %."
    )
    wrong.whole("priority", "The priority", draft.priority, 0, 1000)


def _variants(wrong: _Complaints, variants: tuple[Words, ...]) -> None:
    wrong.need(bool(variants), "variants", "A soft ask needs at least one variant.")
    sentence = f"A soft ask takes at most {MOST_VARIANTS} variants."
    wrong.need(len(variants) <= MOST_VARIANTS, "variants", sentence)
    seen: set[str] = set()
    for index, words in enumerate(variants):
        at = f"variants.{index}."
        _key(wrong, at + "key", words.key, seen)
        seen.add(words.key.lower())
        for field, label in (
            ("title", "The title"),
            ("body", "The text"),
            ("accept_label", "The yes button"),
            ("decline_label", "The way out"),
        ):
            wrong.text(at + field, label, getattr(words, field), LENGTHS[field])
        wrong.need(
            words.surface in SOFT_ASK_SURFACES, at + "surface", "Choose a sheet, dialog or card."
        )
        wrong.need(
            math.isfinite(words.weight) and 0 <= words.weight <= 1000,
            at + "weight",
            "A weight must be from 0 to 1000.",
        )
    total = _total(words.weight for words in variants)
    wrong.need(
        not variants or total > 0, "variants", "At least one variant needs a weight above 0."
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
