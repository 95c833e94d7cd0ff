"""What the verdict on a trial says to people: the answer in front, and why."""

from collections.abc import Mapping
from dataclasses import dataclass

from campaigns.domain.drafts import Kind
from campaigns.domain.trial_shapes import TOGETHER, Trial
from campaigns.domain.verdict import Verdict, sentence
from permissions_app.domain.standing import HOLDOUT

KINDS: Mapping[Kind, str] = {"soft_ask": "the soft ask", "redirect": "the redirect"}
TOGETHER_SAID = "All revisions together: words and shares changed between them, so no winner is named; choose one."


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict as pages show it. `kind`: of the verdict, '' where none is given. `head`: the sentence up to its colon,
    which says the answer; `rest`: why.
    """

    kind: str
    head: str
    rest: str


def said(trial: Trial, kind: Kind) -> Said:
    """The answer to the trial's question."""
    if trial.answer is None:
        return _parted("", TOGETHER_SAID)
    return _said(trial, trial.answer, trial.compared, trial.devices, trial.planned, kind)


def effect_said(trial: Trial, kind: Kind) -> Said | None:
    """Whether it helps at all; None where the trial's own question is that, nobody is held out, or the
    arms cannot be compared at all.
    """
    if trial.effect is None or trial.plan is None or trial.effect.kind == "mismatch":
        return None
    devices = sum(arm.devices for arm in trial.effect_arms)
    planned = round(trial.plan.planned * sum(arm.share for arm in trial.effect_arms))
    return _said(trial, trial.effect, (TOGETHER, HOLDOUT), devices, planned, kind)


def _said(
    trial: Trial, told: Verdict, arms: tuple[str, ...], devices: int, planned: int, kind: Kind
) -> Said:
    text = sentence(
        told=told,
        names={key: _in_a_sentence(key, arms, kind) for key in arms},
        smallest=trial.plan.smallest if trial.plan else 0.0,
        devices=devices,
        planned=planned,
    )
    return _parted(told.kind, text)


def _parted(kind: str, text: str) -> Said:
    head, _, rest = text.partition(": ")
    return Said(kind, f"{head}:", rest)


def _in_a_sentence(key: str, arms: tuple[str, ...], kind: Kind) -> str:
    if key == HOLDOUT:
        return "the holdout"
    if key == TOGETHER and HOLDOUT in arms:
        return KINDS[kind]
    return f"variant {key.upper()}"
