"""What was known of a device when the last 30 days began.

A device's facts are as of now. A forecast walks through the last 30 days again and needs to know
where each device stood at their beginning. Mostly that can be worked out backwards: a status that
was last changed before the 30 days was the same at their beginning, and a counter was lower by what
was counted since. Where it cannot (the status changed meanwhile, or a showing is too old to be
remembered) the answer is None, and the caller folds the device's whole story instead.

Everything returned here is exact for a device whose session and screen numbers never go down.
"""

from collections import Counter
from collections.abc import Sequence

import msgspec

from permissions_app.domain.device import (
    EXPOSURES_KEPT,
    CampaignFacts,
    DeviceFacts,
    Exposure,
    MomentFacts,
)
from permissions_app.domain.events import Event, parse_decision_id
from permissions_app.domain.fold import LATEST

SHOWN = {"soft_ask_shown": "soft_ask", "redirect_shown": "redirect"}
ANSWERS = {
    "soft_ask_accepted": "soft_asks_accepted",
    "soft_ask_declined": "soft_asks_declined",
    "soft_ask_dismissed": "soft_asks_dismissed",
    "redirect_tapped": "redirects_tapped",
    "redirect_dismissed": "redirects_dismissed",
}
_DIALOG = frozenset({"native_prompt_shown", "native_prompt_answered"})


def steady_since(*, facts: DeviceFacts, events: Sequence[Event]) -> int | None:
    """The time (ms) after which what the system says of the device stayed the same; None for never.

    `events`: the device's latest events, in order. An embargo is no steady state: it ends by itself.
    Neither is a status that nothing has told.
    """
    if facts.cause == "embargoed":
        return None
    if facts.status is None and any(event.body.permission is not None for event in events):
        return None
    asked = (event.at for event in reversed(events) if event.type in _DIALOG)
    return max(facts.status_at or 0, next(asked, 0))


def known_before(
    *,
    facts: DeviceFacts,
    events: Sequence[Event],
    since: int | None,
    start: int,
    enough: tuple[int, int],
) -> DeviceFacts | None:
    """The facts of a device at `start` (ms), or None where its whole story has to be folded.

    `events`: everything since then, in order. `since`: see `steady_since`. `enough`: see `rewind`.
    """
    if not events:
        return facts
    if facts.first_seen_at is not None and facts.first_seen_at >= start:
        return DeviceFacts()
    if since is None or since >= start:
        return None
    return rewind(facts=facts, events=events, start=start, enough=enough)


def rewind(
    *, facts: DeviceFacts, events: Sequence[Event], start: int, enough: tuple[int, int]
) -> DeviceFacts | None:
    """The facts of a steady device at `start` (ms), or None where they cannot be worked out.

    `enough`: the sessions and screens beyond which no rule asks for more; above them the exact
    number does not matter and is not looked for.
    """
    sessions = _sessions_before(facts, events, enough[0])
    screens = _screens_before(facts, events, enough[1])
    if sessions is None or screens is None or not _tells_in_time(facts, events):
        return None
    before = msgspec.structs.replace(facts, sessions=sessions, screens=screens)
    before.moments = _moments_before(facts, events)
    if facts.never_ask_at is not None and facts.never_ask_at >= start:
        before.never_ask_at = None
    ours = [event for event in events if event.type in SHOWN or event.type in ANSWERS]
    return before if not ours or _take_back(before, ours, start) else None


def _tells_in_time(facts: DeviceFacts, events: Sequence[Event]) -> bool:
    """Whether everything that is told again is told by the first moment at the latest: what it was
    before then does not matter.
    """
    first = events[0].body
    for name in LATEST:
        if getattr(facts, name) is None or getattr(first, name) is not None:
            continue
        met = False
        for event in events:
            if getattr(event.body, name) is not None:
                if met:
                    return False
                break
            met = met or event.type == "moment_reached"
    return True


