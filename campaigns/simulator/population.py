"""Who the simulated devices are: platform, version, browser, language, and the app build they run.

Everything is drawn from a generator of the device's own, keyed by the seed and the device's number.
So the same seed gives the same people, in whatever order, on however many processes they live.
The shares are a judgement, not a measurement: the pages that show these devices say that they are
simulated.
"""

import hashlib
import random
import uuid
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

T = TypeVar("T")
A = TypeVar("A")
B = TypeVar("B")

DAY_MS = 86_400_000

Kind = Literal["ios", "android_13", "android_12", "web", "web_tab"]
"""What the system allows: `web_tab` is a browser tab on iOS, which cannot receive web push."""

_KINDS: tuple[tuple[Kind, float], ...] = (
    ("ios", 0.38),
    ("android_13", 0.34),
    ("android_12", 0.10),
    ("web", 0.165),
    ("web_tab", 0.015),
)
_IOS = (("15.8", 4), ("16.7", 10), ("17.6", 26), ("18.2", 48), ("19.0", 12))
_ANDROID_13 = (("13", 33, 28), ("14", 34, 38), ("15", 35, 26), ("16", 36, 8))
_ANDROID_12 = (("9", 28, 14), ("10", 29, 22), ("11", 30, 34), ("12", 31, 30))
_BROWSERS = (
    ("Chrome", "desktop", 46),
    ("Chrome", "android", 24),
    ("Safari", "desktop", 12),
    ("Firefox", "desktop", 9),
    ("Edge", "desktop", 9),
)
SIGN_IN = 0.7
"""Share of the people who sign in at their second visit."""
_LOCALES = (
    ("en-GB", "GB", 30),
    ("en-US", "US", 26),
    ("de-DE", "DE", 16),
    ("fr-FR", "FR", 10),
    ("nb-NO", "NO", 8),
    ("es-ES", "ES", 6),
    ("pt-BR", "BR", 4),
)
_LIBRARIES = {
    "ios": (("ios", 5), ("permission_handler", 2), ("react-native-permissions", 2), ("expo", 1)),
    "android": (
        ("android", 4),
        ("permission_handler", 3),
        ("react-native-permissions", 2),
        ("expo", 1),
    ),
    "web": (("web", 1),),
}
COLD_SHARE = 0.14
"""Devices on the old build, which asks at the first launch and without any campaign."""
PROVISIONAL_SHARE = 0.12
UPGRADE_SHARE = 0.03
"""Android 12 devices that move to Android 13 during the simulated time."""
SAVING_SHARE = 0.25
"""Devices whose app keeps what it logs until it has shown something, or the person is about to leave."""
NEW_VERSIONS = (("4.3.0", 60), ("4.2.2", 30), ("", 10))
"""What a device moves to when it updates; a tenth never does. Both came out on the same day."""
RELEASED_DAYS, DAYS_TO_UPDATE = 11, 3
"""How long before the end of the simulated time; how long people take on average. Who installs later gets it too."""


@dataclass(frozen=True, slots=True)
class Profile:
    """One device. `installed_at` in ms. `kind` is what its system allows at first. `coarse`: its
    clock tells whole seconds only. `saves_up`: its app keeps what it logs for some time. `updates_at`: when it moves
    to `new_version` (ms), which is '' for never.
    """

    index: int
    key: str
    kind: Kind
    platform: str
    os_version: str
    api_level: int | None
    browser: str | None
    mobile: bool
    standalone: bool | None
    library: str
    app_version: str
    locale: str
    country: str
    cold: bool
    provisional: bool
    upgrades: bool
    coarse: bool
    installed_at: int
    saves_up: bool
    new_version: str
    updates_at: int

    def app_at(self, now: int) -> str:
        """The version of the app that runs at `now` (ms)."""
        return self.new_version if self.new_version and now >= self.updates_at else self.app_version

    def context(self, now: int) -> dict[str, object]:
        """What the first event of a session at `now` says of the device."""
        told: dict[str, object] = {
            "platform": self.platform,
            "os_version": self.os_version,
            "app_version": self.app_at(now),
            "locale": self.locale,
            "country": self.country,
        }
        if self.api_level is not None:
            told["api_level"] = self.api_level
            told["target_sdk"] = 34
        if self.browser is not None:
            told["browser"] = self.browser
        if self.standalone is not None:
            told["standalone"] = self.standalone
        return told

    def push(self, session: int) -> dict[str, Any]:
        """What the app tells of how to reach the device at the beginning of a session: the token of a phone at first,
        and who it is once the person has signed in, which most do.
        """
        trace = hashlib.sha256(self.key.encode()).hexdigest()
        if session == 1 and self.platform != "web":
            token = trace if self.platform == "ios" else f"{trace[:22]}:APA91b{trace}{trace}"
            return {"push": {"token": token}}
        if session == 2 and int(trace[:2], 16) < SIGN_IN * 256:
            return {"push": {"external_id": f"guest-{trace[-8:]}"}}
        return {}


