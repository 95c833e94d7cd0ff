import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.sample_ratio import sample_ratio


@pytest.mark.parametrize(
    ("counts", "shares", "chi2", "p", "mismatch"),
    [
        ([600, 400], [1, 1], 40, 2.53963e-10, True),
        ([821588, 815482], [0.5, 0.5], None, 1.82179e-6, True),
        ([5100, 2400, 2500], [2, 1, 1], 6, 0.0497871, False),
    ],
)
def test_sample_ratio__published_examples__exact(counts, shares, chi2, p, mismatch):
    found = sample_ratio(counts=counts, shares=shares)
    assert found is not None
    assert chi2 is None or found.chi2 == pytest.approx(chi2)
    assert found.p == pytest.approx(p, rel=5e-6)
    assert found.mismatch is mismatch


def test_sample_ratio__device_in_an_arm_without_a_share__mismatch_for_certain():
    found = sample_ratio(counts=[50, 50, 1], shares=[1, 1, 0])
    assert found is not None
    assert found.p == 0
    assert found.mismatch


def test_sample_ratio__empty_arm_without_a_share__is_not_counted():
    assert sample_ratio(counts=[50, 60, 0], shares=[1, 1, 0]) == sample_ratio(
        counts=[50, 60, 0], shares=[2, 2, 0]
    )
    found = sample_ratio(counts=[50, 60, 0], shares=[1, 1, 0])
    two = sample_ratio(counts=[50, 60], shares=[1, 1])
    assert found is not None
    assert two is not None
    assert found.p == two.p


@pytest.mark.parametrize(
    ("counts", "shares"), [([], []), ([7], [1]), ([0, 0], [1, 1]), ([3, 0], [1, 0])]
)
def test_sample_ratio__nothing_to_compare__none(counts, shares):
    assert sample_ratio(counts=counts, shares=shares) is None


@pytest.mark.parametrize(
    ("counts", "shares"),
    [([1], [1, 1]), ([-1, 2], [1, 1]), ([1, 2], [1, -1]), ([1, 2], [1, float("nan")])],
)
def test_sample_ratio__impossible__refused(counts, shares):
    with pytest.raises(ValueError, match=r"share|negative"):
        sample_ratio(counts=counts, shares=shares)


@given(
    st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 100)), min_size=2, max_size=5),
    st.randoms(),
)
def test_sample_ratio__order_of_the_arms__changes_nothing(arms, random):
    found = sample_ratio(counts=[n for n, _ in arms], shares=[s for _, s in arms])
    random.shuffle(arms)
    shuffled = sample_ratio(counts=[n for n, _ in arms], shares=[s for _, s in arms])
    if found is None or shuffled is None:
        assert found is shuffled is None
        return
    assert 0 <= found.p <= 1
    assert shuffled.p == pytest.approx(found.p, abs=1e-12)
    assert sum(found.expected) == pytest.approx(sum(n for n, _ in arms))
