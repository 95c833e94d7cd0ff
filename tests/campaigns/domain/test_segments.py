"""Segments: what may be asked, what is refused in which words, and who is in the built-in ones."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.domain.segment_builtin import built_in
from campaigns.domain.segment_words import in_words
from campaigns.domain.segments import DEEPEST, MOST_CONDITIONS, matches, parse
from permissions_app.domain.device import DAY_MS, Denial, DeviceFacts, Exposure, MomentFacts
from permissions_app.domain.edits import Invalid
from permissions_app.domain.facets import facet

TODAY = 20_700
NOW = TODAY * DAY_MS
DENIED = {"fact": "status", "in": ["denied"]}


def device(**facts: Any) -> DeviceFacts:
    """An iPhone first seen 100 days ago."""
    told: dict[str, Any] = {
        "platform": "ios",
        "first_seen_at": NOW - 100 * DAY_MS,
        "last_seen_at": NOW,
    }
    return DeviceFacts(**told | facts)


def denied(days_ago: int, cause: str = "refused", **facts: Any) -> DeviceFacts:
    """An iPhone that was denied so many days ago."""
    at = NOW - days_ago * DAY_MS
    told = {"status": "denied", "cause": cause, "status_at": at, "denial": Denial(at, cause)}  # type: ignore[arg-type]
    return device(**told | facts)


def holds(document: Any, facts: DeviceFacts) -> bool:
    """Whether a device is in a segment today."""
    found = facet(facts)
    assert found is not None
    return matches(node=parse(document), facet=found, today=TODAY)


@pytest.mark.parametrize(("days_ago", "there"), [(29, False), (30, False), (31, True)])
def test_denied_more_than_30_days_ago__by_days__begins_on_the_31st(
    days_ago: int, there: bool
) -> None:
    assert holds({"fact": "denied", "more_than_days_ago": 30}, denied(days_ago)) is there


@pytest.mark.parametrize(("days_ago", "there"), [(0, True), (6, True), (7, False)])
def test_in_the_last_7_days__by_days__today_is_one_of_them(days_ago: int, there: bool) -> None:
    assert holds({"fact": "denied", "in_last_days": 7}, denied(days_ago)) is there


def test_moment__twice_in_14_days_since_the_no__needs_both_times_after_it() -> None:
    asked = {"moment": "order", "at_least": 2, "in_last_days": 14, "since_no": True}
    no = NOW - 10 * DAY_MS

    def reached(*times: int) -> DeviceFacts:
        latest, *earlier = sorted(times, reverse=True)
        moment = MomentFacts(len(times), min(times), latest, earlier=tuple(earlier))
        return denied(10, moments={"order": moment})

    assert holds(asked, reached(no + 1, no + DAY_MS))
    assert not holds(asked, reached(no - 1, no + DAY_MS))
    assert not holds(asked | {"in_last_days": 9}, reached(no + 1, NOW))
    assert holds(asked | {"at_least": 1, "in_last_days": 9}, reached(no + 1, NOW))
    assert not holds(asked | {"moment": "goal"}, reached(no + 1, NOW))


def test_not__about_something_never_told__holds() -> None:
    assert not holds({"fact": "recovery", "in": ["tapped"]}, device())
    assert holds({"not": {"fact": "recovery", "in": ["tapped"]}}, device())


def test_group__without_conditions__is_everybody_at_the_top_only() -> None:
    assert holds({"all": []}, device())
    with pytest.raises(Invalid) as error:
        parse({"all": [{"any": []}]})
    assert error.value.errors == {"all.0": "This group is empty: add a condition or remove it."}


FAULTS = [
    ([], "", "A condition is an object, like {“fact”: “status”, …}."),
    ({"fact": "colour"}, "", "There is no fact “colour”. Choose one of the list."),
    ({"fact": "status", "in": []}, "", "Notifications are: choose at least one value."),
    ({"fact": "status", "in": ["off"]}, "", "Notifications are: “off” is none of the choices."),
    ({"fact": "country", "in": ["x" * 81]}, "", "Country: each value has 1 to 80 characters."),
    ({"fact": "sessions"}, "", "Sessions: say at least or at most how many."),
    (
        {"fact": "sessions", "at_least": 5, "at_most": 2},
        "",
        "Sessions: at least 5 and at most 2 holds for nobody.",
    ),
    ({"fact": "sessions", "at_least": "5"}, "", "Sessions: give a whole number from 0 to 32767."),
    ({"fact": "denied"}, "", "Denied: say when, in one way."),
    ({"fact": "denied", "ever": True, "in_last_days": 3}, "", "Denied: say when, in one way."),
    (
        {"fact": "denied", "more_than_days_ago": 0},
        "",
        "Denied: give a whole number from 1 to 3650.",
    ),
    ({"fact": "denied", "from": "yesterday"}, "", "Denied: a date is written like 2026-12-01."),
    ({"fact": "denied", "from": "2026-W49-2"}, "", "Denied: a date is written like 2026-12-01."),
    ({"fact": "denied", "to": "20261201"}, "", "Denied: a date is written like 2026-12-01."),
    (
        {"fact": "denied", "from": "2026-12-02", "to": "2026-12-01"},
        "",
        "Denied: the end lies before the start.",
    ),
    (
        {"fact": "app_version", "at_least": "new"},
        "",
        "An app version is written in numbers, like 4.2 or 4.2.0.",
    ),
    ({"moment": ""}, "", "Choose a moment of this app."),
    ({"moment": "a\x00"}, "", "Choose a moment of this app."),
    (
        {"moment": "order", "at_least": 6, "since_no": True},
        "",
        "Times reached: give a whole number from 1 to 5.",
    ),
    (
        {"fact": "interruptions", "at_least": 3},
        "",
        "Interruptions: say how many, and in how many days.",
    ),
    ({"fact": "status", "in": ["denied"], "colour": 1}, "", "“colour” does not belong here."),
    (
        {"all": [DENIED, {"not": {"fact": "x"}}]},
        "all.1.not",
        "There is no fact “x”. Choose one of the list.",
    ),
]


@pytest.mark.parametrize(("document", "path", "sentence"), FAULTS)
def test_parse__something_wrong__says_what_and_where(
    document: Any, path: str, sentence: str
) -> None:
    with pytest.raises(Invalid) as error:
        parse(document)
    assert error.value.errors[path] == sentence


def test_parse__several_faults__tells_them_all() -> None:
    with pytest.raises(Invalid) as error:
        parse({"any": [{"fact": "x"}, DENIED, {"moment": 5}]})
    assert set(error.value.errors) == {"any.0", "any.2"}


def test_parse__too_deep_or_too_much__is_refused() -> None:
    deep: dict[str, Any] = DENIED
    for _ in range(DEEPEST + 1):
        deep = {"not": deep}
    with pytest.raises(Invalid):
        parse(deep)
    with pytest.raises(Invalid):
        parse({"all": [{"any": [DENIED] * 30}, {"any": [DENIED] * (MOST_CONDITIONS - 29)}]})
    parse({"all": [DENIED] * MOST_CONDITIONS})


def test_words__of_a_nested_segment__read_as_one_sentence() -> None:
    document = {
        "all": [
            DENIED,
            {"fact": "denied", "more_than_days_ago": 30},
            {
                "any": [
                    {"moment": "order", "at_least": 2, "in_last_days": 14, "since_no": True},
                    {"not": {"fact": "country", "in": ["DE", "AT"]}},
                ]
            },
        ]
    }
    parse(document)
    assert in_words(document, name=lambda kind, key: "Order placed") == (
        "notifications are off and denied more than 30 days ago and (reached “Order placed” at least 2 times in the "
        "last 14 days since the no or not in DE or AT)"
    )


MEMBERS: dict[str, DeviceFacts] = {
    "fresh-denials": denied(2),
    "refused-once": device(status="denied", cause="refused_once", status_at=NOW),
    "turned-off": denied(40, "turned_off"),
    "moment-since-no": denied(40, moments={"order": MomentFacts(1, NOW, NOW)}),
    "settings-in-vain": denied(40, settings_opened_at=NOW),
    "at-the-cap": device(
        exposures=tuple(Exposure("soft_ask", NOW - n * DAY_MS) for n in (20, 9, 3))
    ),
    "auto-reset": device(status="denied", cause="auto_reset", status_at=NOW),
    "embargoed": device(
        platform="web", status="denied", cause="embargoed", status_at=NOW, embargoed_until=NOW + 5
    ),
    "never": device(never_ask_at=NOW),
    "recovered": device(
        status="authorized", status_at=NOW, denial=Denial(5, "refused"), recovered_at=NOW
    ),
    "off-again": denied(0, "turned_off", denial=Denial(5, "refused"), recovered_at=NOW - 9),
}


def test_built_in__each__finds_its_people_and_nobody_else() -> None:
    segments = built_in(per_30_days=3)
    assert set(segments) == set(MEMBERS)
    everybody_else = device()
    for key, member in MEMBERS.items():
        assert holds(segments[key].document, member), key
        assert not holds(segments[key].document, everybody_else), key
    assert not holds(segments["recovered"].document, MEMBERS["off-again"])
    assert not holds(segments["fresh-denials"].document, MEMBERS["turned-off"])


def test_at_the_cap__apps_own_budget__is_what_counts() -> None:
    twice = device(exposures=tuple(Exposure("redirect", NOW - n * DAY_MS) for n in (20, 3)))
    assert not holds(built_in(per_30_days=3)["at-the-cap"].document, twice)
    assert holds(built_in(per_30_days=2)["at-the-cap"].document, twice)
