"""What every moment of an app would show a device now, without promising anything.

A client that keeps its answers (OpenFeature's providers do) asks for all moments at once, long before one is reached.
So nothing is reserved, no arm is written down and nothing is logged: that happens when the moment is reached and the
client asks for it alone, or tells what it showed. The same state gives the same answer, ids included, and the answer
says how long it may be kept.
"""

import uuid
from dataclasses import dataclass
from typing import Literal

import msgspec

from campaigns.domain.answer import Decision
from campaigns.domain.decision import decide
from campaigns.domain.ruleset import Campaign, Ruleset
from campaigns.selectors.rulesets import rulesets
from campaigns.services.decide import READ, Answer, Request, iso, known, tell
from permissions_app.domain.events import EventContext
from permissions_app.selectors import raw

NAMESPACE = uuid.UUID("2b6a4a43-2b56-5e0b-8a53-0c0b8d1f7a10")
KEPT_MS = 3_600_000
"""An answer changes its end at full hours only, so that an unchanged one is known to be unchanged."""


def foresee(
    *,
    app_id: int,
    device: str,
    context: EventContext | None,
    properties: dict[str, object] | None,
    now: int,
) -> tuple[Answer, ...]:
    """Every moment of the app in the order of its keys. One indexed read. `now`: ms."""
    ruleset = rulesets.get(app_id)
    row = raw.execute(READ, (app_id, device)).fetchone()
    facts, standing = known(row, context, now)
    end = now - now % KEPT_MS + KEPT_MS
    found: list[Answer] = []
    for moment in sorted(ruleset.moments):
        decision = decide(
            ruleset=ruleset,
            moment=moment,
            facts=facts,
            standing=standing,
            device_key=device,
            now=now,
        )
        seen = facts.campaigns.get(decision.campaign)
        state = (app_id, device, moment, decision.campaign, decision.revision, decision.variant)
        ident = uuid.uuid5(NAMESPACE, repr((*state, seen.shown if seen else 0)))
        request = Request(device_id=device, moment=moment, properties=properties)
        told = tell(decision, str(ident), ruleset, request, now)
        if told.expires_at is not None:
            told = msgspec.structs.replace(told, expires_at=iso(end + ruleset.answer_ttl_ms))
        found.append(told)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Looked:
    """A campaign on the moment and what became of it: `reason` says why it did not apply, or why it answered."""

    campaign: str
    outcome: Literal["answered", "passed_over", "not_reached"]
    reason: str | None


@dataclass(frozen=True, slots=True)
class Explained:
    """What a device would be answered now, and what became of each campaign on the moment, in the order of the team.
    `status` and `cause`: what the decision took the device for.
    """

    decision: Decision
    looked: tuple[Looked, ...]
    status: str | None
    cause: str | None


def explain_device(*, app_id: int, device: str, moment: str, now: int) -> Explained | None:
    """Why this device would see something at a moment, or nothing; None where there is no such device. `now`: ms.

    The decision of a client that says nothing new about the device; nothing of it is kept.
    """
    ruleset = rulesets.get(app_id)
    row = raw.execute(READ, (app_id, device)).fetchone()
    if row is None:
        return None
    facts, standing = known(row, None, now)
    decision = decide(
        ruleset=ruleset,
        moment=moment,
        facts=facts,
        standing=standing,
        device_key=device,
        now=now,
    )
    return Explained(decision, _looked(ruleset, decision), facts.status, facts.cause)


def _looked(ruleset: Ruleset, decision: Decision) -> tuple[Looked, ...]:
    here: tuple[Campaign, ...] = (
        *ruleset.soft_asks.get(decision.moment, ()),
        *ruleset.redirects.get(decision.moment, ()),
    )
    refused = dict(decision.considered)
    found: list[Looked] = []
    for campaign in here:
        if campaign.key == decision.campaign:
            found.append(Looked(campaign.key, "answered", decision.reason))
        elif campaign.key in refused:
            found.append(Looked(campaign.key, "passed_over", refused[campaign.key]))
        else:
            found.append(Looked(campaign.key, "not_reached", None))
    return tuple(found)
