"""What the rules of alerts look at: rollups, the state of the machinery, and how devices came into live trials."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import connection

from campaigns.domain.alert_rules import (
    BASELINE_DAYS,
    NEW_VERSION_DAYS,
    OUTSIDE_DAYS,
    RECENT_DAYS,
    ArmDevices,
    DayCount,
    LostWebhook,
    Ratio,
    Signals,
    VersionCount,
)
from campaigns.models import Campaign, CampaignStatus, WebhookEndpoint
from campaigns.selectors.results import ResultRow, results_list
from permissions_app.domain.breakdowns import UNKNOWN
from permissions_app.models import App
from permissions_app.selectors.access import app_health
from permissions_app.selectors.days import date_of, day_number, today

GRANT_DAYS = RECENT_DAYS + BASELINE_DAYS
VERSION_DAYS = NEW_VERSION_DAYS + BASELINE_DAYS
ARRIVAL_DAYS = 14
PLATFORMS = ("ios", "android", "web")
OLDEST_DAYS = 180
WEBHOOK_DAYS = 8
"""Days of messages that the alert of a disabled webhook shows: it may have failed for five of them."""
VERSIONS = "app_asked:"

COUNTS = """
SELECT measure, platform, day, arm, sum(n)::bigint FROM permissions_app_rollup
WHERE app_id = %(app)s AND (measure IN ('answered', 'granted') AND day BETWEEN %(grants)s AND %(today)s
   OR measure = 'prompt' AND day BETWEEN %(dialogs)s AND %(today)s
   OR measure = 'devices' AND day BETWEEN %(arrivals)s AND %(today)s - 1)
GROUP BY measure, platform, day, arm
"""
# `first`: the first day on which the version asked anybody. A version that asked nobody for OLDEST_DAYS is new again.
ASKED_BY = """
SELECT platform, substr(key, length(%(prefix)s) + 1), min(day) AS first,
       coalesce(sum(n) FILTER (WHERE day >= %(since)s AND strpos(arm, 'x') > 0), 0)::bigint,
       coalesce(sum(n) FILTER (WHERE day >= %(since)s AND strpos(arm, 'x') > 0 AND strpos(arm, 'g') = 0), 0)::bigint
FROM permissions_app_rollup
WHERE app_id = %(app)s AND measure = 'funnel_asked' AND day >= %(oldest)s AND starts_with(key, %(prefix)s)
  AND n > 0
GROUP BY platform, key ORDER BY min(day) DESC, key
"""
MESSAGES = """
SELECT (created_at AT TIME ZONE 'UTC')::date, count(*) FILTER (WHERE state = 'delivered'),
       count(*) FILTER (WHERE state <> 'delivered')
