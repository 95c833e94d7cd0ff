"""How a device's batches reach the server: usually at once, sometimes late, sometimes twice.

Phones lose their network and upload hours later; clients that missed a reply send the same batch
again. Both are normal life and must change no number. A late batch is also shuffled, because some
clients upload from several queues.
"""

import random
from collections.abc import Generator
from typing import Any

from campaigns.simulator.journey import Ask, Reply, Send, Steps

Events = list[dict[str, Any]]
Deliveries = Generator[Events | Ask, Reply, None]


def deliver(*, steps: Steps, rng: random.Random, duplicates: float, late: float) -> Deliveries:
    """The steps as they travel. `duplicates`, `late`: shares of the batches, 0 to 1."""
    held: list[Events] = []
    reply: Reply = {}
    try:
        step = next(steps)
        while True:
            if isinstance(step, Ask):
                reply = yield step
            else:
                yield from _upload(step, rng, duplicates, late, held)
            step = steps.send(reply)
    except StopIteration:
        pass
    while held:
        yield held.pop(0)


def _upload(
    step: Send, rng: random.Random, duplicates: float, late: float, held: list[Events]
) -> Deliveries:
    if rng.random() < late:
        rng.shuffle(step.events)
        held.append(step.events)
        return
    yield step.events
    if rng.random() < duplicates:
        if rng.random() < 0.5:
            yield step.events
        else:
            held.append(step.events)
    while held and rng.random() < 0.3:
        yield held.pop(rng.randrange(len(held)))
