"""The same seed gives the same people, who do the same things."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from campaigns.simulator.delivery import deliver
from campaigns.simulator.journey import MOST_SESSIONS, Ask, Journey
from campaigns.simulator.oracle import Life
from campaigns.simulator.population import DAY_MS, generator, profile

UNTIL = 1_790_000_000_000
NOTHING = {"action": "none", "reason": "no_campaign", "decision_id": "none"}
DECISION = f"{uuid.UUID(int=7)}.s1.1.b.order_placed"
ASK_SOFTLY = {
    "action": "soft_ask",
    "reason": "ask_softly",
    "decision_id": DECISION,
    "variant": "b",
}


def walk(
    index: int,
    *,
    reply: dict[str, Any],
    duplicates: float = 0.0,
    late: float = 0.0,
    sessions: int = 0,
) -> tuple[list[Any], Life]:
    """All that device number `index` sends when the server always answers `reply`."""
    person = profile(seed=3, index=index, until=UNTIL, days=90)
    journey = Journey(profile=person, seed=3, until=UNTIL)
    journey.session = sessions
    rng = generator(seed=3, index=index, purpose="network")
    steps = deliver(steps=journey.steps(), rng=rng, duplicates=duplicates, late=late)
    sent: list[Any] = []
    try:
        step = next(steps)
        while True:
            sent.append(step)
            step = steps.send(reply if isinstance(step, Ask) else {})
    except StopIteration:
        return sent, journey.life


def events_of(sent: list[Any]) -> list[dict[str, Any]]:
    return [event for batch in sent if isinstance(batch, list) for event in batch]


@pytest.mark.parametrize("reply", [NOTHING, ASK_SOFTLY])
def test_journey__same_seed__is_the_same(reply: dict[str, Any]) -> None:
    for index in range(40):
        assert walk(index, reply=reply) == walk(index, reply=reply)


def test_journey__other_seed__is_another() -> None:
    assert profile(seed=1, index=0, until=UNTIL, days=90) != profile(
        seed=2, index=0, until=UNTIL, days=90
    )


def test_journey__events__are_in_the_past_and_have_ids_of_their_own() -> None:
    events = [
        event for index in range(200) for event in events_of(walk(index, reply=ASK_SOFTLY)[0])
    ]
    ids = [event["id"] for event in events]
    assert len(set(ids)) == len(ids)
    assert {uuid.UUID(text).version for text in ids} == {7}
    assert all(uuid.UUID(text).variant == uuid.RFC_4122 for text in ids)


def test_journey__questions__come_in_the_order_of_their_time() -> None:
    for index in range(100):
        times = [step.at for step in walk(index, reply=NOTHING)[0] if isinstance(step, Ask)]
        assert times == sorted(times)
        assert all(UNTIL - 91 * DAY_MS < at < UNTIL + DAY_MS for at in times)


def test_delivery__late_and_twice__is_the_same_set_of_events() -> None:
    for index in range(100):
        plain = events_of(walk(index, reply=NOTHING)[0])
        rough = events_of(walk(index, reply=NOTHING, duplicates=0.5, late=0.5)[0])
        assert {event["id"]: event for event in rough} == {event["id"]: event for event in plain}


def test_delivery__late_and_twice__really_happens() -> None:
    rough = [walk(index, reply=NOTHING, duplicates=0.5, late=0.5)[0] for index in range(50)]
    plain = [walk(index, reply=NOTHING)[0] for index in range(50)]
    count = [sum(len(events_of(sent)) for sent in each) for each in (plain, rough)]
    assert count[1] > count[0] * 1.1
    times = [[event["occurred_at"] for event in events_of(sent)] for sent in rough]
    assert any(each != sorted(each) for each in times)


@pytest.mark.parametrize("sessions", [0, MOST_SESSIONS - 1])
def test_journey__removal_that_was_none__is_followed_by_another_visit(sessions: int) -> None:
    for index in range(3_000):
        sent, life = walk(index, reply=NOTHING, sessions=sessions)
        told = [event["type"] for event in events_of(sent)]
        assert (told[-1] == "app_removed") is bool(life.removed_at)
        after = [told[at + 1] for at, kind in enumerate(told[:-1]) if kind == "app_removed"]
        assert set(after) <= {"session_started"}


def test_population__has_everybody_in_it() -> None:
    people = [profile(seed=3, index=index, until=UNTIL, days=90) for index in range(3000)]
    assert {person.kind for person in people} == {
        "ios",
        "android_13",
        "android_12",
        "web",
        "web_tab",
    }
    assert any(person.cold for person in people)
    assert any(person.provisional for person in people)
    assert any(person.upgrades for person in people)
    assert all(UNTIL - 90 * DAY_MS <= person.installed_at < UNTIL for person in people)
