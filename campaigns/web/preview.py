"""What the words look like on a device, what they cost there, and what to think twice about.

Drawn by the server from whatever stands in the form at that moment, valid or not: it never stores
anything.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.domain.copy import fill, pieces
from permissions_app.domain.platforms import RULES, PlatformRules, SettingsPath, settings_path
from permissions_app.models import ValueMoment

_SHOWN_RULES = {
    "ios": ("ios",),
    "android": ("android_13", "android_12"),
    "web": ("web_chromium", "web_firefox", "web_safari", "ios_web"),
}
_WAYS = {
    "ios": (("iOS 16 and newer", {"platform": "ios", "os_version": "17"}),),
    "android": (("Android 8 and newer", {"platform": "android", "os_version": "14"}),),
    "web": (
        ("Chrome", {"platform": "web", "browser": "chrome"}),
        ("Firefox", {"platform": "web", "browser": "firefox"}),
        ("Safari on a Mac", {"platform": "web", "browser": "safari"}),
        ("iOS Home Screen app", {"platform": "web", "browser": "ios_safari"}),
    ),
}


@dataclass(frozen=True, slots=True)
class Text:
    """A text in the preview: pieces (words or placeholder), its length, and what fits."""

    pieces: tuple[tuple[str, bool], ...]
    length: int
    fits: int
    without: str
    """How it reads when no placeholder has a value; "" when there is none."""

    @property
    def too_long(self) -> bool:
        """Whether it must be shortened."""
        return self.length > self.fits


def text(words: str, fits: int) -> Text:
    """A text as the preview shows it."""
    cut = pieces(words)
    has_placeholder = any(is_name for _, is_name in cut)
    return Text(cut, len(words), fits, fill(words, {}) if has_placeholder else "")


@dataclass(frozen=True, slots=True)
class Card:
    """One drawn soft ask or redirect."""

    label: str
    surface: str
    title: Text | None
    body: Text | None
    accept: str
    decline: str


def budgets(platforms: Iterable[str]) -> tuple[PlatformRules, ...]:
    """The rows of the platform table that matter for these platforms; none chosen means all."""
    chosen = [name for name in _SHOWN_RULES if name in set(platforms)] or list(_SHOWN_RULES)
    return tuple(RULES[key] for name in chosen for key in _SHOWN_RULES[name])


def settings_ways(platforms: Iterable[str]) -> tuple[tuple[str, SettingsPath], ...]:
    """Where the button of a redirect leads, by system or browser."""
    chosen = [name for name in _WAYS if name in set(platforms)] or list(_WAYS)
    return tuple(
        (label, settings_path(**facts))  # type: ignore[arg-type]  # the table above
        for name in chosen
        for label, facts in _WAYS[name]
    )


def soft_ask_warnings(
    *, moment: ValueMoment | None, first_session: bool, cards: int
) -> tuple[str, ...]:
    """What to think twice about before a soft ask goes live."""
    said = []
    if moment is not None and moment.opening:
        said.append(
            f"“{moment.name}” is an opening moment: nothing of value has happened yet, so people "
            "have no reason to say yes, and those who tap on spend the system's dialog on a refusal. "
            "Choose a moment that makes a notification concrete."
        )
    if moment is not None and moment.status == ValueMoment.Status.PAUSED:
        said.append(f"“{moment.name}” is paused, so nothing is shown at it.")
    if first_session:
        said.append("In the first session people cannot know yet what they would miss.")
    if not cards:
        said.append("Without a variant there are no words to show.")
    return tuple(said)


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


def redirect_warnings(*, moment: ValueMoment | None, line: str) -> tuple[str, ...]:
    """What to think twice about before a redirect goes live."""
    said = []
    if moment is not None and moment.opening:
        said.append(
            f"“{moment.name}” is an opening moment and carries no redirect: nothing is missed yet."
        )
    if moment is not None and moment.status == ValueMoment.Status.PAUSED:
        said.append(f"“{moment.name}” is paused, so nothing is shown at it.")
    if line and "notification" in line.lower():
        said.append("Name what they are missing rather than the word “notifications”.")
    return tuple(said)
