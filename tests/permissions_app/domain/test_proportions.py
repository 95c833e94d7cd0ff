import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.proportions import newcombe, wilson


def test_wilson__published_example__exact():
    found = wilson(successes=81, trials=263)
    assert found is not None
    assert found.rate == 81 / 263
    assert (round(found.low, 5), round(found.high, 5)) == (0.25529, 0.36621)


def test_newcombe__published_example__exact():
    found = newcombe(successes=56, trials=70, other_successes=48, other_trials=80)
    assert found is not None
    assert round(found.value, 10) == 0.2
    assert (round(found.low, 5), round(found.high, 5)) == (0.05243, 0.33387)


def test_wilson__nobody__none():
    assert wilson(successes=0, trials=0) is None


def test_newcombe__one_side_empty__none():
    assert newcombe(successes=0, trials=0, other_successes=1, other_trials=2) is None
    assert newcombe(successes=1, trials=2, other_successes=0, other_trials=0) is None


def test_wilson__none_of_ten__starts_at_zero():
    found = wilson(successes=0, trials=10)
    assert found is not None
    assert (found.rate, found.low, round(found.high, 5)) == (0.0, 0.0, 0.27753)


def test_wilson__ten_of_ten__ends_at_one():
    found = wilson(successes=10, trials=10)
    assert found is not None
    assert (found.rate, round(found.low, 5), found.high) == (1.0, 0.72247, 1.0)


@pytest.mark.parametrize(("successes", "trials"), [(-1, 3), (4, 3), (0, -1)])
def test_wilson__impossible_counts__value_error(successes, trials):
    with pytest.raises(ValueError, match="successes"):
        wilson(successes=successes, trials=trials)


@pytest.mark.parametrize("confidence", [0.0, 1.0, -0.5, 95.0])
def test_wilson__impossible_confidence__value_error(confidence):
    with pytest.raises(ValueError, match="confidence"):
        wilson(successes=1, trials=2, confidence=confidence)


@given(trials=st.integers(1, 10**9), data=st.data())
def test_wilson__any_counts__interval_holds_the_rate(trials, data):
    successes = data.draw(st.integers(0, trials))
    found = wilson(successes=successes, trials=trials)
    assert found is not None
    assert 0 <= found.low <= found.rate <= found.high <= 1
