"""What is told of a device whose permission changed.

Told is a difference between two looks of the fold, which come about a second apart: what happened in between and was
undone in between is not told. The first reading of a device is told too, unless it says that the device was never
asked, which is how all devices begin.
"""

from typing import Literal

import msgspec

from permissions_app.domain.device import DAY_MS, Cause, DeviceFacts, Exposure, Status


class SeenBefore(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last interruption that the person saw within 24 hours before the change."""

    kind: Literal["soft_ask", "redirect"]
    at: int
    outcome: str
    moment: str = ""
    campaign: str = ""
    variant: str = ""
    decision: str = ""


class StatusChange(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """From `was` to `status`, since `at` (ms). `recovery`: how a device came back that only Settings could turn on."""

    was: Status | None = None
    was_cause: Cause | None = None
    status: Status
    cause: Cause | None = None
    at: int
    platform: str
    recovery: str | None = None
    after: SeenBefore | None = None


def status_change(
    *, was: Status | None, was_cause: Cause | None, facts: DeviceFacts
) -> StatusChange | None:
    """The change since a status that was told before (None: none was); None where nothing changed."""
    cause = facts.cause if facts.status == "denied" else None
    if facts.status is None or facts.platform is None or facts.status_at is None:
        return None
    if (facts.status, cause) == (was, was_cause):
        return None
    if was is None and facts.status == "not_determined":
        return None
    return StatusChange(
        was=was,
        was_cause=was_cause,
        status=facts.status,
        cause=cause,
        at=facts.status_at,
        platform=facts.platform,
        recovery=facts.recovery if facts.recovered_at == facts.status_at else None,
        after=_seen_before(facts.exposures, facts.status_at),
    )


def _seen_before(exposures: tuple[Exposure, ...], at: int) -> SeenBefore | None:
    for seen in reversed(exposures):
        if seen.at <= at:
            near = at - seen.at <= DAY_MS
            return _told(seen) if near else None
    return None


def _told(seen: Exposure) -> SeenBefore:
    return SeenBefore(
        seen.kind,
        seen.at,
        seen.outcome,
        seen.moment,
        seen.campaign,
        seen.variant,
        seen.decision,
    )
