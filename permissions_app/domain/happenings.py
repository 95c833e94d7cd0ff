"""What each type of event changes: one small function a type.

They write into the copy that `fold` made. The permission reading that any event may carry is
applied after them.
"""

from collections.abc import Callable
from typing import Literal

import msgspec

from permissions_app.domain.device import (
    ANSWER_LETTERS,
    ANSWERS_KEPT,
    ARMS_KEPT,
    CAMPAIGNS_KEPT,
    DAY_MS,
    EXPOSURES_KEPT,
    MOMENTS_KEPT,
    PERIOD_DAYS,
    ArmFacts,
    CampaignFacts,
    DeviceFacts,
    Exposure,
    FirstAsk,
    MomentFacts,
)
from permissions_app.domain.events import DecisionRef, EventContext
from permissions_app.domain.permission_facts import fresh_refusal, place_of, set_status

Happening = Callable[[DeviceFacts, int, EventContext, DecisionRef | None], None]


def _session_started(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    if body.session_index is None:
        draft.sessions += 1
    draft.removed_at = None


def _moment_reached(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    for key in body.moments:
        known = draft.moments.get(key)
        if known is not None:
            draft.moments[key] = known.again(at)
        elif len(draft.moments) < MOMENTS_KEPT:
            session = draft.sessions if body.session_index is None else body.session_index
            draft.moments[key] = MomentFacts(
                1, at, at, session or None, body.screen_index, place_of(draft)
            )
        if draft.first_moment_at is None:
            draft.first_moment_at = at


def _native_prompt_shown(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    draft.ask_count += 1
    _first_prompt(draft, at, ref)


def _first_prompt(draft: DeviceFacts, at: int, ref: DecisionRef | None) -> None:
    if draft.first_prompt_at is None:
        draft.first_prompt_at = at
        draft.first_prompt_moment = ref.moment if ref else ""
        _first_ask(draft, at, "dialog", ref)


def _first_ask(
    draft: DeviceFacts, at: int, by: Literal["soft_ask", "dialog"], ref: DecisionRef | None
) -> None:
    """Keep how it was at the first ask, whichever it is."""
    if draft.first_ask is None:
        draft.first_ask = FirstAsk(
            at=at,
            by=by,
            moment=ref.moment if ref else "",
            campaign=ref.campaign_key if ref else "",
            app_version=draft.app_version or "",
            session=draft.sessions,
            screen=draft.screens,
            moments=sum(moment.count for moment in draft.moments.values()),
        )


def _native_prompt_answered(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    outcome = body.outcome
    _first_prompt(draft, at, ref)
    if outcome in ("granted", "denied"):
        draft.answers += 1
        draft.ask_count = max(draft.ask_count, draft.answers)
        if draft.first_answered_at is None:
            draft.first_answered_at = at
    if outcome == "denied":
        draft.refusals += 1
        draft.refused_moment = (
            ref.moment if ref else (draft.exposures[-1].moment if draft.exposures else "")
        )
        if draft.status == "denied":
            draft.cause = None  # a fresh refusal: the reading says anew which kind it is
        if body.permission is None:
            set_status(draft, "denied", fresh_refusal(draft), at, ref)
    elif outcome == "granted" and body.permission is None:
        set_status(draft, "authorized", None, at, ref)
    elif outcome == "dismissed":
        draft.dismissals += 1
        draft.last_dismissed_at = at
    elif outcome == "ignored":
        draft.ignores += 1
        draft.last_dismissed_at = at


def _permission_status(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    """All it says is in the permission reading."""


def _shown(
    kind: str,
) -> Happening:
    def apply(draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None) -> None:
        exposure = Exposure(
            kind=kind,  # type: ignore[arg-type]  # the two literals below
            at=at,
            decision=ref.id if ref else "",
            campaign=ref.campaign_key if ref else "",
            variant=ref.variant if ref else "",
            moment=ref.moment if ref else "",
        )
        draft.exposures = (*draft.exposures, exposure)[-EXPOSURES_KEPT:]
        if draft.first_exposure_at is None:
            draft.first_exposure_at = at
        period = at // (PERIOD_DAYS * DAY_MS)
        draft.interrupted = {**draft.interrupted, period: draft.interrupted.get(period, 0) + 1}
        if len(draft.answers_in_order) < ANSWERS_KEPT:
            draft.answers_in_order += ANSWER_LETTERS[kind, "shown"]
        if kind == "soft_ask":
            _first_ask(draft, at, "soft_ask", ref)
            draft.soft_asks_shown += 1
            if draft.first_soft_ask_at is None:
                draft.first_soft_ask_at = at
        else:
            draft.redirects_shown += 1
        if ref is not None:
            known = _campaign(draft, ref)
            _keep(
                draft,
                ref,
                msgspec.structs.replace(
                    known,
                    shown=known.shown + 1,
                    first_shown_at=at if known.first_shown_at is None else known.first_shown_at,
                    last_shown_at=at,
                    arms=_arms(known, ref, shown_at=at),
                ),
            )

    return apply


def _campaign(draft: DeviceFacts, ref: DecisionRef) -> CampaignFacts:
    return draft.campaigns.get(ref.campaign_key) or CampaignFacts()


def _keep(draft: DeviceFacts, ref: DecisionRef, facts: CampaignFacts) -> None:
    if ref.campaign_key in draft.campaigns or len(draft.campaigns) < CAMPAIGNS_KEPT:
        draft.campaigns[ref.campaign_key] = facts


def _arms(
    known: CampaignFacts, ref: DecisionRef, *, shown_at: int | None = None, accepted: int = 0
) -> dict[str, ArmFacts]:
    """The arms of a campaign after one of them was shown, or accepted. A new dictionary: facts are
    never changed in place.
    """
    name = f"{ref.revision}.{ref.variant}"
    before = known.arms.get(name)
    if before is None:
        if len(known.arms) >= ARMS_KEPT:
            return known.arms
        before = ArmFacts()
    first = shown_at if before.first_shown_at is None else before.first_shown_at
    return {**known.arms, name: ArmFacts(first, before.accepted + accepted)}


def _answered(kind: str, outcome: str, counter: str) -> Happening:
    def apply(draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None) -> None:
        setattr(draft, counter, getattr(draft, counter) + 1)
        if outcome == "accepted" and draft.first_accept_at is None:
            draft.first_accept_at = at
        _mark_exposure(draft, kind, outcome, ref)
        if ref is None:
            return
        known = _campaign(draft, ref)
        if outcome in ("accepted", "tapped"):
            known = msgspec.structs.replace(
                known, accepted=known.accepted + 1, arms=_arms(known, ref, accepted=1)
            )
        else:
            known = msgspec.structs.replace(known, declined=known.declined + 1, last_declined_at=at)
        _keep(draft, ref, known)

    return apply


def _mark_exposure(draft: DeviceFacts, kind: str, outcome: str, ref: DecisionRef | None) -> None:
    """Write the answer beside the exposure it belongs to: the same decision, or the latest of that
    kind.
    """
    for index in range(len(draft.exposures) - 1, -1, -1):
        exposure = draft.exposures[index]
        if exposure.kind == kind and (ref is None or exposure.decision == ref.id):
            marked = msgspec.structs.replace(exposure, outcome=outcome)
            draft.exposures = (
                *draft.exposures[:index],
                marked,
                *draft.exposures[index + 1 :],
            )
            _mark_answer(draft, index, ANSWER_LETTERS[kind, outcome])
            return


def _mark_answer(draft: DeviceFacts, index: int, letter: str) -> None:
    """The same in the row of letters: `index` counts in the exposures that are still kept."""
    shown = draft.soft_asks_shown + draft.redirects_shown
    place = shown - len(draft.exposures) + index
    if place < len(draft.answers_in_order):
        row = draft.answers_in_order
        draft.answers_in_order = row[:place] + letter + row[place + 1 :]


def _settings_opened(
    draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None
) -> None:
    draft.settings_opened_at = at


def _never_ask(draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None) -> None:
    if draft.never_ask_at is None:
        draft.never_ask_at = at
        draft.never_after = draft.soft_asks_shown + draft.redirects_shown


def _app_removed(draft: DeviceFacts, at: int, body: EventContext, ref: DecisionRef | None) -> None:
    if draft.removed_at is None:
        draft.removed_at = at


HAPPENINGS: dict[str, Happening] = {
    "session_started": _session_started,
    "moment_reached": _moment_reached,
    "soft_ask_shown": _shown("soft_ask"),
    "soft_ask_accepted": _answered("soft_ask", "accepted", "soft_asks_accepted"),
    "soft_ask_declined": _answered("soft_ask", "declined", "soft_asks_declined"),
    "soft_ask_dismissed": _answered("soft_ask", "dismissed", "soft_asks_dismissed"),
    "native_prompt_shown": _native_prompt_shown,
    "native_prompt_answered": _native_prompt_answered,
    "redirect_shown": _shown("redirect"),
    "redirect_tapped": _answered("redirect", "tapped", "redirects_tapped"),
    "redirect_dismissed": _answered("redirect", "dismissed", "redirects_dismissed"),
    "settings_opened": _settings_opened,
    "permission_status": _permission_status,
    "never_ask": _never_ask,
    "app_removed": _app_removed,
}
