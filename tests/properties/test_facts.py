"""Facts are a function of the set of a device's events."""

from __future__ import annotations

import msgspec
from hypothesis import given, settings

from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.events import Event
from permissions_app.domain.fold import fold
from permissions_app.domain.measures import OUTCOMES, contributions, difference, is_eligible
from permissions_app.domain.standing import Standing
from permissions_app.services.ingest import fold_news
from tests.properties.histories import deliveries, histories

QUIET = settings(max_examples=300, deadline=None)


def deliver(batches: list[list[Event]]) -> DeviceFacts:
    """What the ingest does to one device, without the database: each id once, late events refold."""
    stored: dict[str, Event] = {}
    facts = DeviceFacts()
    for batch in batches:
        fresh = list({event.id: event for event in batch if event.id not in stored}.values())
        stored.update((event.id, event) for event in fresh)
        if fresh:
            changed, late = fold_news({1: facts}, {1: fresh})
            facts = fold(facts=DeviceFacts(), events=stored.values()) if late else changed[1]
    return facts


@QUIET
@given(deliveries())
def test_facts__any_order_doubling_and_split__are_the_same(
    delivery: tuple[list[Event], list[list[Event]]],
) -> None:
    history, batches = delivery
    assert deliver(batches) == fold(facts=DeviceFacts(), events=history)


@QUIET
@given(histories())
def test_fold__never_changes_its_argument(history: list[Event]) -> None:
    ordered = sorted(history, key=lambda event: event.order)
    first = fold(facts=DeviceFacts(), events=ordered[: len(ordered) // 2])
    before = msgspec.json.encode(first)
    fold(facts=first, events=ordered[len(ordered) // 2 :])
    assert msgspec.json.encode(first) == before


@QUIET
@given(histories())
def test_facts__written_and_read_again__are_equal(history: list[Event]) -> None:
    facts = fold(facts=DeviceFacts(), events=history)
    assert msgspec.json.decode(msgspec.json.encode(facts), type=DeviceFacts) == facts


@QUIET
@given(histories())
def test_contributions__of_any_history__stand_in_exactly_one_place(history: list[Event]) -> None:
    facts = fold(facts=DeviceFacts(), events=history)
    cells = contributions(facts=facts, standing=Standing())
    measures = [cell[0] for cell in cells]
    eligible = measures.count("eligible")
    assert eligible == int(is_eligible(facts) and facts.first_seen_at is not None)
    assert sum(measures.count(place) for place in OUTCOMES) == eligible
    assert measures.count("recovered") + measures.count("lost") <= measures.count("denial")
    assert all(cell[5] >= 0 for cell in cells)
    assert set(cells.values()) <= {1}


@QUIET
@given(histories(), histories())
def test_difference__added_to_the_sum__gives_the_new_sum(
    one: list[Event], other: list[Event]
) -> None:
    before = contributions(facts=fold(facts=DeviceFacts(), events=one), standing=Standing())
    after = contributions(facts=fold(facts=DeviceFacts(), events=other), standing=Standing())
    total = dict(before)
    for cell, n in difference(before=before, after=after).items():
        assert n != 0
        total[cell] = total.get(cell, 0) + n
    assert {cell: n for cell, n in total.items() if n} == after
