"""A device in an imagined world: one set of rules, and what they would have shown.

The world asks `decide`, the rule that answers real devices. An answer that nothing can have changed
since is not worked out again: most visits come while the same wait or the same budget still holds.
"""

from collections.abc import Callable, Mapping
from operator import attrgetter

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.decision import decide
from campaigns.domain.ruleset import Campaign, Ruleset
from permissions_app.domain.device import EXPOSURES_KEPT, CampaignFacts, DeviceFacts, Exposure
from permissions_app.domain.events import Event
from permissions_app.domain.fold import LATEST
from permissions_app.domain.standing import Standing

FOR_EVER = 1 << 62
_LASTING = frozenset(
    {
        "unknown_moment",
        "moment_paused",
        "already_authorized",
        "unsupported",
        "user_said_never",
        "unknown_platform",
        "status_unknown",
        "no_campaign",
        "no_settings_toggle",
        "last_prompt_needs_other_moment",
        "opening_moment",
        "no_rule",
        "audience_mismatch",
        "no_arm",
        "decline_cap",
        "redirect_cap",
    }
)
"""Reasons that time and visits alone do not change."""
FOR_ALL = frozenset(
    {
        "already_authorized",
        "unsupported",
        "user_said_never",
        "fatigue_cap",
        "unknown_platform",
        "status_unknown",
    }
)
"""Reasons that no campaign has a part in: every moment that is known and not paused has the same."""
_GATES = frozenset({"gate_first_session", "gate_min_sessions", "gate_min_screens"})
_WAITS = frozenset({"cooldown", "redirect_cooldown", "too_soon_after_denial"})
_context = attrgetter(*LATEST)


