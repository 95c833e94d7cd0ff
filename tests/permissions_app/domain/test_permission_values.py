"""The table of values holds everything that can be read, and reads nothing differently."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from permissions_app.domain.permission_values import MANY, OTHERWISE, PLATFORMS, Row, table
from permissions_app.domain.states import LIBRARIES, normalise

CASES = json.loads((Path(__file__).parents[2] / "cases" / "normalise.json").read_text())
ROWS = [row for library in table() for row in library.rows]


def test_table__every_library__once() -> None:
    names = [library.name for library in table()]
    assert len(names) == len(set(names))
    aliases = [alias for library in table() for alias in library.also]
    assert sorted([*names, *aliases]) == sorted(LIBRARIES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_table__value_of_a_case_that_can_be_read__is_in_it(case: dict[str, object]) -> None:
    expect, told = case["expect"], case["input"]
    assert isinstance(expect, dict)
    assert isinstance(told, dict)
    if "error" in expect:
        return
    name = LIBRARIES[str(told["library"]).strip().lower()]
    value = told["value"]
    plain = str(value).strip().rsplit(".", 1)[-1].lower().replace("_", "").replace("-", "")
    word = plain.removeprefix("unauthorizationstatus").removeprefix("authorizationstatus")
    found = [
        row
        for row in ROWS
        if row.library == name and (row.word.lower() == word or str(row.number) == str(value))
    ]
    # expo's numbers are those of iOS, which it hands through.
    assert found or (name == "expo" and str(value).isdigit())


def test_table__cases_in_a_situation_of_the_table__mean_the_same() -> None:
    compared = 0
    for case in CASES:
        told, expect = case["input"], case["expect"]
        if "error" in expect or set(told) - {"library", "value", "platform"}:
            continue
        name = LIBRARIES[told["library"].strip().lower()]
        for row in ROWS:
            always = (
                row.library == name and not row.when and row.platform == told.get("platform", name)
            )
            if always and row.word.lower() == str(told["value"]).lower():
                assert (row.reading.status, row.reading.cause) == (
                    expect["status"],
                    expect["cause"],
                )
                compared += 1
    assert compared > 10


@pytest.mark.parametrize(
    "row", ROWS, ids=lambda row: f"{row.library}-{row.word}-{row.platform}-{row.when}"
)
def test_row__number_and_word__read_alike(row: Row) -> None:
    assert row.platform in PLATFORMS
    assert len(row.when) <= MANY
    if row.when:
        return
    for value in (row.word, row.number):
        if value is not None:
            assert normalise(library=row.library, value=value, platform=row.platform) == row.reading


def test_rows__of_a_value_on_a_platform__say_otherwise_at_most_once() -> None:
    seen = [(r.library, r.word, r.platform) for r in ROWS if OTHERWISE in r.when]
    assert len(seen) == len(set(seen))
    assert seen
