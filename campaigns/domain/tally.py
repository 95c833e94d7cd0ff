"""What is counted while the last 30 days are walked through again.

A *visit* is one time somebody reached the moment of the proposed campaign. Every visit ends in
exactly one way: the campaign is shown, it holds the device back to measure its effect, another
campaign answers, or something stops it. Interruptions are counted over all campaigns and moments,
because the budget for them is one.
"""

import math
from collections import Counter
from collections.abc import Mapping

import msgspec

from campaigns.domain.answer import Decision

SHOWN, HELD_OUT, OTHER = "shown", "holdout", "other"
"""How a visit ends when a campaign answers it; else the reason that stopped it."""
MOST_TOLD = 3
"""From this number on, showings to one device are counted together."""


class Spread(msgspec.Struct, frozen=True):
    """How many devices saw something once, twice, and three times or more, and all showings.
    `squares`: the sum of each device's showings squared, from which a sample's margin is worked out.
    """

    once: int = 0
    twice: int = 0
    more: int = 0
    showings: int = 0
    squares: int = 0

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

    def told(self, ends: Mapping[str, int]) -> World:
        return World(_spread(self.own), _spread(self.all), dict(ends))


class Tally:
    """Everything that is counted; filled device by device. `key`: the proposed campaign."""

    def __init__(self, *, key: str) -> None:
        self.key = key
        self.moments = 0
        self._ends: Counter[tuple[str, str, str]] = Counter()
        """Visits by platform and how they end, in the world of now and in the other."""
        self.now, self.then = _Side(), _Side()
        self.devices: Counter[str] = Counter()
        self.reached: Counter[str] = Counter()
        self.showings: Counter[str] = Counter()
        self.answers_first: Counter[str] = Counter()
        self.gives_way: Counter[str] = Counter()
        self.held_out = 0
        self._visited = self._held = False

    def stopped(self, *, platform: str, now: str, then: str, n: int) -> None:
        """Count `n` visits of a device that end for these reasons in the two worlds."""
        self._ends[(platform, now, then)] += n
        self._visited = True

    def visit(self, *, platform: str, now: Decision, then: Decision, meets: str) -> None:
        """Count one visit. `meets`: the campaign that would have answered too, or ''."""
        self._visited = True
        end = self._end(then)
        self._ends[(platform, end if now is then else self._end(now), end)] += 1
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
        now: Counter[str] = Counter()
        then: Counter[str] = Counter()
        visits: Counter[str] = Counter()
        tired: Counter[str] = Counter()
        for (platform, before, after), n in self._ends.items():
            now[before] += n
            then[after] += n
            visits[platform] += n
            if after == "fatigue_cap":
                tired[platform] += n
        platforms = [
            PlatformReach(
                platform=name,
                visits=visits[name],
                devices=self.devices[name],
                reached=self.reached[name],
                showings=self.showings[name],
                tired=tired[name],
            )
            for name in sorted(self.devices)
        ]
        return Reach(
            moments=self.moments,
            visits=visits.total(),
            devices=sum(self.devices.values()),
            held_out=self.held_out,
            now=self.now.told(now),
            then=self.then.told(then),
            platforms=tuple(platforms),
            clashes=tuple(self._clashes()),
        )

    def _end(self, decision: Decision) -> str:
        if not decision.campaign:
            return decision.reason
        if decision.campaign != self.key:
            return OTHER
        return HELD_OUT if decision.action == "none" else SHOWN

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
        squares=sum(count * count * n for count, n in by_count.items()),
    )


class Result(msgspec.Struct, frozen=True):
    """A replay as it is kept. `start`, `end`: the window (ms). `every`: one device in so many was
    walked through, 1 for all of them. `total`: the moments of all devices. `milliseconds`: how long
    it took.
    """

    reach: Reach
    start: int
    end: int
    every: int
    total: int
    milliseconds: int


def margin(*, squares: int, every: int) -> int:
    """How far a number counted on a sample and multiplied may be off, 95 times in 100; 0 for no
    sample.

    Each device is in the sample with the chance 1/every, independently of the others, so the
    multiplied sum of y over devices has the variance every * (every - 1) * sum of y squared.
    """
    return round(1.96 * math.sqrt(every * (every - 1) * squares))
