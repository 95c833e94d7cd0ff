"""How much interruption a person has had, and how much patience is left.

Two different things are counted. *Fatigue* counts interruptions, whatever they were and however
they ended: so many in any 24 hours, so many in any 30 days, over all campaigns. *Patience* counts
the noes to soft asks, and each no makes the next wait longer.

A no belongs to the person, not to the campaign: a new campaign does not start with fresh patience.
Two things are a no: a soft ask declined or dismissed, and a soft ask accepted after which the
system's dialog did not end in a yes (swiped away, ignored, refused, or never answered). Only the
first kind counts towards the cap that ends soft asks for good.

An answer that promised an interruption has used up its place until the promise lapses, also when
nothing was seen yet. Times that lie in the future, from a device with a wrong clock, count as now:
they never free anything.
"""

from dataclasses import dataclass

from campaigns.domain.ruleset import MAX_PER_30_DAYS, Fatigue, SoftAsk
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.standing import Reservation, Standing

_NO = ("declined", "dismissed")
_FALLBACK_BACKOFF = (14, 30, 90)


def live_reservations(
    *, facts: DeviceFacts, standing: Standing, now: int
) -> tuple[Reservation, ...]:
    """The promised interruptions that have not lapsed and were not yet seen. `now` in ms."""
    if not standing.reserved:
        return ()
    seen = {exposure.decision for exposure in facts.exposures}
    return tuple(r for r in standing.reserved if r.expires_at > now and r.decision not in seen)


@dataclass(frozen=True, slots=True)
class Cap:
    """The fatigue budget is used up. `until`: when a place is free again (ms), None if waiting will
    not help.
    """

    until: int | None


def fatigue_cap(
    *, fatigue: Fatigue, facts: DeviceFacts, live: tuple[Reservation, ...], now: int
) -> Cap | None:
    """The cap that forbids another interruption at `now` (ms), or None.

    An interruption exactly 24 hours (30 days) ago is no longer in the window.
    """
    caps = (
        _window(facts, live, DAY_MS, min(fatigue.per_day, MAX_PER_30_DAYS), now),
        _window(facts, live, 30 * DAY_MS, min(fatigue.per_30_days, MAX_PER_30_DAYS), now),
    )
    hit = [cap for cap in caps if cap is not None]
    if not hit:
        return None
    times = [cap.until for cap in hit if cap.until is not None]
    return Cap(max(times) if len(times) == len(hit) else None)


def _window(
    facts: DeviceFacts,
    live: tuple[Reservation, ...],
    length: int,
    allowed: int,
    now: int,
) -> Cap | None:
    if len(facts.exposures) + len(live) < allowed:
        return None
    if allowed <= 0:
        return Cap(None)
    after = now - length
    frees = [exposure.at + length for exposure in facts.exposures if exposure.at > after]
    frees += [reservation.expires_at for reservation in live]
    if len(frees) < allowed:
        return None
    frees.sort()
    return Cap(frees[len(frees) - allowed])


@dataclass(frozen=True, slots=True)
class Patience:
    """What a person has answered to soft asks, over all of them.

    `declines`: declined or dismissed. `noes`: declines, and accepted soft asks that led to no yes.
    `last_no_at`: ms. `open_until`: a soft ask is promised or on screen until then (ms), so its
    answer is not known.
    """

    declines: int = 0
    noes: int = 0
    last_no_at: int = 0
    open_until: int | None = None


FRESH = Patience()


def patience(
    *, facts: DeviceFacts, live: tuple[Reservation, ...], answer_ttl_ms: int, now: int
) -> Patience:
    """The patience left at `now` (ms). A soft ask shown without an answer is open for
    `answer_ttl_ms`, then nothing.
    """
    declines = facts.soft_asks_declined + facts.soft_asks_dismissed
    if not facts.exposures and not live and not declines and not facts.soft_asks_accepted:
        return FRESH
    unfulfilled = _unfulfilled(facts)
    noes = declines + unfulfilled
    return Patience(
        declines=declines,
        noes=noes,
        last_no_at=_last_no_at(facts, unfulfilled > 0) if noes else 0,
        open_until=_open_until(facts, live, answer_ttl_ms, now),
    )


def wait_until(*, ask: SoftAsk, patience: Patience) -> int:
    """When this soft ask may come after the last no (ms); 0 when there was none."""
    if patience.noes <= 0:
        return 0
    days = ask.backoff_days or _FALLBACK_BACKOFF
    return patience.last_no_at + days[min(patience.noes, len(days)) - 1] * DAY_MS


def _unfulfilled(facts: DeviceFacts) -> int:
    """Accepted soft asks after which the system's dialog did not end in a yes."""
    granted = max(facts.answers - facts.refusals, 0)
    if facts.first_authorized_at is not None and granted == 0:
        granted = 1  # seen authorised: one accept was kept, even if nobody reported the dialog
    return max(facts.soft_asks_accepted - granted, 0)


def _last_no_at(facts: DeviceFacts, unfulfilled: bool) -> int:
    times = [
        exposure.at
        for exposure in facts.exposures
        if exposure.kind == "soft_ask"
        and (exposure.outcome in _NO or (unfulfilled and exposure.outcome == "accepted"))
    ]
    times += [
        seen.last_declined_at
        for key, seen in facts.campaigns.items()
        if seen.last_declined_at is not None and key.startswith("s")
    ]
    if unfulfilled:
        times += [at for at in (facts.first_accept_at, facts.last_dismissed_at) if at is not None]
        if facts.cause == "refused_once" and facts.status_at is not None:
            times.append(facts.status_at)
    if times:
        return max(times)
    # A no whose time is forgotten came before the oldest interruption that is still remembered.
    return facts.exposures[0].at if facts.exposures else facts.first_soft_ask_at or 0


def _open_until(
    facts: DeviceFacts, live: tuple[Reservation, ...], answer_ttl_ms: int, now: int
) -> int | None:
    ends = [r.expires_at for r in live if r.kind == "soft_ask"]
    ends += [
        exposure.at + answer_ttl_ms
        for exposure in facts.exposures
        if exposure.outcome == "shown"
        and exposure.kind == "soft_ask"
        and exposure.at + answer_ttl_ms > now
    ]
    return max(ends, default=None)
