"""The redirect path: the person is denied for good, and only Settings can change it.

A person who refused is somebody with a relationship to the app, not a setting to be fixed. So a
redirect comes rarely: never while the app is being opened, not in the first days after the no, not
again within its cooldown, and only so many times ever. Cooldown and cap count what was shown,
whether or not it was tapped. They are kept per rule; the fatigue budget, which was checked before,
holds over all of them.
"""

from campaigns.domain.answer import Decision, Refusal, closest
from campaigns.domain.arms import decision_of, draw
from campaigns.domain.audience import audience_refusal
from campaigns.domain.ruleset import RedirectRule, Ruleset
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.platforms import Budget
from permissions_app.domain.settings_paths import SettingsPath, settings_path
from permissions_app.domain.standing import Reservation, Standing


def redirect_path(
    *,
    ruleset: Ruleset,
    moment: str,
    facts: DeviceFacts,
    cause: str,
    standing: Standing,
    live: tuple[Reservation, ...],
    budget: Budget,
    device_key: str,
    now: int,
) -> Decision:
    """The decision for a device that only Settings can change. `cause`: why it is denied. `now` in
    ms.
    """
    rules = ruleset.redirects.get(moment, ())
    if ruleset.moments[moment].opening:
        return Decision(
            "none",
            "opening_moment",
            moment,
            budget=budget,
            considered=tuple((rule.key, "opening_moment") for rule in rules),
        )
    if not rules:
        return Decision("none", "no_rule", moment, budget=budget)
    refusals: list[tuple[str, Refusal]] = []
    for rule in rules:
        refusal = _refusal(rule, facts, cause, live, now)
        if refusal is None:
            return decision_of(
                campaign=rule,
                drawn=draw(campaign=rule, standing=standing, device_key=device_key, now=now),
                budget=budget,
                refusals=refusals,
                settings=_way_back(facts),
                locale=facts.locale,
            )
        refusals.append((rule.key, refusal))
    reason, until = closest(refusals)
    return Decision(
        "none",
        reason,
        moment,
        budget=budget,
        considered=tuple((key, refusal[0]) for key, refusal in refusals),
        retry_after=until,
    )


def _refusal(
    rule: RedirectRule,
    facts: DeviceFacts,
    cause: str,
    live: tuple[Reservation, ...],
    now: int,
) -> Refusal | None:
    """Why this rule must wait, or None."""
    outside = audience_refusal(campaign=rule, facts=facts, now=now)
    if outside is not None:
        return outside
    if rule.causes and cause not in rule.causes:
        return ("audience_mismatch", None)
    if not rule.drawable:
        return ("no_arm", None)
    denied_at = facts.status_at
    if denied_at is None and facts.denial is not None:
        denied_at = facts.denial.at
    if denied_at is None:
        if rule.min_days_since_denial > 0:
            return ("too_soon_after_denial", None)
    elif now < (until := denied_at + max(rule.min_days_since_denial, 0) * DAY_MS):
        return ("too_soon_after_denial", until)
    shown, free_at = _showings(rule, facts, live)
    if shown >= rule.cap:
        return ("redirect_cap", None)
    return ("redirect_cooldown", free_at) if now < free_at else None


def _showings(
    rule: RedirectRule, facts: DeviceFacts, live: tuple[Reservation, ...]
) -> tuple[int, int]:
    """How often this rule was shown or is promised, and when its cooldown ends (ms)."""
    cooldown = max(rule.cooldown_days, 0) * DAY_MS
    known = facts.campaigns.get(rule.key)
    shown = known.shown if known is not None else 0
    last = known.last_shown_at if known is not None else None
    ends = [last + cooldown] if last is not None else []
    remembered = [e.at for e in facts.exposures if e.campaign == rule.key and e.kind == "redirect"]
    ends += [at + cooldown for at in remembered]
    promised = [r.expires_at for r in live if r.campaign == rule.key]
    return max(shown, len(remembered)) + len(promised), max(ends + promised, default=0)


def _way_back(facts: DeviceFacts) -> SettingsPath:
    return settings_path(
        platform=facts.platform,
        os_version=facts.os_version,
        api_level=facts.api_level,
        browser=facts.browser,
        standalone=facts.standalone,
    )
