"""One device in few small columns, so that a million of them can be counted while somebody waits.

Facts hold everything and are slow to search; a facet holds what people sort devices by. It follows from the facts
alone, as the contributions to the rollups do, and it is written together with them.

Times are days since 1970-01-01 UTC: "14 days ago" is a day, and a segment changes at midnight, not while it is
counted. Two things are finer than a day and are settled here: whether a moment came *since the no*, and whether
Settings was opened *while* notifications were off.

*The no* is the time since when the device is denied; of a device that is no longer denied it is its first denial that
only Settings could undo.
"""

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from permissions_app.domain.breakdowns import system_group, value_group, way
from permissions_app.domain.device import DAY_MS, TIMES_KEPT, DeviceFacts
from permissions_app.domain.measures import is_eligible, outcome

MOST = 32_767
"""What a small column holds; larger numbers and later days (from September 2059 on) are kept as this."""
MOMENT_WIDTH = 3 + TIMES_KEPT
"""Numbers kept of each moment: times ever, times since the no (at most TIMES_KEPT), first day, and the days of the
latest TIMES_KEPT times, latest first (NEVER where there were fewer).
"""
NEVER = -1
_END = MOST * DAY_MS
_PADDING = (NEVER,) * TIMES_KEPT
_PARTS = 4
_PART_SIZE = 1 << 15


class Facet(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True, gc=False):
    """What a device can be found by. Days since 1970-01-01 UTC; None: never, or not told."""

    platform: str
    os: str
    """Major version; on the web, the browser."""
    app_version: str
    app_order: int | None = None
    """The version as one number that grows with it; None where it is not written in numbers."""
    locale: str
    language: str
    country: str
    status: str | None = None
    cause: str | None = None
    way: str | None = None
    """Stages taken and place, see breakdowns.way; None for a device that is not eligible."""
    recovery: str | None = None

    first_seen: int
    last_seen: int
    status_since: int | None = None
    denied: int | None = None
    """The no."""
    first_denial: int | None = None
    """Where the recovery clock starts: the first denial that only Settings can undo."""
    recovered: int | None = None
    off_again: int | None = None
    """Turned off once more after a recovery, and off now."""
    removed: int | None = None
    settings_opened: int | None = None
    settings_in_vain: int | None = None
    """Settings was opened while notifications were off, and they are off still."""
    never: int | None = None
    moment_since_no: int | None = None
    """The latest time at any moment that came after the no."""
    embargoed_until: int | None = None
    first_asked: int | None = None
    asked_app: str | None = None
    asked_moment: str | None = None

    sessions: int
    screens: int
    soft_asks_shown: int
    soft_asks_declined: int
    redirects_shown: int
    redirects_tapped: int
    interruptions: tuple[int, ...] = ()
    """Days of the latest interruptions, latest first."""
    moments: tuple[str, ...] = ()
    moment_numbers: tuple[int, ...] = ()
    """MOMENT_WIDTH numbers for each of `moments`, in their order."""
    saw: tuple[str, ...] = ()
    """Campaigns ("s1") and variants ("s1.2.a") that were shown."""


