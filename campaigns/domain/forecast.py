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

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.imagined import FOR_ALL, FOR_EVER, Rules, World, only, show
from campaigns.domain.ruleset import Ruleset, SoftAsk
from campaigns.domain.tally import Tally
from permissions_app.domain.device import MOMENTS_KEPT, DeviceFacts, MomentFacts
from permissions_app.domain.events import Event
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import Standing

SETTLED: Mapping[str, str] = {
    "authorized": "already_authorized",
    "ephemeral": "already_authorized",
    "unsupported": "unsupported",
}
"""Statuses under which no rule shows anything, each with the reason."""
Visits = Mapping[tuple[str, ...], int]
"""The moments that an event reaches -> how many such events."""

_at = attrgetter("at")


@dataclass(frozen=True, slots=True)
class Story:
    """One device in the window. `before`: its facts when the window begins. `events`: everything
    since, in order. `steady_since`: what its system says did not change after this time (ms); None
    when it may have changed at any event.
    """

    key: str
    platform: str
    before: DeviceFacts
    standing: Standing
    events: Sequence[Event]
    steady_since: int | None


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
        self.soft = isinstance(self.proposed.by_key[key], SoftAsk)
        self.asks = [
            campaign
            for rules in (self.live, self.proposed)
            for campaign in rules.by_key.values()
            if isinstance(campaign, SoftAsk)
        ]
        self.gates = [gates for ask in self.asks for gates in ask.all_gates]
        self.counts_times = any(gates.min_times_reached > 1 for gates in self.gates)

    @property
    def exact(self) -> bool:
        """Whether every fact must be told at every moment: a segment may ask for any of them."""
        rules = (self.live, self.proposed)
        return any(it.segment is not None for world in rules for it in world.by_key.values())

    @property
    def enough(self) -> tuple[int, int]:
        """Sessions and screens beyond which no rule asks for more."""
        sessions = max((gates.min_sessions for gates in self.gates), default=0)
        return max(sessions, 2), max((gates.min_screens for gates in self.gates), default=0)

    def settled(self, *, platform: str, reason: str, visits: Visits) -> None:
        """Count a device whose visits all end for the same reason."""
        self._all_alike(platform, reason, visits)
        self.tally.settle_device(platform)

    def device(self, story: Story) -> None:
        """Walk one device through both worlds.

        Up to the last change of the system's word everything that happened is folded, with what each
        world showed put in the place of what we did. After it only a few facts can change; and once
        notifications are on, nothing is shown any more.
        """
        facts = msgspec.structs.replace(story.before, moments=dict(story.before.moments))
        now, new = (
            World(rules=rules, key=story.key, standing=story.standing, facts=facts)
            for rules in (self.live, self.proposed)
        )
        within = bisect_left(story.events, self.end, key=_at)
        since = story.steady_since
        since = FOR_EVER if since is None or self.exact else since
        cut = min(bisect_right(story.events, since, key=_at), within)
        self._walk_folding(story.platform, story.before, story.events[:cut], now, new)
        reason = SETTLED.get(now.facts.status or "")
        if reason is not None and cut < within:
            visits = Counter(
                event.body.moments
                for event in story.events[cut:within]
                if event.type == "moment_reached"
            )
            self._all_alike(story.platform, reason, visits)
        else:
            now.steady = new.steady = True
            self._walk_steady(story.platform, story.events[cut:within], now, new)
        self.tally.settle_device(story.platform)

    def _all_alike(self, platform: str, reason: str, visits: Visits) -> None:
        for keys, n in visits.items():
            self.tally.moments += n
            if self.proposed.asked(keys) == self.moment:
                before = self.live.closed(self.live.asked(keys)) or reason
                after = self.proposed.closed(self.moment) or reason
                self.tally.stopped(platform=platform, now=before, then=after, n=n)

    def _walk_folding(
        self, platform: str, real: DeviceFacts, events: Sequence[Event], now: World, new: World
    ) -> None:
        waiting: list[Event] = []
        for event in events:
            waiting.append(event)
            if event.type == "moment_reached":
                real = fold(facts=real, events=waiting)
                waiting.clear()
                self._take_over(real, now, new)
                self._visit(platform, now, new, event)
        if waiting:
            self._take_over(fold(facts=real, events=waiting), now, new)

    def _walk_steady(self, platform: str, events: Sequence[Event], now: World, new: World) -> None:
        for event in events:
            if now.tell(event):
                new.forget()
            if new.facts is not now.facts:
                new.tell(event)
            if event.type == "moment_reached":
                if self.counts_times:
                    _count(now.facts, event)  # both worlds share these counts
                self._visit(platform, now, new, event)

    def _take_over(self, real: DeviceFacts, now: World, new: World) -> None:
        """Move both worlds on to what really happened; each keeps what it showed."""
        together = new.facts is now.facts
        now.facts = _with_ours(real, now.facts)
        new.facts = now.facts if together else _with_ours(real, new.facts)

    def _visit(self, platform: str, now: World, new: World, event: Event) -> None:
        """One moment, in both worlds."""
        at, moments = event.at, event.body.moments
        self.tally.moments += 1
        here, there = self.proposed.asked(moments), self.live.asked(moments)
        ours = here == self.moment
        before = now.ask(there, at) if ours or there in self.live.carrying else None
        after: Decision | None
        if here == there and new.facts is now.facts and self._untouched(ours, before):
            after = before
        else:
            after = new.ask(here, at) if ours or here in self.proposed.carrying else None
        if ours and before is not None and after is not None:
            meets = self._meets(new, after, at) if after.campaign else ""
            self.tally.visit(platform=platform, now=before, then=after, meets=meets)
        shown = before if before is not None and before.action != "none" else None
        to_show = after if after is not None and after.action != "none" else None
        if shown is not None or to_show is not None:
            self._show(now, new, shown, to_show, at)

    def _untouched(self, ours: bool, before: Decision | None) -> bool:
        """Whether the proposal has no part in an answer, as long as both worlds have shown the same:
        it waits on another moment, or this device is on the other path.
        """
        if not ours or before is None or before.reason in FOR_ALL:
            return True
        if before.reason == "no_rule":
            return self.soft
        if before.reason in ("no_campaign", "no_settings_toggle"):
            return False
        on_path = before.campaign or (before.considered[0][0] if before.considered else self.key)
        return on_path[0] != self.key[0]

    def _meets(self, new: World, after: Decision, at: int) -> str:
        """Who else would have answered in this place: another campaign, or this one behind it. The
        device decides between the paths, so only campaigns of one kind meet.
        """
        if after.campaign[0] != self.key[0]:
            return ""
        if after.campaign == self.key:
            return new.decided(self.others.ruleset, self.moment, at).campaign
        return new.decided(self.proposed.alone(self.key), self.moment, at).campaign

    def _show(
        self, now: World, new: World, shown: Decision | None, to_show: Decision | None, at: int
    ) -> None:
        """Let each world show what it decided. They share their facts until they differ."""
        together = new.facts is now.facts
        same = shown is not None and to_show is not None and shown.campaign == to_show.campaign
        if together and not same:
            new.facts, together = msgspec.structs.replace(now.facts), False
        if shown is not None:
            show(facts=now.facts, decision=shown, at=at)
            now.forget()
        if to_show is not None:
            if not together:
                show(facts=new.facts, decision=to_show, at=at)
            new.forget()
        self.tally.shown(
            now=shown.campaign if shown is not None else "",
            then=to_show.campaign if to_show is not None else "",
        )


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


def _count(facts: DeviceFacts, event: Event) -> None:
    for key in event.body.moments:
        known = facts.moments.get(key)
        if known is not None:
            facts.moments[key] = known.again(event.at)
        elif len(facts.moments) < MOMENTS_KEPT:
            facts.moments[key] = MomentFacts(1, event.at, event.at)
