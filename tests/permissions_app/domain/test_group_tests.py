"""Log-rank and Gray's test from daily counts, against published data."""

from collections import Counter

import numpy as np
import pytest

from permissions_app.domain.group_tests import gray, log_rank
from permissions_app.domain.survival import AgePoint, cumulative_incidence

SIX_MP_T = [6, 6, 6, 6, 7, 9, 10, 10, 11, 13, 16, 17, 19, 20, 22, 23, 25, 32, 32, 34, 35]
SIX_MP_E = [1, 1, 1, 0, 1, 0, 1, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0, 0]
PLACEBO_T = [1, 1, 2, 2, 3, 4, 4, 5, 5, 8, 8, 8, 8, 11, 11, 12, 12, 15, 17, 22, 23]

# Bone marrow transplants of 137 patients in three disease groups: days to relapse (1), death (2) or the end of
# watching (0). Klein and Moeschberger, Survival Analysis (1997), table D.1.
BMT_T = (
    "2081 1602 1496 1462 1433 1377 1330 996 226 1199 1111 530 1182 1167 418 383 276 104 609 "
    "172 487 662 194 230 526 122 129 74 122 86 466 192 109 55 1 107 110 332",
    "2569 2506 2409 2218 1857 1829 1562 1470 1363 1030 860 1258 2246 1870 1799 1709 1674 1568 "
    "1527 1324 957 932 847 848 1850 1843 1535 1447 1384 414 2204 1063 481 105 641 390 288 421 "
    "79 748 486 48 272 1074 381 10 53 80 35 248 704 211 219 606",
    "2640 2430 2252 2140 2133 1238 1631 2024 1345 1136 845 422 162 84 100 2 47 242 456 268 "
    "318 32 467 47 390 183 105 115 164 93 120 80 677 64 168 74 16 157 625 48 273 63 76 113 "
    "363",
)
BMT_E = (
    "00000000000000212112212122111221112212",
    "000000000000000000000000000002222222212112121222212111",
    "000000000001211211112111122121122122211112112",
)


def curve(times: list[int], events: list[int], *, cause: int = 1) -> tuple[AgePoint, ...]:
    """The curve of one group whose devices were watched this long."""
    last = max(times)
    cohorts: Counter[int] = Counter()
    hits: dict[tuple[int, int], tuple[int, int]] = {}
    for time, event in zip(times, events, strict=True):
        day = last - time if event == 0 else 0
        cohorts[day] += 1
        if event:
            back, away = hits.get((day, time), (0, 0))
            hits[day, time] = (back + (event == cause), away + (event != cause))
    return cumulative_incidence(cohorts=cohorts, hits=hits, as_of=last)


def transplants(cause: int) -> list[tuple[AgePoint, ...]]:
    return [
        curve([int(time) for time in times.split()], [int(event) for event in events], cause=cause)
        for times, events in zip(BMT_T, BMT_E, strict=True)
    ]


def test_log_rank__six_mp_and_placebo__published_value():
    found = log_rank([curve(SIX_MP_T, SIX_MP_E), curve(PLACEBO_T, [1] * 21)])
    assert found is not None
    assert round(found.chi2, 4) == 16.7929
    assert found.df == 1
    assert found.p == pytest.approx(4.1688e-05, rel=1e-3)


def test_log_rank__three_groups_where_the_dead_are_no_longer_watched__published_data():
    found = log_rank(transplants(1))
    assert found is not None
    assert (round(found.chi2, 4), found.df) == (16.4836, 2)


@pytest.mark.parametrize(("cause", "chi2", "p"), [(1, 11.9229, 0.002576), (2, 0.1374, 0.933602)])
def test_gray__relapse_and_death_of_three_groups__as_his_own_program_says(cause, chi2, p):
    # cuminc() of Gray's R package cmprsk 2.2-11 on the same data: 11.9228820 and 0.1374108.
    found = gray(transplants(cause))
    assert found is not None
    assert (round(found.chi2, 4), found.df, round(found.p, 6)) == (chi2, 2, p)


def test_gray__many_ties__as_his_own_program_says():
    first = curve([0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 3, 4], [1, 2, 0, 1, 1, 2, 0, 1, 2, 0, 1, 0])
    other = curve([0, 1, 1, 1, 2, 2, 2, 3, 4, 4, 4, 4], [2, 1, 0, 2, 2, 2, 1, 1, 1, 0, 0, 0])
    found = gray([first, other])
    assert found is not None
    assert found.chi2 == pytest.approx(0.8090663321, abs=1e-9)


def test_gray__nobody_lost__the_score_of_the_log_rank_test():
    groups = [curve(SIX_MP_T, SIX_MP_E), curve(PLACEBO_T, [1] * 21)]
    found = gray(groups)
    assert found is not None
    assert found.chi2 == pytest.approx(16.91538, abs=1e-5)


@pytest.mark.parametrize("test", [log_rank, gray])
def test_both__order_of_the_groups__does_not_matter(test):
    groups = transplants(1)
    assert test(groups).chi2 == pytest.approx(test(groups[::-1]).chi2)


@pytest.mark.parametrize("test", [log_rank, gray])
@pytest.mark.parametrize(
    "groups",
    [
        [],
        [curve([1, 2], [1, 0])],
        [curve([1, 2], [1, 0]), ()],
        [curve([1, 2], [0, 0]), curve([1, 2], [0, 2])],
    ],
)
def test_both__nothing_to_compare__none(test, groups):
    assert test(groups) is None


@pytest.mark.parametrize("test", [log_rank, gray])
def test_both__no_difference__p_below_five_per_cent_in_about_five_of_a_hundred_worlds(test):
    chance = np.random.default_rng(20261130)
    below = 0
    for _ in range(300):
        groups = []
        for _ in range(2):
            back = chance.geometric(0.01, 200)
            away = chance.geometric(0.02, 200)
            times = np.minimum(np.minimum(back, away), 60)
            events = np.where(times == 60, 0, np.where(back <= away, 1, 2))
            groups.append(curve(times.tolist(), events.tolist()))
        below += test(groups).p < 0.05
    assert 4 <= below <= 28