FROM campaigns_webhookdelivery WHERE endpoint_id = %(endpoint)s AND created_at >= %(first)s GROUP BY 1
"""
LAST_EVENT = """
SELECT received_at FROM permissions_app_event WHERE app_id = %s ORDER BY received_at DESC LIMIT 1
"""


def signals(*, app: App, now: datetime, results: Iterable[ResultRow] | None = None) -> Signals:
    """Everything of one app, now. A handful of queries over ranges of indexes. `results`: where they were read."""
    day = today(now)
    counts = _counts(app.pk, day)
    last = _last_event(app.pk)
    rows = results_list(app=app, now=now) if results is None else results
    return Signals(
        grants={
            platform: _days(counts, ("answered", platform), ("granted", platform), day, GRANT_DAYS)
            for platform in PLATFORMS
        },
        versions=_versions(app.pk, day),
        dialogs={
            platform: _days(
                counts, ("prompt", platform), ("outside", platform), day, 2 * OUTSIDE_DAYS
            )
            for platform in PLATFORMS
        },
        asking=_asking(app),
        arrived=[
            (
                on.isoformat(),
                sum(counts["devices", platform, day_number(on)] for platform in PLATFORMS),
            )
            for on in (day - timedelta(days=back) for back in range(ARRIVAL_DAYS, 0, -1))
        ],
        silent_hours=None if last is None else max(0.0, (now - last).total_seconds() / 3600),
        last_event="" if last is None else last.isoformat(),
        simulated=app.simulated,
        behind_seconds=app_health(app_id=app.pk, now=now).behind_seconds,
        ratios=[ratio for row in rows if (ratio := _ratio(row)) is not None],
        webhooks=lost_webhooks(app_id=app.pk, day=day),
    )


def lost_webhooks(*, app_id: int, day: date) -> list[LostWebhook]:
    """Webhooks that were disabled and by no person, with the messages of the last WEBHOOK_DAYS days up to `day`."""
    rows = WebhookEndpoint.objects.filter(app=app_id, disabled_at__isnull=False)
    first = day - timedelta(days=WEBHOOK_DAYS - 1)
    return [
        LostWebhook(
            row.pk,
            row.name,
            row.disabled_reason,
            row.disabled_at.isoformat() if row.disabled_at else "",
            _messages(row.pk, first),
        )
        for row in rows.exclude(disabled_reason=WebhookEndpoint.Reason.PERSON).order_by("pk")
    ]


def _messages(endpoint: int, first: date) -> tuple[tuple[str, int, int], ...]:
    with connection.cursor() as cursor:
        cursor.execute(MESSAGES, {"endpoint": endpoint, "first": first})
        found = {on: (delivered, other) for on, delivered, other in cursor.fetchall()}
    days = [first + timedelta(days=number) for number in range(WEBHOOK_DAYS)]
    return tuple((on.isoformat(), *found.get(on, (0, 0))) for on in days)


Counts = Counter[tuple[str, str, int]]


def _counts(app_id: int, day: date) -> Counts:
    """Devices by (measure, platform, day); dialogs that came outside of any campaign as "outside" too."""
    counts: Counts = Counter()
    number = day_number(day)
    with connection.cursor() as cursor:
        cursor.execute(
            COUNTS,
            {
                "app": app_id,
                "today": number,
                "grants": number - GRANT_DAYS + 1,
                "dialogs": number - 2 * OUTSIDE_DAYS + 1,
                "arrivals": number - ARRIVAL_DAYS,
            },
        )
        for measure, platform, on, arm, n in cursor.fetchall():
            counts[measure, platform, on] += n
            if measure == "prompt" and arm == "outside":
                counts["outside", platform, on] += n
    return counts


def _days(
    counts: Counts, whole: tuple[str, str], part: tuple[str, str], last: date, length: int
) -> tuple[DayCount, ...]:
    end = day_number(last)
    return tuple(
        DayCount(date_of(n).isoformat(), counts[(*whole, n)], counts[(*part, n)])
        for n in range(end - length + 1, end + 1)
    )


def _versions(app_id: int, day: date) -> list[VersionCount]:
    number = day_number(day)
    told = {"since": number - VERSION_DAYS + 1, "oldest": number - OLDEST_DAYS + 1}
    with connection.cursor() as cursor:
        cursor.execute(ASKED_BY, {"app": app_id, "prefix": VERSIONS, **told})
        rows = cursor.fetchall()
    return [
        VersionCount(
            platform, version, first > number - NEW_VERSION_DAYS, answered, min(refused, answered)
        )
        for platform, version, first, answered, refused in rows
        if version != UNKNOWN and answered > 0
    ]


def _asking(app: App) -> frozenset[str]:
    """Platforms on which a soft ask is live."""
    rows = Campaign.objects.filter(
        app=app, kind=Campaign.Kind.SOFT_ASK, status=CampaignStatus.LIVE
    ).values_list("published__content__platforms", flat=True)
    return frozenset(platform for told in rows for platform in (told or PLATFORMS))


def _last_event(app_id: int) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(LAST_EVENT, (app_id,))
        row = cursor.fetchone()
    found: datetime | None = row[0] if row else None
    return found


def _ratio(row: ResultRow) -> Ratio | None:
    told = row.trial.ratio
    if not row.live or told is None:
        return None
    counts = row.trial.ratio_counts
    return Ratio(
        campaign=row.campaign.key,
        name=row.campaign.name,
        pk=row.campaign.pk,
        soft_ask=row.campaign.kind == Campaign.Kind.SOFT_ASK,
        p=told.p,
        mismatch=told.mismatch,
        arms=tuple(
            ArmDevices(key, n, expected)
            for (key, n), expected in zip(counts.items(), told.expected, strict=True)
        ),
    )
