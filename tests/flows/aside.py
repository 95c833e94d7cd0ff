"""A population played against the product's rules, without its database: tens of thousands of devices in seconds.

Matching, folding, decisions and contributions are the product's own functions, in the order in which the services
call them; only storing is left out. That the services come to the same sums is what `simulate --check` shows, and
test_aside.py for a small population.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec

from campaigns.domain.decision import decide
from campaigns.domain.ruleset import Ruleset
from campaigns.selectors.rulesets import rulesets
from campaigns.services.decide import Request
from campaigns.simulator.journey import Ask, Journey, Reply
from campaigns.simulator.population import Profile
from campaigns.simulator.scenario import Effects
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import DecisionRef, Event
from permissions_app.domain.fold import fold, with_context
from permissions_app.domain.measures import Cell, contributions
from permissions_app.domain.standing import Reservation, Standing
from permissions_app.models import App
from permissions_app.selectors.catalogue import Catalogue, catalogues
from permissions_app.services.arrivals import parse_batch
from permissions_app.services.rollups import add_cells

_encode = msgspec.json.Encoder().encode


@dataclass(slots=True)
class Aside:
    """What the product knows of one device, and what it answers."""

    ruleset: Ruleset
    catalogue: Catalogue
    key: str
    facts: DeviceFacts = field(default_factory=DeviceFacts)
    standing: Standing = field(default_factory=Standing)

    def take(self, events: list[dict[str, object]], now: int) -> None:
        """As services.ingest: match, pass over what no moment wants, fold."""
        taken = parse_batch(payload=_encode({"events": events}), received=now).taken
        kept: list[Event] = []
        for arrival in taken:
            body = arrival.body
            if arrival.type == "moment_reached":
                matched = self.catalogue.matching(body.name or "", body.properties)
                if not matched:
                    continue
                msgspec.structs.force_setattr(body, "moments", matched)
            kept.append(Event(arrival.id, arrival.type, arrival.at, body))
        self.facts = fold(facts=self.facts, events=kept)

    def answer(self, ask: Ask) -> Reply:
        """As services.decide: decide, and keep what was promised."""
        request, facts = msgspec.convert(ask.body, Request), self.facts
        moment = request.moment or ""
        if request.event is not None:
            moment = self.catalogue.matching(request.event, request.properties)[0]
        if request.context is not None:
            facts = with_context(facts=facts, context=request.context, now=ask.at)
        decision = decide(
            ruleset=self.ruleset,
            moment=moment,
            facts=facts,
            standing=self.standing,
            device_key=self.key,
            now=ask.at,
        )
        name = str(uuid.UUID(int=ask.at))
        reserved = tuple(r for r in self.standing.reserved if r.expires_at > ask.at)
        if decision.reserves is not None:
            ends = ask.at + self.ruleset.answer_ttl_ms
            reserved += (Reservation(name, decision.reserves, decision.campaign, ask.at, ends),)
        assigned = dict(self.standing.assigned)
        assigned.update(decision.gate_arms)
        assigned.update([decision.assignment] if decision.assignment else [])
        self.standing = Standing(reserved=reserved, assigned=assigned)
        kind = {"s": "soft_ask", "r": "redirect"}.get(decision.campaign[:1], "none")
        ref = DecisionRef(
            name,
            kind,  # type: ignore[arg-type]  # the three words above
            decision.campaign_id,
            decision.revision,
            decision.variant,
            decision.moment,
        )
        return {
            "decision_id": str(ref),
            "action": decision.action,
            "reason": decision.reason,
            "variant": decision.variant,
        }


def play_aside(
    *, app: App, people: Iterable[Profile], seed: int, until: int, effects: Effects
) -> Counter[Cell]:
    """Let them all live, and return the sum of what their devices contribute."""
    ruleset, catalogue = rulesets.get(app.pk), catalogues.get(app.pk)
    total: Counter[Cell] = Counter()
    for profile in people:
        journey = Journey(profile=profile, seed=seed, until=until, effects=effects)
        device = Aside(ruleset, catalogue, profile.key)
        steps = journey.steps()
        step = next(steps, None)
        while step is not None:
            reply: Reply = {}
            if isinstance(step, Ask):
                reply = device.answer(step)
            else:
                device.take(step.events, until)
            try:
                step = steps.send(reply)
            except StopIteration:
                step = None
        total.update(contributions(facts=device.facts, standing=device.standing))
    return total


def keep(*, app: App, cells: Counter[Cell]) -> None:
    """Write the sums where pages read them."""
    add_cells(app_id=app.pk, cells=cells)
