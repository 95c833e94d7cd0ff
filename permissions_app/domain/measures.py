"""What one device adds to the numbers people see.

Every number on a dashboard is the sum, over devices, of what each device contributes. A device
counts as *eligible* when its platform has a dialog to ask with (iOS, Android 13 and newer, browsers
that support push); Android 12 and older is on by default and is counted apart, and a browser tab on
iOS, which can receive nothing, is only a device. An eligible device stands in exactly one of three
places: *authorized* (it can be reached), *denied* (lost by refusal) or *waiting* (nobody has its
answer: it was never asked, or left before the moment). So `authorized + denied + waiting =
eligible`, always. *Granted* means a yes to the system's dialog; a yes in Settings is a recovery.

Contributions depend on the facts and the standing alone, never on the present time. When they
change, the difference is added to the rollups; the sum of everybody's contributions is therefore
always exact.
"""

from bisect import bisect_right

from permissions_app.domain import breakdowns, trials
from permissions_app.domain.device import DAY_MS, DeviceFacts
from permissions_app.domain.platforms import rules_for
from permissions_app.domain.standing import Standing

Cell = tuple[str, int, str, str, str, int]
"""(measure, day, platform, campaign-or-moment key, arm, age in days). Day: days since 1970-01-01
UTC.
"""

VERSION = 6
"""Raised when the meaning of a contribution changes. `make run` and the containers then bring every device to it before
they serve (`rebuild_rollups --outdated`).
"""

FUNNEL_STAGES = (
    "eligible",
    "reached",
    "soft_ask_shown",
    "soft_ask_accepted",
    "prompted",
    "authorized",
)
OUTCOMES = ("authorized", "denied", "waiting")
LAST_SESSION = 60
LAST_SCREEN = 200
"""Sessions and screens from these on are counted as one, so that a median is a plain sum away."""
TIMES = (1, 2, 3, 5, 10, 20, 50, 100)
"""How often a device reached a moment is counted as the largest of these that it came to: finer
steps would move a device from cell to cell with every order it places.
"""


def day_of(at: int) -> int:
    """Days since 1970-01-01 UTC of a time in ms."""
    return at // DAY_MS


def is_eligible(facts: DeviceFacts) -> bool:
    """Whether there is a dialog to ask this device with. False while its platform is unknown."""
    rules = _rules(facts)
    return rules is not None and rules.prompts > 0 and facts.status != "unsupported"


def is_on_by_default(facts: DeviceFacts) -> bool:
    """Whether the system has no dialog and starts with notifications on (Android 12 and older)."""
    rules = _rules(facts)
    return rules is not None and rules.on_by_default and facts.status != "unsupported"


def outcome(facts: DeviceFacts) -> str:
    """Where the device stands now: one of OUTCOMES. Provisional delivery is quiet, so the answer is
    still waiting.
    """
    if facts.status in ("authorized", "ephemeral"):
        return "authorized"
    return "denied" if facts.status == "denied" else "waiting"


def contributions(*, facts: DeviceFacts, standing: Standing) -> dict[Cell, int]:
    """Everything this device adds to the rollups, by cell; all values are 1 (a device counts once
    in a cell).
    """
    cells: dict[Cell, int] = {}
    if facts.first_seen_at is None or facts.platform is None:
        return cells
    day, platform = day_of(facts.first_seen_at), facts.platform

    def add(measure: str, *, on: int = day, key: str = "", arm: str = "", age: int = 0) -> None:
        cells[(measure, on, platform, key, arm, age)] = 1

    add("devices")
    if is_eligible(facts):
        _opt_in(facts, add)
        breakdowns.funnel(facts=facts, place=outcome(facts), add=add)
        breakdowns.timing(facts=facts, add=add)
    elif is_on_by_default(facts):
        add("on_by_default")
    _recovery(facts, standing, add)
    _by_moment(facts, add)
    _by_campaign(facts, add)
    trials.trial(facts=facts, standing=standing, place=outcome(facts), add=add)
    breakdowns.denial(facts=facts, add=add)
    breakdowns.fatigue(facts=facts, add=add)
    return cells


def difference(*, before: dict[Cell, int], after: dict[Cell, int]) -> dict[Cell, int]:
    """What must be added to the rollups when a device moves from `before` to `after`; no zeros."""
    changed = {
        cell: n - before.get(cell, 0) for cell, n in after.items() if n != before.get(cell, 0)
    }
    for cell, n in before.items():
        if cell not in after:
            changed[cell] = -n
    return changed


def _rules(facts: DeviceFacts):  # type: ignore[no-untyped-def]  # PlatformRules | None, inferred
    return rules_for(
        platform=facts.platform,
        os_version=facts.os_version,
        api_level=facts.api_level,
        target_sdk=facts.target_sdk,
        browser=facts.browser,
        standalone=facts.standalone,
    )


