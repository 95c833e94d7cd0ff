"""Events told in plain words: what happened, and what the product made of it.

An engineer who wires up a client, and a product manager who wonders about one device, read the same
sentences. Each event has a headline, and below it what followed: how the permission value was read,
which value moments it reached, and which fact about the device it changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from permissions_app.domain.events import EventContext, parse_decision_id
from permissions_app.domain.states import Reading, UnknownValue, normalise

Tone = Literal["plain", "good", "bad", "warning"]

STATUS_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "not_determined": "Not asked yet",
        "provisional": "On trial, delivered silently",
        "ephemeral": "App Clip, for a few hours",
        "authorized": "Notifications are on",
        "denied": "Notifications are off",
        "unsupported": "Cannot receive notifications",
    }
)
CAUSE_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "refused_once": "refused once, can still be asked",
        "refused": "refused for good",
        "turned_off": "switched off in Settings",
        "auto_reset": "taken back by the system after months unused",
        "embargoed": "the browser blocks its dialog for some days",
    }
)
_HEADLINES: Mapping[str, tuple[str, str, Tone]] = MappingProxyType(
    {
        "session_started": ("Session started", "Counts towards the minimum sessions.", "plain"),
        "soft_ask_shown": ("Soft ask shown", "Takes its place in the fatigue budget.", "plain"),
        "soft_ask_accepted": ("Soft ask accepted", "The client shows the OS dialog next.", "good"),
        "soft_ask_declined": (
            "Soft ask declined",
            "The OS was never asked. The wait before the next soft ask begins.",
            "warning",
        ),
        "soft_ask_dismissed": (
            "Soft ask dismissed",
            "Counts as a decline: the wait before the next soft ask begins.",
            "warning",
        ),
        "native_prompt_shown": ("OS dialog shown", "Counts as an ask.", "plain"),
        "redirect_shown": (
            "Settings redirect shown",
            "Takes its place in the fatigue budget.",
            "plain",
        ),
        "redirect_tapped": (
            "Settings redirect tapped",
            "A recovery within 24 hours is attributed to it.",
            "good",
        ),
        "redirect_dismissed": (
            "Settings redirect dismissed",
            "Counts towards its cap; its cooldown begins.",
            "warning",
        ),
        "settings_opened": ("Settings opened", "The way back was walked.", "plain"),
        "permission_status": ("Permission status told", "", "plain"),
        "never_ask": ("Asked never to be asked again", "Final: no campaign asks again.", "bad"),
        "app_removed": ("App removed", "The device is lost to recovery.", "bad"),
    }
)
_OUTCOMES: Mapping[str, tuple[str, str, Tone]] = MappingProxyType(
    {
        "granted": ("OS dialog: allowed", "Notifications are on.", "good"),
        "denied": ("OS dialog: refused", "One refusal more on the prompt budget.", "bad"),
        "dismissed": (
            "OS dialog: dismissed",
            "No answer was given; browsers count it towards an embargo.",
            "warning",
        ),
        "ignored": (
            "OS dialog: ignored",
            "No answer was given; browsers count it towards an embargo.",
            "warning",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """An event in words. `followed`: what was made of it, one sentence each."""

    headline: str
    followed: tuple[str, ...]
    tone: Tone


def tell(*, type: str, body: EventContext, moment_names: Mapping[str, str]) -> Told:  # noqa: A002
    """An event in words. `moment_names`: moment key -> name. Never raises."""
    headline, effect, tone = _HEADLINES.get(type, (type, "", "plain"))
    if type == "moment_reached":
        headline = f"“{body.name}”"
    elif type == "native_prompt_answered":
        headline, effect, tone = _OUTCOMES.get(
            body.outcome or "", ("OS dialog answered", "", "plain")
        )
    followed = [effect] if effect else []
    if type == "moment_reached":
        followed.extend(_moments(body, moment_names))
    ref = parse_decision_id(body.decision_id)
    if ref is not None and ref.moment:
        followed.append(f"Belongs to a decision at “{moment_names.get(ref.moment, ref.moment)}”.")
    elif body.decision_id:
        followed.append("Its decision_id is not one of ours, so it is attributed to no campaign.")
    if body.permission is not None:
        followed.append(read_permission(body))
    return Told(headline, tuple(followed), tone)


def reading_in(body: EventContext) -> Reading | UnknownValue | None:
    """What the permission value in an event means on its own, or why it cannot be read; None where it has none."""
    raw = body.permission
    if raw is None:
        return None
    try:
        return normalise(
            library=raw.library,
            value=raw.value,
            platform=body.platform,
            os_version=body.os_version,
            api_level=body.api_level,
            target_sdk=body.target_sdk,
            ask_count=raw.ask_count,
            can_ask_again=raw.can_ask_again,
            source=raw.source,
        )
    except UnknownValue as unknown:
        return unknown


def read_permission(body: EventContext) -> str:
    """How the permission value in an event is read, on its own."""
    raw, reading = body.permission, reading_in(body)
    if raw is None or reading is None:
        return ""
    sent = f"{raw.library} reported {_said(raw.value)}"
    if isinstance(reading, UnknownValue):
        return f"{sent}, which cannot be read: {reading.detail}."
    if reading.status is None:
        return f"{sent}. {reading.why}"
    return f"{sent}, read as: {status_in_words(reading.status, reading.cause)}."


def status_in_words(status: str | None, cause: str | None) -> str:
    """`Notifications are off (refused for good)`."""
    if status is None:
        return "Not told yet"
    words = STATUS_WORDS.get(status, status)
    return f"{words} ({CAUSE_WORDS.get(cause, cause)})" if cause else words


def _moments(body: EventContext, names: Mapping[str, str]) -> list[str]:
    if not body.moments:
        return ["No moment matches."]
    reached = ", ".join(f"“{names.get(key, key)}”" for key in body.moments)
    return [f"Reached the moment {reached}."]


def _said(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"“{value}”" if isinstance(value, str) else str(value)