def generator(*, seed: int, index: int, purpose: str) -> random.Random:
    """A generator for one purpose of one device; the same arguments always give the same numbers."""
    return random.Random(f"{seed}/{index}/{purpose}")  # noqa: S311  a simulation, not a secret


def profile(*, seed: int, index: int, until: int, days: int) -> Profile:
    """The device number `index` of the population `seed`, installed in the `days` before `until` (ms)."""
    rng = generator(seed=seed, index=index, purpose="who")
    kind = _pick(rng, _KINDS)
    platform = "web" if kind.startswith("web") else kind.partition("_")[0]
    version, api, browser, mobile = _system(rng, kind)
    locale, country = _pick_row(rng, _LOCALES)
    cold = rng.random() < COLD_SHARE and kind in ("ios", "android_13", "web")
    # The app grows: later days bring somewhat more installs than earlier ones.
    ago = (1 - rng.random() ** 0.8) * days * DAY_MS
    released = until - min(RELEASED_DAYS, days / 2) * DAY_MS
    return Profile(
        index=index,
        key=str(uuid.UUID(int=rng.getrandbits(128), version=4)),
        kind=kind,
        platform=platform,
        os_version=version,
        api_level=api,
        browser=browser,
        mobile=mobile,
        standalone=False if kind == "web_tab" else None,
        library=_pick(rng, _LIBRARIES[platform]),
        app_version="3.9.4" if cold else rng.choice(("4.0.2", "4.1.0", "4.2.1")),
        locale=locale,
        country=country,
        cold=cold,
        provisional=kind == "ios" and not cold and rng.random() < PROVISIONAL_SHARE,
        upgrades=kind == "android_12" and rng.random() < UPGRADE_SHARE / 0.1,
        coarse=rng.random() < 0.05,
        installed_at=int(until - max(ago, 3_600_000)),
        saves_up=rng.random() < SAVING_SHARE,
        new_version="" if cold else _pick(rng, NEW_VERSIONS),
        updates_at=int(released + rng.expovariate(1 / DAYS_TO_UPDATE) * DAY_MS),
    )


def _system(rng: random.Random, kind: Kind) -> tuple[str, int | None, str | None, bool]:
    """Version, API level, browser, and whether it is a phone."""
    if kind == "ios":
        return _pick(rng, _IOS), None, None, True
    if kind in ("android_13", "android_12"):
        rows = _ANDROID_13 if kind == "android_13" else _ANDROID_12
        version, api = _pick_row(rng, rows)
        return version, api, None, True
    if kind == "web_tab":
        return "18.2", None, "Mobile Safari", True
    browser, where = _pick_row(rng, _BROWSERS)
    return ("14" if where == "android" else "11"), None, browser, where == "android"


def _pick(rng: random.Random, rows: tuple[tuple[T, float], ...]) -> T:
    return rng.choices([row[0] for row in rows], [row[1] for row in rows])[0]


def _pick_row(rng: random.Random, rows: tuple[tuple[A, B, int], ...]) -> tuple[A, B]:
    row = rng.choices(rows, [row[2] for row in rows])[0]
    return row[0], row[1]
