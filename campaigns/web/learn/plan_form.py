"""The form of a plan: what was typed, and where nothing was, what the app and the draft say."""

from dataclasses import dataclass
from math import isfinite

from django.http import QueryDict

from campaigns.domain.drafts import Draft, Kind
from campaigns.domain.trial_shapes import plan_of
from campaigns.selectors.plan_start import MomentVolume, PlanStart
from permissions_app.domain.planning import Plan, check

ASSUMED: dict[Kind, float] = {"soft_ask": 0.4, "redirect": 0.03}
"""The rate to expect where the app has none of its own: a judgement, and said to be one."""
DIFFERENCE: dict[Kind, float] = {"soft_ask": 0.02, "redirect": 0.01}
MOST_ARMS = 5
UNREADABLE = "Write a number, like 12.5."


@dataclass(frozen=True, slots=True)
class Asked:
    """What the form says. `typed`: its fields as texts. `plan` is None where `errors` tells why.

    `part`: what a device of the trial is worth of one in even arms without a holdout. `uneven`: one wording against
    its holdout; `alone`: one wording and no holdout, so there is nothing to compare.
    """

    kind: Kind
    moment: MomentVolume | None
    typed: dict[str, str]
    errors: dict[str, str]
    plan: Plan | None
    part: float
    uneven: bool
    alone: bool


def read_form(*, sent: QueryDict, start: PlanStart, kind: Kind, draft: Draft | None) -> Asked:
    """The plan in an address. `draft`: of the soft ask or redirect that is planned, None for none."""
    wanted = sent.get("moment") or (draft.moment if draft else "")
    moment = next((m for m in start.moments if m.key == wanted), None)
    if moment is None and start.moments:
        moment = start.moments[0]
    defaults, part = _defaults(start, kind, draft)
    typed = {name: sent.get(name, default)[:20] for name, default in defaults.items()}
    plan, errors = _plan(typed, moment)
    variants = len(draft.variants) if draft else 2
    return Asked(
        kind=kind,
        moment=moment,
        typed=typed,
        errors=errors,
        plan=plan,
        part=part,
        uneven=variants == 1,
        alone=variants == 1 and draft is not None and not draft.holdout,
    )


def _defaults(start: PlanStart, kind: Kind, draft: Draft | None) -> tuple[dict[str, str], float]:
    """The fields where nobody typed, and the `part` of Asked."""
    arms, part, difference = 2, 1.0, DIFFERENCE[kind]
    if draft is not None:
        planned = plan_of(draft)
        arms = min(MOST_ARMS, max(2, len(planned.variants)))
        part = sum(planned.shares[key] for key in planned.variants) or 1.0
        if len(planned.variants) == 1 and draft.holdout:
            # Uneven arms are worth fewer devices: 80 against 20 as much as 32 against 32.
            part = 4 * draft.holdout * (1 - draft.holdout)
        difference = draft.smallest_difference
    told = {
        "baseline": _plain(round((start.rate or ASSUMED[kind]) * 100, 1)),
        "difference": _plain(difference * 100),
        "arms": str(arms),
        "share": _plain(part * 100),
        "per_day": "",
    }
    return told, part


def _plan(typed: dict[str, str], moment: MomentVolume | None) -> tuple[Plan | None, dict[str, str]]:
    """The plan, or what is wrong with it by field."""
    errors: dict[str, str] = {}

    def number(name: str, by: float = 100.0) -> float:
        try:
            value = float(typed[name].strip().replace(",", ".")) / by
            if not isfinite(value):
                raise ValueError
        except ValueError:
            errors[name] = UNREADABLE
            return 0.0
        return value

    own = moment.per_day if moment else 0.0
    plan = Plan(
        baseline=number("baseline"),
        difference=number("difference"),
        arms=int(number("arms", 1.0)),
        share=number("share"),
        per_day=number("per_day", 1.0) if typed["per_day"].strip() else own,
    )
    if not errors:
        try:
            check(plan)
        except ValueError as error:
            errors[""] = str(error)
    return None if errors else plan, errors


def _plain(value: float) -> str:
    return f"{value:.4g}"
