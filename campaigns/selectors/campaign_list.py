"""The lists of soft asks and Settings redirects: narrowed, sorted and cut into pages by the database.

A page of any length takes three queries: how many there are, the rows, and who changed them last.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import Case, F, FloatField, IntegerField, Q, QuerySet, Value, When
from django.db.models.expressions import OrderBy
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Lower

from campaigns.domain.campaign_words import (
    platforms_in_words,
    standing_in_words,
    waits_for_somebody,
)
from campaigns.domain.drafts import Kind
from campaigns.domain.ruleset import PLATFORMS
from campaigns.models import Campaign, CampaignStatus, Revision
from campaigns.selectors.campaigns import pending
from permissions_app.models import App, ValueMoment
from permissions_app.selectors.trail import LastChange, last_changes

ROWS_ON_A_PAGE = 200
SORTS = ("name", "status", "moment", "holdout", "changed")
"""What the rows may be sorted by; a leading `-` turns the order around."""

_APPROVED = Q(submitted__verdict=Revision.Verdict.APPROVED)
_SAME = Q(content=F("published__content"))
WAITING: Mapping[str, Q] = MappingProxyType(
    {
        "in_review": Q(submitted__isnull=False) & ~_APPROVED,
        "approved": _APPROVED,
        "changed": Q(submitted__isnull=True, published__isnull=False) & ~_SAME,
    }
)
"""What a working copy may wait for, as the database asks it; `pending` says it of one row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Narrowing:
    """What a person asked the list for. What cannot be meant is dropped by `narrowing`."""

    text: str = ""
    status: str = ""
    moment: str = ""
    platform: str = ""
    waiting: str = ""
    sort: str = ""

    @property
    def is_narrow(self) -> bool:
        """Whether rows may be missing because of it."""
        return bool(self.text or self.status or self.moment or self.platform or self.waiting)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """A soft ask or redirect in the list. `words`: the first variant's title, or the line.

    `standing`: its status and what waits, in words. `holdout`: a share from 0 to 1. `revision`: the
    number of the published one, None when there was none.
    """

    id: int
    name: str
    status: str
    standing: str
    waits: bool
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


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of the list. `total`: rows on all pages together."""

    rows: tuple[CampaignRow, ...]
    number: int
    pages: int
    total: int


def narrowing(asked: Mapping[str, str]) -> Narrowing:
    """What stands in an address. Values that are not known are read as if they were not there."""

    def one_of(name: str, known: Any) -> str:
        value = asked.get(name, "")
        return value if value in known else ""

    return Narrowing(
        text=asked.get("q", "").strip()[:80],
        status=one_of("status", CampaignStatus.values),
        moment=asked.get("moment", "")[:60],
        platform=one_of("platform", PLATFORMS),
        waiting=one_of("waiting", WAITING),
        sort=one_of("sort", {*SORTS, *(f"-{name}" for name in SORTS)}),
    )


def list_campaigns(*, app: App, kind: Kind, asked: Narrowing, page: int = 1) -> Listing:
    """One page of soft asks or redirects; archived ones only when asked for. Three queries."""
    rows = narrowed(Campaign.objects.filter(app=app, kind=kind), asked)
    ordered = rows.select_related("moment", "published", "submitted").order_by(*_order(asked.sort))
    shown: Page[Campaign] = Paginator(ordered, ROWS_ON_A_PAGE).get_page(page)
    found = list(shown)
    changes = last_changes(workspace_id=app.workspace_id, ids={row.key for row in found})
    return Listing(
        rows=tuple(_row(row, changes.get(row.key)) for row in found),
        number=shown.number,
        pages=shown.paginator.num_pages,
        total=shown.paginator.count,
    )


def moments_in_use(*, app: App, kind: Kind) -> tuple[tuple[str, str], ...]:
    """Key and name of every moment that carries something of this kind. One query."""
    rows = app.moments.filter(campaigns__kind=kind).distinct().order_by("name", "key")
    return tuple(rows.values_list("key", "name"))


def narrowed(
    rows: QuerySet[Campaign], asked: Narrowing, *, archived: bool = False
) -> QuerySet[Campaign]:
    """Those that are asked for. `archived`: also archived ones where no status is named."""
    if asked.text:
        rows = rows.filter(Q(name__icontains=asked.text) | Q(moment__name__icontains=asked.text))
    if asked.status:
        rows = rows.filter(status=asked.status)
    elif not archived:
        rows = rows.exclude(status=CampaignStatus.ARCHIVED)
    if asked.moment:
        rows = rows.filter(moment__key=asked.moment)
    if asked.platform:
        everywhere = Q(content__platforms=[])
        rows = rows.filter(everywhere | Q(content__platforms__contains=[asked.platform]))
    if asked.waiting:
        rows = rows.filter(WAITING[asked.waiting])
    return rows


def _order(sort: str) -> tuple[Any, ...]:
    """Columns to order by; the id makes it one order, so that no row is on two pages."""
    last = (Lower("name"), "pk")
    if not sort:
        return (_STATUS, *last)
    column = _COLUMNS[sort.removeprefix("-")]
    return (OrderBy(column, descending=sort.startswith("-")), *last)


_STATUS = Case(
    *(
        When(status=status, then=Value(place))
        for place, status in enumerate(("live", "in_review", "paused", "draft", "archived"))
    ),
    default=Value(9),
    output_field=IntegerField(),
)
_COLUMNS: Mapping[str, Any] = MappingProxyType(
    {
        "name": Lower("name"),
        "status": _STATUS,
        "moment": Lower("moment__name"),
        "holdout": Cast(KeyTextTransform("holdout", "content"), FloatField()),
        "changed": F("updated_at"),
    }
)


def _row(row: Campaign, changed: LastChange | None) -> CampaignRow:
    variants = row.content.get("variants", [])
    first = variants[0] if variants else {}
    waits = pending(row)
    return CampaignRow(
        id=row.pk,
        name=row.name,
        status=row.status,
        standing=standing_in_words(status=row.status, pending=waits),
        waits=waits_for_somebody(status=row.status, pending=waits),
        moment=row.moment.name,
        moment_key=row.moment.key,
        moment_paused=row.moment.status == ValueMoment.Status.PAUSED,
        moment_opening=row.moment.opening,
        platforms=platforms_in_words(row.content.get("platforms", ())),
        words=first.get("title") or first.get("line") or "",
        variants=len(variants),
        holdout=row.content.get("holdout", 0.0),
        revision=row.published.number if row.published else None,
        updated_at=row.updated_at,
        changed=changed,
    )
