"""The decision at a moment.

A device has just reached a value moment: the person placed an order, finished a run, sent a
message. Shall the app say anything about notifications? The question goes down a ladder, and the
first rung that applies answers:

1. a moment that is unknown or paused says nothing, and none does while the team has stopped the app as a
whole; 2. neither does a device that has notifications
on, or can never have them; 3. a person who said never is never asked again; 4. nobody is
interrupted more often than the app allows itself, over all campaigns; 5. if the system's dialog can
still show, a soft ask may come first (`soft_ask_path`); 6. if it is spent and the person is denied,
a Settings redirect may help (`redirect_path`); 7. if it cannot be told, nothing is risked.

`decide` is a pure function: the same ruleset, facts, standing and time give the same answer, on any
server and in any language. It reads no clock, draws no random number and never raises. What must
always hold is enforced here and not left to the people who write campaigns: no redirect where
Settings has no switch or nothing is to be recovered, none while the app is opening, no advice to
show a dialog that cannot show.

A browser's embargo (Chromium, after several dismissals) is left alone: it ends by itself, and a
redirect would send the person to undo something they never chose. Once it is over the soft-ask path
is open again.
"""

from functools import lru_cache

from campaigns.domain.answer import Action, Decision, interrupts
from campaigns.domain.fatigue import fatigue_cap, live_reservations
from campaigns.domain.reasons import REASONS, Reason, explain
from campaigns.domain.redirect_path import redirect_path
from campaigns.domain.ruleset import SPENT_CAUSES, Ruleset
from campaigns.domain.soft_ask_path import soft_ask_path
from permissions_app.domain.device import DeviceFacts, Status
from permissions_app.domain.platforms import (
    Budget,
    PlatformRules,
    prompt_budget,
    rules_for,
)
from permissions_app.domain.standing import Reservation, Standing

__all__ = ["REASONS", "Action", "Decision", "Reason", "decide", "explain", "interrupts"]


def decide(
    *,
    ruleset: Ruleset,
    moment: str,
    facts: DeviceFacts,
    standing: Standing,
    device_key: str,
    now: int,
) -> Decision:
    """What to show the device at this moment, and why.

    `device_key`: the stable key that arms are drawn by. `now`: milliseconds since 1970 UTC. Never
    raises.
    """
    known = ruleset.moments.get(moment)
    if known is None:
        return Decision("none", "unknown_moment", moment)
    if ruleset.stopped:
        return Decision("none", "app_stopped", moment)
    if known.paused:
        return Decision("none", "moment_paused", moment)
    rules = _rules(
        facts.platform,
        facts.os_version,
        facts.api_level,
        facts.target_sdk,
        facts.browser,
        facts.standalone,
    )
    settled = _settled(facts, rules)
    if settled is not None:
        return Decision("none", settled, moment)
    live = live_reservations(facts=facts, standing=standing, now=now)
    cap = fatigue_cap(fatigue=ruleset.fatigue, facts=facts, live=live, now=now)
    if cap is not None:
        return Decision("none", "fatigue_cap", moment, retry_after=cap.until)
    if rules is None:
        return Decision("none", "unknown_platform", moment)
    return _by_budget(ruleset, moment, facts, standing, live, rules, device_key, now)


def _settled(facts: DeviceFacts, rules: PlatformRules | None) -> Reason | None:
    """The reasons that no campaign can change. An App Clip's hours of grace count as authorised;
    provisional does not.
    """
    status = facts.status
    if status in ("authorized", "ephemeral"):
        return "already_authorized"
    if status == "unsupported":
        return "unsupported"
    if rules is not None and rules.prompts == 0:
        if not rules.on_by_default:
            return "unsupported"
        if status != "denied":
            return "already_authorized"
    return "user_said_never" if facts.never_ask_at is not None else None


def _by_budget(
    ruleset: Ruleset,
    moment: str,
    facts: DeviceFacts,
    standing: Standing,
    live: tuple[Reservation, ...],
    rules: PlatformRules,
    device_key: str,
    now: int,
) -> Decision:
    """Rungs 5 to 7: what is left of the system's dialog chooses the path."""
    status = facts.status or _fresh_status(facts, rules)
    if status is None:
        return Decision("none", "status_unknown", moment)
    cause = facts.cause if status == "denied" else None
    if rules.on_by_default:
        cause = "turned_off"  # without a dialog, Settings is the only way it can have been denied
    budget = prompt_budget(
        rules=rules,
        status=status,
        cause=cause,
        answers=facts.answers,
        refusals=facts.refusals,
        dismissals=facts.dismissals,
        ignores=facts.ignores,
        last_dismissed_at=facts.last_dismissed_at,
    )
    if not budget.can_prompt:
        if budget.embargoed_until is not None or cause == "embargoed":
            until = max(budget.embargoed_until or 0, facts.embargoed_until or 0) or None
            if until is None or now < until or not budget.prompts_left:
                ends = until if until is not None and now < until else None
                return Decision("none", "embargoed", moment, budget=budget, retry_after=ends)
            budget = Budget(budget.prompts_left, True, budget.last_one, None, budget.rule)
        elif cause in SPENT_CAUSES:
            return redirect_path(
                ruleset=ruleset,
                moment=moment,
                facts=facts,
                cause=cause,
                standing=standing,
                live=live,
                budget=budget,
                device_key=device_key,
                now=now,
            )
        else:
            return Decision("none", "status_unknown", moment, budget=budget)
    return soft_ask_path(
        ruleset=ruleset,
        moment=moment,
        facts=facts,
        standing=standing,
        live=live,
        rules=rules,
        budget=budget,
        device_key=device_key,
        now=now,
    )


def _fresh_status(facts: DeviceFacts, rules: PlatformRules) -> Status | None:
    """The status of a device that never told it: not determined, if nothing speaks against it.

    An Android device of unknown version may have notifications on already. A dialog that was
    answered, or was shown and is not known to have been closed, has changed the status to something
    nobody told us.
    """
    if rules.key == "android_unknown" or facts.answers > 0 or facts.refusals > 0:
        return None
    return None if facts.ask_count > facts.dismissals + facts.ignores else "not_determined"


@lru_cache(maxsize=8192)
def _rules(
    platform: str | None,
    os_version: str | None,
    api_level: int | None,
    target_sdk: int | None,
    browser: str | None,
    standalone: bool | None,
) -> PlatformRules | None:
    return rules_for(
        platform=platform,
        os_version=os_version,
        api_level=api_level,
        target_sdk=target_sdk,
        browser=browser,
        standalone=standalone,
    )
