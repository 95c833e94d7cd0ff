"""What the lists of moments, soft asks and redirects show. A fixed number of queries for any length."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.domain.drafts import Kind
from campaigns.models import Campaign, CampaignStatus
from campaigns.selectors.campaigns import pending
from permissions_app.domain.moments import parse_conditions
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.trail import LastChange, last_changes

MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class MomentRow:
    """A moment in the list."""

    id: int
    key: str
    name: str
    event_name: str
    conditions: tuple[str, ...]
    opening: bool
    status: str
    status_label: str
    live_soft_asks: int
    live_redirects: int
    updated_at: datetime
    changed: LastChange | None


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A soft ask or redirect in the list. `words`: the first variant's title, or the line.
    `revision`: the number of the published one, None when there was none."""

    id: int
    name: str
    status: str
    status_label: str
    pending: str
    moment: str
    moment_key: str
    moment_paused: bool
    moment_opening: bool
    platforms: tuple[str, ...]
    words: str
    variants: int
    holdout: float
    revision: int | None
    updated_at: datetime
    changed: LastChange | None


def moment_rows(*, app: App, text: str = "", status: str = "") -> tuple[MomentRow, ...]:
    """Moments by name, narrowed by a piece of their name or event and by status."""
    rows = app.moments.annotate(
        live_soft_asks=Count(
            "campaigns", filter=Q(campaigns__status="live", campaigns__kind="soft_ask")
        ),
        live_redirects=Count(
            "campaigns", filter=Q(campaigns__status="live", campaigns__kind="redirect")
        ),
    )
    if text:
        rows = rows.filter(
            Q(name__icontains=text) | Q(event_name__icontains=text) | Q(key__icontains=text)
        )
    if status in ValueMoment.Status.values:
        rows = rows.filter(status=status)
    found = list(rows.order_by("name", "pk")[:MOST_ROWS])
    changes = last_changes(workspace_id=app.workspace_id, ids={f"m{moment.pk}" for moment in found})
    return tuple(
        MomentRow(
            id=moment.pk,
            key=moment.key,
            name=moment.name,
            event_name=moment.event_name,
            conditions=conditions_in_words(moment.conditions),
            opening=moment.opening,
            status=moment.status,
            status_label=moment.get_status_display(),
            live_soft_asks=moment.live_soft_asks,
            live_redirects=moment.live_redirects,
            updated_at=moment.updated_at,
            changed=changes.get(f"m{moment.pk}"),
        )
        for moment in found
    )


def campaign_rows(
    *, app: App, kind: Kind, text: str = "", status: str = ""
) -> tuple[CampaignRow, ...]:
    """Soft asks or redirect rules by status and name; archived ones only when asked for."""
    rows = _narrowed(Campaign.objects.filter(app=app, kind=kind), text, status)
    found = list(rows.select_related("moment", "published", "submitted")[:MOST_ROWS])
    changes = last_changes(workspace_id=app.workspace_id, ids={row.key for row in found})
    listed = [_row(row, changes.get(row.key)) for row in found]
    return tuple(sorted(listed, key=_live_first))


def conditions_in_words(raw: Any) -> tuple[str, ...]:
    """Stored conditions as sentences; what cannot be read says so instead of failing the page."""
    try:
        return tuple(condition.in_words() for condition in parse_conditions(raw))
    except ValueError:
        return ("conditions that cannot be read",)


def _narrowed(rows: QuerySet[Any], text: str, status: str) -> QuerySet[Any]:
    if text:
        rows = rows.filter(Q(name__icontains=text) | Q(moment__name__icontains=text))
    if status in CampaignStatus.values:
        rows = rows.filter(status=status)
    else:
        rows = rows.exclude(status=CampaignStatus.ARCHIVED)
    return rows.order_by("name", "pk")


def _row(row: Campaign, changed: LastChange | None) -> CampaignRow:
    variants = row.content.get("variants", [])
    first = variants[0] if variants else {}
    return CampaignRow(
        id=row.pk,
        name=row.name,
        status=row.status,
        status_label=row.get_status_display(),
        pending=pending(row),
        moment=row.moment.name,
        moment_key=row.moment.key,
        moment_paused=row.moment.status == ValueMoment.Status.PAUSED,
        moment_opening=row.moment.opening,
        platforms=tuple(row.content.get("platforms", ())),
        words=first.get("title") or first.get("line") or "",
        variants=len(variants),
        holdout=row.content.get("holdout", 0.0),
        revision=row.published.number if row.published else None,
        updated_at=row.updated_at,
        changed=changed,
    )


_ORDER = {
    status: place
    for place, status in enumerate(("live", "in_review", "paused", "draft", "archived"))
}


def _live_first(row: CampaignRow) -> tuple[int, str, int]:
    return (_ORDER.get(row.status, 9), row.name.lower(), row.id)
