"""Decisions that a client made by itself, from the rules it had taken home.

The client tells what it decided and we believe what can be checked. Chance cannot be chosen: the arm must be the one
that the published revision draws for this device, or the one that the device has already. So nobody shifts a result
by claiming arms, and a device that was offline counts exactly as if we had decided.

A client that did not know the arm which its device had here may have drawn another one, after a change of the
weights. What was shown, was shown: the decision is kept. The device stays in the arm of its first decision.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from campaigns.domain.arms import Draw, draw
from campaigns.domain.gates import draw_gates
from campaigns.domain.reasons import REASONS
from campaigns.domain.ruleset import Arm, Campaign, SoftAsk
from permissions_app.domain.events import DecisionRef, parse_decision_id
from permissions_app.domain.standing import HOLDOUT, Assignment, Standing

MOST_TRIALS = 20
"""More gate trials than that never wait on one moment."""
LONGEST_MOMENT = 60
ACTIONS = ("none", "soft_ask", "settings_redirect")
REASON_OF = {"soft_ask": "ask_softly", "settings_redirect": "offer_settings"}
KIND_OF = {"soft_ask": "s", "settings_redirect": "r"}
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
_CAMPAIGN = re.compile(r"[sr][1-9][0-9]{0,17}")
_TRIAL = re.compile(r"t[1-9][0-9]{0,17}")

Text = Annotated[str, msgspec.Meta(max_length=200)]


class Claim(msgspec.Struct, frozen=True):
    """A decision as a client tells it. `campaign`, `revision`, `variant`: absent where none answered. `gate_arms`:
    trial key -> the arm that was drawn.
    """

    decision_id: Text
    device_id: Text
    at: Text | int
    action: Text
    reason: Text
    campaign: Text | None = None
    revision: int | None = None
    variant: Text | None = None
    gate_arms: Mapping[Text, Text] | None = None


class Untrue(Exception):
    """A claim that cannot be kept; `code` and the text go to the client."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code, self.detail = code, detail


@dataclass(frozen=True, slots=True)
class Settled:
    """What is kept of a claim. `arm`: a variant key, HOLDOUT, or "" where no campaign answered. `words`: of that
    variant. `propensity`: as in `Decision`. `assigned`: what to store, by campaign and trial key.
    """

    arm: str
    words: Arm | None
    propensity: float | None
    assigned: Mapping[str, Assignment]


Published = Mapping[str, Sequence[Campaign]]
"""Campaign key -> its published revisions, the newest first."""


def reference(claim: Claim) -> DecisionRef:
    """What the decision id says, where it agrees with the rest of the claim. Raises Untrue."""
    ref = parse_decision_id(claim.decision_id)
    if ref is None or not _UUID.fullmatch(ref.id):
        raise Untrue("invalid_id", "decision_id is not one that a client of ours makes")
    if not 0 < len(ref.moment) <= LONGEST_MOMENT:
        raise Untrue("invalid_id", "decision_id names no moment")
    if claim.action not in ACTIONS:
        raise Untrue("unknown_action", f"action is one of {', '.join(ACTIONS)}")
    if claim.reason not in REASONS:
        raise Untrue("unknown_reason", f"reason {claim.reason[:40]!r} is not known")
    told = claim.campaign or ""
    if told and not _CAMPAIGN.fullmatch(told):
        raise Untrue("invalid_campaign", "campaign is s12 for soft ask 12, r5 for redirect rule 5")
    if (ref.campaign_key if ref.kind != "none" else "") != told:
        raise Untrue("disagrees", "decision_id and campaign are about different campaigns")
    shown = (claim.variant or "") if claim.reason != "holdout" else ""
    if (ref.revision, ref.variant) != (claim.revision or 0, shown):
        raise Untrue("disagrees", "decision_id, revision and variant do not agree")
    _check_action(claim, told)
    return ref


def _check_action(claim: Claim, campaign: str) -> None:
    gates = claim.gate_arms or {}
    if len(gates) > MOST_TRIALS or not all(_TRIAL.fullmatch(key) for key in gates):
        raise Untrue("invalid_gate_arms", "gate_arms takes t12 for the trial of soft ask 12")
    if claim.action != "none":
        if claim.reason != REASON_OF[claim.action] or campaign[:1] != KIND_OF[claim.action]:
            raise Untrue("disagrees", f"{claim.action} does not fit this reason or campaign")
    elif claim.reason in REASON_OF.values() or bool(campaign) != (claim.reason == "holdout"):
        raise Untrue("disagrees", "this reason does not fit an answer that shows nothing")
    elif not campaign and not gates:
        raise Untrue(
            "not_kept", "a decision is kept that interrupts, holds somebody out or draws an arm"
        )


