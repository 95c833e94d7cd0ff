"""What people said about a campaign, who can be mentioned, and which links are out."""

from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db.models import QuerySet

from campaigns.domain.mentions import Member
from campaigns.models import Campaign, Comment, ShareLink
from permissions_app.models import App, User

MOST_COMMENTS = 500
SIGNER = signing.Signer(salt="campaigns.share", sep=".")
LONGEST_TOKEN = 120


@dataclass(frozen=True, slots=True)
class Said:
    """A comment as pages show it. `mentioned`: names. `variant` '' for the whole campaign."""

    id: int
    variant: str
    author: str
    body: str
    mentioned: tuple[str, ...]
    created_at: datetime
    resolved_at: datetime | None
    resolved_by: str


@dataclass(frozen=True, slots=True)
class Mention:
    """An open comment that waits for somebody's answer, and where it was made."""

    id: int
    campaign_id: int
    campaign: str
    app: App
    variant: str
    author: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A share link. `state`: open, expired or revoked; `revision` None for the working copy."""

    id: int
    token: str
    revision: int | None
    created_by: str
    created_at: datetime
    expires_at: datetime
    state: str
    opened: int


def comments_on(*, campaign: Campaign, open_only: bool = False) -> tuple[Said, ...]:
    """All comments in the order they were made. Two queries."""
    rows = Comment.objects.filter(campaign=campaign).select_related("author")
    if open_only:
        rows = rows.filter(resolved_at=None)
    found = rows.prefetch_related("mentions").order_by("created_at", "pk")[:MOST_COMMENTS]
    return tuple(
        Said(
            id=row.pk,
            variant=row.variant,
            author=str(row.author) if row.author else row.author_label,
            body=row.body,
            mentioned=tuple(str(user) for user in row.mentions.all()),
            created_at=row.created_at,
            resolved_at=row.resolved_at,
            resolved_by=row.resolved_label,
        )
        for row in found
    )


def members_of(*, workspace_id: int) -> tuple[Member, ...]:
    """Everybody who can be mentioned, by name. One query."""
    people = User.objects.filter(memberships__workspace_id=workspace_id, is_active=True)
    return tuple(
        Member(user.pk, user.email, user.first_name)
        for user in people.order_by("first_name", "email")
    )


def open_mentions(*, user_id: int) -> int:
    """How many open comments of campaigns that the person may see mention them. One query."""
    return _mentioning(user_id).count()


def mentions_of(*, user_id: int) -> tuple[Mention, ...]:
    """Those comments, the newest first. One query."""
    rows = _mentioning(user_id).select_related("author", "campaign__app__workspace")
    return tuple(
        Mention(
            id=row.pk,
            campaign_id=row.campaign_id,
            campaign=row.campaign.name,
            app=row.campaign.app,
            variant=row.variant,
            author=str(row.author) if row.author else row.author_label,
            body=row.body,
            created_at=row.created_at,
        )
        for row in rows.order_by("-created_at", "-pk")[:MOST_COMMENTS]
    )


def _mentioning(user_id: int) -> QuerySet[Comment]:
    return Comment.objects.filter(
        mentions=user_id,
        resolved_at=None,
        campaign__app__workspace__memberships__user_id=user_id,
    )


def links_of(*, campaign: Campaign, now: datetime) -> tuple[Link, ...]:
    """All share links, the newest first. One query."""
    rows = ShareLink.objects.filter(campaign=campaign).select_related("revision", "created_by")
    return tuple(
        Link(
            id=row.pk,
            token=token_of(row.pk),
            revision=row.revision.number if row.revision else None,
            created_by=str(row.created_by) if row.created_by else row.created_label,
            created_at=row.created_at,
            expires_at=row.expires_at,
            state=state_of(row, now=now),
            opened=row.opened,
        )
        for row in rows.order_by("-created_at", "-pk")
    )


def token_of(pk: int) -> str:
    """The signed part of a link's address."""
    return SIGNER.sign(str(pk))


def state_of(link: ShareLink, *, now: datetime) -> str:
    """Whether a link still opens."""
    if link.revoked_at is not None:
        return "revoked"
    return "expired" if link.expires_at <= now else "open"


def find_link(*, token: str, now: datetime) -> ShareLink | None:
    """The open link behind a token; None for a forged, expired or revoked one alike."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        pk = int(SIGNER.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    rows = ShareLink.objects.filter(pk=pk).select_related("campaign__app", "revision")
    link = rows.first()
    return link if link is not None and state_of(link, now=now) == "open" else None
