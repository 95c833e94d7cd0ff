"""What a campaign would have shown in the last 30 days.

The last 30 days of value moments are walked through once more, device by device, in two imagined
worlds: one with the rules that are live now, and one with the proposed campaign among them. Each
world asks `decide`, the rule that answers real devices, and keeps a budget of its own: what a world
shows counts against its later showings. The difference between the two worlds is what the campaign
would change.

What the devices and their systems did stays as it was: versions, sessions, the status over time, a
"never". What *we* showed in these days is taken out and replaced by what each world shows; what came
before stays. Nobody's answer is guessed: each soft ask that is shown counts as answered "not now",
which is the answer after which the campaign may come back, so the showings are the most there could
be. A device that has an arm keeps it, all others draw theirs by the same number as in life.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.decision import decide
from campaigns.domain.rewind import TOLD
from campaigns.domain.ruleset import Campaign, Ruleset, SoftAsk
from campaigns.domain.tally import Tally
from permissions_app.domain.device import (
    EXPOSURES_KEPT,
    MOMENTS_KEPT,
    CampaignFacts,
    DeviceFacts,
    Exposure,
    MomentFacts,
)
from permissions_app.domain.events import Event
from permissions_app.domain.fold import fold
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
_GATES = frozenset({"gate_first_session", "gate_min_sessions", "gate_min_screens"})
_WAITS = frozenset({"cooldown", "redirect_cooldown", "too_soon_after_denial"})


@dataclass(frozen=True, slots=True)
class Story:
    """One device in the window. `before`: its facts when the window begins. `events`: everything
    since, in order. `steady`: what its system says did not change since.
    """

    key: str
    platform: str
    before: DeviceFacts
    standing: Standing
    events: Sequence[Event]
    steady: bool


class Rules:
    """A ruleset of an imagined world, with what a replay looks up again and again."""

    def __init__(self, ruleset: Ruleset) -> None:
        self.ruleset = ruleset
        self.carrying = frozenset(ruleset.soft_asks) | frozenset(ruleset.redirects)
        """Moments with something published on them."""
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


class _World:
    """One device under one set of rules: what it was shown there, and answers that still hold."""

    __slots__ = ("facts", "key", "known", "rules", "standing", "steady")

    def __init__(self, rules: Rules, story: Story, facts: DeviceFacts) -> None:
        self.rules, self.key, self.standing, self.steady = (
            rules,
            story.key,
            story.standing,
            story.steady,
        )
        self.facts = facts
        self.known: dict[str, tuple[Decision, int, int, int]] = {}
        """Moment -> its answer, until when (ms) it holds, and for which sessions and screens."""

    def ask(self, moment: str, now: int) -> Decision:
        """What this world says at the moment; asks the rule only where an earlier answer may have
        changed.
        """
        facts = self.facts
        held = self.known.get(moment)
        if held is not None and now < held[1]:
            if held[2] < 0 or (held[2] == facts.sessions and held[3] == facts.screens):
                return held[0]
        decision = self.decided(self.rules.ruleset, moment, now)
        if self.steady:
            self._hold(moment, decision, now)
        return decision

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
        if decision.reason == "fatigue_cap":
            until = FOR_EVER if decision.retry_after is None else decision.retry_after
            self.known[moment] = (decision, until, -1, -1)
            return
        until, gated = FOR_EVER, False
        for key, reason in decision.considered or (("", decision.reason),):
            if reason in _GATES:
                gated = True
            elif reason in _WAITS:
                until = min(until, self._waits(decision, key, moment, now))
            elif reason not in _LASTING:
                return
            campaign = self.rules.by_key.get(key)
            if campaign is not None and campaign.ends_at is not None and now < campaign.ends_at:
                until = min(until, campaign.ends_at)
        counts = (self.facts.sessions, self.facts.screens) if gated else (-1, -1)
        self.known[moment] = (decision, until, *counts)

    def _waits(self, decision: Decision, key: str, moment: str, now: int) -> int:
        alone = decision
        if len(decision.considered) > 1:
            alone = self.decided(self.rules.alone(key), moment, now)
        return now if alone.retry_after is None else alone.retry_after


class Replay:
    """Walks devices through both worlds and counts.

    `live`: the rules now. `proposed`: the rules with the campaign `key` in them, at its place.
    `end`: where the window ends (ms); what comes later is only looked at to know what came before.
    """

    def __init__(self, *, live: Ruleset, proposed: Ruleset, key: str, end: int) -> None:
        self.live, self.proposed, self.key, self.end = Rules(live), Rules(proposed), key, end
        self.moment = self.proposed.by_key[key].moment
        self.others = Rules(only(ruleset=proposed, keep=lambda campaign: campaign.key != key))
        self.tally = Tally(key=key)

        self.asks = [
            campaign
            for rules in (self.live, self.proposed)
            for campaign in rules.by_key.values()
            if isinstance(campaign, SoftAsk)
        ]
        self.counts_times = any(ask.gates.min_times_reached > 1 for ask in self.asks)

    @property
    def enough(self) -> tuple[int, int]:
        """Sessions and screens beyond which no rule asks for more."""
        sessions = max((ask.gates.min_sessions for ask in self.asks), default=0)
        return max(sessions, 2), max((ask.gates.min_screens for ask in self.asks), default=0)

    def settled(
        self, *, platform: str, reason: str, moments: Mapping[tuple[str, ...], int]
    ) -> None:
        """Count a device whose visits all end for the same reason. `moments`: keys reached -> how
        often.
        """
        for keys, n in moments.items():
            self.tally.moments += n
            if self.proposed.asked(keys) == self.moment:
                self.tally.stopped(platform=platform, reason=self._known(reason), n=n)
        self.tally.settle_device(platform)

    def device(self, story: Story) -> None:
        """Walk one device through both worlds."""
        facts = msgspec.structs.replace(story.before, moments=dict(story.before.moments))
        now, new = _World(self.live, story, facts), _World(self.proposed, story, facts)
        if story.steady:
            self._walk_steady(story, now, new)
        else:
            self._walk(story, now, new)
        self.tally.settle_device(story.platform)

    def _known(self, reason: str) -> str:
        """A moment that is gone or paused comes before everything else."""
        moment = self.proposed.ruleset.moments.get(self.moment)
        if moment is None:
            return "unknown_moment"
        return "moment_paused" if moment.paused else reason

    def _walk_steady(self, story: Story, now: _World, new: _World) -> None:
        """The system's word stays the same, so only what an event tells of the device can change."""
        for event in story.events:
            if event.at >= self.end:
                return
            if _tell(now.facts, event):
                now.known.clear()
                new.known.clear()
            if new.facts is not now.facts:
                _tell(new.facts, event)
            if event.type == "moment_reached":
                if self.counts_times:
                    _count(now.facts, event)  # both worlds share these counts
                self._visit(story.platform, now, new, event)

    def _walk(self, story: Story, now: _World, new: _World) -> None:
        """Fold everything that really happened, and put what each world showed in its place."""
        real, waiting = story.before, []
        for event in story.events:
            if event.at >= self.end:
                return
            waiting.append(event)
            if event.type != "moment_reached":
                continue
            real = fold(facts=real, events=waiting)
            waiting.clear()
            together = new.facts is now.facts
            now.facts = _with_ours(real, now.facts)
            new.facts = now.facts if together else _with_ours(real, new.facts)
            self._visit(story.platform, now, new, event)

    def _visit(self, platform: str, now: _World, new: _World, event: Event) -> None:
        """One moment, in both worlds."""
        at, moments = event.at, event.body.moments
        self.tally.moments += 1
        here, there = self.proposed.asked(moments), self.live.asked(moments)
        ours = here == self.moment
        before = now.ask(there, at) if ours or there in self.live.carrying else None
        if ours or (
            here in self.proposed.carrying and (here != there or new.facts is not now.facts)
        ):
            after = new.ask(here, at)
        else:
            after = before if here == there else None
        if ours and before is not None and after is not None:
            meets = self._meets(new, after, at) if after.campaign else ""
            self.tally.visit(platform=platform, now=before, then=after, meets=meets)
        shown = before if before is not None and before.action != "none" else None
        to_show = after if after is not None and after.action != "none" else None
        if shown is not None or to_show is not None:
            self._show(now, new, shown, to_show, at)

    def _meets(self, new: _World, after: Decision, at: int) -> str:
        """Who else would have answered in this place: another campaign, or this one behind it."""
        if after.campaign == self.key:
            return new.decided(self.others.ruleset, self.moment, at).campaign
        return new.decided(self.proposed.alone(self.key), self.moment, at).campaign

    def _show(
        self, now: _World, new: _World, shown: Decision | None, to_show: Decision | None, at: int
    ) -> None:
        """Let each world show what it decided. They share their facts until they differ."""
        together = new.facts is now.facts
        same = shown is not None and to_show is not None and shown.campaign == to_show.campaign
        if together and not same:
            new.facts, together = msgspec.structs.replace(now.facts), False
        if shown is not None:
            show(facts=now.facts, decision=shown, at=at)
            now.known.clear()
        if to_show is not None:
            if not together:
                show(facts=new.facts, decision=to_show, at=at)
            new.known.clear()
        self.tally.shown(
            now=shown.campaign if shown is not None else "",
            then=to_show.campaign if to_show is not None else "",
        )


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


