"""The rules about moments, each tried on its own examples."""

from __future__ import annotations

import re

import pytest

from permissions_app.domain.moment_lint import (
    WORD_RULES,
    Seen,
    Subject,
    WordRule,
    better_event,
    lint_moment,
    rules_on,
    sounds_opening,
    spoken,
)
from permissions_app.domain.moments import looks_like_opening

BY_ID = [pytest.param(rule, id=rule.id) for rule in WORD_RULES]
SEEN = (Seen(name="App Opened", count=9000), Seen(name="Menu Viewed", count=800))
ORDER = Seen(name="Order Placed", count=4100)
GRADED = re.compile(r"(data|claimed|contested|house rule)\b")


def rules_of(**told: object) -> list[str]:
    subject = Subject(**told)  # type: ignore[arg-type]
    return [finding.rule for finding in lint_moment(subject=subject, seen=(*SEEN, ORDER))]


@pytest.mark.parametrize("rule", BY_ID)
def test_rule__its_own_examples__are_found_and_let_pass(rule: WordRule) -> None:
    assert rule.passing
    assert [name for name in rule.failing if rule not in rules_on(name)] == []
    assert [name for name in rule.passing if rule in rules_on(name)] == []


@pytest.mark.parametrize("rule", BY_ID)
def test_rule__says_why_in_a_sentence_and_who_says_so_with_a_grade(rule: WordRule) -> None:
    assert rule.reason.endswith(".")
    assert len(rule.reason) < 200
    assert GRADED.search(rule.source)


@pytest.mark.parametrize(
    "name", ["App Opened", "first_launch", "SignUp", "logged in", "onBoarding"]
)
def test_opening__what_the_form_warns_of__is_found_here_too(name: str) -> None:
    assert looks_like_opening(name)
    assert sounds_opening(name)


@pytest.mark.parametrize(
    "name",
    ["Order Placed", "Goal Set", "Table Booked", "Message Sent", "Workout Finished", "Song Saved"],
)
def test_word_rules__something_of_value__is_let_pass(name: str) -> None:
    assert rules_on(name) == ()


def test_spoken__any_style__is_words() -> None:
    assert spoken("AppOpened") == spoken("app_opened") == spoken("App-Opened ") == "app opened"
    assert spoken("signupCompleted") == "sign up completed"


def test_finding__proposes_the_most_frequent_event_that_serves() -> None:
    (finding,) = lint_moment(subject=Subject(event="App Opened"), seen=(*SEEN, ORDER))
    assert finding.event == "Order Placed"
    assert "4,100" in finding.instead
    assert "2021" in finding.source


def test_finding__nothing_better_is_known__proposes_nothing() -> None:
    (finding,) = lint_moment(subject=Subject(event="App Opened"), seen=SEEN)
    assert (finding.instead, finding.event) == ("", "")


def test_better__never_the_event_itself() -> None:
    assert better_event(event="Order Placed", seen=(*SEEN, ORDER)) is None


def test_name__of_the_moment__is_looked_at_when_the_event_is_fine() -> None:
    assert rules_of(event="ev_17", name="Sign-up") == ["sign-up"]
    assert rules_of(event="Order Placed", name="Order placed") == []


@pytest.mark.parametrize(
    ("first", "devices", "rules"),
    [
        (160, 200, ["nearly-everybody"]),
        (159, 200, []),
        (199, 199, []),
        (250, 200, ["nearly-everybody"]),
    ],
)
def test_numbers__first_session__nearly_everybody(
    first: int, devices: int, rules: list[str]
) -> None:
    told = {"in_first_session": first, "devices": devices, "reached": devices}
    assert rules_of(event="Order Placed", **told) == rules


@pytest.mark.parametrize(
    ("reached", "devices", "rules"),
    [(0, 200, ["almost-nobody"]), (3, 200, ["almost-nobody"]), (4, 200, []), (0, 199, [])],
)
def test_numbers__few_reach__almost_nobody(reached: int, devices: int, rules: list[str]) -> None:
    assert rules_of(event="Order Placed", reached=reached, devices=devices) == rules


def test_numbers__new_moment__nobody_says_that_few_come() -> None:
    assert rules_of(event="Order Placed", reached=0, devices=200, counted=False) == []


def test_numbers__opening_by_name__is_told_once() -> None:
    told = {"in_first_session": 200, "devices": 200, "reached": 200}
    assert rules_of(event="App Opened", **told) == ["app-open"]


def test_lint__empty_name__finds_nothing() -> None:
    assert rules_of(event="") == []
