"""Settings recovery: who comes back after a no, which groups do, and what a redirect has to do with it."""

from datetime import datetime
from typing import Any

from django.http import HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.selectors.names import Names, names_in
from campaigns.web.learn.recovery_figures import (
    RISK_AGES,
    Named,
    arm_name,
    attribution,
    by_group,
    curves,
    of_redirect,
    risk,
)
from permissions_app.charts.incidence import MOST_CURVES
from permissions_app.charts.recovery import published
from permissions_app.domain.breakdowns import UNKNOWN
from permissions_app.domain.reference_lines import lines_for
from permissions_app.selectors.days import last_complete_day, today
from permissions_app.selectors.overview import has_devices
from permissions_app.selectors.recovery import recovery
from permissions_app.selectors.recovery_groups import (
    DIMENSIONS,
    RecoveryGroup,
    attributed,
    recovery_by,
    recovery_of_arms,
    rules_with_arms,
)
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import figures_page
from permissions_app.web.overview import CAUSE_NAMES
from permissions_app.web.ranges import PLATFORMS, Range, read_range

PAGE = "campaigns/learn/recovery/"
BREAKDOWNS = {
    "": "Nothing",
    "platform": "Platform",
    "moment": "Denial moment",
    "cause": "Cause",
    "app": "App version",
    "campaign": "Soft ask before the no",
    "variant": "Words before the no",
}


@require_safe
@signed_in
def recovery_page(request: PersonRequest, workspace: str, app: str) -> HttpResponseBase:
    """The curve of everybody or of groups, what recoveries are put down to, and one redirect by its arms."""
    access = load_app(request, workspace, app)
    now = timezone.now()
    chosen = read_range(parameters=request.GET.dict(), today=today(now))
    by = request.GET.get("by", "")
    by = by if by in DIMENSIONS else ""
    reader = _Reader(access, chosen, now)
    rules = rules_with_arms(**reader.days)
    asked = request.GET.get("rule", "")
    rule = asked if asked in rules else next(iter(rules), "")
    carried = {"by": by, "rule": rule if rule == asked else ""}
    groups = reader.groups(by)
    figures = [curves(by=by, groups=groups)]
    if by:
        figures.append(by_group(head=BREAKDOWNS[by], by=by, groups=groups))
    figures.append(attribution(attributed(**reader.days)))
    arms = reader.arms(rule) if rule else ()
    if arms:
        figures += of_redirect(name=reader.names.campaign(rule), arms=arms)
    context: dict[str, Any] = {
        "breakdowns": BREAKDOWNS,
        "by": by,
        "rules": {key: reader.names.campaign(key) for key in rules},
        "rule": rule,
        "as_of": last_complete_day(now),
        "risk_ages": RISK_AGES,
        "curve_risk": risk(groups),
        "arm_risk": risk(arms),
        "references": [(line, published(line)) for line in lines_for(measure="recovery")],
        "most": MOST_CURVES,
        "more": max(0, len(groups) - MOST_CURVES),
        "days_about": "Day of the denial",
        "nothing_yet": not groups and not has_devices(app_id=access.app.pk),
    }
    return figures_page(
        request,
        access=access,
        nav="recovery",
        page=PAGE,
        chosen=chosen,
        carried=carried,
        figures=figures,
        context=context,
    )


class _Reader:
    """The range of one page and what its groups are called."""

    def __init__(self, access: AppAccess, chosen: Range, now: datetime) -> None:
        self.now = now
        self.names: Names = names_in(app=access.app)
        self.days: dict[str, Any] = {
            "app_id": access.app.pk,
            "start": chosen.start,
            "end": chosen.end,
            "platform": chosen.platform,
        }

    def groups(self, by: str) -> tuple[Named, ...]:
        """The groups with their names; everybody is one group."""
        if by:
            found = recovery_by(dimension=by, now=self.now, **self.days)
            return tuple((self.name(by, group.value), group) for group in found)
        whole = recovery(now=self.now, **self.days)
        if not whole.denials:
            return ()
        everybody = RecoveryGroup("", whole.denials, whole.recovered, whole.lost, whole.points)
        return (("Everybody", everybody),)

    def arms(self, rule: str) -> tuple[Named, ...]:
        """The arms of a redirect with their names."""
        found = recovery_of_arms(rule=rule, now=self.now, **self.days)
        return tuple((arm_name(group.value), group) for group in found)

    def name(self, by: str, value: str) -> str:
        """What people call a group."""
        if by == "platform":
            return PLATFORMS.get(value, value)
        if by == "moment":
            return self.names.moment(value) or "Outside of any moment"
        if by == "cause":
            return CAUSE_NAMES.get(value, value)
        if by == "campaign":
            return self.names.campaign(value)
        if by == "variant":
            campaign, _, variant = value.partition(".")
            return f"{variant.upper()} · {self.names.campaign(campaign)}"
        return "Not told" if value == UNKNOWN else value
