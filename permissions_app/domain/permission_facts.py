"""What the operating system says of a device, and what follows from it.

A permission reading moves the device to a status. When it is denied, the device's own history says
why; when a device that only Settings could turn on is seen authorised, that is a *recovery*. It is
attributed to the last redirect tapped within 24 hours, else the last one seen within 7 days, else
it is organic.

These functions write into the copy that `fold` made.
"""

from permissions_app.domain import states
from permissions_app.domain.device import DAY_MS, Cause, Denial, DeviceFacts, Place, Status
from permissions_app.domain.events import DecisionRef, EventContext
from permissions_app.domain.history import spent_dialogs, with_history
from permissions_app.domain.platforms import Budget, prompt_budget, rules_for

TAPPED_WINDOW_MS = DAY_MS
SEEN_WINDOW_MS = 7 * DAY_MS
FINAL_CAUSES = frozenset({"refused", "turned_off"})
"""Denied, and no dialog can change it any more: only Settings can."""


def place_of(facts: DeviceFacts) -> Place:
    """Where the device stands, as far as it has told. Without a reading its platform decides:
    Android 12 starts switched on, and a browser tab on iOS can receive nothing.
    """
    if facts.status is None:
        rules = rules_for(
            platform=facts.platform,
            os_version=facts.os_version,
            api_level=facts.api_level,
            target_sdk=facts.target_sdk,
            browser=facts.browser,
            standalone=facts.standalone,
        )
        if rules is None or rules.prompts:
            return "not_asked"
        return "authorized" if rules.on_by_default else "unsupported"
    if facts.status == "denied":
        return "denied" if facts.cause in FINAL_CAUSES else "denied_for_now"
    if facts.status == "unsupported":
        return "unsupported"
    return "authorized" if facts.status in ("authorized", "ephemeral") else "not_asked"


def apply_permission(
    draft: DeviceFacts, body: EventContext, at: int, ref: DecisionRef | None, unused: int
) -> None:
    raw = body.permission
    assert raw is not None
    asked = raw.ask_count if raw.ask_count is not None else (draft.ask_count or None)
    try:
        reading = states.normalise(
            library=raw.library,
            value=raw.value,
            platform=draft.platform,
            os_version=draft.os_version,
            api_level=draft.api_level,
            target_sdk=draft.target_sdk,
            ask_count=spent_dialogs(draft, asked) or asked,
            can_ask_again=raw.can_ask_again,
            source=raw.source,
        )
    except states.UnknownValue:
        return
    if raw.ask_count is not None and raw.ask_count > draft.ask_count:
        draft.ask_count = raw.ask_count
    reading = with_history(draft, reading, asked, unused)
    if reading.status is not None:
        set_status(draft, reading.status, reading.cause, at, ref)
    elif reading.off and draft.status == "authorized":
        # The value alone does not tell a status, but it was on before and is not now.
        set_status(draft, "denied", "turned_off", at, ref)


def set_status(
    draft: DeviceFacts,
    status: Status,
    cause: Cause | None,
    at: int,
    ref: DecisionRef | None = None,
) -> None:
    """Move the draft to `status`; works out why a denial was given, and whether this is a recovery."""
    before, before_cause = draft.status, draft.cause
    if status == "denied":
        _set_denied(draft, cause, at, ref)
    else:
        draft.cause = None
        draft.embargoed_until = None
        if status == "authorized":
            if draft.first_authorized_at is None:
                draft.first_authorized_at = at
            if before == "denied" and before_cause in FINAL_CAUSES:
                _recover(draft, at)
    draft.status = status
    if status != before or draft.cause != before_cause:
        draft.status_at = at


def fresh_refusal(facts: DeviceFacts) -> Cause | None:
    """Which kind of no was just said to the dialog, where refusals are what counts; None elsewhere. That it was granted
    once, and taken back by the system since, makes no refusal final.
    """
    rules = rules_for(
        platform=facts.platform,
        os_version=facts.os_version,
        api_level=facts.api_level,
        target_sdk=facts.target_sdk,
        browser=facts.browser,
        standalone=facts.standalone,
    )
    if rules is None or rules.budget_counts != "refusals":
        return None
    return "refused_once" if facts.refusals < rules.prompts else "refused"


def _set_denied(draft: DeviceFacts, told: Cause | None, at: int, ref: DecisionRef | None) -> None:
    rules = rules_for(
        platform=draft.platform,
        os_version=draft.os_version,
        api_level=draft.api_level,
        target_sdk=draft.target_sdk,
        browser=draft.browser,
        standalone=draft.standalone,
    )
    budget = prompt_budget(
        rules=rules,
        status="denied",
        cause=told,
        answers=draft.answers,
        refusals=draft.refusals,
        dismissals=draft.dismissals,
        ignores=draft.ignores,
        last_dismissed_at=draft.last_dismissed_at,
    )
    cause = _denial_cause(draft, told, budget)
    draft.cause = cause
    draft.embargoed_until = budget.embargoed_until if cause == "embargoed" else None
    if cause in FINAL_CAUSES and draft.denial is None:
        exposure = draft.exposures[-1] if draft.exposures and cause == "refused" else None
        version = draft.app_version or ""
        if ref is not None:
            draft.denial = Denial(at, cause, ref.moment, ref.campaign_key, ref.variant, version)
        elif exposure is not None and at - exposure.at <= DAY_MS:
            draft.denial = Denial(
                at, cause, exposure.moment, exposure.campaign, exposure.variant, version
            )
        else:
            draft.denial = Denial(at, cause, app_version=version)


def _denial_cause(draft: DeviceFacts, told: Cause | None, budget: Budget) -> Cause:
    """Why it is denied. The device's own history knows more than a library's word.

    Several libraries cannot tell "still askable" from "switched off in Settings", and none sees an
    embargo.
    """
    if (
        draft.status == "denied"
        and draft.cause is not None
        and told in (None, "refused_once", draft.cause)
    ):
        return draft.cause  # said again, nothing new
    if draft.status == "denied" and draft.cause in FINAL_CAUSES and told == "refused":
        return draft.cause
    if told in ("turned_off", "auto_reset", "embargoed"):
        return told
    was_on = draft.status == "authorized"
    was_quiet = draft.status in ("provisional", "ephemeral") and draft.refusals == 0
    if was_on or was_quiet:
        return "turned_off"
    if budget.embargoed_until is not None and draft.refusals == 0:
        return "embargoed"
    if told == "refused_once" and draft.refusals < 2:
        return "refused_once"
    if told is None and draft.platform == "android" and draft.refusals and budget.can_prompt:
        return "refused_once"
    return "refused"


def _recover(draft: DeviceFacts, at: int) -> None:
    if draft.denial is None or draft.recovered_at is not None:
        return
    draft.recovered_at = at
    redirects = [e for e in draft.exposures if e.kind == "redirect"]
    tapped = [e for e in redirects if e.outcome == "tapped" and at - e.at <= TAPPED_WINDOW_MS]
    seen = [e for e in redirects if at - e.at <= SEEN_WINDOW_MS]
    if tapped:
        draft.recovery, draft.recovery_campaign = "tapped", tapped[-1].campaign
    elif seen:
        draft.recovery, draft.recovery_campaign = "seen", seen[-1].campaign
    else:
        draft.recovery = "organic"
