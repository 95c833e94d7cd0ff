"""Letting chance choose the gates of a soft ask, from the timing page: a form that writes a draft, and the results."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from campaigns.domain.drafts import GateVariant, SoftAskDraft
from campaigns.domain.gate_words import gate_words
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.gate_trials import GateArmResult, GateTrial
from campaigns.services.campaigns import update_campaign
from permissions_app.domain.edits import Invalid
from permissions_app.models import App, User
from permissions_app.templatetags.numbers import THIN, UNKNOWN, interval
from permissions_app.web.figures import Cell, Column, Figure, Table

GATES = {
    "screens": ("Screens seen", "min_screens"),
    "sessions": ("Sessions", "min_sessions"),
    "times": ("Times at the moment", "min_times_reached"),
}
"""What may be tried out: value in the form -> (words, field of a draft)."""
STATES = {
    "live": "Running.",
    "over": "Over: the soft ask’s own gates hold again.",
    "draft": "A draft: nobody draws an arm before it is reviewed and published.",
}


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed in the form, verbatim."""

    campaign: str = ""
    gate: str = "screens"
    early: str = ""
    late: str = ""


def drafted(*, app: App, asks: Sequence[Campaign], typed: Typed, actor: User) -> Campaign:
    """The chosen soft ask with the trial in its draft. Raises Invalid, and Conflict when somebody else saved."""
    campaign = next((ask for ask in asks if str(ask.pk) == typed.campaign), None)
    errors = {} if campaign else {"campaign": "Choose a soft ask."}
    if typed.gate not in GATES:
        errors["gate"] = "Choose what is tried out."
    early, late = _number(typed.early), _number(typed.late)
    for name, number in (("early", early), ("late", late)):
        if number is None:
            errors[name] = "Write a whole number, like 3."
    if early is not None and late is not None and early >= late:
        errors["late"] = "The late arm must wait for more than the early one."
    if errors or campaign is None or early is None or late is None:
        raise Invalid(errors)
    draft = working_copy(campaign)
    assert isinstance(draft, SoftAskDraft)  # only soft asks are offered
    trial = tuple(
        _arm(draft, key, typed.gate, number) for key, number in (("early", early), ("late", late))
    )
    return update_campaign(
        campaign_id=campaign.pk,
        app=app,
        draft=replace(draft, gate_trial=trial),
        expected_version=campaign.version,
        actor=actor,
    )


def ended(*, app: App, campaign: Campaign, actor: User) -> Campaign:
    """The soft ask without its trial, as a draft. Raises Invalid, Conflict."""
    draft = working_copy(campaign)
    assert isinstance(draft, SoftAskDraft)
    return update_campaign(
        campaign_id=campaign.pk,
        app=app,
        draft=replace(draft, gate_trial=()),
        expected_version=campaign.version,
        actor=actor,
    )


def _arm(draft: SoftAskDraft, key: str, gate: str, number: int) -> GateVariant:
    """An arm with the soft ask's own gates but for the one that is tried out."""
    own = GateVariant(
        key=key,
        min_sessions=draft.min_sessions,
        allow_first_session=draft.allow_first_session,
        min_times_reached=draft.min_times_reached,
        min_screens=draft.min_screens,
    )
    if gate == "screens":
        return replace(own, min_screens=number)
    if gate == "times":
        return replace(own, min_times_reached=number)
    return replace(own, min_sessions=number, allow_first_session=number <= 1)


def _number(text: str) -> int | None:
    told = text.strip()
    return int(told) if told.isascii() and told.isdecimal() and len(told) <= 5 else None


def trial_figure(trial: GateTrial) -> Figure:
    """A trial arm by arm, with its verdict."""
    first = trial.arms[0]
    return Figure(
        key=f"trial-{trial.campaign_id}",
        title=f"Gates of “{trial.name}”",
        note=(
            f"{STATES[trial.state]} Chance drew the gates when a device first came to the moment. Everybody who drew "
            "an arm counts in it, whether the gate ever opened (intention to treat), up to the last complete day."
        ),
        findings=() if trial.state == "draft" else (trial.said,),
        table=Table(
            (
                Column("Asked", "gates", "text"),
                Column("Drew it", "devices"),
                Column("Saw the ask", "shown"),
                Column("Authorised now", "authorized"),
                Column("Of all that drew it", "rate", "rate"),
                Column("Against the first", "difference", "text"),
            ),
            tuple(
                (
                    Cell(arm.words[:1].upper() + arm.words[1:], small=f"{arm.share * 100:.0f} %"),
                    arm.devices,
                    arm.shown,
                    arm.authorized,
                    Cell(arm.rate.rate if arm.rate else None, small=interval(arm.rate)),
                    Cell(None) if arm is first else _difference(trial, arm, first),
                )
                for arm in trial.arms
            ),
        ),
        badge="causal, randomised",
    )


def _difference(trial: GateTrial, arm: GateArmResult, first: GateArmResult) -> Cell:
    """The arm minus the first one, by the always-valid sequence."""
    pair = {arm.key, first.key}
    found = next((c for c in trial.verdict.comparisons if {c.first, c.other} == pair), None)
    if found is None or found.bounds is None:
        return Cell(UNKNOWN)
    sign = 1 if found.first == arm.key else -1
    low, high = sorted((sign * found.bounds.low, sign * found.bounds.high))
    return Cell(
        f"{_signed(sign * found.bounds.value)}{THIN}points",
        small=f"{_signed(low)} to {_signed(high)}",
    )


def _signed(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", "−")


def options(asks: Sequence[Campaign]) -> list[tuple[str, str, str]]:
    """The soft asks to choose from: (value, name, its gates now)."""
    return [(str(ask.pk), ask.name, _now(working_copy(ask))) for ask in asks]


def _now(draft: object) -> str:
    if not isinstance(draft, SoftAskDraft):
        return ""
    if draft.gate_trial:
        return "its gates are tried out already"
    own = _arm(draft, "own", "screens", draft.min_screens)
    return f"asked {gate_words(own)}"
