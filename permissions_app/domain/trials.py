"""What one device adds to the results of the trials it is part of.

Every soft ask and redirect is a trial: chance decides who sees which words, and who is held out. Results compare
*everybody who came into an arm*, whether the words were seen or not (intention to treat); leaving out those who did
not see them would compare different people. A device belongs to the revision under which it came into its arm: that
is when chance decided, with the shares and the plan of that revision.

As for the funnel, a device has one *way*: letters that tell what became of it in this trial. One cell for each device
and campaign then serves every number of a results page, by "<campaign>.<revision>.<arm>" and day of assignment.
"""

from collections.abc import Callable

from permissions_app.domain.breakdowns import OUTCOME_LETTERS
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.standing import Assignment, Standing

SHOWN, ACCEPTED, RECOVERED, LOST = "s", "a", "R", "L"
"""Saw it; said yes or tapped; authorised again, or gone, since the assignment (redirects only, with the days since)."""
AUTHORIZED = OUTCOME_LETTERS["authorized"]


def trial(*, facts: DeviceFacts, standing: Standing, place: str, add: Callable[..., None]) -> None:
    """The cells of the trials a device is in. `place`: where it stands now, one of measures.OUTCOMES."""
    for key, assignment in standing.assigned.items():
        # A gate trial ("t12") draws when soft ask 12 comes.
        seen = facts.campaigns.get(f"s{key[1:]}" if key[0] == "t" else key)
        letters = ""
        if seen is not None and seen.first_shown_at is not None:
            letters = SHOWN + (ACCEPTED if seen.accepted else "")
        since, age = _since(facts, assignment) if key[0] == "r" else ("", 0)
        add(
            "trial",
            on=assignment.at // DAY_MS,
            key=f"{key}.{assignment.revision}.{assignment.arm}",
            arm=letters + OUTCOME_LETTERS[place] + since,
            age=age,
        )


def _since(facts: DeviceFacts, assignment: Assignment) -> tuple[str, int]:
    """What happened to a denied device since it came into its arm, and after how many days."""
    for at, letter in ((facts.recovered_at, RECOVERED), (facts.removed_at, LOST)):
        if at is not None and at >= assignment.at:
            return letter, at // DAY_MS - assignment.at // DAY_MS
    return "", 0
