"""What a device tells us, one happening at a time.

An event says: this device, at this time, this happened. The server never trusts the order in which
events arrive; it trusts the time the device gave them. Many clients have coarse clocks, so events
at the same millisecond are ordered as things happen (a session starts, a moment is reached, we ask,
the person answers), and last by their id: every server that holds the same events tells the same
story.

`Event` is the stored and folded form. It is a frozen msgspec struct and not a dataclass because
tens of thousands of them are decoded a second; it has the same meaning: named, typed, immutable.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

import msgspec

EventType = Literal[
    "session_started",
    "moment_reached",
    "soft_ask_shown",
    "soft_ask_accepted",
    "soft_ask_declined",
    "soft_ask_dismissed",
    "native_prompt_shown",
    "native_prompt_answered",
    "redirect_shown",
    "redirect_tapped",
    "redirect_dismissed",
    "settings_opened",
    "permission_status",
    "never_ask",
    "app_removed",
]
EVENT_TYPES: tuple[str, ...] = get_args(EventType)

IDENTIFY = "identify"
"""The type of an entry that only tells how to reach a device (domain.addresses). It is nothing that happened: it is not
stored as an event and changes no facts.
"""

_RANK = {kind: chr(ord("a") + place) for place, kind in enumerate(EVENT_TYPES)}
"""EVENT_TYPES stand in the order in which they happen when their times are equal."""

Outcome = Literal["granted", "denied", "dismissed", "ignored"]
"""How an OS dialog ended. `dismissed`: swiped away or closed; `ignored`: left until it went by
itself (web).
"""


Short = Annotated[str, msgspec.Meta(max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
Count = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class RawPermission(msgspec.Struct, frozen=True, omit_defaults=True):
    """A permission value exactly as a client library reported it; `states.normalise` gives it its
    meaning.
    """

    library: Short
    value: Short | int | bool
    ask_count: Count | None = None
    can_ask_again: bool | None = None
    source: Literal["check", "request"] | None = None


class EventContext(msgspec.Struct, frozen=True, omit_defaults=True):
    """What any event may say of the device it happened on. None means: this event does not say."""

    session_index: Count | None = None
    screen_index: Count | None = None
    platform: Literal["ios", "android", "web"] | None = None
    os_version: Short | None = None
    api_level: Count | None = None
    target_sdk: Count | None = None
    app_version: Short | None = None
    locale: Short | None = None
    country: Short | None = None
    browser: Short | None = None
    standalone: bool | None = None
    permission: RawPermission | None = None
    decision_id: Annotated[str, msgspec.Meta(max_length=200)] | None = None
    outcome: Outcome | None = None
    name: Name | None = None
    properties: Mapping[str, Any] | None = None
    moments: tuple[str, ...] = ()
    """Keys of the value moments that `name` and `properties` matched when the event arrived."""


class Event(msgspec.Struct, frozen=True):
    """One happening on one device. `at`: milliseconds since 1970 UTC. `id`: canonical lower-case
    UUID text.
    """

    id: str
    type: str
    at: int
    body: EventContext = EventContext()

    @property
    def order(self) -> tuple[int, str]:
        """The place of this event in its device's story."""
        return (self.at, _RANK.get(self.type, "z") + self.id)


class DecisionRef(msgspec.Struct, frozen=True):
    """What a decision id says by itself: which campaign, revision, words and moment it was about.

    Written as `<uuid>.<kind><campaign>.<revision>.<variant>.<moment>`, with kind `s` (soft ask),
    `r` (Settings redirect) or `n` (nothing shown). An exposure thus needs no look-up to be
    attributed, also when it was decided on the device.
    """

    id: str
    kind: Literal["soft_ask", "redirect", "none"]
    campaign: int
    revision: int
    variant: str
    moment: str

    def __str__(self) -> str:
        letter = {"soft_ask": "s", "redirect": "r", "none": "n"}[self.kind]
        return f"{self.id}.{letter}{self.campaign}.{self.revision}.{self.variant}.{self.moment}"

    @property
    def campaign_key(self) -> str:
        """`s12` for soft ask 12, `r5` for redirect rule 5."""
        return {"soft_ask": "s", "redirect": "r", "none": "n"}[self.kind] + str(self.campaign)


_DECISION_ID = re.compile(
    r"([0-9a-f-]{36})\.([srn])([0-9]{1,18})\.([0-9]{1,9})\.([A-Za-z0-9_-]{0,40})\.([A-Za-z0-9_-]{0,64})"
)
_KINDS: dict[str, Literal["soft_ask", "redirect", "none"]] = {
    "s": "soft_ask",
    "r": "redirect",
    "n": "none",
}


def parse_decision_id(text: str | None) -> DecisionRef | None:
    """The reference inside a decision id; None for anything that is not one of ours (never raises)."""
    if not text:
        return None
    found = _DECISION_ID.fullmatch(text)
    if found is None:
        return None
    decision, kind, campaign, revision, variant, moment = found.groups()
    return DecisionRef(decision, _KINDS[kind], int(campaign), int(revision), variant, moment)
