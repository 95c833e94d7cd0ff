"""The steps of the workflow as buttons: which are open to whom, and where the campaign stands."""

from dataclasses import dataclass

from campaigns.domain.draft_lint import Placed, blocking
from campaigns.domain.workflow import ARCHIVED, STEPS, Pending, Step, steps
from campaigns.models import Campaign
from campaigns.selectors.campaigns import Checked, pending
from campaigns.selectors.reviewers import void_approval, who_may_approve
from permissions_app.models import Role
from permissions_app.selectors.access import at_least
from permissions_app.web.access import AppAccess

_FIRST = ("publish", "approve", "submit", "resume", "restore")
"""What stands out, the first that is open."""
_IN_MENU = frozenset({"archive"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The buttons. `main`: the one that stands out, None where nothing is to be done next."""

    main: Step | None
    others: tuple[Step, ...]
    menu: tuple[Step, ...]
    state: str
    stopping: tuple[Placed, ...]
    missing: tuple[str, ...]
    under_review: bool
    """A change takes it back from review."""
    writable: bool
    void: str
    """Why the approval counts no longer, '' when it does."""
    lonely: bool
    """Nobody else here may approve it."""


def bar_of(*, access: AppAccess, campaign: Campaign, checked: Checked, person: int) -> Bar:
    """The steps that are open to this person (by their id) now."""
    waits = pending(campaign)
    void = void_approval(campaign=campaign)
    open_now = list(steps(status=campaign.status, pending=waits))
    own = access.workspace.self_approval and waits in ("draft", "in_review")
    if own and campaign.status != ARCHIVED:
        open_now.append(STEPS["publish"])
    here = [step for step in open_now if at_least(role=access.role, needed=Role(step.needs))]
    if void:
        here = [step for step in here if step.action != "publish"]
    if _is_own(campaign, person) and not own:
        here = [step for step in here if step.action != "approve"]  # the review page says why
    actions = {step.action: step for step in here}
    first = next((actions[action] for action in _FIRST if action in actions), None)
    rest = [step for step in here if step is not first]
    return Bar(
        main=first,
        others=tuple(step for step in rest if step.action not in _IN_MENU),
        menu=tuple(step for step in rest if step.action in _IN_MENU),
        state=state_in_words(campaign, waits, void=bool(void)),
        stopping=blocking(checked.findings),
        missing=tuple(dict.fromkeys(checked.missing.values())) if waits == "draft" else (),
        under_review=waits in ("in_review", "approved"),
        writable=access.can_edit and campaign.status != ARCHIVED,
        void=void,
        lonely=is_lonely(access=access, campaign=campaign, waits=waits, person=person),
    )


def is_lonely(*, access: AppAccess, campaign: Campaign, waits: Pending, person: int) -> bool:
    """Whether nobody may approve what waits for a review, or what this person would send to one. One
    query where that is the question.
    """
    if access.workspace.self_approval or campaign.status == ARCHIVED:
        return False
    if waits == "in_review" and campaign.submitted is not None:
        writers = campaign.submitted.writers
    elif waits == "draft" and access.can_edit:
        writers = [person]
    else:
        return False
    return not who_may_approve(workspace_id=access.workspace.pk, writers=writers, most=1)


def _is_own(campaign: Campaign, person: int) -> bool:
    return campaign.submitted is not None and person in campaign.submitted.writers


def state_in_words(campaign: Campaign, waits: Pending, *, void: bool = False) -> str:
    """Whether it reaches people, and what the changes wait for. `void`: an approval counts no longer."""
    submitted = campaign.submitted.number if campaign.submitted else 0
    if campaign.status == ARCHIVED:
        return "Archived. Restore it to change it."
    if campaign.published is None:
        if void:
            return f"Nobody sees it yet. The approval of revision {submitted} no longer counts."
        return {
            "in_review": f"Nobody sees it yet. Revision {submitted} waits for a review.",
            "approved": f"Nobody sees it yet. Revision {submitted} is approved and can be published.",
        }.get(waits, "Draft. Nobody sees it yet.")
    number = campaign.published.number
    live = campaign.status == "live"
    reaches = f"Live: revision {number}." if live else f"Paused: nobody sees revision {number}."
    if void:
        return f"{reaches} The approval of your changes no longer counts."
    return {
        "nothing": reaches,
        "draft": f"{reaches} Your changes are not published.",
        "in_review": f"{reaches} Your changes wait for a review.",
        "approved": f"{reaches} Your changes are approved and can be published.",
    }[waits]
