"""How far a team has come with an app, worked out from what is there. Nothing of it is stored."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet, Subquery

from campaigns.models import Campaign, CampaignStatus
from permissions_app.models import App, Device, Membership, SeenEvent, ValueMoment


@dataclass(frozen=True, slots=True)
class Progress:
    """What is done. `next_ask`: the soft ask that is nearest to being published, with its status."""

    connected: bool
    moment: bool
    soft_ask: bool
    published: bool
    redirect: bool
    team: bool
    next_ask: int | None
    next_ask_status: str

    @property
    def done(self) -> tuple[bool, ...]:
        """The steps in their order."""
        return (
            self.connected,
            self.moment,
            self.soft_ask,
            self.published,
            self.redirect,
            self.team,
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do."""
        return all(self.done)


def progress(*, app: App) -> Progress:
    """Where the app stands. One query."""
    asks = _campaigns("soft_ask")
    unpublished = asks.filter(published=None).order_by("-status", "pk")  # in review before draft
    others = Membership.objects.filter(workspace=OuterRef("workspace"))
    row = App.objects.annotate(
        has_device=Exists(Device.objects.filter(app=OuterRef("pk"))),
        has_event=Exists(SeenEvent.objects.filter(app=OuterRef("pk"))),
        has_moment=Exists(ValueMoment.objects.filter(app=OuterRef("pk"), opening=False)),
        has_ask=Exists(asks),
        has_published=Exists(asks.exclude(published=None)),
        has_redirect=Exists(_campaigns("redirect")),
        has_second=Exists(others.order_by("pk")[1:2]),
        next_ask=Subquery(unpublished.values("pk")[:1]),
        next_ask_status=Subquery(unpublished.values("status")[:1]),
    ).get(pk=app.pk)
    return Progress(
        connected=row.has_device or row.has_event,
        moment=row.has_moment,
        soft_ask=row.has_ask,
        published=row.has_published,
        redirect=row.has_redirect,
        team=row.has_second,
        next_ask=row.next_ask,
        next_ask_status=row.next_ask_status or "",
    )


def _campaigns(kind: str) -> QuerySet[Campaign, Any]:
    rows = Campaign.objects.filter(app=OuterRef("pk"), kind=kind)
    return rows.exclude(status=CampaignStatus.ARCHIVED)
