"""The draw of an arm: the published vectors, and that holdout and arm know nothing of each other."""

import json
import math
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from campaigns.domain.assignment import (
    HOLDOUT_SUFFIX,
    arm_shares,
    bucket,
    bucket_ranges,
    choose_arm,
    choose_variation,
    fnv1a32,
    in_holdout,
)

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "cases" / "growthbook.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize(("seed", "value", "version", "number"), VECTORS["hash"])
def test_bucket__published_vector__same_number(
    seed: str, value: str, version: int, number: float
) -> None:
    assert version == 2
    assert bucket(seed=seed, value=value) == number


@pytest.mark.parametrize(("name", "given", "ranges"), VECTORS["getBucketRange"])
def test_bucket_ranges__published_vector__same_ranges(
    name: str, given: tuple[int, float, list[float] | None], ranges: list[list[float]]
) -> None:
    count, coverage, weights = given
    got = bucket_ranges(count=count, coverage=coverage, weights=weights)
    assert [pytest.approx(pair) for pair in got] == ranges, name


@pytest.mark.parametrize(("name", "n", "ranges", "index"), VECTORS["chooseVariation"])
def test_choose_variation__published_vector__same_index(
    name: str, n: float, ranges: list[tuple[float, float]], index: int
) -> None:
    assert choose_variation(n=n, ranges=ranges) == index, name


def test_fnv1a32__known_values__match() -> None:
    # Vectors of the FNV authors: the empty text, one letter, a word.
    assert fnv1a32("") == 0x811C9DC5
    assert fnv1a32("a") == 0xE40C292C
    assert fnv1a32("foobar") == 0xBF9CF968


def test_bucket__beyond_ascii__hashes_utf16_units_as_clients_do() -> None:
    # One unit of 16 bits for "é", two for an emoji; a lone surrogate must not raise.
    state = 0x811C9DC5
    for unit in (0xE9, 0xD83D, 0xDE00):
        state = ((state ^ unit) * 0x01000193) & 0xFFFFFFFF
    assert fnv1a32("é\U0001f600") == state
    assert 0 <= bucket(seed="s", value="\ud83d") < 1


def test_choose_arm__many_devices__follow_the_weights() -> None:
    shares = arm_shares([1, 2, 1])
    ranges = bucket_ranges(count=3, weights=shares)
    drawn = Counter(
        choose_arm(seed="weights", value=f"device-{i}", shares=shares, ranges=ranges)
        for i in range(20_000)
    )
    assert [round(drawn[i] / 20_000, 2) for i in range(3)] == pytest.approx(
        [0.25, 0.5, 0.25], abs=0.02
    )


def test_choose_arm__one_arm_with_weight__always_that_one() -> None:
    shares = arm_shares([0, 3, 0])
    ranges = bucket_ranges(count=3, weights=shares)
    assert {
        choose_arm(seed="s", value=str(i), shares=shares, ranges=ranges) for i in range(500)
    } == {1}


def test_choose_arm__zero_weight_last__never_drawn() -> None:
    shares = arm_shares([1, 1, 1, 0])
    ranges = bucket_ranges(count=4, weights=shares)
    drawn = {choose_arm(seed="s", value=str(i), shares=shares, ranges=ranges) for i in range(5_000)}
    assert drawn == {0, 1, 2}


@pytest.mark.parametrize(
    "weights", [[], [0, 0], [-1, -2], [math.nan], [math.inf, 0], [1e308, 1e308]]
)
def test_arm_shares__nothing_sensible__all_zero(weights: list[float]) -> None:
    shares = arm_shares(weights)
    assert shares == (0.0,) * len(weights)
    assert choose_arm(seed="s", value="d", shares=shares, ranges=()) == -1


def test_arm_shares__odd_weights__ignored_beside_sane_ones() -> None:
    assert arm_shares([-5, 1, 3, math.nan]) == (0.0, 0.25, 0.75, 0.0)


def test_in_holdout__share__is_kept() -> None:
    held = sum(in_holdout(seed="h", value=f"device-{i}", holdout=0.1) for i in range(20_000))
    assert held / 20_000 == pytest.approx(0.1, abs=0.01)


@pytest.mark.parametrize("holdout", [0.0, -1.0, math.nan])
def test_in_holdout__no_share__nobody(holdout: float) -> None:
    assert not any(in_holdout(seed="h", value=str(i), holdout=holdout) for i in range(300))


def test_in_holdout__share_grows__keeps_those_already_held() -> None:
    small = {i for i in range(3_000) if in_holdout(seed="h", value=str(i), holdout=0.1)}
    large = {i for i in range(3_000) if in_holdout(seed="h", value=str(i), holdout=0.3)}
    assert small < large


@pytest.mark.parametrize("value", ["device-{}", "{}", "0190f0c1-1111-7222-8333-{:012d}"])
def test_in_holdout__against_arm__independent(value: str) -> None:
    n = 20_000
    table: Counter[tuple[bool, bool]] = Counter()
    for i in range(n):
        key = value.format(i)
        table[
            in_holdout(seed="campaign-12", value=key, holdout=0.5),
            bucket(seed="campaign-12", value=key) < 0.5,
        ] += 1
    rows = [table[True, True] + table[True, False], table[False, True] + table[False, False]]
    columns = [table[True, True] + table[False, True], table[True, False] + table[False, False]]
    chi_square = sum(
        (table[a, b] - rows[not a] * columns[not b] / n) ** 2 / (rows[not a] * columns[not b] / n)
        for a in (True, False)
        for b in (True, False)
    )
    assert chi_square < 10.83  # one degree of freedom, 0.1 %
    assert HOLDOUT_SUFFIX
