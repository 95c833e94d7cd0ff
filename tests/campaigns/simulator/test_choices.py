"""What is planted in the simulated world, and that each part of it can be left out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from campaigns.simulator import scenario
from campaigns.simulator.choices import accepts, grants, loses_its_log
from campaigns.simulator.journey import Ask, Journey
from campaigns.simulator.population import DAY_MS, Profile, profile
from campaigns.simulator.records import Decided
from campaigns.simulator.scenario import NAMES, Effects

UNTIL = 1_790_000_000_000
NOTHING = Effects(**dict.fromkeys(NAMES, False))
A = Decided("s1", "1.a", "a", "order_placed")
B = Decided("s1", "1.b", "b", "order_placed")
OTHER_B = Decided("s3", "1.b", "b", "table_booked")


def who(**changes: Any) -> Profile:
    person = profile(seed=3, index=1, until=UNTIL, days=90)
    return replace(person, mobile=False, **changes)


def yes(decision: Decided | None, effects: Effects, **changes: Any) -> float:
    told: dict[str, Any] = {"kind": "ios", "screen": 4, "app": "4.1.0"} | changes
    return grants(effects=effects, profile=who(), decision=decision, **told)


@pytest.mark.parametrize("kind", ["ios", "android_13", "web"])
def test_words__better_ones__authorise_so_many_more_of_all_who_see_them(kind: str) -> None:
    world = Effects()
    a, b = (
        accepts(effects=world, decision=d, refused=False) * yes(d, world, kind=kind) for d in (A, B)
    )
    assert b - a == pytest.approx(scenario.MORE_AUTHORIZED)
    assert accepts(effects=world, decision=B, refused=False) > scenario.SOFT_YES


@pytest.mark.parametrize(("decision", "effects"), [(B, Effects(words=False)), (OTHER_B, Effects())])
def test_words__left_out_or_of_another_ask__are_like_a(decision: Decided, effects: Effects) -> None:
    assert accepts(effects=effects, decision=decision, refused=False) == scenario.SOFT_YES
    assert yes(decision, effects) == yes(A, effects)


def test_screens__yes_grows_up_to_screen_7__and_then_stays() -> None:
    rates = [yes(A, Effects(), screen=screen) for screen in range(1, 11)]
    assert rates[:7] == sorted(set(rates[:7]))
    assert set(rates[6:]) == {rates[6]}
    assert rates[3] == pytest.approx(scenario.GRANT_AFTER_YES["ios"])
    assert {yes(A, Effects(screens=False), screen=screen) for screen in range(9)} == {rates[3]}


def test_screens__asked_at_the_first_launch__make_no_difference() -> None:
    assert yes(None, Effects(), screen=9) == scenario.GRANT_COLD["ios"]


def test_version__bad_one__gets_half_the_yes_and_its_sister_all() -> None:
    bad = scenario.BAD_VERSION
    assert yes(A, Effects(), app=bad) == yes(A, Effects()) / 2
    assert yes(A, Effects(version=False), app=bad) == yes(A, Effects(version=False), app="4.2.2")


def test_version__people_move_to_it_in_the_last_days_only() -> None:
    people = [profile(seed=3, index=index, until=UNTIL, days=90) for index in range(2_000)]
    moved = [p for p in people if p.app_at(UNTIL) in ("4.3.0", "4.2.2")]
    assert 1_000 < len(moved) < 1_800
    assert not any(p.app_at(UNTIL - 11 * DAY_MS - 1) in ("4.3.0", "4.2.2") for p in people)
    assert not any(person.cold for person in moved)


def test_logging__only_those_words_lose_it() -> None:
    moment, variant = scenario.LOST_WORDS
    lost = Decided("s2", f"1.{variant}", variant, moment)
    assert loses_its_log(effects=Effects(), decision=lost)
    assert not loses_its_log(effects=Effects(logging=False), decision=lost)
    assert not any(loses_its_log(effects=Effects(), decision=d) for d in (A, B, OTHER_B))


@pytest.mark.parametrize("effects", [Effects(), NOTHING])
def test_logging__app_that_saves_up__has_sent_nothing_when_it_is_lost(effects: Effects) -> None:
    moment, variant = scenario.LOST_WORDS
    decision = f"00000000-0000-7000-8000-000000000007.s2.1.{variant}.{moment}"
    reply = {"action": "soft_ask", "reason": "ask_softly", "decision_id": decision}
    lost = 0
    for index in range(200):
        person = profile(seed=3, index=index, until=UNTIL, days=90)
        journey = Journey(profile=person, seed=3, until=UNTIL, effects=effects)
        sent = walk(journey, reply)
        if journey.life.unheard:
            lost += 1
            assert person.saves_up
            assert not sent
            assert [name for name, _, _ in journey.life.facts()] == ["device rows"]
        else:
            assert sent
    assert (lost > 0) is effects.logging


@pytest.mark.parametrize(("effects", "expected"), [(Effects(), True), (NOTHING, False)])
def test_redirects__first_sight_of_a_line__brings_people_back_only_where_planted(
    effects: Effects, expected: bool
) -> None:
    decision = "00000000-0000-7000-8000-000000000007.r5.1.a.order_placed"
    reply = {"action": "settings_redirect", "reason": "offer_settings", "decision_id": decision}
    tapped = 0
    for index in range(3_000):
        person = replace(profile(seed=3, index=index, until=UNTIL, days=90), cold=True)
        journey = Journey(profile=person, seed=3, until=UNTIL, effects=effects)
        walk(journey, reply)
        tapped += journey.life.recovered == "tapped"
    assert (tapped > 5) is expected


def walk(journey: Journey, reply: dict[str, Any]) -> list[Any]:
    """Let the person live with a server that always answers this; returns what was sent."""
    sent: list[Any] = []
    steps = journey.steps()
    step = next(steps, None)
    while step is not None:
        if not isinstance(step, Ask):
            sent += step.events
        try:
            step = steps.send(reply if isinstance(step, Ask) else {})
        except StopIteration:
            step = None
    return sent
