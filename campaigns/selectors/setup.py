"""Everything of an app that a set-up file speaks of, in a fixed number of queries."""

from collections import Counter

from campaigns.domain.setup_file import Setup, StoredCampaign, StoredMoment
from campaigns.domain.setup_segments import StoredSegment
from campaigns.models import CampaignStatus, Image
from campaigns.selectors.campaigns import kind_in, pending, working_copy
from permissions_app.models import App


def read_app(*, app: App) -> Setup:
    """The set-up as it stands now, archived campaigns included. Four queries."""
    rows = list(app.campaigns.select_related("published", "submitted").order_by("pk"))
    shown = [
        row.published.content
        for row in rows
        if row.status == CampaignStatus.LIVE and row.published is not None
    ]
    live = Counter(content["moment"] for content in shown)
    spoken_to = Counter(content.get("segment", "") for content in shown)
    return Setup(
        app=app.name,
        per_day=app.fatigue_per_day,
        per_30_days=app.fatigue_per_30_days,
        moments=tuple(
            StoredMoment(
                id=moment.pk,
                version=moment.version,
                key=moment.key,
                name=moment.name,
                event=moment.event_name,
                conditions=moment.conditions,
                opening=moment.opening,
                status=str(moment.status),
                live=live[moment.key],
            )
            for moment in app.moments.order_by("key")
        ),
        campaigns=tuple(
            StoredCampaign(
                id=row.pk,
                version=row.version,
                kind=kind_in(row),
                key=row.slug,
                status=str(row.status),
                pending=pending(row),
                draft=working_copy(row),
                published_at=row.published.content["moment"] if row.published else "",
            )
            for row in rows
        ),
        segments=tuple(
            StoredSegment(
                id=segment.pk,
                version=segment.version,
                key=segment.key,
                name=segment.name,
                document=segment.document,
                live=spoken_to[segment.key],
            )
            for segment in app.segments.order_by("key")
        ),
        images=frozenset(Image.objects.filter(app=app).values_list("digest", flat=True)),
    )
