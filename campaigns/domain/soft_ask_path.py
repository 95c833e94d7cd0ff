"""The soft-ask path: the operating system's dialog can still show.

The campaigns on the moment are looked at in the team's order. The first one whose audience, gates
and waits all hold answers, and nothing after it is looked at: it shows its words, or, for a
held-out device, deliberately nothing.

Where a soft ask tries out its gates (see `gates`), a device draws them when it first comes this far: after the
audience, before any gate. Every such draw is told with the answer, whatever the answer is.

On Android a second dialog exists after a refusal. It is the last one, so it is never spent at the
moment that was refused: another moment has to earn it.
"""

from dataclasses import replace

from campaigns.domain.answer import Decision, Refusal, closest
from campaigns.domain.arms import decision_of, draw
from campaigns.domain.audience import audience_refusal
from campaigns.domain.fatigue import Patience, patience, wait_until
from campaigns.domain.gates import Gates, draw_gates, gates_refusal
from campaigns.domain.ruleset import Ruleset, SoftAsk
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.platforms import Budget, PlatformRules
from permissions_app.domain.standing import Assignment, Reservation, Standing


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
    gate_arms: list[tuple[str, Assignment]] = []
    answer: Decision | None = None
    for ask in asks:
        refusal: Refusal | None = _outside(ask, facts, now)
        if refusal is None:
            gates, new = _gates(ask, standing, device_key, now)
            if new is not None:
                gate_arms.append((ask.trial_key, new))
            refusal = _refusal(ask, gates, moment, facts, left, now)
        if refusal is None:
            drawn = draw(campaign=ask, standing=standing, device_key=device_key, now=now)
            answer = decision_of(
                campaign=ask, drawn=drawn, budget=budget, refusals=refusals, locale=facts.locale
            )
            break
        refusals.append((ask.key, refusal))
    if answer is None:
        reason, until = closest(refusals)
        answer = Decision(
            "none",
            reason,
            moment,
            budget=budget,
            considered=tuple((key, refusal[0]) for key, refusal in refusals),
            retry_after=until,
        )
    return replace(answer, gate_arms=tuple(gate_arms)) if gate_arms else answer


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


def _outside(ask: SoftAsk, facts: DeviceFacts, now: int) -> Refusal | None:
    """Why this soft ask is not for this device, or None."""
    outside = audience_refusal(campaign=ask, facts=facts, now=now)
    if outside is not None:
        return outside
    return None if ask.drawable else ("no_arm", None)


def _gates(
    ask: SoftAsk, standing: Standing, device_key: str, now: int
) -> tuple[Gates, Assignment | None]:
    """The gates that this device meets, and its new arm where they are tried out."""
    if not ask.gate_arms:
        return ask.gates, None
    gates, new = draw_gates(
        arms=ask.gate_arms,
        seed=ask.seed,
        known=standing.assigned.get(ask.trial_key),
        device_key=device_key,
        now=now,
        revision=ask.revision,
    )
    return gates or ask.gates, new


def _refusal(
    ask: SoftAsk, gates: Gates, moment: str, facts: DeviceFacts, left: Patience, now: int
) -> Refusal | None:
    """Why this soft ask must wait, or None."""
    closed = gates_refusal(gates=gates, facts=facts, moment=moment)
    return closed if closed is not None else _patience_refusal(ask, facts, left, now)


def _patience_refusal(ask: SoftAsk, facts: DeviceFacts, left: Patience, now: int) -> Refusal | None:
    own = facts.campaigns.get(ask.key)
    declines = left.declines if own is None else max(left.declines, own.declined)
    if declines >= ask.max_declines:
        return ("decline_cap", None)
    until = max(wait_until(ask=ask, patience=left), left.open_until or 0)
    return ("cooldown", until) if now < until else None