def settle(
    *, claim: Claim, ref: DecisionRef, published: Published, standing: Standing, at: int
) -> Settled:
    """Check what chance drew, for the device with this standing. `at`: when it was decided (ms). Raises Untrue."""
    key, arm, draws = claim.campaign or "", "", Draw(None, None, None)
    found: dict[str, Assignment] = {}
    if key:
        arm = HOLDOUT if claim.reason == "holdout" else ref.variant
        revisions = _revisions(key, claim, published)
        if not revisions or revisions[0].revision != claim.revision:
            raise Untrue("unknown_revision", f"{key} has no published revision {claim.revision}")
        if revisions[0].moment != ref.moment:
            raise Untrue("disagrees", f"revision {claim.revision} waits on another moment")
        if arm != HOLDOUT and arm not in revisions[0].arm_index:
            raise Untrue("unknown_variant", f"revision {claim.revision} has no such variant")
        draws, found[key] = _arm_drawn(arm, revisions, standing, claim.device_id, at)
    for trial, gate in (claim.gate_arms or {}).items():
        revisions = _revisions(ask_of(trial), claim, published)
        found[trial] = _gate_drawn(
            trial, gate, revisions, standing.assigned.get(trial), claim.device_id, at
        )
    # The first decision counts, in whatever order decisions arrive.
    first = {
        name: new
        for name, new in found.items()
        if (known := standing.assigned.get(name)) is None
        or new.at < known.at
        or (new.arm != known.arm and not _has(published, name, claim, known.arm))
    }
    return Settled(arm, draws.arm, draws.propensity, first)


def ask_of(trial: str) -> str:
    """The soft ask of a gate trial: s12 for t12."""
    return f"s{trial[1:]}"


def _revisions(key: str, claim: Claim, published: Published) -> list[Campaign]:
    """The published revisions that a client can have known: of the campaign that answered, up to the stated one."""
    known = published.get(key, ())
    if key != claim.campaign:
        return list(known)
    return [one for one in known if one.revision <= (claim.revision or 0)]


def _arm_drawn(
    arm: str, revisions: Sequence[Campaign], standing: Standing, device: str, at: int
) -> tuple[Draw, Assignment]:
    """The draw that gave this arm, and the assignment that follows: of the device as it stands under the stated
    revision, else of a client that knew nothing of its past, else of one that keeps the arm of an earlier revision.
    """
    stated = revisions[0]
    wanted = None if arm == HOLDOUT else stated.arms[stated.arm_index[arm]]
    for revision, past in ((stated, standing), *((one, Standing()) for one in revisions)):
        if not revision.drawable:
            continue
        told = draw(campaign=revision, standing=past, device_key=device, now=at)
        if (HOLDOUT if told.arm is None else told.arm.key) == arm:
            # Under another revision than the stated one it is not known how likely it was.
            propensity = told.propensity if revision is stated else None
            return Draw(wanted, propensity, None), Assignment(arm, at, revision.revision)
    raise Untrue("arm_not_drawn", "chance gives this device another variant")


def _gate_drawn(
    trial: str,
    gate: str,
    revisions: Sequence[Campaign],
    known: Assignment | None,
    device: str,
    at: int,
) -> Assignment:
    """The assignment of a device in a gate trial. Raises Untrue."""
    if known is not None and known.arm == gate:
        return Assignment(gate, at, known.revision)
    for ask in revisions:
        if isinstance(ask, SoftAsk) and ask.gate_arms:
            _, new = draw_gates(
                arms=ask.gate_arms,
                seed=ask.seed,
                known=None,
                device_key=device,
                now=at,
                revision=ask.revision,
            )
            if new is not None and new.arm == gate:
                return new
    raise Untrue("arm_not_drawn", f"chance gives this device another arm of {trial}")


def _has(published: Published, name: str, claim: Claim, arm: str) -> bool:
    """Whether an arm is still there to stay in; a device whose arm was taken away has drawn again."""
    trial = name.startswith("t")
    revisions = _revisions(ask_of(name) if trial else name, claim, published)
    if arm == HOLDOUT or not revisions:
        return True
    newest = revisions[0]
    if trial:
        return isinstance(newest, SoftAsk) and arm in {one.key for one in newest.gate_arms}
    return arm in newest.arm_index
