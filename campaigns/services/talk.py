"""Saying something about a campaign, and showing it to people outside.

A comment leaves a letter for everybody it mentions; the worker sends them (`services.letters`), so a
mail server that is slow or away costs nobody their words or their time. A share link is a signed
address that shows one revision, or the working copy as it stands when it is opened, until it expires
or is taken back.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from campaigns.domain.mentions import Mentions, mentions_in
from campaigns.models import Campaign, Comment, Letter, Revision, ShareLink
from campaigns.selectors.talk import members_of
from permissions_app.domain.edits import Invalid
from permissions_app.models import User
from permissions_app.services import audit

LONGEST_COMMENT = 2000
DAYS = (1, 7, 30)
"""How long a share link may live."""
MOST_OPEN_LINKS = 20


@dataclass(frozen=True, slots=True)
class Added:
    """A comment, and who was found in it."""

    comment: Comment
    mentions: Mentions


@transaction.atomic
def add_comment(
    *, campaign: Campaign, author: User, body: str, variant: str = "", address: str
) -> Added:
    """Say something about a campaign or one of its variants. `address`: where the mail leads.

    Raises Invalid.
    """
    text = body.strip()
    if not text:
        raise Invalid({"body": "Write something first."})
    if len(text) > LONGEST_COMMENT or "\x00" in text:
        raise Invalid({"body": f"A comment has at most {LONGEST_COMMENT} characters."})
    keys = {entry.get("key") for entry in campaign.content.get("variants", ())}
    if variant and variant not in keys:
        raise Invalid({"variant": "There is no such variant."})
    mentions = mentions_in(text=text, members=members_of(workspace_id=campaign.app.workspace_id))
    comment = Comment.objects.create(
        campaign=campaign,
        variant=variant,
        author=author,
        author_label=author.email,
        body=text,
    )
    comment.mentions.set([member.id for member in mentions.found])
    Letter.objects.bulk_create(
        Letter(comment=comment, to_id=member.id, address=address, due_at=comment.created_at)
        for member in mentions.found
        if member.id != author.pk
    )
    _record(campaign, author, "comment.added", {"comment": comment.pk, "variant": variant})
    return Added(comment, mentions)


@transaction.atomic
def resolve_comment(*, comment_id: int, campaign: Campaign, resolved: bool, actor: User) -> Comment:
    """Mark a comment as settled, or open it again. Raises Comment.DoesNotExist."""
    comment = Comment.objects.select_for_update().get(pk=comment_id, campaign=campaign)
    if (comment.resolved_at is not None) == resolved:
        return comment
    comment.resolved_at = timezone.now() if resolved else None
    comment.resolved_label = str(actor) if resolved else ""
    comment.save(update_fields=["resolved_at", "resolved_label"])
    action = "comment.resolved" if resolved else "comment.reopened"
    _record(campaign, actor, action, {"comment": comment.pk})
    return comment


@transaction.atomic
def create_link(
    *, campaign: Campaign, revision: Revision | None, days: int, actor: User, now: datetime
) -> ShareLink:
    """A link for people without an account. Raises Invalid."""
    if days not in DAYS:
        raise Invalid({"days": "Choose 1, 7 or 30 days."})
    Campaign.objects.select_for_update().only("pk").get(pk=campaign.pk)
    if campaign.share_links.filter(revoked_at=None, expires_at__gt=now).count() >= MOST_OPEN_LINKS:
        raise Invalid({"": f"There are {MOST_OPEN_LINKS} open links already. Take one back first."})
    link = ShareLink.objects.create(
        campaign=campaign,
        revision=revision,
        created_by=actor,
        created_label=actor.email,
        expires_at=now + timedelta(days=days),
    )
    shown = revision.number if revision else "working copy"
    _record(campaign, actor, "share.created", {"link": link.pk, "shows": shown, "days": days})
    return link


@transaction.atomic
def revoke_link(*, link_id: int, campaign: Campaign, actor: User, now: datetime) -> ShareLink:
    """Take a link back; it stops working at once. Raises ShareLink.DoesNotExist."""
    link = ShareLink.objects.select_for_update().get(pk=link_id, campaign=campaign)
    if link.revoked_at is None:
        link.revoked_at = now
        link.save(update_fields=["revoked_at"])
        _record(campaign, actor, "share.revoked", {"link": link.pk})
    return link


def count_opening(*, link: ShareLink) -> None:
    """Somebody opened the link."""
    ShareLink.objects.filter(pk=link.pk).update(opened=F("opened") + 1)


def _record(campaign: Campaign, actor: User, action: str, changes: dict[str, object]) -> None:
    """Named `campaign`, not `id`: talking about a campaign is no change of it."""
    audit.record(
        workspace=campaign.app.workspace,
        app=campaign.app,
        actor=actor,
        action=action,
        subject=campaign.name,
        changes={"campaign": campaign.key, **changes},
    )
