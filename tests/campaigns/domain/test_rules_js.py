"""The rules that decide on the device answer every published case as the server does."""

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from campaigns.domain.assignment import fnv1a32
from campaigns.domain.copy import fill
from campaigns.domain.decision import decide
from campaigns.domain.portable import portable_matching
from campaigns.domain.ruleset import Arm, Moment, Ruleset, SoftAsk, check
from campaigns.services.decide import Request, tell
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.moments import parse_conditions
from permissions_app.domain.platforms import RULES
from permissions_app.domain.standing import HOLDOUT, Standing
from permissions_app.selectors.catalogue import Catalogue
from tests.clients.rules import RulesInNode, plain

CASES_DIR = Path(__file__).parents[2] / "cases"
FILE: dict[str, Any] = json.loads((CASES_DIR / "decisions.json").read_text(encoding="utf-8"))
VECTORS: dict[str, Any] = json.loads((CASES_DIR / "growthbook.json").read_text(encoding="utf-8"))
PLATFORMS: list[dict[str, Any]] = json.loads(
    (CASES_DIR / "platforms.json").read_text(encoding="utf-8")
)
RULESETS = {name: msgspec.convert(body, Ruleset) for name, body in FILE["rulesets"].items()}
CASES: list[dict[str, Any]] = FILE["cases"]
NOW = 86_400_000_000


@pytest.fixture(scope="module")
def node() -> Iterator[RulesInNode]:
    with RulesInNode() as running:
        for name, ruleset in RULESETS.items():
            running.load(name, ruleset)
            running.ask(
                "load", {"name": f"raw {name}", "payload": {"ruleset": FILE["rulesets"][name]}}
            )
        yield running


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_decide__case__same_answer_in_python_and_in_node(
    node: RulesInNode, case: dict[str, Any]
) -> None:
    told: dict[str, Any] = {
        "moment": case["moment"],
        "facts": msgspec.convert(case["facts"], DeviceFacts),
        "standing": msgspec.convert(case["standing"], Standing),
        "device_key": case["device_key"],
        "now": case["now"],
    }
    expected = plain(decide(ruleset=RULESETS[case["ruleset"]], **told))
    assert node.decide(case["ruleset"], **told) == expected

    # As the file has it: a client team reads nothing else.
    as_written = {name: case[name] for name in ("moment", "facts", "standing", "now")}
    raw = {"name": f"raw {case['ruleset']}", "deviceKey": case["device_key"], **as_written}
    assert node.ask("decide", raw) == expected


@pytest.mark.parametrize("case", PLATFORMS, ids=[case["name"] for case in PLATFORMS])
def test_platforms__case__answers_as_written(node: RulesInNode, case: dict[str, Any]) -> None:
    function = {
        "rules_for": "rulesFor",
        "settings_path": "settingsPath",
        "prompt_budget": "budget",
    }[case["function"]]
    told = case["input"]
    counts = {"answers": 0, "refusals": 0, "dismissals": 0, "ignores": 0}
    got = node.ask(function, {**counts, **told} if function == "budget" else told)
    if case["expect"] is None:
        assert got is None
        return
    for name, value in case["expect"].items():
        if function != "rulesFor" or name in got or name == "key":
            assert got[name] == value, name
        else:
            assert not value or getattr(RULES[got["key"]], name) == value


@pytest.mark.parametrize(("seed", "value", "version", "number"), VECTORS["hash"])
def test_bucket__published_vector__same_number(
    node: RulesInNode, seed: str, value: str, version: int, number: float
) -> None:
    assert version == 2
    assert node.ask("bucket", {"seed": seed, "value": value}) == number


@pytest.mark.parametrize(("name", "given", "ranges"), VECTORS["getBucketRange"])
def test_bucket_ranges__published_vector__same_ranges(
    node: RulesInNode, name: str, given: tuple[int, float, list[float] | None], ranges: Any
) -> None:
    count, coverage, weights = given
    got = node.ask("ranges", {"count": count, "coverage": coverage, "weights": weights})
    assert [pytest.approx(pair) for pair in got] == ranges, name


@pytest.mark.parametrize(("name", "n", "ranges", "index"), VECTORS["chooseVariation"])
def test_choose_variation__published_vector__same_index(
    node: RulesInNode, name: str, n: float, ranges: Any, index: int
) -> None:
    assert node.ask("choose", {"n": n, "ranges": ranges}) == index, name


@pytest.mark.parametrize("text", ["", "a", "foobar", "é", "😀", "\ud800", "seed/holdout"])
def test_fnv1a32__any_text__same_in_both(node: RulesInNode, text: str) -> None:
    assert node.ask("hash", {"text": text}) == fnv1a32(text)


def test_assignment__a_hundred_thousand_ids__same_arm_and_holdout(node: RulesInNode) -> None:
    arms = tuple(
        Arm(key, weight, {"title": key}) for key, weight in (("a", 1), ("b", 2), ("c", 0.7))
    )
    ask = SoftAsk(1, 1, "m", arms, "a seed of a campaign", holdout=0.1)
    ruleset = Ruleset(1, 1, {"m": Moment("m")}, {"m": (ask,)})
    check(ruleset=ruleset)
    node.load("drawn", ruleset)
    ids = [f"0196f0c2-{n:04x}-7abc-8def-{n * 2_654_435_761 % 2**48:012x}" for n in range(50_000)]
    ids += [f"user_{n}" for n in range(50_000)]
    facts, standing = DeviceFacts(platform="ios", sessions=9), Standing()
    expected = [
        decide(
            ruleset=ruleset, moment="m", facts=facts, standing=standing, device_key=key, now=NOW
        ).arm
        for key in ids
    ]
    told = {"moment": "m", "facts": {"platform": "ios", "sessions": 9}, "now": NOW}
    assert node.ask("arms", {"name": "drawn", "ids": ids, **told}) == expected
    assert set(expected) == {"a", "b", "c", HOLDOUT}


