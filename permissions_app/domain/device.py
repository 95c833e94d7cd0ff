"""What we know of one device, and how each event changes it.

Facts are a function of the *set* of a device's events. Events are always folded in the order of the
time the device gave them, never in the order they arrived: an event that turns out to be older than
the last one folded makes the caller fold the whole history again (`fold(facts=DeviceFacts(),
events=everything)`). Late, doubled and shuffled uploads therefore end in the same facts.

Two kinds of facts live here. What the operating system says: the permission status, why it is
denied, how often its dialog was answered. And what *we* did: soft asks and Settings redirects
shown, how the person answered them, and whether they asked never to be asked again.
"""

from typing import Literal

import msgspec

DAY_MS = 86_400_000
EXPOSURES_KEPT = 12
"""How many of the latest interruptions a device remembers one by one (the fatigue budget needs at
most 10).
"""
MOMENTS_KEPT = 200
CAMPAIGNS_KEPT = 100
ANSWERS_KEPT = 40
"""How many of the first interruptions a device remembers the answer of."""
TIMES_KEPT = 5
"""How many of the latest times at a moment a device remembers one by one."""
PERIOD_DAYS = 30
"""Interruptions are counted by periods of so many days, all devices in the same ones (from 1970-01-01 UTC)."""
ARMS_KEPT = 12
"""How many revisions and variants of one campaign a device remembers apart."""

Status = Literal[
    "not_determined", "provisional", "ephemeral", "authorized", "denied", "unsupported"
]
Cause = Literal["refused_once", "refused", "turned_off", "auto_reset", "embargoed"]


class Exposure(msgspec.Struct, frozen=True, omit_defaults=True):
    """One interruption that the person saw. `at` in ms; `decision` is the decision's uuid or '' if
    none was sent.
    """

    kind: Literal["soft_ask", "redirect"]
    at: int
    decision: str = ""
    campaign: str = ""  # "s12" / "r5", "" when no decision was named
    variant: str = ""
    moment: str = ""
    outcome: Literal["shown", "accepted", "declined", "dismissed", "tapped"] = "shown"


ANSWER_LETTERS: dict[tuple[str, str], str] = {
    ("soft_ask", "shown"): "s",
    ("soft_ask", "accepted"): "a",
    ("soft_ask", "declined"): "d",
    ("soft_ask", "dismissed"): "x",
    ("redirect", "shown"): "r",
    ("redirect", "tapped"): "t",
    ("redirect", "dismissed"): "y",
}
"""(kind, outcome) of an exposure -> its letter in DeviceFacts.answers_in_order."""

Place = Literal["not_asked", "authorized", "denied", "denied_for_now", "unsupported"]
"""Where a device stands towards being asked. `denied`: only Settings can change it; `denied_for_now`: refused once,
reset by the system or blocked by the browser for some days, so the dialog can come again.
"""


class MomentFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """How often, and when first and last, the device reached a value moment (ms).

    The rest is how it was at the first time: the session and the screen as the client counts them
    (None: it did not say), and where the device stood.
    """

    count: int
    first_at: int
    last_at: int
    session: int | None = None
    screen: int | None = None
    place: Place = "not_asked"
    earlier: tuple[int, ...] = ()
    """The times before `last_at`, latest first (ms), so that TIMES_KEPT are known with it."""

    def again(self, at: int) -> "MomentFacts":
        """The same moment, reached once more."""
        earlier = (self.last_at, *self.earlier)[: TIMES_KEPT - 1]
        return MomentFacts(
            self.count + 1, self.first_at, at, self.session, self.screen, self.place, earlier
        )


class ArmFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a device saw of one variant of one revision. Times in ms."""

    first_shown_at: int | None = None
    accepted: int = 0


class CampaignFacts(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a device saw of one soft ask or redirect rule, and how the person answered."""

    shown: int = 0
    accepted: int = 0  # soft ask accepted, or redirect tapped
    declined: int = 0  # declined or dismissed
    first_shown_at: int | None = None
    last_shown_at: int | None = None
    last_declined_at: int | None = None
    arms: dict[str, ArmFacts] = {}
    """By "<revision>.<variant>"; the first ARMS_KEPT the device met."""


