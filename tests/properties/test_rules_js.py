"""Thousands of random rules, devices and stories: the server and the rules in JavaScript say the same of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from campaigns.domain.decision import Decision, decide
from campaigns.domain.reasons import REASONS
from campaigns.domain.ruleset import Ruleset
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.events import Event
from permissions_app.domain.fold import fold
from permissions_app.domain.standing import Reservation, Standing
from tests.clients.rules import RulesInNode, plain
from tests.properties.wild import MOMENTS, NOW, Wild

RULESETS, ASKED_OF_EACH = 400, 12
STORIES = 600

NOT_READ = {
    "": {
        "last_at", "last_key", "answers_in_order", "interrupted", "never_after", "recovery_campaign",
        "first_prompt_moment", "first_exposure_at",
    },
    "moments": {"session", "screen", "place"},
    "exposures": {"variant"},
    "campaigns": {"accepted"},
    "arms": {"accepted"},
    "denial": {"moment", "campaign", "variant", "app_version"},
    "first_ask": {"by", "campaign", "session", "screen", "moments"},
}  # fmt: skip
"""What the server keeps of a device for its pages and numbers; no decision depends on it, so clients do without."""


@pytest.fixture(scope="module")
def node() -> Iterator[RulesInNode]:
    with RulesInNode() as running:
        yield running


def test_decide__random_rules_and_devices__same_answer_in_every_field(node: RulesInNode) -> None:
    met: Counter[str] = Counter()
    for seed in range(RULESETS):
        wild = Wild(seed)
        ruleset = wild.ruleset()
        node.load("wild", ruleset)
        for number in range(ASKED_OF_EACH):
            asked: dict[str, Any] = {
                "moment": wild.one((*MOMENTS[:3] * 6, MOMENTS[3])),
                "facts": wild.facts(),
                "standing": wild.standing(),
                "device_key": f"device-{number}",
                "now": NOW,
            }
            decision = decide(ruleset=ruleset, **asked)
            assert node.decide("wild", **asked) == plain(decision), (seed, number)
            met[decision.reason] += 1
    assert set(met) == set(REASONS), set(REASONS) - set(met)
    assert min(met["ask_softly"], met["offer_settings"], met["holdout"]) > 20, met


def test_fold__random_stories_of_browsers__same_facts_and_same_decisions(node: RulesInNode) -> None:
    met: Counter[str] = Counter()
    for seed in range(STORIES):
        wild = Wild(seed)
        story, ruleset = wild.story(), wild.ruleset()
        node.load("wild", ruleset)
        facts, told = DeviceFacts(), dict[str, Any]()
        standing = Standing()
        while story:
            part, story = story[:7], story[7:]
            facts = fold(facts=facts, events=part)
            told = node.ask("fold", {"facts": told, "events": [wire(event) for event in part]})
            assert read(told) == read(msgspec.structs.asdict(facts)), seed
            now = part[-1].at + wild.one((1, 600_000, DAY_MS, 3 * DAY_MS))
            for moment in MOMENTS[:3]:
                asked = {"moment": moment, "now": now}
                standing = _decide_and_keep(node, ruleset, facts, told, standing, asked, met)
    assert met["ask_softly"] > 20, met
    assert met["offer_settings"] > 20, met


def _decide_and_keep(
    node: RulesInNode,
    ruleset: Ruleset,
    facts: DeviceFacts,
    told: dict[str, Any],
    standing: Standing,
    asked: dict[str, Any],
    met: Counter[str],
) -> Standing:
    """Decide by the facts of each side, and let each keep what it promised."""
    now = asked["now"]
    decision = decide(
        ruleset=ruleset, facts=facts, standing=standing, device_key="browser", **asked
    )
    here = msgspec.to_builtins(standing)
    body = {"name": "wild", "facts": told, "standing": here, "deviceKey": "browser", **asked}
    got = node.ask("decide", body)
    assert got == plain(decision), (told, asked)
    met[decision.reason] += 1
    kept = {"name": "wild", "standing": {"reserved": [], "assigned": {}} | here, "decision": got}
    after = node.ask("keep", {**kept, "id": f"d{now}", "now": now})
    expected = _kept(decision, standing, ruleset, f"d{now}", now)
    assert msgspec.convert(after, Standing) == expected
    return expected


def _kept(
    decision: Decision, standing: Standing, ruleset: Ruleset, name: str, now: int
) -> Standing:
    reserved = tuple(promise for promise in standing.reserved if promise.expires_at > now)
    if decision.reserves is not None:
        ends = now + ruleset.answer_ttl_ms
        reserved += (Reservation(name, decision.reserves, decision.campaign, now, ends),)
    drawn = [decision.assignment] if decision.assignment else []
    assigned = {**standing.assigned, **dict([*drawn, *decision.gate_arms])}
    return Standing(reserved=reserved, assigned=assigned)


def wire(event: Event) -> dict[str, Any]:
    """An event as the client hands it to its own facts."""
    return {"type": event.type, "at": event.at, **msgspec.to_builtins(event.body)}


def read(facts: dict[str, Any]) -> dict[str, Any]:
    """What decisions read of facts, without what is not known."""
    plain_facts: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(facts))
    told = _without(plain_facts, NOT_READ[""])
    for name in ("moments", "campaigns"):
        kept = plain_facts[name].items()
        told[name] = {key: _without(one, NOT_READ[name]) for key, one in kept}
    for seen in told["campaigns"].values():
        arms = seen.get("arms", {}).items()
        seen["arms"] = {name: _without(arm, NOT_READ["arms"]) for name, arm in arms}
    told["exposures"] = [
        {"outcome": "shown"} | _without(seen, NOT_READ["exposures"])
        for seen in plain_facts["exposures"]
    ]
    for name in ("denial", "first_ask"):
        if plain_facts.get(name):
            told[name] = _without(plain_facts[name], NOT_READ[name])
    return told


def _without(told: dict[str, Any], names: set[str]) -> dict[str, Any]:
    """What is told, without those names and without what says nothing."""
    return {
        name: value
        for name, value in told.items()
        if name not in names and value not in (None, 0, "", [], {})
    }