@pytest.mark.parametrize(
    ("text", "properties"),
    [
        ("Know when order {{order_id}} leaves", {"order_id": "1042"}),
        ("Know when order {{ order_id }} leaves", {}),
        ("Order ({{a}}), {{b}}!", {"b": True}),
        ("“{{a}}”: {{b}}.", {"a": " ", "b": [1]}),
        ("{{a}}{{a}} } {", {"a": "{{b}}<b>"}),
        ("{{n}}", {"n": 23.5}),
        ("{{n}} and {{m}}", {"n": 1234567890.5, "m": 1234567891.5}),
        ("{{n}} and {{m}}", {"n": 0.00001234, "m": -0.0001234}),
        ("{{n}}, {{m}}", {"n": 12345678901.25, "m": 1e15}),
        ("{{n}}", {"n": 1234567890.4}),
        ("{{n}}", {"n": 123456789.25}),
        ("{{n}} {{m}}", {"n": 0.1 + 0.2, "m": -7}),
        ("{{a}}", {"a": "x" * 59 + " y"}),
        ("{{a}}", {"a": "😀" * 61}),
        ("{{a}}", {"a": "a\u2003b\u200bc\x1cd\ufeffe\x00f\u00adg"}),
        ("{{constructor}} {{toString}}", {}),
    ],
)
def test_fill__any_words__same_in_both(
    node: RulesInNode, text: str, properties: dict[str, Any]
) -> None:
    assert node.ask("fill", {"text": text, "properties": properties}) == fill(text, properties)


CONDITIONS = parse_conditions(
    [
        {"property": "total", "op": "gte", "value": 20},
        {"property": "plan", "op": "in", "value": ["gold", 3]},
    ]
)
LOOSE = {
    op: parse_conditions([{"property": "p", "op": op, "value": value}])
    for op, value in (
        ("eq", 1), ("ne", "x"), ("gt", 1), ("lt", 1.5), ("lte", 1), ("contains", "b"), ("exists", True),
    )
} | {"absent": parse_conditions([{"property": "p", "op": "exists", "value": False}])}  # fmt: skip


@pytest.mark.parametrize(
    "properties",
    [
        {},
        {"total": 20, "plan": "gold"},
        {"total": 20.0, "plan": 3},
        {"total": "20", "plan": "gold"},
        {"total": True, "plan": True},
        {"total": 19.999, "plan": "gold"},
        *({"p": value} for value in (None, 1, 1.0, True, False, "x", "abc", "1", ["b"], ["ab"], {"b": 1}, 0, -1)),
    ],
)  # fmt: skip
def test_moments_reached__any_properties__same_in_both(
    node: RulesInNode, properties: dict[str, Any]
) -> None:
    moments = (("big", CONDITIONS), *LOOSE.items(), ("plain", ()))
    catalogue = Catalogue({"Order Placed": moments})
    ruleset = msgspec.convert({"app_id": 1, "version": 1}, Ruleset)
    node.load("matching", ruleset, matching=portable_matching(catalogue.by_event))
    told = {"name": "matching", "properties": properties}
    expected = list(catalogue.matching("Order Placed", properties))
    assert node.ask("reached", {**told, "event": "Order Placed"}) == expected
    assert node.ask("reached", {**told, "event": "constructor"}) == []


def test_moment_of__several_reached__the_first_with_something_published(node: RulesInNode) -> None:
    ask = SoftAsk(1, 1, "second", (Arm("a", 1, {"title": "t"}),), "s")
    ruleset = Ruleset(1, 1, {"second": Moment("second")}, {"second": (ask,)})
    matching = portable_matching({"Order Placed": (("first", ()), ("second", ()))})
    node.load("several", ruleset, matching=matching)
    told = {"name": "several", "properties": {}}
    assert node.ask("moment", {**told, "event": "Order Placed"}) == "second"
    assert node.ask("moment", {**told, "event": "Never Heard"}) == "Never Heard"


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_answer__case__in_the_terms_of_the_server(node: RulesInNode, case: dict[str, Any]) -> None:
    ruleset = RULESETS[case["ruleset"]]
    decision = decide(
        ruleset=ruleset,
        moment=case["moment"],
        facts=msgspec.convert(case["facts"], DeviceFacts),
        standing=msgspec.convert(case["standing"], Standing),
        device_key=case["device_key"],
        now=case["now"],
    )
    name, properties = str(uuid.UUID(int=7)), {"order_id": "1042"}
    request = Request(device_id=case["device_key"], properties=properties)
    told = {"decision": plain(decision), "id": name, "properties": properties, "now": case["now"]}
    expected = json.loads(msgspec.json.encode(tell(decision, name, ruleset, request, case["now"])))
    assert node.ask("answer", {"name": case["ruleset"], **told}) == expected
