"""What a webhook may be told, and how it reads.

A message is `{"type": …, "timestamp": …, "data": {…}}`, as Standard Webhooks has it. What people want to read comes
with a sentence under `text` as well, which is all that chat programs look at. `data` always names the app, and says
"simulated": true where the devices are invented.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

EventType = Literal[
    "permission.changed",
    "segment.entered",
    "segment.left",
    "segment.bulk",
    "campaign.published",
    "campaign.paused",
    "experiment.verdict",
    "alert.opened",
    "alert.resolved",
    "webhook.test",
]
MOST_BYTES = 20_000
"""A body stays below it."""
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class EventKind:
    """A type that an endpoint can subscribe to. `about`: when it is sent."""

    type: EventType
    name: str
    about: str


KINDS: tuple[EventKind, ...] = (
    EventKind(
        "permission.changed",
        "A permission changed",
        "A device's status or its cause is another than before: one message for each device.",
    ),
    EventKind(
        "segment.entered",
        "A device entered a segment",
        "At the daily look at a segment: one message for each device, up to 10,000; of more, one with the number.",
    ),
    EventKind(
        "segment.left",
        "A device left a segment",
        "At the daily look at a segment, in the same way.",
    ),
    EventKind(
        "campaign.published",
        "A campaign was published",
        "A revision of a soft ask or redirect goes live.",
    ),
    EventKind("campaign.paused", "A campaign was paused", "A soft ask or redirect stops."),
    EventKind(
        "experiment.verdict",
        "An experiment has a verdict",
        "There is enough evidence for a winner, or for no practical difference. Once for a revision and verdict.",
    ),
    EventKind("alert.opened", "An alert opened", "Something needs a look."),
    EventKind("alert.resolved", "An alert is over", "What needed a look is over."),
)
SUBSCRIBED: frozenset[str] = frozenset(kind.type for kind in KINDS)
"""What an endpoint may subscribe to."""
RIDES_WITH: Mapping[str, tuple[str, ...]] = {"segment.bulk": ("segment.entered", "segment.left")}
"""Types that come with others and cannot be chosen by themselves."""
MOST_MEMBERS_TOLD = 10_000
"""Devices of one segment, day and direction that are told one by one; of more, one `segment.bulk` tells the number."""


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened. `key` names it within its app for good: it is told once. `text`: for people, or ''."""

    key: str
    data: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


def subscriptions(kind: str) -> tuple[str, ...]:
    """The choices of which one is enough to be told of a type."""
    return RIDES_WITH.get(kind, (kind,))


def body_of(*, kind: EventType, fact: Fact, app: str, simulated: bool, now: datetime) -> str:
    """What is sent, without line breaks and below MOST_BYTES as long as `fact.data` is."""
    told: dict[str, Any] = {"type": kind, "timestamp": moment(now)}
    if fact.text:
        told["text"] = " ".join(fact.text.split())[:LONGEST_TEXT]
    told["data"] = {"app": app, "simulated": simulated, **fact.data}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))


def moment(at: datetime) -> str:
    """A time as messages have it: UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def moment_ms(at: int | None) -> str | None:
    """The same from milliseconds since 1970; None and what no calendar holds stay None."""
    if at is None:
        return None
    try:
        return moment(datetime.fromtimestamp(at / 1000, UTC))
    except (ValueError, OverflowError, OSError):
        return None
