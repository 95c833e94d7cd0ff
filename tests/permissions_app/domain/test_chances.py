import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.special import betainc, betaln

from permissions_app.domain.chances import chances, posterior_interval

COUNTS = st.tuples(st.integers(0, 3000), st.integers(0, 3000)).map(lambda it: (min(it), max(it)))


def test_chances__two_arms_published_example__exact():
    a, b = chances([(10, 100), (16, 100)])
    assert b.best == pytest.approx(0.8928798208, abs=5e-11)
    assert b.loss == pytest.approx(0.0024762583, abs=5e-11)
    assert a.loss == pytest.approx(0.0612997877, abs=5e-11)


def test_chances__three_arms_published_example__exact():
    found = chances([(50, 100), (60, 100), (55, 100)])
    assert [round(arm.best, 6) for arm in found] == [0.047063, 0.730139, 0.222797]


@pytest.mark.parametrize(
    ("trials", "expected"), [(10, (0.02283, 0.41278)), (9, (0.02521, 0.44502))]
)
def test_posterior_interval__one_success__as_published(trials, expected):
    low, high = posterior_interval(successes=1, trials=trials)
    assert (round(low, 5), round(high, 5)) == expected


def test_chances__closed_form_of_two_arms__agrees():
    """Evan Miller's sum for whole numbers, another way to the same probability."""
    from math import exp, log

    (sa, na), (sb, nb) = (41, 377), (59, 402)
    a, b, c, d = sa + 1, na - sa + 1, sb + 1, nb - sb + 1
    total = sum(
        exp(betaln(a + i, b + d) - log(d + i) - betaln(1 + i, d) - betaln(a, b)) for i in range(c)
    )
    assert chances([(sa, na), (sb, nb)])[1].best == pytest.approx(total, abs=1e-11)


def test_chances__arms_of_very_different_size__agree_with_adaptive_integration():
    found = chances([(5, 10), (500_000, 1_000_000), (0, 0)])

    # A uniform arm is the best with the mean of the others' distribution functions.
    def others(x):
        return betainc(6, 6, x) * betainc(500_001, 500_001, x)

    expected = quad(others, 0, 1, points=[0.49, 0.5, 0.51], epsabs=1e-13, limit=400)[0]
    assert found[2].best == pytest.approx(expected, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(st.lists(COUNTS, min_size=2, max_size=5))
def test_chances__any_arms__add_up_to_one_and_the_likely_best_loses_least(arms):
    found = chances(arms)
    assert sum(arm.best for arm in found) == pytest.approx(1, abs=1e-8)
    assert all(0 <= arm.best <= 1 and 0 <= arm.loss <= 1 for arm in found)
    means = [(s + 1) / (n + 2) for s, n in arms]
    highest = max(range(len(arms)), key=means.__getitem__)
    assert found[highest].loss == pytest.approx(min(arm.loss for arm in found), abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(COUNTS, COUNTS)
def test_chances__two_arms_swapped__swap_their_answers(one, other):
    forward, backward = chances([one, other]), chances([other, one])
    assert forward[0].best == pytest.approx(backward[1].best, abs=1e-9)
    # E[B] - E[A] is what choosing A loses more than choosing B.
    gap = (other[0] + 1) / (other[1] + 2) - (one[0] + 1) / (one[1] + 2)
    assert forward[0].loss - forward[1].loss == pytest.approx(gap, abs=1e-9)


@pytest.mark.parametrize("arms", [[], [(1, 2)], [(3, 2), (1, 2)], [(-1, 2), (1, 2)]])
def test_chances__impossible__refused(arms):
    with pytest.raises(ValueError, match=r"one arm|successes"):
        chances(arms)
