"""The simulated operating system: what it lets the app do, and what a client library says of it.

It keeps the truth (is it on, how many dialogs were refused, is the browser sulking) by the rules of
the platforms as people wrote them down, and knows nothing of the product. Libraries see the truth
through their own words: on Android several of them say "denied" for four different situations.
"""

from dataclasses import dataclass
from typing import Any, Literal

from campaigns.simulator.population import DAY_MS, Profile

Place = Literal["on", "off", "undecided", "unsupported"]
Answer = Literal["granted", "denied", "dismissed", "ignored"]

EMBARGO_DAYS = 7


@dataclass(slots=True)
class Phone:
    """The notification permission of one device. Times in ms."""

    profile: Profile
    kind: str
    on: bool = False
    provisional: bool = False
    why_off: str = ""
    """`refused` or `turned_off` once only Settings can change it."""
    asked: int = 0
    refused: int = 0
    dismissed: int = 0
    ignored: int = 0
    embargo_until: int = 0
    auto_reset: bool = False
    """Android took it back and may ask again; it reads as off."""

    @classmethod
    def of(cls, profile: Profile) -> "Phone":
        """A fresh install."""
        return cls(
            profile=profile,
            kind=profile.kind,
            on=profile.kind == "android_12",
            provisional=profile.provisional,
        )

    def place(self, now: int) -> Place:
        """Where the permission stands, as the system itself would say."""
        if self.kind == "web_tab":
            return "unsupported"
        if self.on:
            return "on"
        if self.why_off or self.refused or self.auto_reset or now < self.embargo_until:
            return "off"
        return "undecided"

    def final_no(self) -> str:
        """Why only Settings can turn it on, or '' where the dialog can still come."""
        return "" if self.on else self.why_off

    def can_ask(self, now: int) -> bool:
        """Whether the system would show its dialog now."""
        if self.on or self.why_off or now < self.embargo_until:
            return False
        return self.kind in ("ios", "android_13", "web")

    def answer(self, outcome: Answer, now: int) -> None:
        """The person reacted to the system's dialog."""
        self.asked += 1
        if outcome == "granted":
            self.on, self.provisional, self.auto_reset = True, False, False
        elif outcome == "denied":
            self.refused += 1
            self.provisional = self.auto_reset = False
            if self.kind != "android_13" or self.refused >= 2:
                self.why_off = "refused"
        else:
            self.dismissed += outcome == "dismissed"
            self.ignored += outcome == "ignored"
            chromium = self.kind == "web" and self.profile.browser in ("Chrome", "Edge")
            if chromium and (self.dismissed >= 3 or self.ignored >= 4):
                self.embargo_until = now + EMBARGO_DAYS * DAY_MS

    def turn_off(self) -> None:
        """The person switched it off in Settings."""
        self.on, self.provisional, self.why_off = False, False, "turned_off"

    def turn_on(self) -> None:
        """The person switched it on in Settings."""
        self.on, self.provisional, self.why_off, self.auto_reset = True, False, "", False

    def reset(self) -> None:
        """Back to "ask me": by the person in a browser, or by Android after months without use.

        Whether Android then forgets an earlier refusal is not documented; here it does not.
        """
        self.on, self.why_off = False, ""
        if self.kind == "android_13":
            self.auto_reset = True
        else:
            self.refused = 0

    def upgrade(self) -> None:
        """Android 12 became Android 13; what was on stays on, without any dialog."""
        self.kind = "android_13"

    def context(self, now: int) -> dict[str, Any]:
        """What the app says of the device at `now` (ms)."""
        told: dict[str, Any] = self.profile.context(now)
        if self.kind != self.profile.kind:
            told |= {"os_version": "13", "api_level": 33}
        return told

    def reading(self, now: int, *, requested: bool = False) -> dict[str, Any] | None:
        """The raw value as the device's library reports it; None where the app reports none.

        `requested`: it is the result of the dialog and not of a look.
        """
        told: dict[str, Any] = {"library": self.profile.library}
        if self.kind == "web_tab":
            return told | {"value": "unsupported"} if self.profile.index % 2 else None
        place = self.place(now)
        if self.profile.platform == "web":
            return told | {"value": {"on": "granted", "off": "denied"}.get(place, "default")}
        if self.profile.platform == "ios":
            return told | self._ios(place)
        told["ask_count"] = self.asked
        if requested:
            told["source"] = "request"
        return told | self._android(requested)

    def _ios(self, place: Place) -> dict[str, Any]:
        library = self.profile.library
        if self.provisional and place == "undecided":
            # react-native-permissions has no word for the quiet trial; its app reads Apple's number.
            if library == "react-native-permissions":
                return {"library": "ios", "value": 3}
            return {"value": "provisional" if library == "permission_handler" else 3}
        if library in ("ios", "expo"):
            return {"value": {"on": 2, "off": 1}.get(place, 0)}
        if library == "permission_handler":
            words = {"on": "granted", "off": "permanentlyDenied"}
        else:
            words = {"on": "granted", "off": "blocked"}
        return {"value": words.get(place, "denied")}

    def _android(self, requested: bool) -> dict[str, Any]:
        library, rationale = self.profile.library, self.refused == 1 and not self.why_off
        if library == "android":
            return {"value": self.on, "can_ask_again": rationale and not self.on}
        if self.on:
            return {"value": "granted"}
        if library == "expo":
            return {"value": "denied", "can_ask_again": not self.why_off}
        if requested and self.why_off:
            final = {"permission_handler": "permanentlyDenied"}
            return {"value": final.get(library, "blocked")}
        return {"value": "denied"}
