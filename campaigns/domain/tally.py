"""What is counted while the last 30 days are walked through again.

A *visit* is one time somebody reached the moment of the proposed campaign. Every visit ends in
exactly one way: the campaign is shown, it holds the device back to measure its effect, another
campaign answers, or something stops it. Interruptions are counted over all campaigns and moments,
because the budget for them is one.
"""

from collections import Counter
from collections.abc import Mapping

import msgspec

from campaigns.domain.answer import Decision

SHOWN, HELD_OUT, OTHER = "shown", "holdout", "other"
"""How a visit ends when a campaign answers it; else the reason that stopped it."""
MOST_TOLD = 3
"""From this number on, showings to one device are counted together."""


class Spread(msgspec.Struct, frozen=True):
    """How many devices saw something once, twice, and three times or more, and all showings."""

    once: int = 0
    twice: int = 0
    more: int = 0
    showings: int = 0

    @property
    def devices(self) -> int:
        """Devices that saw anything."""
        return self.once + self.twice + self.more

    @property
    def mean(self) -> float | None:
        """Showings to a device that saw anything."""
        return self.showings / self.devices if self.devices else None


class World(msgspec.Struct, frozen=True):
    """What happens under one set of rules: `own` are the campaign's showings, `all` everybody's.
    `ends`: how the visits end.
    """

    own: Spread
    all: Spread
    ends: dict[str, int]


class PlatformReach(msgspec.Struct, frozen=True):
    """The campaign on one platform."""

    platform: str
    visits: int
    devices: int
    reached: int
    showings: int
    tired: int
    """Visits that the fatigue budget stopped."""


class Clash(msgspec.Struct, frozen=True):
    """Another live campaign. `now` and `then`: its showings without and with the proposal.
    `answers_first`: visits at which it answers before the proposal could. `gives_way`: visits at
    which the proposal answers in its place.
    """

    key: str
    now: int
    then: int
    answers_first: int
    gives_way: int


class Reach(msgspec.Struct, frozen=True):
    """What a replay found. `moments`: all that were walked through; `visits` and `devices`: those
    at the campaign's moment; `held_out`: devices it deliberately shows nothing.
    """

    moments: int
    visits: int
    devices: int
    held_out: int
    now: World
    then: World
    platforms: tuple[PlatformReach, ...]
    clashes: tuple[Clash, ...]


class _Side:
    """One world while it is counted."""

    def __init__(self) -> None:
        self.ends: Counter[tuple[str, str]] = Counter()
        self.by_campaign: Counter[str] = Counter()
        self.own: Counter[int] = Counter()
        self.all: Counter[int] = Counter()
        self.own_here = self.all_here = 0
        """Showings to the device that is being walked through."""

    def shown(self, campaign: str, own: bool) -> None:
        self.by_campaign[campaign] += 1
        self.all_here += 1
        self.own_here += own

    def settle(self) -> None:
        if self.all_here:
            self.all[self.all_here] += 1
            if self.own_here:
                self.own[self.own_here] += 1
            self.own_here = self.all_here = 0

    def told(self) -> World:
        ends: Counter[str] = Counter()
        for (_, end), n in self.ends.items():
            ends[end] += n
        return World(_spread(self.own), _spread(self.all), dict(ends))


class Tally:
    """Everything that is counted; filled device by device. `key`: the proposed campaign."""

    def __init__(self, *, key: str) -> None:
        self.key = key
        self.moments = 0
        self.now, self.then = _Side(), _Side()
        self.devices: Counter[str] = Counter()
        self.reached: Counter[str] = Counter()
        self.showings: Counter[str] = Counter()
        self.answers_first: Counter[str] = Counter()
        self.gives_way: Counter[str] = Counter()
        self.held_out = 0
        self._visited = self._held = False

    def stopped(self, *, platform: str, reason: str, n: int) -> None:
        """Count `n` visits of a device that end alike in both worlds, with nothing shown."""
        self.now.ends[(platform, reason)] += n
        self.then.ends[(platform, reason)] += n
        self._visited = True

    def visit(self, *, platform: str, now: Decision, then: Decision, meets: str) -> None:
        """Count one visit. `meets`: the campaign that would have answered too, or ''."""
        self._visited = True
        self.now.ends[(platform, self._end(now))] += 1
        end = self._end(then)
        self.then.ends[(platform, end)] += 1
        if end == OTHER:
            if meets:
                self.answers_first[then.campaign] += 1
        elif meets:
            self.gives_way[meets] += 1
        if end == HELD_OUT:
            self._held = True

    def shown(self, *, now: str, then: str) -> None:
        """Count what was shown to the device at a moment, by campaign; '' for nothing."""
        if now:
            self.now.shown(now, now == self.key)
        if then:
            self.then.shown(then, then == self.key)

    def settle_device(self, platform: str) -> None:
        """The device that was counted last is done with."""
        if self._visited:
            self.devices[platform] += 1
            self.held_out += self._held
            if self.then.own_here:
                self.reached[platform] += 1
                self.showings[platform] += self.then.own_here
        self._visited = self._held = False
        self.now.settle()
        self.then.settle()

    def reach(self) -> Reach:
        """What was found."""
        now, then = self.now.told(), self.then.told()
        return Reach(
            moments=self.moments,
            visits=sum(then.ends.values()),
            devices=sum(self.devices.values()),
            held_out=self.held_out,
            now=now,
            then=then,
            platforms=tuple(self._platform(name) for name in sorted(self.devices)),
            clashes=tuple(self._clashes()),
        )

    def _end(self, decision: Decision) -> str:
        if not decision.campaign:
            return decision.reason
        if decision.campaign != self.key:
            return OTHER
        return HELD_OUT if decision.action == "none" else SHOWN

    def _platform(self, name: str) -> PlatformReach:
        return PlatformReach(
            platform=name,
            visits=sum(n for (platform, _), n in self.then.ends.items() if platform == name),
            devices=self.devices[name],
            reached=self.reached[name],
            showings=self.showings[name],
            tired=self.then.ends[(name, "fatigue_cap")],
        )

    def _clashes(self) -> list[Clash]:
        keys = {*self.now.by_campaign, *self.then.by_campaign}
        keys |= {*self.answers_first, *self.gives_way}
        found = [
            Clash(
                key=key,
                now=self.now.by_campaign[key],
                then=self.then.by_campaign[key],
                answers_first=self.answers_first[key],
                gives_way=self.gives_way[key],
            )
            for key in sorted(keys - {self.key})
        ]
        return [
            clash
            for clash in found
            if clash.now != clash.then or clash.answers_first or clash.gives_way
        ]


def _spread(by_count: Mapping[int, int]) -> Spread:
    return Spread(
        once=by_count.get(1, 0),
        twice=by_count.get(2, 0),
        more=sum(n for count, n in by_count.items() if count >= MOST_TOLD),
        showings=sum(count * n for count, n in by_count.items()),
    )
