"""What our own decisions promised a device.

Facts come from the device's events; standing comes from our decisions. A decision to interrupt
*reserves* its place in the fatigue budget at once, before the person sees anything, so that twenty
requests at the same moment cannot all be told to show a dialog. The reservation lapses when the
answer expires unshown. The first time a device meets a campaign or its holdout, its arm is written
down and stays, whatever the weights become later.
"""

from typing import Literal

import msgspec

HOLDOUT = "holdout"
"""The arm of a device that was eligible and was deliberately shown nothing."""


class Reservation(msgspec.Struct, frozen=True, omit_defaults=True):
    """An interruption that was promised. `decision`: the decision's uuid; times in ms."""

    decision: str
    kind: Literal["soft_ask", "redirect"]
    campaign: str
    at: int
    expires_at: int


class Assignment(msgspec.Struct, frozen=True, omit_defaults=True):
    """The sticky arm of a device in a campaign. `arm` is a variant key or HOLDOUT; `at` in ms,
    first assignment.
    """

    arm: str
    at: int
    revision: int = 0


class Standing(msgspec.Struct, omit_defaults=True, kw_only=True):
    """Treat as immutable. `assigned` is keyed by campaign key (`s12`, `r5`)."""

    reserved: tuple[Reservation, ...] = ()
    assigned: dict[str, Assignment] = {}
