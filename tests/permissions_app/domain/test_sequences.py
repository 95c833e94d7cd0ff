import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from permissions_app.domain.sequences import (
    Pair,
    difference_at,
    difference_over_time,
    ratio_at,
)

ARM = st.tuples(st.integers(1, 5000), st.integers(1, 5000)).map(lambda it: (min(it), max(it)))


def test_sequence__published_example__exact():
    pair = Pair(2422, 3461, 1396, 3000)
    relative, absolute = ratio_at(pair, n_star=5000), difference_at(pair, n_star=5000)
    assert relative is not None
    assert absolute is not None
    assert [round(v, 5) for v in (relative.value, relative.low, relative.high)] == [
        0.50386,
        0.40098,
        0.60675,
    ]
    assert [round(v, 5) for v in (absolute.value, absolute.low, absolute.high)] == [
        0.23446,
        0.19805,
        0.27088,
    ]


@pytest.mark.parametrize(
    "pair", [Pair(0, 0, 1, 2), Pair(1, 2, 0, 0), Pair(0, 9, 0, 9), Pair(9, 9, 9, 9)]
)
def test_difference_at__spread_unknown__none(pair):
    assert difference_at(pair, n_star=100) is None


def test_ratio_at__other_rate_zero__none():
    assert ratio_at(Pair(3, 9, 0, 9), n_star=100) is None


def test_difference_at__many_counts__sharpest_at_n_star():
    """Compared with other plans at the same counts, the planned number gives the narrowest bounds."""

    def width(n_star):
        found = difference_at(Pair(2000, 5000, 2100, 5000), n_star=n_star)
        assert found is not None
        return found.high - found.low

    assert width(10_000) < min(width(1_000), width(3_000), width(30_000), width(100_000))


@given(ARM, ARM, st.integers(50, 50_000), st.sampled_from([0.05, 0.025, 0.01]))
def test_difference_at__any_counts__p_says_what_the_bounds_say(one, other, n_star, alpha):
    found = difference_at(Pair(*one, *other), n_star=n_star, alpha=alpha)
    assume(found is not None and abs(found.p - alpha) > 1e-9)
    assert found is not None
    assert found.low <= found.value <= found.high
    assert (found.p < alpha) == (found.low > 0 or found.high < 0)


@given(ARM, ARM, st.integers(50, 50_000))
def test_difference_at__arms_swapped__mirrored(one, other, n_star):
    forward = difference_at(Pair(*one, *other), n_star=n_star)
    back = difference_at(Pair(*other, *one), n_star=n_star)
    assume(forward is not None and back is not None)
    assert forward is not None
    assert back is not None
    assert (back.low, back.high, back.p) == pytest.approx((-forward.high, -forward.low, forward.p))


@given(ARM, ARM, st.integers(50, 50_000))
def test_difference_at__any_counts__wider_than_an_interval_for_one_look(one, other, n_star):
    found = difference_at(Pair(*one, *other), n_star=n_star)
    assume(found is not None)
    assert found is not None
    p, q = one[0] / one[1], other[0] / other[1]
    single = 1.959964 * (p * (1 - p) / one[1] + q * (1 - q) / other[1]) ** 0.5
    assert found.high - found.value > single


def test_difference_over_time__days__each_from_its_own_cumulative_counts():
    pairs = [Pair(0, 0, 0, 0), Pair(10, 50, 5, 50), Pair(30, 100, 12, 100)]
    found = difference_over_time(pairs, n_star=200)
    assert found == (None, *(difference_at(pair, n_star=200) for pair in pairs[1:]))


def test_difference_over_time__counts_that_fall__refused():
    with pytest.raises(ValueError, match="cumulative"):
        difference_over_time([Pair(1, 5, 1, 5), Pair(1, 4, 1, 5)], n_star=100)


@pytest.mark.parametrize(
    ("pair", "n_star", "alpha"),
    [
        (Pair(3, 2, 1, 2), 100, 0.05),
        (Pair(1, 2, 1, 2), 0, 0.05),
        (Pair(1, 2, 1, 2), 100, 0.0),
    ],
)
def test_difference_at__impossible__refused(pair, n_star, alpha):
    with pytest.raises(ValueError, match=r"successes|N\*|alpha"):
        difference_at(pair, n_star=n_star, alpha=alpha)
