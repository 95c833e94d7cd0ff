import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions_app.domain.off_policy import Logged, NoOverlap, off_policy

ACTIONS = [0, 1, 1, 0, 2, 1, 0, 2, 1, 0]
CHANCES = [0.5, 0.3, 0.3, 0.5, 0.2, 0.3, 0.5, 0.2, 0.3, 0.5]
REWARDS = [1, 1, 0, 0, 1, 1, 0, 0, 1, 1]
LOG = [Logged(*row) for row in zip(ACTIONS, CHANCES, REWARDS, strict=True)]
POLICY = [0.2, 0.6, 0.2]


def test_off_policy__published_example__exact():
    found = off_policy(log=LOG, policy=POLICY, model=[0.5, 0.7, 0.4])
    assert found is not None
    assert found.ips == pytest.approx(0.78)
    assert found.snips == pytest.approx(0.672414, abs=5e-7)
    assert found.effective == pytest.approx(7.2189, abs=5e-5)
    assert found.doubly_robust == pytest.approx(0.66)


def test_off_policy__target_action_never_logged__refused():
    with pytest.raises(NoOverlap) as refused:
        off_policy(log=LOG, policy=[0.1, 0.6, 0.2, 0.1])
    assert refused.value.actions == (3,)


def test_off_policy__target_action_logged_without_propensity__refused():
    log = [Logged(0, 0.5, 1), Logged(1, None, 1)]
    with pytest.raises(NoOverlap) as refused:
        off_policy(log=log, policy=[0.5, 0.5])
    assert refused.value.actions == (1,)


def test_off_policy__action_never_wanted_and_never_logged__answers():
    assert off_policy(log=LOG, policy=[*POLICY, 0.0]) == off_policy(log=LOG, policy=POLICY)


@pytest.mark.parametrize("propensity", [None, 0.0, 1.5])
def test_off_policy__one_row_without_a_probability__refused(propensity):
    with pytest.raises(ValueError, match="propensity"):
        off_policy(log=[*LOG, Logged(0, propensity, 1)], policy=POLICY)


def test_off_policy__empty_log__none():
    assert off_policy(log=[], policy=[1.0]) is None


def test_off_policy__no_model__not_doubly_robust():
    found = off_policy(log=LOG, policy=POLICY)
    assert found is not None
    assert found.doubly_robust is None


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=50))
def test_off_policy__the_policy_that_was_logged__the_plain_mean(rows):
    log = [Logged(action, 0.5, reward) for action, reward in [*rows, (0, 1.0), (1, 0.0)]]
    found = off_policy(log=log, policy=[0.5, 0.5])
    assert found is not None
    mean = sum(row.reward for row in log) / len(log)
    assert found.ips == pytest.approx(mean)
    assert found.snips == pytest.approx(mean)
    assert found.effective == pytest.approx(len(log))


def test_off_policy__many_logs_of_a_known_world__right_on_average_with_a_wrong_model():
    rng = np.random.default_rng(3)
    truth, logging, policy = np.array([0.2, 0.5]), np.array([0.8, 0.2]), [0.3, 0.7]
    estimates = []
    for _ in range(300):
        actions = rng.choice(2, 200, p=logging)
        rewards = rng.random(200) < truth[actions]
        log = [
            Logged(int(a), float(logging[a]), float(r))
            for a, r in zip(actions, rewards, strict=True)
        ]
        found = off_policy(log=log, policy=policy, model=[0.9, 0.1])
        assert found is not None
        estimates.append((found.ips, found.doubly_robust))
    assert np.mean(estimates, axis=0) == pytest.approx([0.41, 0.41], abs=0.015)


@pytest.mark.parametrize(
    ("policy", "model"), [([0.5, 0.4], None), ([1.2, -0.2], None), ([1.0], None), (POLICY, [0.5])]
)
def test_off_policy__impossible__refused(policy, model):
    with pytest.raises(ValueError, match=r"policy|model"):
        off_policy(log=LOG, policy=policy, model=model)
