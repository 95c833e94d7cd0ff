"""What travels to clients that decide on the device."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from campaigns.domain.portable import (
    NOBODY_DOCUMENT,
    portable_matching,
    portable_ruleset,
    portable_tables,
)
from campaigns.domain.ruleset import Arm, Moment, Ruleset, SoftAsk
from campaigns.domain.segments import Chosen, parse
from permissions_app.domain.moments import matches, parse_conditions
from permissions_app.domain.platforms import RULES

CASES = Path(__file__).parents[2] / "cases" / "decisions.json"
RULESETS = {
    name: msgspec.convert(body, Ruleset)
    for name, body in json.loads(CASES.read_text(encoding="utf-8"))["rulesets"].items()
}
ASK = SoftAsk(1, 1, "m", (Arm("a", 1, {"title": "t"}),), "s1")
BYTES = """
import json, sys
import msgspec
from campaigns.domain.portable import portable_ruleset, portable_tables
from campaigns.domain.ruleset import Ruleset
bodies = json.load(open(sys.argv[1], encoding="utf-8"))["rulesets"].values()
print(json.dumps([portable_tables(), *(portable_ruleset(msgspec.convert(body, Ruleset)) for body in bodies)]))
"""


def with_segment(document: dict[str, Any]) -> Ruleset:
    ask = replace(ASK, segment=Chosen(document))
    return Ruleset(1, 1, {"m": Moment("m")}, {"m": (ask,)})


@pytest.mark.parametrize("name", RULESETS)
def test_portable_ruleset__every_ruleset_of_the_cases__is_read_back_as_it_was(name: str) -> None:
    text = json.dumps(portable_ruleset(RULESETS[name]))
    assert msgspec.json.decode(text, type=Ruleset) == RULESETS[name]


def test_portable_ruleset__segment_that_can_be_read__travels_as_it_is_written() -> None:
    document = {"all": [{"fact": "status", "in": ["denied"]}]}
    plain = portable_ruleset(with_segment(document))
    assert plain["soft_asks"]["m"][0]["segment"] == {"document": document}


@pytest.mark.parametrize(
    "document", [{}, {"fact": "shoe_size", "in": ["43"]}, {"any": [{"all": []}]}]
)
def test_portable_ruleset__segment_that_cannot_be_read__travels_as_nobody(
    document: dict[str, Any],
) -> None:
    plain = portable_ruleset(with_segment(document))
    assert plain["soft_asks"]["m"][0]["segment"] == {"document": NOBODY_DOCUMENT}


def test_portable_ruleset__everybody__stays_everybody() -> None:
    document: dict[str, Any] = {"all": []}
    assert parse(document) is not None
    plain = portable_ruleset(with_segment(document))
    assert plain["soft_asks"]["m"][0]["segment"] == {"document": document}


def test_portable__other_process__same_bytes() -> None:
    """Sets of words come in another order in every process."""
    told = {
        subprocess.run(
            [sys.executable, "-c", BYTES, str(CASES)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(told) == 1
    assert len(told.pop()) > 10_000


def test_portable_matching__conditions__say_what_they_said() -> None:
    raw = [
        {"property": "total", "op": "gte", "value": 20},
        {"property": "plan", "op": "in", "value": ["a", "b"]},
    ]
    conditions = parse_conditions(raw)
    plain = portable_matching({"Order Placed": (("big_order", conditions),), "Opened": ()})
    assert json.loads(json.dumps(plain)) == {"Opened": [], "Order Placed": [["big_order", raw]]}
    assert matches(parse_conditions(plain["Order Placed"][0][1]), {"total": 21, "plan": "a"})


def test_portable_tables__words_for_people__stay_at_home() -> None:
    tables = portable_tables()
    assert set(tables["platforms"]) == set(RULES)
    text = json.dumps(tables)
    assert not any(row.note in text for row in RULES.values())
    assert tables["platforms"]["ios"]["toggle_needs_prior_ask"] is True
    assert tables["defaults"]["soft_ask"]["backoff_days"] == (14, 30, 90)
