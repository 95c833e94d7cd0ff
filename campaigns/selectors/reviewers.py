"""Who may give a verdict, and whether the one that was given still counts.

A verdict counts as long as whoever gave it may still give one. Pages ask here before anybody presses a
button, and the publication asks again.
"""

from collections.abc import Iterable

from campaigns.models import Campaign, Revision
from permissions_app.models import Membership, Role
from permissions_app.selectors.access import STRENGTH, at_least

SYSTEM = "system"
"""The label of the installation itself: the demo, a simulation."""
_STRONG = [role for role in STRENGTH if at_least(role=role, needed=Role.REVIEWER)]


def void_approval(*, campaign: Campaign) -> str:
    """Why the approval of what waits to be published counts no longer; '' when it does, or when
    nothing is approved. One query where something is.
    """
    revision = campaign.submitted
    if revision is None or revision.verdict != Revision.Verdict.APPROVED:
        return ""
    if revision.reviewer_id is None:
        if revision.reviewer_label == SYSTEM:
            return ""
        gone = "The person who approved it is gone"
    else:
        here = Membership.objects.filter(
            workspace__apps=campaign.app_id,
            user=revision.reviewer_id,
            user__is_active=True,
            role__in=_STRONG,
        )
        may_own = here.values_list("workspace__self_approval", flat=True).first()
        if may_own or (may_own is not None and revision.reviewer_id not in revision.writers):
            return ""
        gone = f"{revision.reviewer_label} may no longer review {'here' if may_own is None else 'their own words here'}"
    return (
        f"{gone}, so the approval does not count. Take it back and ask somebody else for a review."
    )


def who_may_approve(
    *, workspace_id: int, writers: Iterable[int], most: int | None = None
) -> tuple[str, ...]:
    """The names of those who may review what these people wrote. One query."""
    rows = Membership.objects.filter(
        workspace=workspace_id, role__in=_STRONG, user__is_active=True
    ).exclude(user_id__in=list(writers))
    found = rows.select_related("user").order_by("user__first_name", "user__email")
    return tuple(str(row.user) for row in found[:most])