class FirstAsk(msgspec.Struct, frozen=True, omit_defaults=True):
    """How it was when the device was asked for the first time, by a soft ask or by the system's dialog. `at` in ms.

    `session`, `screen`: as the client counts them, 0 where it does not say. `moments`: value moments reached so
    far, each time counted. `app_version`: '' where unknown.
    """

    at: int
    by: Literal["soft_ask", "dialog"]
    moment: str = ""
    campaign: str = ""
    app_version: str = ""
    session: int = 0
    screen: int = 0
    moments: int = 0


class Denial(msgspec.Struct, frozen=True, omit_defaults=True):
    """A no that only Settings can undo: when, why, and at which moment and words it was given."""

    at: int
    cause: Cause
    moment: str = ""
    campaign: str = ""
    variant: str = ""
    app_version: str = ""


class DeviceFacts(msgspec.Struct, omit_defaults=True, kw_only=True):
    """All we know of a device. Every time is milliseconds since 1970 UTC; None means never or
    unknown.

    Treat as immutable: `fold` returns a new one and never changes its argument.
    """

    # where we are in the story
    last_at: int = 0
    last_key: str = ""
    first_seen_at: int | None = None
    last_seen_at: int | None = None

    # the device
    platform: Literal["ios", "android", "web"] | None = None
    os_version: str | None = None
    api_level: int | None = None
    target_sdk: int | None = None
    app_version: str | None = None
    locale: str | None = None
    country: str | None = None
    browser: str | None = None
    standalone: bool | None = None
    sessions: int = 0
    screens: int = 0

    # what the operating system says
    status: Status | None = None
    """None: no event has told the status yet."""
    status_at: int | None = None
    cause: Cause | None = None
    ask_count: int = 0
    """OS dialogs shown, as far as events or the client's own count tell."""
    answers: int = 0
    refusals: int = 0
    dismissals: int = 0
    ignores: int = 0
    last_dismissed_at: int | None = None
    embargoed_until: int | None = None
    first_prompt_at: int | None = None
    first_answered_at: int | None = None
    first_authorized_at: int | None = None
    first_prompt_moment: str = ""
    refused_moment: str = ""
    """The moment at which the OS dialog was last refused."""

    # the no, and the way back
    denial: Denial | None = None
    """The first denial that only Settings can undo; the recovery clock starts here."""
    recovered_at: int | None = None
    """First seen authorised after `denial`, without an OS dialog in between."""
    recovery: Literal["tapped", "seen", "organic"] | None = None
    recovery_campaign: str = ""
    removed_at: int | None = None

    # what we did
    moments: dict[str, MomentFacts] = {}
    first_moment_at: int | None = None
    soft_asks_shown: int = 0
    soft_asks_accepted: int = 0
    soft_asks_declined: int = 0
    soft_asks_dismissed: int = 0
    redirects_shown: int = 0
    redirects_tapped: int = 0
    redirects_dismissed: int = 0
    first_soft_ask_at: int | None = None
    first_accept_at: int | None = None
    settings_opened_at: int | None = None
    never_ask_at: int | None = None
    never_after: int = 0
    """Interruptions seen before the person said never."""
    first_ask: FirstAsk | None = None
    first_exposure_at: int | None = None
    answers_in_order: str = ""
    """One letter for each of the first ANSWERS_KEPT interruptions, see ANSWER_LETTERS."""
    interrupted: dict[int, int] = {}
    """Period (days since 1970 // PERIOD_DAYS) -> interruptions in it."""
    exposures: tuple[Exposure, ...] = ()
    """The latest interruptions, oldest first, at most EXPOSURES_KEPT."""
    campaigns: dict[str, CampaignFacts] = {}
