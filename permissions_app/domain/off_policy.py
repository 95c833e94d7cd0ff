"""What would have happened had we chosen otherwise, from what was logged.

Every answer is logged with the probability it had (its propensity). A device that got a rare answer stands for
the many that might have got it, so it counts more. That works only for answers which had some probability: what
was never chosen left no trace, and an estimate of it is refused rather than invented.

Sources: Horvitz and Thompson (1952) for IPS; Swaminathan and Joachims (2015) for the self-normalised form; Kish
(1965) for the effective sample; Dudik, Langford and Li (2011) for the doubly robust one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum


class NoOverlap(ValueError):
    """The policy asked about wants an action that was never logged with a propensity. `actions`: which ones."""

    def __init__(self, actions: tuple[int, ...]) -> None:
        self.actions = actions
        super().__init__(f"never logged with a propensity: {', '.join(map(str, actions))}")


@dataclass(frozen=True, slots=True)
class Logged:
    """One logged answer: which action, the probability it had then (None: not told), and what came of it."""

    action: int
    propensity: float | None
    reward: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """The mean reward under the policy asked about, by three ways. `effective`: how many devices of that policy
    the log is worth. `doubly_robust` is None without a model of the rewards; `snips` where no weight is left.
    """

    ips: float
    snips: float | None
    effective: float
    doubly_robust: float | None


def off_policy(
    *, log: Sequence[Logged], policy: Sequence[float], model: Sequence[float] | None = None
) -> Estimate | None:
    """Estimate the mean reward of `policy`, the probability of each action. `model`: the reward to expect from
    each action. None with an empty log.

    Raises NoOverlap where the policy wants an action that the log does not hold with a propensity, ValueError for
    rows without one, or numbers that cannot be.
    """
    _check(log, policy, model)
    if not log:
        return None
    seen = {row.action for row in log if row.propensity is not None and row.propensity > 0}
    missing = tuple(a for a, share in enumerate(policy) if share > 0 and a not in seen)
    if missing:
        raise NoOverlap(missing)
    weights = []
    for row in log:
        if row.propensity is None or not 0 < row.propensity <= 1:
            raise ValueError("a logged answer has no propensity")
        weights.append(policy[row.action] / row.propensity)
    n, total = len(log), fsum(weights)
    gained = fsum(w * row.reward for w, row in zip(weights, log, strict=True))
    squares = fsum(w * w for w in weights)
    robust = None
    if model is not None:
        direct = fsum(share * expected for share, expected in zip(policy, model, strict=True))
        residual = fsum(
            w * (row.reward - model[row.action]) for w, row in zip(weights, log, strict=True)
        )
        robust = direct + residual / n
    return Estimate(
        ips=gained / n,
        snips=gained / total if total else None,
        effective=total * total / squares if squares else 0.0,
        doubly_robust=robust,
    )


def _check(log: Sequence[Logged], policy: Sequence[float], model: Sequence[float] | None) -> None:
    if any(share < 0 for share in policy) or abs(fsum(policy) - 1) > 1e-9:
        raise ValueError("the probabilities of a policy must add up to 1")
    if model is not None and len(model) != len(policy):
        raise ValueError("the model must know every action")
    if any(not 0 <= row.action < len(policy) for row in log):
        raise ValueError("the log holds an action that the policy does not know")
