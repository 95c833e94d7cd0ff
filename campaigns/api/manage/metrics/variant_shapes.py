"""What is told of the results of soft asks and redirect rules."""

from dataclasses import dataclass
from datetime import date

from campaigns.api.manage.metrics import samples
from campaigns.domain.trial_shapes import (
    OUTCOMES,
    ArmResult,
    Counts,
    Outcome,
    PairResult,
)
from campaigns.selectors.results import RevisionChoice
from permissions_app.domain.proportions import Difference
from permissions_app.domain.sequences import Bounds


@dataclass(frozen=True, slots=True)
class VerdictTold:
    """What the counts say. `kind`: not_enough, keep_going, winner, no_difference, mismatch; empty where several
    revisions are told together and none is given. `sentence`: for people.
    """

    kind: str
    winner: str | None
    sentence: str


@dataclass(frozen=True, slots=True)
class CampaignOutcome:
    """A soft ask or redirect rule with the results of its published revision, measured by what it is for. `verdict`:
    which words. `effect`: whether it helps at all, all variants against the holdout; null where that is no question
    of its own. `devices`: in all its arms.
    """

    campaign: str
    kind: str
    name: str
    moment: str
    revision: int
    live: bool
    outcome: str
    devices: int
    verdict: VerdictTold
    effect: VerdictTold | None


@dataclass(frozen=True, slots=True)
class BandDay:
    """The always-valid bounds at the end of a day. `devices`: of both arms so far."""

    day: date
    devices: int
    bounds: Bounds | None


@dataclass(frozen=True, slots=True)
class BandTold:
    """`arm` minus `base` by day: a sequence that may be looked at on any day."""

    arm: str
    base: str
    days: tuple[BandDay, ...]


@dataclass(frozen=True, slots=True)
class ArmRatio:
    """Devices that came into an arm so far, and how many should have by its share."""

    arm: str
    devices: int
    expected: float


@dataclass(frozen=True, slots=True)
class PlatformPair:
    """`first` minus `other` on one platform, with its 95 % interval. `p`: corrected over all such pairs by Benjamini
    and Hochberg; null where it cannot be told.
    """

    platform: str
    first: str
    other: str
    devices: int
    difference: Difference | None
    p: float | None


@dataclass(frozen=True, slots=True)
class VariantNumbers:
    """One soft ask or redirect rule, arm by arm. `revision` null: all together. Counted are whole days, up to `as_of`;
    by the outcome, devices that came up to `until` are old enough, and `younger` are not yet. `arms`: every arm, the
    holdout last; rates and chances are fractions. `pairs`: first minus other; `p` is always-valid and corrected by
    Holm. `mismatch`: devices came into the
    arms in other proportions than planned, so no winner is named. `planned_devices`: for the arms compared.
    """

    campaign: str
    kind: str
    name: str
    revision: int | None
    revisions: tuple[RevisionChoice, ...]
    outcome: str
    outcomes: tuple[Outcome, ...]
    first_day: date | None
    as_of: date
    until: date
    devices: int
    younger: int
    planned_devices: int | None
    smallest_difference: float | None
    verdict: VerdictTold
    effect: VerdictTold | None
    compared: tuple[str, ...]
    arms: tuple[ArmResult, ...]
    pairs: tuple[PairResult, ...]
    platforms: tuple[PlatformPair, ...]
    days: tuple[BandTold, ...]
    mismatch: bool
    ratio: tuple[ArmRatio, ...]
    ratio_p: float | None


_VERDICT = VerdictTold("keep_going", None, "Keep going: nothing can be told apart yet.")
ROW = CampaignOutcome(
    "s7",
    "soft_ask",
    "Shipping news",
    "order_placed",
    2,
    True,
    "authorized",
    420,
    _VERDICT,
    None,
)
EXAMPLE = VariantNumbers(
    campaign="s7",
    kind="soft_ask",
    name="Shipping news",
    revision=2,
    revisions=(RevisionChoice(2, None, 420),),
    outcome="authorized",
    outcomes=OUTCOMES["soft_ask"],
    first_day=date(2026, 11, 1),
    as_of=date(2026, 11, 28),
    until=date(2026, 11, 28),
    devices=420,
    younger=0,
    planned_devices=4500,
    smallest_difference=0.02,
    verdict=_VERDICT,
    effect=None,
    compared=("a", "b"),
    arms=(ArmResult("a", Counts(210, 200, 90, 70, 0, 0), samples.rate(70, 210), None),),
    pairs=(),
    platforms=(),
    days=(),
    mismatch=False,
    ratio=(ArmRatio("a", 210, 210.0),),
    ratio_p=1.0,
)
