"""The way back: how a person reaches the switch for notifications, on each system and browser.

iOS and Android let an app open its own notification settings directly, so a redirect is one tap.
Browsers offer no such link: the only honest thing is a short numbered list of what to tap, in the
words of that browser, and a fresh look at the status when the person comes back to the page. When
the version is unknown, the path that works everywhere is used.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Literal

from permissions_app.domain.platform_names import (
    api_level,
    browser_name,
    platform_name,
    version_of,
)
from permissions_app.domain.platform_names import form_factor as told_form_factor

FormFactor = Literal["desktop", "mobile"]


@dataclass(frozen=True, slots=True)
class SettingsPath:
    """How to reach the switch. `link` is for the client's code, `steps` are for people (also the
    fallback in words).
    """

    kind: Literal["link", "intent", "instructions"]
    platform: str
    link: Mapping[str, str]
    steps: tuple[str, ...]
    browser: str | None = None

    def as_json(self) -> dict[str, object]:
        """Plain containers, ready for a JSON answer."""
        return {
            "kind": self.kind,
            "platform": self.platform,
            "link": dict(self.link),
            "steps": list(self.steps),
            "browser": self.browser,
        }


def _link(**parts: str) -> Mapping[str, str]:
    return MappingProxyType(parts)


IOS_STEPS = (
    "Open Settings",
    "Tap Apps, then this app",
    "Tap Notifications",
    "Turn on Allow Notifications",
)
_IOS_DIRECT = ("Open this app's notification settings", "Turn on Allow Notifications")

# Oldest iOS version, name of the constant, its value, steps; newest first. Source: UIKit.
IOS: tuple[tuple[tuple[int, int], str, str, tuple[str, ...]], ...] = (
    ((16, 0), "openNotificationSettingsURLString", "app-settings:notifications", _IOS_DIRECT),
    (
        (15, 4),
        "UIApplicationOpenNotificationSettingsURLString",
        "app-settings:notifications",
        _IOS_DIRECT,
    ),
    (
        (0, 0),
        "openSettingsURLString",
        "app-settings:",
        ("Open this app's settings", *_IOS_DIRECT[1:]),
    ),
)

# Oldest API level, what the intent is made of, steps; newest first. Source: android.provider.Settings;
# APP_NOTIFICATION_SETTINGS and notification channels came with API 26.
ANDROID: tuple[tuple[int, Mapping[str, str], tuple[str, ...]], ...] = (
    (
        26,
        _link(
            action="android.settings.APP_NOTIFICATION_SETTINGS",
            extra="android.provider.extra.APP_PACKAGE",
            channel_action="android.settings.CHANNEL_NOTIFICATION_SETTINGS",
            channel_extra="android.provider.extra.CHANNEL_ID",
        ),
        ("Open this app's notification settings", "Turn on notifications"),
    ),
    (
        0,
        _link(action="android.settings.APPLICATION_DETAILS_SETTINGS", data="package:{package}"),
        ("Open this app's info page", "Tap Notifications", "Turn on notifications"),
    ),
)

IOS_WEB = (
    "Open the Settings app",
    "Tap Notifications",
    "Tap this web app in the list",
    "Turn on Allow Notifications",
    "Open the web app from the Home Screen again",
)
IOS_TAB = (
    "Tap Share",
    "Tap Add to Home Screen, then Add",
    "Open the app from the Home Screen and ask for notifications there",
)

# Browser, then form factor. Written after each browser's own help pages.
WEB: dict[tuple[str, str], tuple[str, ...]] = {
    ("chrome", "desktop"): (
        "Click the site settings icon to the left of the address",
        "Switch on Notifications, or choose Site settings and set Notifications to Allow",
        "Reload this page",
    ),
    ("chrome", "mobile"): (
        "Tap the site settings icon to the left of the address",
        "Tap Permissions",
        "Tap Notifications and switch them on",
        "If they are greyed out, allow notifications for Chrome in Android Settings",
    ),
    ("edge", "desktop"): (
        "Click the lock icon to the left of the address",
        "Click Permissions for this site",
        "Set Notifications to Allow",
        "Reload this page",
    ),
    ("edge", "mobile"): (
        "Tap the lock icon to the left of the address",
        "Tap Permissions",
        "Tap Notifications and switch them on",
    ),
    ("firefox", "desktop"): (
        "Click the permissions icon to the left of the address",
        "Next to Send Notifications, click the cross to remove Blocked",
        "Reload this page and choose Allow when asked",
    ),
    ("firefox", "mobile"): (
        "Tap the lock icon to the left of the address",
        "Tap Notification to change Blocked to Allowed",
        "If they stay off, allow notifications for Firefox in Android Settings",
    ),
    ("safari", "desktop"): (
        "In the menu bar, choose Safari, then Settings",
        "Click Websites, then Notifications",
        "Find this site and choose Allow",
        "In System Settings, Notifications, check that this site is on",
    ),
    ("samsung", "mobile"): (
        "Tap the lock icon to the left of the address",
        "Tap Permissions",
        "Tap Notifications and choose Allow",
        "If it is not there: menu, Settings, Sites and downloads, Site permissions, Notifications",
    ),
    ("opera", "desktop"): (
        "Click the lock icon to the left of the address",
        "Click Site settings",
        "Set Notifications to Allow",
        "Reload this page",
    ),
    ("opera", "mobile"): (
        "Tap the lock icon to the left of the address",
        "Tap Site settings or Permissions",
        "Tap Notifications and choose Allow",
    ),
    ("brave", "desktop"): (
        "Click the site settings icon to the left of the address",
        "Click Site settings",
        "Set Notifications to Allow",
        "If nothing arrives: Settings, Privacy and security, Google push messaging",
        "Reload this page",
    ),
    ("brave", "mobile"): (
        "Tap the site settings icon to the left of the address",
        "Tap Permissions",
        "Tap Notifications and switch them on",
    ),
    ("", "desktop"): (
        "Click the icon to the left of the address",
        "Open the permissions or site settings",
        "Set Notifications to Allow",
        "Reload this page",
    ),
    ("", "mobile"): (
        "Tap the icon to the left of the address",
        "Open the permissions or site settings",
        "Set Notifications to Allow",
        "Reload this page",
    ),
}


def settings_path(
    *,
    platform: str | None,
    os_version: str | None = None,
    api_level: int | None = None,
    browser: str | None = None,
    standalone: bool | None = None,
    form_factor: FormFactor | None = None,
) -> SettingsPath:
    """The best way to the notification switch for this device. Never raises; an unknown platform
    gets web instructions.

    `form_factor` is None when unknown: then it is read from the names of browser and system, and
    failing that it is the desktop words, unless the browser only exists on phones.
    """
    name = platform_name(platform)
    if form_factor not in ("desktop", "mobile"):
        form_factor = told_form_factor(browser=browser, os_version=os_version)
    if name in ("ios", "app_clip") and standalone is not True:
        return _ios(version_of(os_version))
    if name == "android":
        return _android(_level(api=api_level, os_version=os_version))
    if name == "ios":
        return _ios_web(in_home_screen=True)
    family = browser_name(browser)
    # A standalone Safari app is on an iPhone, unless the client says desktop (the macOS Dock).
    on_phone = family == "safari" and (standalone is True or form_factor == "mobile")
    if form_factor != "desktop" and (family == "ios_safari" or on_phone):
        return _ios_web(in_home_screen=standalone is not False)
    return _web(family, "mobile" if form_factor == "mobile" else "desktop")


_level = api_level  # `settings_path` has an argument of this name


@lru_cache(maxsize=64)
def _ios(version: tuple[int, int] | None) -> SettingsPath:
    known = version if version is not None else (0, 0)
    _, constant, url, steps = next(row for row in IOS if known >= row[0])
    return SettingsPath(
        "link", "ios", _link(constant=constant, url=url), steps if version else IOS_STEPS
    )


@lru_cache(maxsize=256)
def _android(level: int | None) -> SettingsPath:
    _, link, steps = next(row for row in ANDROID if (level or 0) >= row[0])
    return SettingsPath("intent", "android", link, steps)


@lru_cache(maxsize=2)
def _ios_web(*, in_home_screen: bool) -> SettingsPath:
    steps = IOS_WEB if in_home_screen else IOS_TAB
    return SettingsPath("instructions", "ios_web", _link(), steps, "ios_safari")


@lru_cache(maxsize=32)
def _web(family: str | None, form: str) -> SettingsPath:
    key = family or ""
    steps = WEB.get((key, form))
    if steps is None:  # Samsung Internet has no desktop, Safari on a phone is handled above
        other = "mobile" if key == "samsung" else "desktop"
        steps = WEB.get((key, other)) or WEB["", form]
    return SettingsPath("instructions", "web", _link(), steps, family)
