"""What the lists of moments, soft asks and redirects show. A fixed number of queries for any length."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from campaigns.domain.workflow import TRANSITIONS
from campaigns.models import CampaignStatus, RedirectRule, SoftAsk
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
    """A soft ask or redirect in the list. `words`: the first variant's title, or the line."""

    id: int
    name: str
    status: str
    status_label: str
    moment: str
    moment_key: str
    moment_paused: bool
    moment_opening: bool
    platforms: tuple[str, ...]
    words: str
    variants: int
    holdout: float
    revision: int
    updated_at: datetime
    changed: LastChange | None
    steps: tuple[tuple[str, str], ...]


def moment_rows(*, app: App, text: str = "", status: str = "") -> tuple[MomentRow, ...]:
    """Moments by name, narrowed by a piece of their name or event and by status."""
    rows = app.moments.annotate(
        live_soft_asks=Count("softasks", filter=Q(softasks__status="live"), distinct=True),
        live_redirects=Count(
            "redirectrules", filter=Q(redirectrules__status="live"), distinct=True
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


def soft_ask_rows(*, app: App, text: str = "", status: str = "") -> tuple[CampaignRow, ...]:
    """Soft asks by status and name; archived ones only when asked for."""
    rows = _narrowed(SoftAsk.objects.filter(app=app), text, status)
    found = list(rows.select_related("moment").prefetch_related("variants")[:MOST_ROWS])
    changes = last_changes(workspace_id=app.workspace_id, ids={f"s{ask.pk}" for ask in found})
    listed = []
    for ask in found:
        variants = sorted(ask.variants.all(), key=lambda variant: variant.key)
        words = variants[0].title if variants else ""
        listed.append(_row(ask, words, len(variants), changes.get(f"s{ask.pk}")))
    return tuple(sorted(listed, key=_live_first))


def redirect_rows(*, app: App, text: str = "", status: str = "") -> tuple[CampaignRow, ...]:
    """Redirect rules by status and name; archived ones only when asked for."""
    rows = _narrowed(RedirectRule.objects.filter(app=app), text, status)
    found = list(rows.select_related("moment")[:MOST_ROWS])
    changes = last_changes(workspace_id=app.workspace_id, ids={f"r{rule.pk}" for rule in found})
    listed = [_row(rule, rule.line, 1, changes.get(f"r{rule.pk}")) for rule in found]
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


def _row(
    row: SoftAsk | RedirectRule, words: str, variants: int, changed: LastChange | None
) -> CampaignRow:
    return CampaignRow(
        id=row.pk,
        name=row.name,
        status=row.status,
        status_label=row.get_status_display(),
        moment=row.moment.name,
        moment_key=row.moment.key,
        moment_paused=row.moment.status == ValueMoment.Status.PAUSED,
        moment_opening=row.moment.opening,
        platforms=tuple(row.platforms),
        words=words,
        variants=variants,
        holdout=row.holdout,
        revision=row.revision,
        updated_at=row.updated_at,
        changed=changed,
        steps=tuple(TRANSITIONS.get(row.status, {}).items()),
    )


_ORDER = {status: place for place, status in enumerate(("live", "paused", "draft", "archived"))}


def _live_first(row: CampaignRow) -> tuple[int, str, int]:
    return (_ORDER.get(row.status, 9), row.name.lower(), row.id)
