"""The text of a bundle: what was put in comes out and decides as before, and the same rules are the same text."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import msgspec
import pytest

from campaigns.domain.bundle import payload_of
from campaigns.domain.decision import decide
from campaigns.domain.portable import portable_tables
from campaigns.domain.ruleset import Ruleset
from config.local import places
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.moments import parse_conditions
from permissions_app.domain.standing import Standing
from tests.campaigns.domain.test_decision import CASES, RULESETS


def taken_home(ruleset: Ruleset) -> Any:
    """A ruleset after its journey in a bundle."""
    text = payload_of(ruleset=ruleset, by_event={}, ttl_seconds=300)
    return msgspec.convert(msgspec.json.decode(text)["ruleset"], Ruleset)


THERE = {name: taken_home(ruleset) for name, ruleset in RULESETS.items()}


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_payload_of__any_case__decides_as_at_home(case: dict[str, Any]) -> None:
    asked = {
        "moment": case["moment"],
        "facts": msgspec.convert(case["facts"], DeviceFacts),
        "standing": msgspec.convert(case["standing"], Standing),
        "device_key": case["device_key"],
        "now": case["now"],
    }
    here = decide(ruleset=RULESETS[case["ruleset"]], **asked)
    assert decide(ruleset=THERE[case["ruleset"]], **asked) == here


def test_payload_of__an_app__says_whose_it_is_and_what_reaches_its_moments() -> None:
    conditions = parse_conditions([{"property": "total", "op": "gte", "value": 20}])
    text = payload_of(
        ruleset=RULESETS["standard"],
        by_event={"Order Placed": [("order_placed", conditions)]},
        ttl_seconds=60,
    )
    told = msgspec.json.decode(text)
    assert list(told) == [
        *("format", "app", "version", "stopped", "ttl_seconds"),
        *("ruleset", "matching", "tables"),
    ]
    assert (told["format"], told["app"], told["version"], told["ttl_seconds"]) == (1, 1, 1, 60)
    assert told["matching"] == {
        "Order Placed": [["order_placed", [{"property": "total", "op": "gte", "value": 20}]]]
    }
    assert told["tables"] == msgspec.json.decode(msgspec.json.encode(portable_tables()))


def test_payload_of__another_process__writes_the_same_text() -> None:
    """Texts are hashed differently in each process, so sets come in another order there."""
    written = {
        subprocess.run(
            [sys.executable, "-c", WRITE],
            cwd=places.ROOT,
            env={**os.environ, "PYTHONHASHSEED": str(seed)},
            capture_output=True,
            check=True,
        ).stdout
        for seed in (1, 2, 3)
    }
    assert len(written) == 1
    assert b"language-49" in written.pop()


WRITE = """
from campaigns.domain.bundle import payload_of
from campaigns.domain.ruleset import Arm, Moment, Ruleset, SoftAsk

everywhere = frozenset(f"language-{number}" for number in range(50))
ask = SoftAsk(1, 1, "paid", (Arm("a", 1, {"title": "Know it"}),), "seed", languages=everywhere)
rules = Ruleset(1, 1, {"paid": Moment("paid")}, {"paid": (ask,)})
print(payload_of(ruleset=rules, by_event={}, ttl_seconds=60))
"""
