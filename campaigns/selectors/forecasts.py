"""The latest forecast of a campaign, and the names of the campaigns it speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from campaigns.domain.tally import Result
from campaigns.models import Campaign, Forecast

NEWER = "It was worked out by another version of the product."


@dataclass(frozen=True, slots=True)
class Told:
    """The newest forecast. `state`: waiting, running, done or failed. `changed`: the document is
    another one by now; `rules_changed`: so are the app's rules. `names`: kind and name of the other
    campaigns in it, by key.
    """

    state: str
    done: int
    total: int
    result: Result | None
    error: str
    finished_at: datetime | None
    changed: bool
    rules_changed: bool
    names: Mapping[str, Campaign]

    @property
    def under_way(self) -> bool:
        """Whether a worker is at it, or will be."""
        return self.state in (Forecast.State.WAITING, Forecast.State.RUNNING)


def latest_forecast(*, campaign: Campaign, ruleset_version: int) -> Told | None:
    """The newest forecast that was asked for, or None."""
    row = campaign.forecasts.order_by("-pk").first()
    if row is None:
        return None
    state, error, result = row.state, row.error, None
    if row.result is not None:
        try:
            result = msgspec.convert(row.result, Result)
        except msgspec.ValidationError:
            state, error = Forecast.State.FAILED, NEWER
    return Told(
        state=state,
        done=row.done,
        total=row.total,
        result=result,
        error=error,
        finished_at=row.finished_at,
        changed=row.content != campaign.content,
        rules_changed=row.ruleset_version != ruleset_version,
        names=_others(campaign.app_id, result),
    )


def _others(app_id: int, result: Result | None) -> dict[str, Campaign]:
    keys = [clash.key for clash in result.reach.clashes] if result is not None else []
    if not keys:
        return {}
    rows = Campaign.objects.filter(app_id=app_id, pk__in=[int(key[1:]) for key in keys])
    return {row.key: row for row in rows}
