import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.multiplicity import benjamini_hochberg, bonferroni, holm

P = [
    0.0001,
    0.0004,
    0.0019,
    0.0095,
    0.0201,
    0.0278,
    0.0298,
    0.0344,
    0.0459,
    0.324,
    0.4262,
    0.5719,
    0.6528,
]
P += [0.759, 1]
VALUES = st.lists(st.floats(0, 1), max_size=12)


@pytest.mark.parametrize(
    ("correct", "rejected"), [(benjamini_hochberg, 4), (holm, 3), (bonferroni, 3)]
)
def test_correction__published_example__rejects_as_many(correct, rejected):
    assert sum(p <= 0.05 for p in correct(P)) == rejected


def test_holm__by_hand__in_the_order_given():
    assert holm([0.04, 0.01, 0.03]) == pytest.approx((0.06, 0.03, 0.06))


def test_benjamini_hochberg__by_hand__in_the_order_given():
    assert benjamini_hochberg([0.04, 0.01, 0.03]) == pytest.approx((0.04, 0.03, 0.04))


@given(VALUES)
def test_corrections__any_values__between_none_and_the_strictest(values):
    strict, step_down, step_up = bonferroni(values), holm(values), benjamini_hochberg(values)
    for p, most, middle, least in zip(values, strict, step_down, step_up, strict=True):
        assert p - 1e-12 <= least <= middle + 1e-12 <= most + 2e-12 <= 1 + 3e-12


@given(VALUES)
def test_corrections__any_values__keep_the_order(values):
    for corrected in (holm(values), benjamini_hochberg(values)):
        pairs = sorted(zip(values, corrected, strict=True))
        assert [after for _, after in pairs] == sorted(corrected)


@pytest.mark.parametrize("correct", [bonferroni, holm, benjamini_hochberg])
@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_correction__not_a_probability__refused(correct, p):
    with pytest.raises(ValueError, match="between 0 and 1"):
        correct([0.5, p])
