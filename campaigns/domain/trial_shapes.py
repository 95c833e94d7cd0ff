"""What the results of a trial are made of: what is measured, what was counted, what was planned, what came out."""

from collections.abc import Mapping
from dataclasses import dataclass, fields

from campaigns.domain.assignment import arm_shares
from campaigns.domain.drafts import Draft, Kind, variants_of
from campaigns.domain.verdict import ArmCount, Verdict
from permissions_app.domain.chances import Chance
from permissions_app.domain.proportions import Difference, Proportion
from permissions_app.domain.sample_ratio import SampleRatio
from permissions_app.domain.sequences import Bounds
from permissions_app.domain.standing import HOLDOUT

TOGETHER = "variants"
"""All variants as one arm, beside the holdout."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is measured. `days`: how long a device must have been in its arm before it counts, 0 for at once."""

    key: str
    name: str
    verb: str
    days: int = 0
    holdout: bool = True
    """Whether a device that is shown nothing can do it."""


AUTHORIZED = Outcome("authorized", "Authorised now", "can be reached now")
ACCEPTED = Outcome("accepted", "Accepted", "said yes to the soft ask", holdout=False)
RECOVERED_30 = Outcome("recovered_30", "Recovered by 30 days", "came back within 30 days", days=30)
RECOVERED_7 = Outcome("recovered_7", "Recovered by 7 days", "came back within 7 days", days=7)
OUTCOMES: Mapping[Kind, tuple[Outcome, ...]] = {
    "soft_ask": (AUTHORIZED, ACCEPTED),
    "redirect": (RECOVERED_30, RECOVERED_7),
}
"""By kind; the first one is what the campaign is for."""


@dataclass(frozen=True, slots=True)
class Counts:
    """Devices, and what became of them."""

    devices: int = 0
    shown: int = 0
    accepted: int = 0
    authorized: int = 0
    recovered_7: int = 0
    recovered_30: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Counts)))

    def hits(self, outcome: Outcome) -> int:
        """Those that did it."""
        return int(getattr(self, outcome.key))


@dataclass(frozen=True, slots=True)
class DayCounts:
    """The devices that came into an arm on one day and platform."""

    arm: str
    day: int
    platform: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """What a revision fixed before launch. `shares`: arm -> part of all devices, the holdout last when there is one.
    `texts`: variant -> its first line of words.
    """

    shares: Mapping[str, float]
    planned: int
    smallest: float
    texts: Mapping[str, str]

    @property
    def variants(self) -> tuple[str, ...]:
        """The arms with words, in the order of the document."""
        return tuple(arm for arm in self.shares if arm != HOLDOUT)


@dataclass(frozen=True, slots=True)
class ArmResult:
    """`rate`: None where nobody is in the arm. `chance`: among the arms compared, None for arms that are not."""

    key: str
    counts: Counts
    rate: Proportion | None
    chance: Chance | None


@dataclass(frozen=True, slots=True)
class PairResult:
    """`first` minus `other`: with an interval for one look, and the always-valid bounds. `p`: always-valid, Holm."""

    first: str
    other: str
    difference: Difference | None
    bounds: Bounds | None
    p: float


@dataclass(frozen=True, slots=True)
class Band:
    """The always-valid sequence of `arm` minus `base` by day; `points`: (day, devices of both, bounds)."""

    arm: str
    base: str
    n_star: int
    points: tuple[tuple[int, int, Bounds | None], ...]


@dataclass(frozen=True, slots=True)
class Segment:
    """One pair on one platform. `p`: corrected over all segments by Benjamini and Hochberg, None where unknown."""

    platform: str
    first: str
    other: str
    devices: int
    difference: Difference | None
    p: float | None


@dataclass(frozen=True, slots=True)
class Trial:
    """Everything about one trial and outcome. `until`: the last day whose devices count. `younger`: devices that came
    later and are not old enough yet. `compared`: the arms that the verdict is about; `effect`: the variants together
    against the holdout, None where that is no question of its own. `answer` is None without a plan: then several
    revisions are shown together.
    """

    outcome: Outcome
    plan: TrialPlan | None
    until: int
    younger: int
    arms: tuple[ArmResult, ...]
    compared: tuple[str, ...]
    pairs: tuple[PairResult, ...]
    answer: Verdict | None
    effect: Verdict | None
    effect_arms: tuple[ArmCount, ...]
    ratio: SampleRatio | None
    ratio_counts: Mapping[str, int]
    """Devices of every arm, young ones too, in the order of `ratio.expected`."""
    bands: tuple[Band, ...]
    segments: tuple[Segment, ...]

    @property
    def devices(self) -> int:
        """In the arms compared."""
        return sum(arm.counts.devices for arm in self.arms if arm.key in self.compared)

    @property
    def planned(self) -> int:
        """Devices planned for the arms compared."""
        shares = self.plan.shares if self.plan else {}
        return round(
            (self.plan.planned if self.plan else 0) * sum(shares.get(a, 0) for a in self.compared)
        )


def plan_of(draft: Draft) -> TrialPlan:
    """The plan in a document: the chance of each arm, how many devices, and which difference matters."""
    variants = variants_of(draft)
    held = min(max(draft.holdout, 0.0), 1.0)
    parts = arm_shares([variant.weight for variant in variants])
    shares = {v.key: (1 - held) * part for v, part in zip(variants, parts, strict=True)}
    if held:
        shares[HOLDOUT] = held
    texts = {variant.key: str(getattr(variant, variant.FIELDS[0])) for variant in variants}
    return TrialPlan(shares, draft.planned_devices, draft.smallest_difference, texts)