def _with_ours(real: DeviceFacts, world: DeviceFacts) -> DeviceFacts:
    """What really happened to the device, with what this world showed instead of what we did."""
    return msgspec.structs.replace(
        real,
        exposures=world.exposures,
        campaigns=world.campaigns,
        soft_asks_shown=world.soft_asks_shown,
        soft_asks_accepted=world.soft_asks_accepted,
        soft_asks_declined=world.soft_asks_declined,
        soft_asks_dismissed=world.soft_asks_dismissed,
        redirects_shown=world.redirects_shown,
        first_soft_ask_at=world.first_soft_ask_at,
        first_accept_at=world.first_accept_at,
    )


def _tell(facts: DeviceFacts, event: Event) -> bool:
    """Write what an event says of a steady device; True when a rule may now read it differently."""
    body = event.body
    if body.session_index is not None:
        facts.sessions = max(facts.sessions, body.session_index)
    elif event.type == "session_started":
        facts.sessions += 1
    if body.screen_index is not None and body.screen_index > facts.screens:
        facts.screens = body.screen_index
    changed = False
    for name in TOLD:
        value = getattr(body, name)
        if value is not None and value != getattr(facts, name):
            setattr(facts, name, value)
            changed = True
    if event.type == "never_ask" and facts.never_ask_at is None:
        facts.never_ask_at = event.at
        changed = True
    return changed


def _count(facts: DeviceFacts, event: Event) -> None:
    for key in event.body.moments:
        known = facts.moments.get(key)
        if known is not None:
            facts.moments[key] = MomentFacts(known.count + 1, known.first_at, event.at)
        elif len(facts.moments) < MOMENTS_KEPT:
            facts.moments[key] = MomentFacts(1, event.at, event.at)
