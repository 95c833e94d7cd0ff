"""Every decision case in tests/cases/decisions.json, and that together they leave no reason out."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from campaigns.domain.decision import REASONS, Decision, decide, explain, interrupts
from campaigns.domain.ruleset import Ruleset
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.platforms import RULES, rules_for
from permissions_app.domain.standing import Standing
from tests.clients.rules import plain

FILE: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "cases" / "decisions.json").read_text(encoding="utf-8")
)
RULESETS = {
    name: msgspec.convert(body, Ruleset, strict=True) for name, body in FILE["rulesets"].items()
}
CASES: list[dict[str, Any]] = FILE["cases"]


def _decide(case: dict[str, Any]) -> Decision:
    return decide(
        ruleset=RULESETS[case["ruleset"]],
        moment=case["moment"],
        facts=msgspec.convert(case["facts"], DeviceFacts, strict=True),
        standing=msgspec.convert(case["standing"], Standing, strict=True),
        device_key=case["device_key"],
        now=case["now"],
    )


def _assert_holds(expected: Any, got: Any, path: str) -> None:
    if isinstance(expected, dict):
        assert isinstance(got, dict), f"{path}: {got!r}"
        for key, value in expected.items():
            _assert_holds(value, got[key], f"{path}.{key}")
    elif isinstance(expected, float):
        assert got == pytest.approx(expected), path
    else:
        assert got == expected, path


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_decide__case__answers_as_written(case: dict[str, Any]) -> None:
    decision = _decide(case)
    _assert_holds(case["expect"], plain(decision), "decision")
    assert decision == _decide(case)
    assert interrupts(decision) is (case["expect"]["action"] != "none")
    assert decision.moment == case["moment"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_decide__any_case__is_consistent_in_itself(case: dict[str, Any]) -> None:
    decision = _decide(case)
    shows = decision.action != "none"
    assert (decision.reserves is not None) is shows
    assert bool(decision.variant) is shows
    assert bool(decision.copy) is shows
    assert (decision.settings is not None) is (decision.action == "settings_redirect")
    assert (decision.reason == "holdout") is bool(decision.holdout_of)
    assert decision.retry_after is None or decision.retry_after > case["now"]
    assert decision.propensity is None or 0 < decision.propensity <= 1
    if decision.action == "soft_ask":
        assert decision.budget is not None
        assert decision.budget.can_prompt


def test_cases__together__cover_every_reason() -> None:
    assert {case["expect"]["reason"] for case in CASES} == set(REASONS)
    assert len(CASES) >= 130
    assert len({case["name"] for case in CASES}) == len(CASES)


def test_cases__together__cover_every_platform() -> None:
    fields = ("platform", "os_version", "api_level", "target_sdk", "browser", "standalone")
    rows = set()
    for case in CASES:
        asked = {name: case["facts"].get(name) for name in fields}
        rules = rules_for(**asked)
        if rules is not None:
            rows.add(rules.key)
    assert set(RULES) - rows == {"app_clip"}  # facts call it ios; its status tells it apart


@pytest.mark.parametrize("reason", REASONS)
def test_explain__every_reason__is_one_sentence(reason: Any) -> None:
    sentence = explain(reason)
    assert sentence != reason
    assert sentence.endswith(".")
    assert ". " not in sentence
