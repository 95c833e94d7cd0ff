"""Runs the language-neutral cases for permission values, and what no JSON file can say."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.states import Reading, UnknownValue, normalise

CASES = json.loads(
    (Path(__file__).parents[2] / "cases" / "normalise.json").read_text(encoding="utf-8")
)
LIBRARIES = (
    "ios",
    "android",
    "permission_handler",
    "react-native-permissions",
    "notifee",
    "rnfirebase",
    "firebase_messaging",
    "expo",
    "web",
)
FACTS = (
    "platform",
    "os_version",
    "api_level",
    "target_sdk",
    "ask_count",
    "can_ask_again",
    "source",
)
WORDS = "denied granted default blocked undetermined permanentlyDenied provisional true 1 0 -1"


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_normalise__case__reading(case):
    expect = case["expect"]
    if "error" in expect:
        with pytest.raises(UnknownValue) as caught:
            normalise(**case["input"])
        assert caught.value.code == expect["error"]
        assert 0 < len(caught.value.detail) < 200
        return
    reading = normalise(**case["input"])
    assert (reading.status, reading.cause) == (expect["status"], expect["cause"]), reading.why
    assert reading.off is expect.get("off", False)
    assert reading.why.endswith(".")


def test_cases__names__unique_and_plenty():
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) >= 90
    assert {case["input"]["library"] for case in CASES} >= set(LIBRARIES)


@pytest.mark.parametrize("value", [None, 1.0, [], {}, b"granted", object()])
def test_normalise__value_of_another_type__unknown_value(value):
    with pytest.raises(UnknownValue) as caught:
        normalise(library="web", value=value)
    assert caught.value.code == "unknown_value"


@pytest.mark.parametrize("library", [None, 7, [], "x" * 10_000])
def test_normalise__library_of_another_type__unknown_library(library):
    with pytest.raises(UnknownValue) as caught:
        normalise(library=library, value="granted")
    assert caught.value.code == "unknown_library"


hostile = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["ios", "android", "web", "13", "12", "request", "check"]),
)


@given(
    library=st.one_of(st.sampled_from(LIBRARIES), hostile),
    value=st.one_of(st.sampled_from(WORDS.split()), hostile),
    facts=st.fixed_dictionaries({}, optional=dict.fromkeys(FACTS, hostile)),
)
def test_normalise__anything__a_reading_or_unknown_value(library, value, facts):
    try:
        reading = normalise(library=library, value=value, **facts)
    except UnknownValue:  # the only error that is allowed out
        return
    assert isinstance(reading, Reading)
    assert reading.cause is None or reading.status == "denied"
    assert not (reading.off and reading.status)
