"""A moment written into code: its conditions are met, and nothing in it can end a string."""

from __future__ import annotations

import ast
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.examples import STAND_IN, as_json, as_python, as_swift, example_of
from permissions_app.domain.moments import OPERATORS, Condition, matches, parse_conditions

SCALARS = st.one_of(
    st.text(max_size=20), st.booleans(), st.integers(-(10**12), 10**12), st.floats(-1e9, 1e9)
)


def conditions() -> st.SearchStrategy[tuple[Condition, ...]]:
    def valid(raw: list[dict[str, Any]]) -> tuple[Condition, ...]:
        found: list[Condition] = []
        for one in raw:
            try:
                found += parse_conditions([one])
            except ValueError:
                continue
        return tuple(found)

    one = st.fixed_dictionaries(
        {
            "property": st.text(min_size=1, max_size=12),
            "op": st.sampled_from(sorted(OPERATORS)),
            "value": st.one_of(SCALARS, st.lists(SCALARS, min_size=1, max_size=3)),
        }
    )
    return st.lists(one, max_size=3).map(valid)


@given(event=st.text(min_size=1, max_size=30), wanted=conditions())
def test_example__any_moment__reaches_it_or_is_the_stand_in(
    event: str, wanted: tuple[Condition, ...]
) -> None:
    example = example_of([(event, "key", wanted)])
    if example is not STAND_IN:
        assert example.event == event
        assert matches(wanted, example.properties)
    for text in (example.event, as_json(example.properties), as_swift(example.properties)):
        assert not set(text) & set("'`$\\\n<>")
    assert json.loads(as_json(example.properties)) == dict(example.properties)
    assert ast.literal_eval(as_python(example.properties)) == dict(example.properties)


def test_example__first_that_can_stand_in_code__is_taken() -> None:
    told = example_of(
        [("It's here", "a", ()), ("Timer Started", "b", (Condition("minutes", "gt", 3),))]
    )
    assert (told.event, told.moment, told.properties) == ("Timer Started", "b", {"minutes": 7})


def test_example__conditions_that_exclude_each_other__stand_in() -> None:
    both = (Condition("total", "gt", 5), Condition("total", "lt", 3))
    assert example_of([("Order Placed", "x", both)]) is STAND_IN


def test_swift__no_property__is_an_empty_dictionary() -> None:
    assert as_swift({}) == "[:]"
