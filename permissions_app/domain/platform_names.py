"""How clients spell their platform, version and browser, read carefully.

Apps report these facts in many spellings: "Android", "13", "33", "16.4.1", "Mobile Safari". This
module turns them into the few words that the rules are written in. Whatever it cannot read becomes
None, which everywhere means "unknown": it never guesses and never fails, because these strings come
from the open internet.
"""

import re
from functools import lru_cache
from typing import Literal

Platform = Literal["ios", "android", "web"]

LONGEST = 64
"""Characters of a client's string that are looked at; more is not a version or a browser name."""

PLATFORMS: dict[str, str] = {
    "ios": "ios",
    "ipados": "ios",
    "iphone": "ios",
    "iphoneos": "ios",
    "android": "android",
    "web": "web",
    "app_clip": "app_clip",
    "appclip": "app_clip",
}

# First match wins: many browsers carry the names of others, such as "Chrome" inside "CriOS".
BROWSERS: tuple[tuple[str, str], ...] = (
    ("crios", "ios_safari"),
    ("fxios", "ios_safari"),
    ("edgios", "ios_safari"),
    ("samsung", "samsung"),
    ("edg", "edge"),
    ("opera", "opera"),
    ("opr", "opera"),
    ("brave", "brave"),
    ("vivaldi", "chrome"),
    ("firefox", "firefox"),
    ("fennec", "firefox"),
    ("chrom", "chrome"),
)
CHROMIUM = frozenset({"chrome", "edge", "opera", "brave", "samsung"})
IOS_WORDS = frozenset({"ios", "ipados", "iphone", "ipad"})
MOBILE_WORDS = frozenset({"mobile", "android", "phone"})
DESKTOP_WORDS = frozenset({"windows", "macos", "mac", "linux", "chromeos", "cros"})

ANDROID_API: dict[tuple[int, int], int] = {
    (4, 4): 19,
    (5, 0): 21,
    (5, 1): 22,
    (6, 0): 23,
    (7, 0): 24,
    (7, 1): 25,
    (8, 0): 26,
    (8, 1): 27,
    (9, 0): 28,
    (10, 0): 29,
    (11, 0): 30,
    (12, 0): 31,
    (12, 1): 32,
}
_VERSION = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,3}))?(l?)(?![0-9])")


def _short(text: object) -> str | None:
    """The string in lower case without outer blanks; None for anything else, empty or longer than
    LONGEST.
    """
    if not isinstance(text, str):
        return None
    cleaned = text[: LONGEST + 1].strip().lower()
    return cleaned if 0 < len(cleaned) <= LONGEST else None


def platform_name(platform: object) -> str | None:
    """One of ios, android, web and app_clip; None when the client's word is none of them."""
    text = _short(platform)
    return None if text is None else PLATFORMS.get(text)


def version_of(os_version: object) -> tuple[int, int] | None:
    """Major and minor number of a version ("16.4.1" -> (16, 4), "iOS 15" -> (15, 0)); None if there
    is none.
    """
    text = _short(os_version)
    match = None if text is None else _VERSION.search(text)
    return None if match is None else (int(match[1]), int(match[2] or 0))


def api_level_from_version(os_version: str | None) -> int | None:
    """Android API level of a release: "13" -> 33, "12L" -> 32, "8.1.0" -> 27; None when it cannot
    be told.

    Some clients (React Native's `Platform.Version`) send the API level itself as the version. No
    Android release is numbered 21 or above, so 21..99 are taken as an API level. Source: Android's
    table of releases and API levels.
    """
    text = _short(os_version)
    return None if text is None else _api_level(text)


@lru_cache(maxsize=512)
def _api_level(text: str) -> int | None:
    match = _VERSION.search(text)
    if match is None:
        return None
    major, minor = int(match[1]), int(match[2] or 0)
    if 21 <= major <= 99:
        return major
    if 13 <= major < 21:
        return major + 20
    if major == 12 and (match[3] == "l" or minor >= 1):
        return 32
    return ANDROID_API.get((major, minor)) or ANDROID_API.get((major, 0))


def api_level(*, api: object = None, os_version: str | None = None) -> int | None:
    """The API level the client sent if it is a sane number (1..199), else the one its version
    means, else None.
    """
    if isinstance(api, int) and not isinstance(api, bool) and 1 <= api <= 199:
        return api
    return api_level_from_version(os_version)


def browser_name(browser: object) -> str | None:
    """One of chrome, edge, opera, brave, samsung, firefox, safari, ios_safari; None when unknown.

    Every browser on iOS counts as ios_safari when its name says so ("Mobile Safari", "Chrome iOS",
    "CriOS"), because only the Home Screen app can receive web push there.
    """
    text = _short(browser)
    if text is None:
        return None
    words = set(re.split(r"[^a-z0-9]+", text))
    if words & IOS_WORDS or ("mobile" in words and "safari" in words):
        return "ios_safari"
    for part, name in BROWSERS:
        if part in text:
            return name
    return "safari" if "safari" in text else None


def form_factor(*, browser: object, os_version: object) -> Literal["mobile", "desktop"] | None:
    """Whether a web client says that it is a phone or a computer ("Chrome Mobile", "Android 14",
    "Windows 11"); None when it says neither.
    """
    words = set(re.split(r"[^a-z0-9]+", f"{_short(browser) or ''} {_short(os_version) or ''}"))
    if words & MOBILE_WORDS:
        return "mobile"
    return "desktop" if words & DESKTOP_WORDS else None
