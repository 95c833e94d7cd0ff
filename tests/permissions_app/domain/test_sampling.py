"""What is kept of an event's properties, and what never is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from permissions_app.domain.sampling import MOST_PROPERTIES, is_personal, sample_of

RULES = Path(__file__).parents[3] / "campaigns" / "domain" / "copy_rules.json"


def test_sample__plain_values__are_kept() -> None:
    told = {"order_id": "HC-7", "total": 12.5, "cups": 3, "gift": True, "store": "Harbour Square"}
    assert sample_of(told) == told


def test_sample__long_text__is_cut() -> None:
    assert sample_of({"note": "x" * 900}) == {"note": "x" * 200}


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1},
        [1, 2],
        None,
        10**15,
        -(10**18),
        float("inf"),
        float("nan"),
        "a\0b",
        "\ud800",
        "write to kim@example.com please",
        "+44 20 7946 0958",
        "0049 (30) 901820",
    ],
)
def test_sample__value_that_is_no_plain_one_or_personal__is_left_out(value: Any) -> None:
    assert sample_of({"kept": 1, "it": value}) == {"kept": 1}


@pytest.mark.parametrize(
    "name",
    [
        *("email", "userEmail", "E-Mail", "phone_number", "Shipping Address", "name", "first_name"),
        *(
            "lastName",
            "surname",
            "user_id",
            "customerId",
            "ip",
            "lat",
            "zip_code",
            "iban",
            "birthday",
        ),
    ],
)
def test_sample__personal_name__is_left_out(name: str) -> None:
    assert sample_of({name: "x", "total": 1}) == {"total": 1}


@pytest.mark.parametrize(
    "name",
    ["order_id", "total", "product_name", "store", "table_id", "pinned", "platform", "language"],
)
def test_sample__name_of_a_thing__is_kept(name: str) -> None:
    assert not is_personal(name)


def test_personal__knows_what_the_copy_rule_knows() -> None:
    rules = json.loads(RULES.read_text())
    rule = next(r for r in rules["rules"] if r["id"] == "placeholder-personal")
    words = rule["patterns"][0].split("(?:", 2)[2].split(")(?:$")[0]
    plain = [word.replace("_?", "_").replace("\\w*", "day") for word in words.split("|")]
    assert len(plain) > 15
    assert [word for word in plain if not is_personal(word)] == []


def test_sample__very_many__the_first_are_kept() -> None:
    assert len(sample_of({f"p{n}": n for n in range(100)})) == MOST_PROPERTIES


@pytest.mark.parametrize("told", [None, [], "x", {"": 1}, {"x" * 61: 1}, {"a\nb": 1}, {1: 2}])
def test_sample__nonsense__is_empty(told: Any) -> None:
    assert sample_of(told) == {}