def facet(facts: DeviceFacts) -> Facet | None:
    """The facet of a device; None for one that counts nowhere, because it never told its platform."""
    if facts.first_seen_at is None or facts.platform is None:
        return None
    no_at = _no_at(facts)
    asked, denial = facts.first_ask, facts.denial
    off = facts.status == "denied"
    recovered = facts.recovered_at
    locale = value_group((facts.locale or "").replace("_", "-"))
    return Facet(
        platform=facts.platform,
        os=system_group(facts),
        app_version=value_group(facts.app_version),
        app_order=version_order(facts.app_version),
        locale=locale,
        language=locale.partition("-")[0].lower(),
        country=value_group((facts.country or "").upper()),
        status=facts.status,
        cause=facts.cause if off else None,
        way=way(facts=facts, place=outcome(facts)) if is_eligible(facts) else None,
        recovery=facts.recovery,
        first_seen=_certain_day(facts.first_seen_at),
        last_seen=_certain_day(facts.last_seen_at or facts.first_seen_at),
        status_since=_day(facts.status_at),
        denied=_day(no_at),
        first_denial=None if denial is None else _day(denial.at),
        recovered=_day(recovered),
        off_again=_day(facts.status_at)
        if off and recovered is not None and (facts.status_at or 0) >= recovered
        else None,
        removed=_day(facts.removed_at),
        settings_opened=_day(facts.settings_opened_at),
        settings_in_vain=_day(facts.settings_opened_at)
        if off and (facts.settings_opened_at or 0) > (facts.status_at or 0)
        else None,
        never=_day(facts.never_ask_at),
        moment_since_no=_since(facts, no_at),
        embargoed_until=_day(facts.embargoed_until) if facts.cause == "embargoed" else None,
        first_asked=None if asked is None else _day(asked.at),
        asked_app=None if asked is None else value_group(asked.app_version),
        asked_moment=None if asked is None else asked.moment,
        sessions=min(facts.sessions, MOST),
        screens=min(facts.screens, MOST),
        soft_asks_shown=min(facts.soft_asks_shown, MOST),
        soft_asks_declined=min(facts.soft_asks_declined + facts.soft_asks_dismissed, MOST),
        redirects_shown=min(facts.redirects_shown, MOST),
        redirects_tapped=min(facts.redirects_tapped, MOST),
        interruptions=tuple([_certain_day(seen.at) for seen in reversed(facts.exposures)]),
        # Sorted: the order in which a database gives back what it holds is its own.
        moments=(moments := tuple(sorted(facts.moments))),
        moment_numbers=_moment_numbers(facts, moments, no_at),
        saw=tuple(sorted(_saw(facts))),
    )


@lru_cache(maxsize=4096)
def version_order(version: str | None) -> int | None:
    """4.10.2 as one number that is larger than that of 4.9. None for what does not begin with a number."""
    parts: list[int] = []
    for part in (version or "").split("-", 1)[0].split("+", 1)[0].split(".")[:_PARTS]:
        if not (part.isascii() and part.isdigit()):
            break
        parts.append(min(int(part[:9]), _PART_SIZE - 1))
    if not parts:
        return None
    order = 0
    for index in range(_PARTS):
        order = order * _PART_SIZE + (parts[index] if index < len(parts) else 0)
    return order


def _no_at(facts: DeviceFacts) -> int | None:
    if facts.status == "denied" and facts.status_at is not None:
        return facts.status_at
    return None if facts.denial is None else facts.denial.at


def _since(facts: DeviceFacts, no_at: int | None) -> int | None:
    if no_at is None:
        return None
    latest = max((moment.last_at for moment in facts.moments.values()), default=0)
    return _certain_day(latest) if latest > no_at else None


def _moment_numbers(
    facts: DeviceFacts, moments: Iterable[str], no_at: int | None
) -> tuple[int, ...]:
    """Written out plainly: it runs for every moment of every device that changed."""
    numbers: list[int] = []
    for key in moments:
        moment = facts.moments[key]
        times = (moment.last_at, *moment.earlier)
        numbers.append(moment.count if moment.count < MOST else MOST)
        numbers.append(0 if no_at is None else len([at for at in times if at > no_at]))
        numbers.append(moment.first_at // DAY_MS if moment.first_at < _END else MOST)
        numbers += [at // DAY_MS if at < _END else MOST for at in times]
        numbers += _PADDING[len(times) :]
    return tuple(numbers)


def _saw(facts: DeviceFacts) -> Iterable[str]:
    for key, seen in facts.campaigns.items():
        if seen.first_shown_at is None:
            continue
        yield key
        for arm, part in seen.arms.items():
            if part.first_shown_at is not None:
                yield f"{key}.{arm}"


def _certain_day(at: int) -> int:
    return at // DAY_MS if at < _END else MOST


def _day(at: int | None) -> int | None:
    if at is None:
        return None
    return at // DAY_MS if at < _END else MOST
