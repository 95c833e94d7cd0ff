"""What a decision says.

The answer to "this device has just reached this moment": show nothing, ask softly, or offer the way
into Settings. It comes with its reason, with what has to be remembered (the arm, the reserved place
in the fatigue budget), with what an analysis needs later (how likely this arm was), and with why
the other campaigns on the moment did not apply.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from campaigns.domain.reasons import CLOSENESS, Reason
from permissions_app.domain.platforms import Budget
from permissions_app.domain.settings_paths import SettingsPath
from permissions_app.domain.standing import HOLDOUT, Assignment

Action = Literal["none", "soft_ask", "settings_redirect"]
Considered = tuple[tuple[str, Reason], ...]
"""Campaign keys in the order they were looked at, each with why it did not apply."""
Refusal = tuple[Reason, int | None]
"""Why a campaign does not apply now, and when (ms) time alone will change that, if it will."""

NO_COPY: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer at a moment.

    `campaign`, `campaign_id`, `revision`, `arm`: the campaign that answered, also for a holdout.
    `variant` and `copy`: the words to show, empty when nothing is shown. `propensity`: the
    probability with which an eligible device gets this arm (or the holdout) under the present
    weights; None when there was no draw, or when the present weights could not have drawn it.
    `settings`: the way to the switch, for a redirect. `budget`: what is left of the system's
    dialog; None when the answer did not depend on it. `assignment`: a new sticky arm to store, by
    campaign key. `gate_arms`: new sticky arms of gate trials to store, by trial key; every trial on the
    way counts, whatever the answer. `reserves`: the kind of interruption to reserve at once. `considered`: see
    `Considered`. `retry_after`: the time in ms at which waiting alone may change the answer; None
    when it will not, or it is not known.
    """

    action: Action
    reason: Reason
    moment: str
    campaign: str = ""
    campaign_id: int = 0
    revision: int = 0
    arm: str = ""
    variant: str = ""
    propensity: float | None = None
    copy: Mapping[str, str] = field(default_factory=lambda: NO_COPY)
    settings: SettingsPath | None = None
    budget: Budget | None = None
    assignment: tuple[str, Assignment] | None = None
    gate_arms: tuple[tuple[str, Assignment], ...] = ()
    reserves: Literal["soft_ask", "redirect"] | None = None
    considered: Considered = ()
    retry_after: int | None = None

    @property
    def holdout_of(self) -> str:
        """The campaign that deliberately shows this device nothing, or ''."""
        return self.campaign if self.arm == HOLDOUT else ""


def interrupts(decision: Decision) -> bool:
    """Whether the person is going to see something."""
    return decision.action != "none"


def closest(refusals: list[tuple[str, Refusal]]) -> Refusal:
    """The refusal of the campaign that came closest to being shown; the more important one on a
    tie.
    """
    return max((refusal for _, refusal in refusals), key=_closeness)


def _closeness(refusal: Refusal) -> int:
    return CLOSENESS.get(refusal[0], -1)
