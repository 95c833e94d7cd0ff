"""Runs the language-neutral cases for platform rules, settings paths and the prompt budget."""

import dataclasses
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.platform_names import browser_name
from permissions_app.domain.platforms import (
    RULES,
    api_level_from_version,
    prompt_budget,
    rules_for,
    settings_path,
)

CASES = json.loads(
    (Path(__file__).parents[2] / "cases" / "platforms.json").read_text(encoding="utf-8")
)


def of(function):
    return pytest.mark.parametrize(
        "case",
        [case for case in CASES if case["function"] == function],
        ids=lambda case: case["name"],
    )


def test_cases__names__unique_and_plenty():
    names = [case["name"] for case in CASES]
    assert len(set(names)) == len(names) >= 60


@of("rules_for")
def test_rules_for__case__row(case):
    rules = rules_for(**case["input"])
    if case["expect"] is None:
        assert rules is None
        return
    assert rules is not None
    row = dataclasses.asdict(rules)
    assert {key: row[key] for key in case["expect"]} == case["expect"]


@of("settings_path")
def test_settings_path__case__path(case):
    path = settings_path(**case["input"])
    found = path.as_json()
    assert {key: found[key] for key in case["expect"]} == case["expect"]
    assert json.loads(json.dumps(found)) == found


@of("prompt_budget")
def test_prompt_budget__case__budget(case):
    given_input = dict(case["input"])
    key = given_input.pop("rules")
    budget = prompt_budget(rules=None if key is None else RULES[key], **given_input)
    found = dataclasses.asdict(budget)
    assert found.pop("rule").endswith(".")
    assert found == case["expect"]


@pytest.mark.parametrize(
    ("version", "level"),
    [
        ("16", 36),
        ("13", 33),
        ("13.0.1", 33),
        ("Android 14", 34),
        ("12L", 32),
        ("12.1", 32),
        ("12", 31),
        ("11", 30),
        ("10", 29),
        ("9", 28),
        ("8.1.0", 27),
        ("8.0.0", 26),
        ("7.1.2", 25),
        ("6.0.1", 23),
        ("5.1", 22),
        ("4.4.4", 19),
        ("33", 33),
        ("21", 21),
        ("999", None),
        ("0", None),
        ("", None),
        ("thirteen", None),
        ("1" * 5000, None),
        ("١٣", None),
        (None, None),
    ],
)
def test_api_level_from_version__release__level(version, level):
    assert api_level_from_version(version) == level


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("Chrome", "chrome"),
        ("Google Chrome", "chrome"),
        ("HeadlessChrome", "chrome"),
        ("CriOS", "ios_safari"),
        ("Firefox iOS", "ios_safari"),
        ("iPhone Safari", "ios_safari"),
        ("Microsoft Edge", "edge"),
        ("SamsungBrowser", "samsung"),
        ("OPR", "opera"),
        ("Brave", "brave"),
        ("Vivaldi", "chrome"),
        ("Firefox for Android", "firefox"),
        ("Safari", "safari"),
        ("lynx", None),
        ("x" * 1000, None),
        (7, None),
    ],
)
def test_browser_name__client_word__family(sent, name):
    assert browser_name(sent) == name


def test_rules__every_row__explains_itself():
    for key, rules in RULES.items():
        assert key == rules.key
        assert rules.note.endswith(".")
        assert rules.grade == "os"
        assert (rules.prompts == 0) == (rules.budget_counts == "none")
        assert (rules.embargo_days is None) == (rules.embargo_dismissals is None)


@pytest.mark.parametrize("form_factor", ["desktop", "mobile", None])
@pytest.mark.parametrize(
    "browser", ["chrome", "edge", "firefox", "safari", "samsung", "opera", "brave", None]
)
def test_settings_path__every_browser__short_steps_and_no_link(browser, form_factor):
    path = settings_path(platform="web", browser=browser, form_factor=form_factor)
    assert path.kind == "instructions"
    assert dict(path.link) == {}
    assert 2 <= len(path.steps) <= 6
    assert all(0 < len(step) <= 90 for step in path.steps)


def test_settings_path__link__cannot_be_changed_by_a_caller():
    path = settings_path(platform="ios", os_version="17")
    with pytest.raises(TypeError):
        path.link["url"] = "elsewhere"


anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.lists(st.integers(), max_size=2),
    st.sampled_from(["ios", "android", "web", "13", "12", "chrome", "Mobile Safari"]),
)


@given(
    platform=anything,
    facts=st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("os_version", "api_level", "browser", "standalone"), anything)
    ),
    target=anything,
    form=anything,
)
def test_rules_and_paths__anything__never_raise(platform, facts, target, form):
    rules = rules_for(platform=platform, target_sdk=target, **facts)
    assert rules is None or rules is RULES[rules.key]
    assert settings_path(platform=platform, form_factor=form, **facts).steps


@given(
    key=st.sampled_from(sorted(RULES)),
    status=st.sampled_from(
        ["not_determined", "provisional", "ephemeral", "authorized", "denied", "unsupported", "?"]
    ),
    cause=st.sampled_from(
        [None, "refused_once", "refused", "turned_off", "auto_reset", "embargoed", "?"]
    ),
    counts=st.tuples(*[st.integers(-1, 6)] * 4),
    at=st.one_of(st.none(), st.integers(0, 2**45)),
)
def test_prompt_budget__anything__is_consistent(key, status, cause, counts, at):
    answers, refusals, dismissals, ignores = counts
    rules = RULES[key]
    budget = prompt_budget(
        rules=rules,
        status=status,
        cause=cause,
        answers=answers,
        refusals=refusals,
        dismissals=dismissals,
        ignores=ignores,
        last_dismissed_at=at,
    )
    assert budget.prompts_left is None or 0 <= budget.prompts_left <= rules.prompts
    assert budget.last_one == (budget.prompts_left == 1)
    if budget.can_prompt:
        assert budget.prompts_left
        assert budget.embargoed_until is None
        assert status in ("not_determined", "provisional", "ephemeral", "denied")
        assert cause != "turned_off" or status != "denied"