def _sessions_before(facts: DeviceFacts, events: Sequence[Event], enough: int) -> int | None:
    first = events[0].body.session_index
    if first is not None:
        # What comes is at least this; what was is not more, as far as anything can tell.
        return 0 if first >= enough or facts.sessions <= first else None
    if any(event.body.session_index is not None for event in events):
        return None
    return max(facts.sessions - sum(event.type == "session_started" for event in events), 0)


def _screens_before(facts: DeviceFacts, events: Sequence[Event], enough: int) -> int | None:
    first = events[0].body.screen_index
    if enough <= 0 or (first is not None and (first >= enough or facts.screens <= first)):
        return 0
    if any(event.body.screen_index is not None for event in events):
        return None
    return facts.screens


def _moments_before(facts: DeviceFacts, events: Sequence[Event]) -> dict[str, MomentFacts]:
    since = Counter(
        key for event in events if event.type == "moment_reached" for key in event.body.moments
    )
    if not since:
        return dict(facts.moments)
    return {
        key: MomentFacts(known.count - since[key], known.first_at, known.last_at)
        for key, known in facts.moments.items()
        if known.count > since[key]
    }


def _take_back(before: DeviceFacts, ours: Sequence[Event], start: int) -> bool:
    """Take what we showed since `start`, and how it was answered, out of the facts; tells whether
    that was possible.
    """
    kept = tuple(exposure for exposure in before.exposures if exposure.at < start)
    if len(before.exposures) >= EXPOSURES_KEPT:
        return False
    before.exposures = kept
    before.campaigns = dict(before.campaigns)
    shown: set[tuple[str, str]] = set()
    for event in ours:
        ref = parse_decision_id(event.body.decision_id)
        if ref is None:
            return False
        known = before.campaigns.get(ref.campaign_key)
        if known is None:
            return False
        if event.type in SHOWN:
            shown.add((SHOWN[event.type], ref.id))
            if event.type == "soft_ask_shown":
                before.soft_asks_shown -= 1
            known = msgspec.structs.replace(known, shown=known.shown - 1)
        elif (event.type.rpartition("_")[0], ref.id) not in shown:
            return False  # it answers something that was shown before
        else:
            counter = ANSWERS[event.type]
            setattr(before, counter, getattr(before, counter) - 1)
            yes = event.type in ("soft_ask_accepted", "redirect_tapped")
            field = "accepted" if yes else "declined"
            known = msgspec.structs.replace(known, **{field: getattr(known, field) - 1})
        before.campaigns[ref.campaign_key] = known
    if before.first_soft_ask_at is not None and before.first_soft_ask_at >= start:
        before.first_soft_ask_at = None
    if before.first_accept_at is not None and before.first_accept_at >= start:
        before.first_accept_at = None
    return all(
        _set_times(before, key, kept, start)
        for key in {ref.campaign_key for ref in map(_ref, ours) if ref}
    )


def _ref(event: Event):  # type: ignore[no-untyped-def]  # DecisionRef | None, inferred
    return parse_decision_id(event.body.decision_id)


def _set_times(before: DeviceFacts, key: str, kept: tuple[Exposure, ...], start: int) -> bool:
    """Set when a campaign was last shown and declined before `start`; False where that is forgotten."""
    known = before.campaigns[key]
    last_shown = known.last_shown_at
    if last_shown is not None and last_shown >= start:
        times = [exposure.at for exposure in kept if exposure.campaign == key]
        if known.shown > 0 and not times:
            return False
        last_shown = max(times, default=None)
    last_declined = known.last_declined_at
    if last_declined is not None and last_declined >= start:
        if known.declined > 0:
            return False
        last_declined = None
    first = known.first_shown_at
    before.campaigns[key] = CampaignFacts(
        shown=known.shown,
        accepted=known.accepted,
        declined=known.declined,
        first_shown_at=first if first is not None and first < start else None,
        last_shown_at=last_shown,
        last_declined_at=last_declined,
    )
    return True