def _opt_in(facts: DeviceFacts, add) -> None:  # type: ignore[no-untyped-def]
    """The opt-in funnel by install day. Each stage implies the ones before it only where the device
    really took them.
    """
    add("eligible")
    add(outcome(facts))
    if facts.first_moment_at is not None:
        add("reached")
    if facts.first_soft_ask_at is not None:
        add("soft_ask_shown")
    if facts.first_accept_at is not None:
        add("soft_ask_accepted")
    if facts.first_prompt_at is not None:
        add("prompted")
        add("prompt", on=day_of(facts.first_prompt_at), arm=_prompted_by(facts))
    if facts.first_answered_at is not None:
        add("answered", on=day_of(facts.first_answered_at))
        if facts.answers > facts.refusals:
            add("granted", on=day_of(facts.first_answered_at))
    if facts.never_ask_at is not None:
        add("never")


def _prompted_by(facts: DeviceFacts) -> str:
    """Whether the first dialog came from what the team designed: "campaign", or "outside" of any."""
    asked = facts.first_soft_ask_at
    before = asked is not None and asked <= (facts.first_prompt_at or 0)
    return "campaign" if before or facts.first_prompt_moment else "outside"


def _recovery(facts: DeviceFacts, standing: Standing, add) -> None:  # type: ignore[no-untyped-def]
    """Settings recovery by day of denial; and, per redirect rule, by arm from the day of
    assignment.
    """
    denial = facts.denial
    if denial is not None:
        day = day_of(denial.at)
        add("denial", on=day, key=denial.cause)
        if facts.recovered_at is not None:
            add(
                "recovered",
                on=day,
                arm=facts.recovery or "",
                age=day_of(facts.recovered_at) - day,
            )
            _recovered_after(facts, add)
        elif facts.removed_at is not None and facts.removed_at >= denial.at:
            add("lost", on=day, age=day_of(facts.removed_at) - day)
    for key, assignment in standing.assigned.items():
        day = day_of(assignment.at)
        add("assigned", on=day, key=key, arm=assignment.arm)
        if outcome(facts) == "authorized":
            add("assigned_authorized", on=day, key=key, arm=assignment.arm)
        if key[0] != "r":
            continue
        if facts.recovered_at is not None and facts.recovered_at >= assignment.at:
            age = day_of(facts.recovered_at) - day
            add("assigned_recovered", on=day, key=key, arm=assignment.arm, age=age)
        elif facts.removed_at is not None and facts.removed_at >= assignment.at:
            age = day_of(facts.removed_at) - day
            add("assigned_lost", on=day, key=key, arm=assignment.arm, age=age)


def _recovered_after(facts: DeviceFacts, add) -> None:  # type: ignore[no-untyped-def]
    """The redirect that a recovery is put down to, counted on the day the device first saw it, as
    everything else about that campaign.
    """
    key = facts.recovery_campaign
    seen = facts.campaigns.get(key)
    if seen is not None and seen.first_shown_at is not None:
        day = day_of(seen.first_shown_at)
        add("recovered_after", on=day, key=key, arm=facts.recovery or "")


def _by_moment(facts: DeviceFacts, add) -> None:  # type: ignore[no-untyped-def]
    """By the day a device first reached the moment: where it stands today, where it stood then
    and in which session (0: not told), on which screen (no cell: not told), and how often it came.
    """
    place = outcome(facts)
    for key, moment in facts.moments.items():
        day = day_of(moment.first_at)
        add("moment", on=day, key=key, arm=place)
        session = min(moment.session or 0, LAST_SESSION)
        add("moment_session", on=day, key=key, arm=moment.place, age=session)
        if moment.screen is not None:
            add("moment_screen", on=day, key=key, age=min(moment.screen, LAST_SCREEN))
        add("moment_times", on=day, key=key, age=TIMES[bisect_right(TIMES, moment.count) - 1])


def _by_campaign(facts: DeviceFacts, add) -> None:  # type: ignore[no-untyped-def]
    """Devices that saw a campaign, and that said yes to it, by day of first sight; and the same for
    each variant of each revision, with those that are authorised today.
    """
    reachable = outcome(facts) == "authorized"
    for key, seen in facts.campaigns.items():
        if seen.first_shown_at is None:
            continue
        day = day_of(seen.first_shown_at)
        add("campaign_shown", on=day, key=key)
        add("campaign_times", on=day, key=key, age=min(seen.shown, breakdowns.MOST_TIMES))
        if seen.accepted:
            add("campaign_accepted", on=day, key=key)
        for arm, part in seen.arms.items():
            if part.first_shown_at is None:
                continue
            day = day_of(part.first_shown_at)
            add("revision_shown", on=day, key=key, arm=arm)
            if part.accepted:
                add("revision_accepted", on=day, key=key, arm=arm)
            if reachable:
                add("revision_authorized", on=day, key=key, arm=arm)
