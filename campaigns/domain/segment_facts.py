"""What a segment may ask of a device: the facts, how they are compared, and what people call them.

One table, used when a condition is checked, evaluated, turned into SQL, written in words and offered in a form.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from permissions_app.domain.breakdowns import OUTCOME_LETTERS, STAGE_LETTERS

Kind = Literal["choice", "text", "day", "number", "version"]

STATUS_WORDS: Mapping[str, str] = {
    "not_determined": "not asked yet",
    "provisional": "provisional",
    "ephemeral": "App Clip",
    "authorized": "on",
    "denied": "off",
    "unsupported": "not supported",
}
CAUSE_WORDS: Mapping[str, str] = {
    "refused_once": "refused once, can be asked again",
    "refused": "refused for good",
    "turned_off": "turned off in Settings",
    "auto_reset": "reset by the system",
    "embargoed": "blocked by the browser for now",
}
PLATFORM_WORDS: Mapping[str, str] = {"ios": "iOS", "android": "Android", "web": "Web"}
PLACE_WORDS: Mapping[str, str] = {
    "authorized": "authorised",
    "denied": "denied",
    "waiting": "waiting",
}
STAGE_WORDS: Mapping[str, str] = {
    "reached": "reached a value moment",
    "soft_ask_shown": "was shown a soft ask",
    "soft_ask_accepted": "accepted a soft ask",
    "prompted": "was shown the system’s dialog",
    "answered": "answered the system’s dialog",
    "granted": "said yes to the system’s dialog",
}
RECOVERY_WORDS: Mapping[str, str] = {
    "tapped": "after tapping a redirect",
    "seen": "after seeing a redirect",
    "organic": "by themselves",
}
assert set(PLACE_WORDS) == set(OUTCOME_LETTERS)
assert set(STAGE_WORDS) == set(STAGE_LETTERS)


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact. `column`: where a facet keeps it. `choices`: the values there are, with their words; empty for free
    text. `group`: the heading it is offered under.
    """

    name: str
    label: str
    kind: Kind
    group: str
    column: str = ""
    choices: Mapping[str, str] | None = None

    @property
    def of(self) -> str:
        """The field of the facet."""
        return self.column or self.name


_NO = "Notifications"
_WAY = "Way so far"
_DEVICE = "Device"
_SHOWN = "What was shown"

FACTS: Mapping[str, Fact] = {
    fact.name: fact
    for fact in (
        Fact("status", "Notifications are", "choice", _NO, choices=STATUS_WORDS),
        Fact("cause", "Why they are off", "choice", _NO, choices=CAUSE_WORDS),
        Fact("denied", "Denied", "day", _NO),
        Fact("first_denial", "First denied for good", "day", _NO),
        Fact("status_since", "Status last changed", "day", _NO),
        Fact("recovered", "Recovered in Settings", "day", _NO),
        Fact("recovery", "How they recovered", "choice", _NO, choices=RECOVERY_WORDS),
        Fact("off_again", "Turned off again after recovering", "day", _NO),
        Fact("settings_opened", "Opened Settings", "day", _NO),
        Fact("settings_in_vain", "Opened Settings without switching on", "day", _NO),
        Fact("embargoed_until", "Browser’s block ends", "day", _NO),
        Fact("place", "Stands at", "choice", _WAY, "way", PLACE_WORDS),
        Fact("stage", "Took the stage", "choice", _WAY, "way", STAGE_WORDS),
        Fact("first_asked", "First asked", "day", _WAY),
        Fact("asked_moment", "First asked at the moment", "text", _WAY),
        Fact("asked_app", "First asked by app version", "text", _WAY),
        Fact("moment_since_no", "Reached any moment since the no", "day", _WAY),
        Fact("soft_asks_shown", "Soft asks shown", "number", _SHOWN),
        Fact("soft_asks_declined", "Soft asks declined", "number", _SHOWN),
        Fact("redirects_shown", "Redirects shown", "number", _SHOWN),
        Fact("redirects_tapped", "Redirects tapped", "number", _SHOWN),
        Fact("saw", "Saw the campaign", "text", _SHOWN),
        Fact("never", "Said never ask again", "day", _SHOWN),
        Fact("platform", "Platform", "choice", _DEVICE, choices=PLATFORM_WORDS),
        Fact("os", "System version or browser", "text", _DEVICE),
        Fact("app_version", "App version", "version", _DEVICE),
        Fact("language", "Language", "text", _DEVICE),
        Fact("locale", "Language and region", "text", _DEVICE),
        Fact("country", "Country", "text", _DEVICE),
        Fact("sessions", "Sessions", "number", _DEVICE),
        Fact("screens", "Screens seen", "number", _DEVICE),
        Fact("first_seen", "First seen", "day", _DEVICE),
        Fact("last_seen", "Last seen", "day", _DEVICE),
        Fact("removed", "App removed", "day", _DEVICE),
    )
}
