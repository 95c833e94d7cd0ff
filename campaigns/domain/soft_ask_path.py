"""The soft-ask path: the operating system's dialog can still show.

The campaigns on the moment are looked at in the team's order. The first one whose audience, gates
and waits all hold answers, and nothing after it is looked at: it shows its words, or, for a
held-out device, deliberately nothing.

On Android a second dialog exists after a refusal. It is the last one, so it is never spent at the
moment that was refused: another moment has to earn it.
"""

from campaigns.domain.answer import Decision, Refusal, closest
from campaigns.domain.arms import decision_of, draw
from campaigns.domain.audience import audience_refusal
from campaigns.domain.fatigue import Patience, patience, wait_until
from campaigns.domain.ruleset import Ruleset, SoftAsk
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.platforms import Budget, PlatformRules
from permissions_app.domain.standing import Reservation, Standing


def soft_ask_path(
    *,
    ruleset: Ruleset,
    moment: str,
    facts: DeviceFacts,
    standing: Standing,
    live: tuple[Reservation, ...],
    rules: PlatformRules,
    budget: Budget,
    device_key: str,
    now: int,
) -> Decision:
    """The decision for a device whose dialog can still show. `now` in ms."""
    asks = ruleset.soft_asks.get(moment)
    if not asks:
        return _nothing_to_ask(ruleset, moment, rules, budget)
    if _is_refused_moment(facts, rules, moment):
        return Decision(
            "none",
            "last_prompt_needs_other_moment",
            moment,
            budget=budget,
            considered=tuple((ask.key, "last_prompt_needs_other_moment") for ask in asks),
        )
    left = patience(facts=facts, live=live, answer_ttl_ms=ruleset.answer_ttl_ms, now=now)
    refusals: list[tuple[str, Refusal]] = []
    for ask in asks:
        refusal = _refusal(ask, moment, facts, left, now)
        if refusal is None:
            drawn = draw(campaign=ask, standing=standing, device_key=device_key, now=now)
            return decision_of(
                campaign=ask, drawn=drawn, budget=budget, refusals=refusals, locale=facts.locale
            )
        refusals.append((ask.key, refusal))
    reason, until = closest(refusals)
    return Decision(
        "none",
        reason,
        moment,
        budget=budget,
        considered=tuple((key, refusal[0]) for key, refusal in refusals),
        retry_after=until,
    )


def _nothing_to_ask(
    ruleset: Ruleset, moment: str, rules: PlatformRules, budget: Budget
) -> Decision:
    redirects = ruleset.redirects.get(moment)
    if redirects and rules.toggle_needs_prior_ask:
        return Decision(
            "none",
            "no_settings_toggle",
            moment,
            budget=budget,
            considered=tuple((rule.key, "no_settings_toggle") for rule in redirects),
        )
    return Decision("none", "no_campaign", moment, budget=budget)


def _is_refused_moment(facts: DeviceFacts, rules: PlatformRules, moment: str) -> bool:
    if facts.refused_moment != moment or rules.budget_counts != "refusals":
        return False
    return facts.refusals > 0 or facts.cause == "refused_once"


def _refusal(
    ask: SoftAsk, moment: str, facts: DeviceFacts, left: Patience, now: int
) -> Refusal | None:
    """Why this soft ask must wait, or None. Asking for a decision is itself evidence of one visit
    to the moment.
    """
    outside = audience_refusal(campaign=ask, facts=facts, now=now)
    if outside is not None:
        return outside
    if not ask.drawable:
        return ("no_arm", None)
    gates = ask.gates
    if facts.sessions <= 1 and not gates.allow_first_session:
        return ("gate_first_session", None)
    if facts.sessions < gates.min_sessions:
        return ("gate_min_sessions", None)
    if gates.min_times_reached > 1:
        reached = facts.moments.get(moment)
        if reached is None or reached.count < gates.min_times_reached:
            return ("gate_times_reached", None)
    if facts.screens < gates.min_screens:
        return ("gate_min_screens", None)
    return _patience_refusal(ask, facts, left, now)


def _patience_refusal(ask: SoftAsk, facts: DeviceFacts, left: Patience, now: int) -> Refusal | None:
    own = facts.campaigns.get(ask.key)
    declines = left.declines if own is None else max(left.declines, own.declined)
    if declines >= ask.max_declines:
        return ("decline_cap", None)
    until = max(wait_until(ask=ask, patience=left), left.open_until or 0)
    return ("cooldown", until) if now < until else None