class Rules:
    """A ruleset of an imagined world, with what a replay looks up again and again."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.carrying = frozenset(ruleset.soft_asks) | frozenset(ruleset.redirects)
        """Moments with something published on them."""
        self.open = frozenset(key for key, moment in ruleset.moments.items() if not moment.paused)
        self.by_key: Mapping[str, Campaign] = {
            campaign.key: campaign
            for kind in (ruleset.soft_asks, ruleset.redirects)
            for campaigns in kind.values()
            for campaign in campaigns
        }
        self._asked: dict[tuple[str, ...], str] = {}
        self._single: dict[str, Ruleset] = {}

    def asked(self, moments: tuple[str, ...]) -> str:
        """The moment to ask about when an event reaches several: the first that carries something."""
        known = self._asked.get(moments)
        if known is None:
            carrying = (key for key in moments if key in self.carrying)
            known = next(carrying, moments[0] if moments else "")
            self._asked[moments] = known
        return known

    def closed(self, moment: str) -> str:
        """Why nothing is ever said at a moment, which comes before everything else; '' if it is open."""
        if moment in self.open:
            return ""
        return "moment_paused" if moment in self.ruleset.moments else "unknown_moment"

    def alone(self, key: str) -> Ruleset:
        """The ruleset with only this campaign in it."""
        if key not in self._single:
            self._single[key] = only(ruleset=self.ruleset, keep=lambda c: c.key == key)
        return self._single[key]


def only(*, ruleset: Ruleset, keep: Callable[[Campaign], bool]) -> Ruleset:
    """The ruleset without the campaigns that `keep` refuses."""

    def kept(kind: Mapping[str, tuple[Campaign, ...]]) -> dict[str, tuple[Campaign, ...]]:
        left = {moment: tuple(filter(keep, campaigns)) for moment, campaigns in kind.items()}
        return {moment: campaigns for moment, campaigns in left.items() if campaigns}

    return Ruleset(
        app_id=ruleset.app_id,
        version=ruleset.version,
        moments=ruleset.moments,
        soft_asks=kept(ruleset.soft_asks),  # type: ignore[arg-type]  # a kind keeps its kind
        redirects=kept(ruleset.redirects),  # type: ignore[arg-type]
        fatigue=ruleset.fatigue,
        answer_ttl_ms=ruleset.answer_ttl_ms,
    )


class World:
    """One device under one set of rules: what it was shown there, and answers that still hold."""

    __slots__ = ("_all", "_told", "_until", "facts", "key", "known", "rules", "standing", "steady")

    def __init__(self, *, rules: Rules, key: str, standing: Standing, facts: DeviceFacts) -> None:
        self.rules, self.key, self.facts = rules, key, facts
        self.standing = Standing(assigned=standing.assigned)  # promises were of the real world
        self.steady = False
        self._told: tuple[object, ...] = ()
        self.known: dict[str, tuple[Decision, int, int, int]] = {}
        """Moment -> its answer, until when (ms) it holds, and for which sessions and screens."""
        self._all: Decision | None = None
        self._until = 0
        """The answer of all open moments, and until when (ms) it holds."""

    def ask(self, moment: str, now: int) -> Decision:
        """What this world says at the moment; asks the rule only where an earlier answer may have
        changed.
        """
        if now < self._until and self._all is not None and moment in self.rules.open:
            return self._all
        facts, held = self.facts, self.known.get(moment)
        if (
            held is not None
            and now < held[1]
            and (held[2] < 0 or (held[2] == facts.sessions and held[3] == facts.screens))
        ):
            return held[0]
        decision = self.decided(self.rules.ruleset, moment, now)
        if self.steady:
            self._hold(moment, decision, now)
        return decision

    def tell(self, event: Event) -> bool:
        """Take what an event says of a steady device; True when answers may change by it."""
        facts, body = self.facts, event.body
        if body.session_index is not None:
            facts.sessions = max(facts.sessions, body.session_index)
        elif event.type == "session_started":
            facts.sessions += 1
        if body.screen_index is not None and body.screen_index > facts.screens:
            facts.screens = body.screen_index
        changed, told = False, _context(body)
        if told != self._told:
            self._told, changed = told, True
            for name, value in zip(LATEST, told, strict=True):
                if value is not None:
                    setattr(facts, name, value)
        if event.type == "never_ask" and facts.never_ask_at is None:
            facts.never_ask_at, changed = event.at, True
        if changed:
            self.forget()
        return changed

    def forget(self) -> None:
        """Something changed that answers depend on."""
        self.known.clear()
        self._until = 0

    def decided(self, ruleset: Ruleset, moment: str, now: int) -> Decision:
        """The answer of the rule itself, in this world, under any rules."""
        facts = self.facts
        if not facts.sessions:  # whoever reaches a moment is in a session
            facts = msgspec.structs.replace(facts, sessions=1)
        return decide(
            ruleset=ruleset,
            moment=moment,
            facts=facts,
            standing=self.standing,
            device_key=self.key,
            now=now,
        )

    def _hold(self, moment: str, decision: Decision, now: int) -> None:
        """Remember an answer for as long as neither time nor more visits can change it."""
        if decision.reason in FOR_ALL:
            until = FOR_EVER if decision.retry_after is None else decision.retry_after
            self._all, self._until = decision, until
            return
        if decision.action != "none":
            return
        until, gated = self._ends(decision.campaign, now), False
        considered = decision.considered
        if not decision.campaign and not considered:
            considered = (("", decision.reason),)
        for key, reason in considered:
            if reason in _GATES:
                gated = True
            elif reason in _WAITS:
                until = min(until, self._waits(decision, key, moment, now))
            elif reason not in _LASTING:
                return
            until = min(until, self._ends(key, now))
        counts = (self.facts.sessions, self.facts.screens) if gated else (-1, -1)
        self.known[moment] = (decision, until, *counts)

    def _ends(self, key: str, now: int) -> int:
        campaign = self.rules.by_key.get(key)
        if campaign is None or campaign.ends_at is None or now >= campaign.ends_at:
            return FOR_EVER
        return campaign.ends_at

    def _waits(self, decision: Decision, key: str, moment: str, now: int) -> int:
        alone = decision
        if decision.campaign or len(decision.considered) > 1:
            alone = self.decided(self.rules.alone(key), moment, now)
        return now if alone.retry_after is None else alone.retry_after


def show(*, facts: DeviceFacts, decision: Decision, at: int) -> None:
    """Write into the facts that a decision was shown, and a soft ask answered "not now"."""
    soft = decision.action == "soft_ask"
    exposure = Exposure(
        kind="soft_ask" if soft else "redirect",
        at=at,
        campaign=decision.campaign,
        variant=decision.variant,
        moment=decision.moment,
        outcome="declined" if soft else "shown",
    )
    facts.exposures = (*facts.exposures, exposure)[-EXPOSURES_KEPT:]
    known = facts.campaigns.get(decision.campaign) or CampaignFacts()
    seen = msgspec.structs.replace(
        known,
        shown=known.shown + 1,
        last_shown_at=at,
        first_shown_at=at if known.first_shown_at is None else known.first_shown_at,
    )
    if soft:
        facts.soft_asks_shown += 1
        facts.soft_asks_declined += 1
        if facts.first_soft_ask_at is None:
            facts.first_soft_ask_at = at
        seen = msgspec.structs.replace(seen, declined=known.declined + 1, last_declined_at=at)
    else:
        facts.redirects_shown += 1
    facts.campaigns = {**facts.campaigns, decision.campaign: seen}
