"""The ways from a redirect to the switch, on every system and version that differs.

A redirect is honest only where its button leads somewhere. This is the list of where it leads: the
three links of iOS, the two intents of Android, and the steps of each browser, which offers no link at
all. Beside it stand the dead ends, devices on which there is no switch to find; they are never shown
a redirect, whatever a rule says.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from permissions_app.domain.platforms import RULES, SettingsPath, settings_path


@dataclass(frozen=True, slots=True)
class Walk:
    """One way: what it holds for, and the path. `code`: what the app opens, line by line."""

    key: str
    label: str
    path: SettingsPath
    code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Walks:
    """The ways of one platform, and who never gets there."""

    platform: str
    label: str
    summary: str
    walks: tuple[Walk, ...]
    dead_ends: tuple[tuple[str, str], ...]
    """(who, why)"""


_IOS = (
    ("iOS 16 and newer", "17.0"),
    ("iOS 15.4 to 15.8", "15.6"),
    ("iOS 15.3 and older", "14.0"),
)
_ANDROID = (("Android 8 and newer, API 26+", 34), ("Android 7 and older", 25))
_WEB = (
    ("Chrome on a computer", "chrome", "desktop"),
    ("Chrome on Android", "chrome", "mobile"),
    ("Safari on a Mac", "safari", "desktop"),
    ("Firefox on a computer", "firefox", "desktop"),
    ("Firefox on Android", "firefox", "mobile"),
    ("Edge on a computer", "edge", "desktop"),
    ("Edge on Android", "edge", "mobile"),
    ("Samsung Internet", "samsung", "mobile"),
    ("Opera on a computer", "opera", "desktop"),
    ("Opera on Android", "opera", "mobile"),
    ("Brave on a computer", "brave", "desktop"),
    ("Brave on Android", "brave", "mobile"),
    ("Another browser", "", "desktop"),
)


def walks(platforms: Iterable[str]) -> tuple[Walks, ...]:
    """The ways on these platforms; none chosen means all."""
    chosen = set(platforms)
    return tuple(one for one in _ALL if not chosen or one.platform in chosen)


def first_walk(platform: str) -> Walk:
    """The way that most people of a platform take."""
    return next(one for one in _ALL if one.platform == platform).walks[0]


def _ios() -> Walks:
    found = [
        _walk(f"ios-{number}", label, settings_path(platform="ios", os_version=version))
        for number, (label, version) in enumerate(_IOS)
    ]
    web = settings_path(platform="ios", standalone=True)
    found.append(_walk("ios-web", "Web app on the Home Screen", web))
    dead = (
        ("Never asked on iOS", "Settings has no switch until the system has asked once."),
        (
            "Provisional on iOS",
            "Notifications arrive quietly already; the dialog can still be asked, so a soft ask is "
            "the way.",
        ),
        ("App Clip", RULES["app_clip"].note),
        ("iOS browser tab", RULES["ios_browser_tab"].note),
    )
    return Walks("ios", "iPhone and iPad", "a link for each of three versions", tuple(found), dead)


def _android() -> Walks:
    found = tuple(
        _walk(f"android-{level}", label, settings_path(platform="android", api_level=level))
        for label, level in _ANDROID
    )
    dead = (
        (
            "Refused once on Android 13 and newer",
            "One dialog is left, so another moment may ask softly instead.",
        ),
        (
            "Android 12 and older, not switched off",
            "Notifications are on by default: nothing to recover.",
        ),
    )
    return Walks("android", "Android", "an intent for each of two versions", found, dead)


def _web() -> Walks:
    found = tuple(
        _walk(
            f"web-{browser or 'other'}-{form}",
            label,
            settings_path(
                platform="web",
                browser=browser or None,
                form_factor="mobile" if form == "mobile" else "desktop",
            ),
        )
        for label, browser, form in _WEB
    )
    rules = RULES["web_chromium"]
    dead = (
        (
            "Blocked after being dismissed, in Chromium",
            f"The block ends by itself after {rules.embargo_days} days; then a soft ask may come.",
        ),
    )
    return Walks("web", "Browsers", "no link exists: steps in words", found, dead)


def _walk(key: str, label: str, path: SettingsPath) -> Walk:
    return Walk(key, label, path, _code(path))


def _code(path: SettingsPath) -> tuple[str, ...]:
    link = path.link
    if path.kind == "link":
        return (link["constant"], link["url"])
    if path.kind == "intent" and "extra" in link:
        return (link["action"], f"extra {link['extra']}")
    if path.kind == "intent":
        return (link["action"], f"data {link['data']}")
    return ()


_ALL = (_ios(), _android(), _web())
