"""How much a person must have seen before a soft ask, and a trial that lets chance choose how much.

People who are asked late are people who stayed, so comparing early asks with late ones says little about what moving
the ask would do. A *gate trial* draws the gates themselves: one device is asked after two screens, another after seven.
Chance decides when a device first comes to the moment, before any gate is asked, so both arms hold the same kind of
people, also those who leave before a late gate opens. That loss is what the late arm has to make good.

The arm is drawn by a seed of its own, as the holdout is: it says nothing about the words, and it stays.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from campaigns.domain.answer import Refusal
from campaigns.domain.assignment import arm_shares, bucket_ranges, choose_arm
from permissions_app.domain.device import DeviceFacts
from permissions_app.domain.standing import Assignment

GATE_SUFFIX = "/gate"
"""What is added to a soft ask's seed to draw its gates: no arm is drawn with such a seed."""


@dataclass(frozen=True, slots=True)
class Gates:
    """How much a person must have seen of the app before a soft ask. All of them must hold.

    The very first session is refused unless `allow_first_session`, whatever `min_sessions` says.
    """

    min_sessions: int = 2
    allow_first_session: bool = False
    min_times_reached: int = 1
    min_screens: int = 0


@dataclass(frozen=True, slots=True)
class GateArm:
    """One arm of a gate trial. `weight`: its share relative to the others (>= 0)."""

    key: str
    weight: float
    gates: Gates = field(default_factory=Gates)


def trial_key(campaign_id: int) -> str:
    """How standings and rollups call the gate trial of a soft ask: `t12` for soft ask 12."""
    return f"t{campaign_id}"


def draw_gates(
    *,
    arms: tuple[GateArm, ...],
    seed: str,
    known: Assignment | None,
    device_key: str,
    now: int,
    revision: int,
) -> tuple[Gates | None, Assignment | None]:
    """The gates of a device: (those of its arm, the assignment to store when it is new).

    (None, None) when no arm can be drawn. A device whose arm was taken away draws again among those that are left.
    `seed`: of the soft ask. `now` in ms.
    """
    if known is not None:
        kept = next((arm for arm in arms if arm.key == known.arm), None)
        if kept is not None:
            return kept.gates, None
    shares = arm_shares([arm.weight for arm in arms])
    index = choose_arm(
        seed=seed + GATE_SUFFIX,
        value=device_key,
        shares=shares,
        ranges=bucket_ranges(count=len(arms), weights=shares),
    )
    if index < 0:
        return None, None
    return arms[index].gates, Assignment(arms[index].key, now, revision)


def gates_refusal(*, gates: Gates, facts: DeviceFacts, moment: str) -> Refusal | None:
    """Why these gates are closed, or None. Asking for a decision is itself evidence of one visit to the moment."""
    if facts.sessions <= 1 and not gates.allow_first_session:
        return ("gate_first_session", None)
    if facts.sessions < gates.min_sessions:
        return ("gate_min_sessions", None)
    if gates.min_times_reached > 1:
        reached = facts.moments.get(moment)
        if reached is None or reached.count < gates.min_times_reached:
            return ("gate_times_reached", None)
    if facts.screens < gates.min_screens:
        return ("gate_min_screens", None)
    return None


def gate_shares(arms: tuple[GateArm, ...]) -> Mapping[str, float]:
    """The share of each arm of a trial, by key."""
    shares = arm_shares([arm.weight for arm in arms])
    return {arm.key: share for arm, share in zip(arms, shares, strict=True)}
