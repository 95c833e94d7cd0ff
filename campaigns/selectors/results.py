"""Results of soft asks and redirects, read from the rollup `trial` (permissions_app/domain/trials.py).

Read are whole days: what came today is not complete, and a verdict that changes by the hour helps nobody.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

from campaigns.domain.drafts import Draft, utc_ms
from campaigns.domain.trial import trial
from campaigns.domain.trial_shapes import OUTCOMES, Counts, DayCounts, Outcome, Trial, plan_of
from campaigns.models import Campaign, CampaignStatus, Revision
from campaigns.selectors.campaigns import draft_in, kind_in
from permissions_app.models import App
from permissions_app.selectors.days import date_of, day_number, last_complete_day

# The arm of a cell holds letters: what became of the device. Kept in one place with trial_sql.
COUNTED: Mapping[str, str] = {
    "devices": "TRUE",
    "shown": "strpos(way, 's') > 0",
    "accepted": "strpos(way, 'a') > 0",
    "authorized": "strpos(way, 'A') > 0",
    "recovered_7": "strpos(way, 'R') > 0 AND age <= 7",
    "recovered_30": "strpos(way, 'R') > 0 AND age <= 30",
}
SUMS = ", ".join(
    f"coalesce(sum(n) FILTER (WHERE {condition}), 0)::bigint AS {name}"
    for name, condition in COUNTED.items()
)
CELLS = """
SELECT split_part(key, '.', 1) AS campaign, split_part(key, '.', 2)::int AS revision,
       split_part(key, '.', 3) AS arm, day, platform, arm AS way, age, n
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = 'trial' AND day <= %(as_of)s
"""
ONE = f"""
SELECT revision, arm, day, platform, {SUMS}
FROM ({CELLS} AND starts_with(key, %(prefix)s)) AS cells
GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0 ORDER BY 1, 2, 3, 4
"""  # noqa: S608  only constants of this module
ALL = f"""
SELECT campaign, revision, arm, (campaign < 's' AND day > %(as_of)s - 30) AS young, {SUMS}
FROM ({CELLS}) AS cells GROUP BY 1, 2, 3, 4 HAVING sum(n) <> 0
"""  # noqa: S608  only constants of this module


@dataclass(frozen=True, slots=True)
class RevisionChoice:
    """A revision that devices came into, or that is published. `devices`: in all its arms."""

    number: int
    published_at: datetime | None
    devices: int


@dataclass(frozen=True, slots=True)
class CampaignResults:
    """`revision` None: all revisions together. `revisions`: those one may choose, newest first."""

    trial: Trial
    draft: Draft
    revision: int | None
    revisions: tuple[RevisionChoice, ...]
    first_day: date | None
    as_of: date


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A soft ask or redirect in the list, with the results of its published revision."""

    campaign: Campaign
    revision: int
    live: bool
    trial: Trial


def outcome_of(*, campaign: Campaign, key: str) -> Outcome:
    """The outcome with this key, or what the campaign is for."""
    known = OUTCOMES[kind_in(campaign)]
    return next((outcome for outcome in known if outcome.key == key), known[0])


def campaign_results(
    *, campaign: Campaign, outcome: Outcome, revision: int | None, everything: bool, now: datetime
) -> CampaignResults | None:
    """The results of one revision: `revision`, else the published one; or of all together (`everything`). None where
    the revision is not one of them, or nothing was ever published. Two queries.
    """
    as_of = last_complete_day(now)
    counted = _counted(campaign, as_of)
    revisions = {row.number: row for row in campaign.revisions.order_by("-number")}
    choices = tuple(
        RevisionChoice(n, row.published_at, sum(r.counts.devices for r in counted.get(n, ())))
        for n, row in revisions.items()
        if row.published_at is not None or n in counted
    )
    if not choices:
        return None
    chosen = None if everything else (revision or _latest(campaign, choices))
    if chosen is not None and all(choice.number != chosen for choice in choices):
        return None
    rows = counted.get(chosen, []) if chosen else [row for rows in counted.values() for row in rows]
    draft = draft_in(campaign=campaign, picture=revisions[chosen or choices[0].number])
    plan = plan_of(draft) if chosen is not None else None
    days = [row.day for row in rows]
    return CampaignResults(
        trial=trial(rows=rows, plan=plan, outcome=outcome, as_of=day_number(as_of)),
        draft=draft,
        revision=chosen,
        revisions=choices,
        first_day=date_of(min(days)) if days else None,
        as_of=as_of,
    )


def results_list(*, app: App, now: datetime) -> tuple[ResultRow, ...]:
    """Everything that was ever published, live first, with the verdict on what it is for. Two queries."""
    as_of = day_number(last_complete_day(now))
    campaigns = list(
        Campaign.objects.filter(app=app, published__isnull=False)
        .select_related("moment", "published")
        .order_by("-published__published_at", "pk")
    )
    counted = _all_counted(app, as_of) if campaigns else {}
    rows = [_row(campaign, counted, as_of, now) for campaign in campaigns]
    return tuple(sorted(rows, key=lambda row: not row.live))


def _row(
    campaign: Campaign,
    counted: Mapping[tuple[str, int], list[DayCounts]],
    as_of: int,
    now: datetime,
) -> ResultRow:
    published = campaign.published
    assert published is not None  # as the query asks
    outcome = OUTCOMES[kind_in(campaign)][0]
    draft = draft_in(campaign=campaign, picture=published)
    plan = plan_of(draft)
    ends = utc_ms(local=draft.ends_at, timezone=draft.timezone)
    ended = ends is not None and ends <= now.timestamp() * 1000
    rows = counted.get((campaign.key, published.number), [])
    return ResultRow(
        campaign=campaign,
        revision=published.number,
        live=campaign.status == CampaignStatus.LIVE and not ended,
        trial=trial(rows=rows, plan=plan, outcome=outcome, as_of=as_of),
    )


def _latest(campaign: Campaign, choices: Iterable[RevisionChoice]) -> int:
    published: Revision | None = campaign.published
    return published.number if published is not None else max(c.number for c in choices)


def _counted(campaign: Campaign, as_of: date) -> dict[int, list[DayCounts]]:
    """What was counted, by revision."""
    found: dict[int, list[DayCounts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            ONE,
            {
                "app": campaign.app_id,
                "as_of": day_number(as_of),
                "prefix": f"{campaign.key}.",
            },
        )
        for revision, arm, day, platform, *sums in cursor.fetchall():
            found.setdefault(revision, []).append(DayCounts(arm, day, platform, Counts(*sums)))
    return found


def _all_counted(app: App, as_of: int) -> dict[tuple[str, int], list[DayCounts]]:
    """By campaign and revision. Days are of no account in a list, but for whether a device of a redirect is old enough:
    old ones stand on day `as_of - 30`, young ones on `as_of`.
    """
    found: dict[tuple[str, int], list[DayCounts]] = {}
    with connection.cursor() as cursor:
        cursor.execute(ALL, {"app": app.pk, "as_of": as_of})
        for campaign, revision, arm, young, *sums in cursor.fetchall():
            day = as_of if young else as_of - 30
            row = DayCounts(arm, day, "", Counts(*sums))
            found.setdefault((campaign, revision), []).append(row)
    return found
