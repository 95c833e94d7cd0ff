"""Many journeys at once: over processes, and side by side within each.

Devices do not know each other, so they are dealt out over processes by their number. Within a
device everything goes in the order of its own time; between devices there is no order.
"""

import multiprocessing
import queue
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any

from campaigns.simulator.client import Client, RefusedError
from campaigns.simulator.delivery import Deliveries, Events, deliver
from campaigns.simulator.journey import Ask, Journey
from campaigns.simulator.oracle import Truth
from campaigns.simulator.population import generator, profile
from campaigns.simulator.scenario import Effects

SIDE_BY_SIDE = 250
SECONDS_BETWEEN_REPORTS = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What to simulate. `until`: the end of the simulated time (ms). `host` empty: without HTTP.

    `resume`: without HTTP, leave out devices that the app knows already. `part` of `parts`: which
    share of the devices this process plays.
    """

    app_id: int
    key: str
    host: str
    devices: int
    days: int
    seed: int
    until: int
    duplicates: float = 0.05
    late: float = 0.1
    patient: bool = False
    acknowledged: str = ""
    resume: bool = False
    effects: Effects = field(default_factory=Effects)
    part: int = 0
    parts: int = 1


@dataclass(slots=True)
class Done:
    """What was done since the last report."""

    devices: int = 0
    events: int = 0
    decisions: int = 0
    tried_again: int = 0


class CrowdError(Exception):
    """A process of the simulation failed; the message says why: what was refused, or a traceback."""


Report = Callable[[Done], None]


def play(*, plan: Plan, processes: int, report: Report) -> Truth:
    """Simulate everybody and return the true counts. Raises CrowdError.

    `processes` 0 plays in this process.
    """
    if processes <= 0:
        return play_part(plan, report)
    context = multiprocessing.get_context("spawn")
    news: Any = context.Queue()
    parts = [replace(plan, part=part, parts=processes) for part in range(processes)]
    running = [context.Process(target=_child, args=(part, news), daemon=True) for part in parts]
    for process in running:
        process.start()
    truth, waiting = Truth(), len(running)
    try:
        while waiting:
            try:
                said = news.get(timeout=1.0)
            except queue.Empty:
                if all(process.exitcode is not None for process in running) and news.empty():
                    raise CrowdError("a process of the simulation ended without a word") from None
                continue
            if isinstance(said, Done):
                report(said)
            elif isinstance(said, str):
                raise CrowdError(said)
            else:
                truth.update(said)
                waiting -= 1
    finally:
        for process in running:
            if waiting:
                process.terminate()
            process.join()
    return truth


def _child(plan: Plan, news: Any) -> None:
    try:
        if not plan.host:
            import django

            django.setup()
        news.put(dict(play_part(plan, news.put)))
    except RefusedError as error:
        news.put(str(error))
    except BaseException:
        news.put(traceback.format_exc())
        raise


def play_part(plan: Plan, report: Report) -> Truth:
    """Simulate one part of the devices."""
    return _play_outside(plan, report) if plan.host else _play_inside(plan, report)


class _Lane:
    """One device on its way."""

    def __init__(self, plan: Plan, index: int) -> None:
        who = profile(seed=plan.seed, index=index, until=plan.until, days=plan.days)
        self.journey = Journey(profile=who, seed=plan.seed, until=plan.until, effects=plan.effects)
        self.walk: Deliveries = deliver(
            steps=self.journey.steps(),
            rng=generator(seed=plan.seed, index=index, purpose="network"),
            duplicates=plan.duplicates,
            late=plan.late,
        )
        self.next: Events | Ask | None = next(self.walk, None)

    def go_on(self, reply: dict[str, Any]) -> None:
        try:
            self.next = self.walk.send(reply)
        except StopIteration:
            self.next = None


class _Counting:
    """Collects what was done and reports it a few times a second."""

    def __init__(self, report: Report) -> None:
        self.report, self.done, self.last = report, Done(), time.monotonic()

    def tell(self, *, now: bool = False) -> None:
        if now or time.monotonic() - self.last > SECONDS_BETWEEN_REPORTS:
            self.report(self.done)
            self.done, self.last = Done(), time.monotonic()


def _indexes(plan: Plan) -> Iterator[int]:
    return iter(range(plan.part, plan.devices, plan.parts))


def _key(plan: Plan, index: int) -> str:
    return profile(seed=plan.seed, index=index, until=plan.until, days=plan.days).key


def _play_outside(plan: Plan, report: Report) -> Truth:
    """Over HTTP, one device after the other."""
    client = Client(
        host=plan.host, key=plan.key, patient=plan.patient, acknowledged=plan.acknowledged
    )
    truth, counting = Truth(), _Counting(report)
    for index in _indexes(plan):
        lane = _Lane(plan, index)
        while lane.next is not None:
            if isinstance(lane.next, Ask):
                counting.done.decisions += 1
                lane.go_on(client.ask(lane.next))
            else:
                counting.done.events += len(lane.next)
                client.send(lane.next)
                lane.go_on({})
            counting.tell()
        truth.close(lane.journey.life)
        counting.done.devices += 1
    counting.done.tried_again = client.tried_again
    client.close()
    counting.tell(now=True)
    return truth


def _play_inside(plan: Plan, report: Report) -> Truth:
    """Through the services, many devices side by side."""
    from campaigns.simulator.inside import Inside

    inside = Inside(app_id=plan.app_id)
    known = inside.known_devices() if plan.resume else frozenset()
    indexes = (index for index in _indexes(plan) if not known or _key(plan, index) not in known)
    truth, counting = Truth(), _Counting(report)
    lanes: list[_Lane] = []
    while True:
        lanes += [_Lane(plan, index) for index in islice(indexes, SIDE_BY_SIDE - len(lanes))]
        if not lanes:
            break
        sends = [(lane, lane.next) for lane in lanes if isinstance(lane.next, list)]
        asks = [(lane, lane.next) for lane in lanes if isinstance(lane.next, Ask)]
        inside.send_many([events for _, events in sends])
        for lane, events in sends:
            counting.done.events += len(events)
            lane.go_on({})
        for lane, ask in asks:
            counting.done.decisions += 1
            lane.go_on(inside.ask(ask))
        for lane in lanes:
            if lane.next is None:
                truth.close(lane.journey.life)
                counting.done.devices += 1
        lanes = [lane for lane in lanes if lane.next is not None]
        counting.tell()
    inside.close()
    counting.tell(now=True)
    return truth
