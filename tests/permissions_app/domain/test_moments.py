"""Conditions of a value moment."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.moments import OPERATORS, Condition, matches, parse_conditions

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("op", "value", "found", "holds"),
    [
        ("eq", "a", "a", True),
        ("eq", 1, True, False),
        ("eq", 1, 1.0, True),
        ("eq", "1", 1, False),
        ("ne", "a", "b", True),
        ("ne", "a", 1, False),
        ("gt", 20, 20, False),
        ("gte", 20, 20, True),
        ("lt", 20, 19.9, True),
        ("lte", 20, 21, False),
        ("gte", 0, True, False),
        ("gte", 20, "25", False),
        ("in", ["a", 2], 2, True),
        ("in", ["a", 2], True, False),
        ("contains", "ship", "shipping", True),
        ("contains", "ship", ["ship", 1], True),
        ("contains", "ship", {"ship": 1}, False),
        ("exists", True, None, True),
        ("exists", False, None, False),
    ],
)
def test_matches__one_condition__compares_like_with_like(op, value, found, holds):
    conditions = parse_conditions([{"property": "p", "op": op, "value": value}])
    assert matches(conditions, {"p": found}) is holds


def test_matches__property_missing__only_absent_holds():
    assert not matches(parse_conditions([{"property": "p", "op": "ne", "value": 1}]), {})
    assert matches(parse_conditions([{"property": "p", "op": "exists", "value": False}]), None)


def test_matches__several__all_must_hold():
    both = parse_conditions(
        [
            {"property": "total", "op": "gte", "value": 20},
            {"property": "currency", "op": "eq", "value": "EUR"},
        ]
    )
    assert matches(both, {"total": 20, "currency": "EUR"})
    assert not matches(both, {"total": 20, "currency": "USD"})
    assert matches((), {"anything": 1})


@given(properties=JSON, found=JSON, op=st.sampled_from([*OPERATORS, "made_up"]), value=JSON)
def test_matches__any_json__never_raises(properties, found, op, value):
    if isinstance(value, list):
        value = tuple(value)
    try:
        condition = parse_conditions([{"property": "p", "op": op, "value": value}])
    except ValueError:
        return
    assert matches(condition, properties) in (True, False)
    assert matches(condition, {"p": found}) in (True, False)


@given(raw=JSON)
def test_parse__any_json__value_error_at_most(raw):
    refusal = ""
    try:
        parsed = parse_conditions(raw)
    except ValueError as error:
        refusal = str(error) or "without words"
        parsed = ()
    assert refusal != "without words"
    assert parse_conditions([condition.as_json() for condition in parsed]) == parsed


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        ({}, "must be a list"),
        ([1], "must be an object"),
        ([{"property": "", "op": "eq", "value": 1}], "name of a property"),
        ([{"property": "x" * 61, "op": "eq", "value": 1}], "at most 60"),
        ([{"property": "x", "op": "like", "value": 1}], "operators"),
        ([{"property": "x", "op": "gt", "value": "1"}], "takes a number"),
        ([{"property": "x", "op": "gt", "value": True}], "takes a number"),
        ([{"property": "x", "op": "in", "value": "a"}], "takes a list"),
        ([{"property": "x", "op": "in", "value": []}], "at least one"),
        ([{"property": "x", "op": "contains", "value": 3}], "takes a text"),
        ([{"property": "x", "op": "exists", "value": "yes"}], "true or false"),
        ([{"property": "x", "op": "eq", "value": None}], "needs a text"),
        ([{"property": "x", "op": "eq", "value": 10**400}], "needs a text"),
        ([{"property": "x", "op": "eq", "value": "a" * 201}], "at most 200"),
        ([{"property": "x", "op": "eq", "value": 1, "or": 2}], "unknown part"),
        ([{"property": "x", "op": "eq", "value": 1}] * 11, "at most 10"),
    ],
)
def test_parse__malformed__says_what_is_wrong(raw, says):
    with pytest.raises(ValueError, match=says):
        parse_conditions(raw)


def test_condition__in_words():
    assert Condition("total", "gte", 20).in_words() == "total is at least 20"
    assert Condition("c", "in", ("a", 2)).in_words() == "c is one of “a”, 2"
    assert Condition("c", "exists", False).in_words() == "c is absent"
