"""What people say about a campaign, and how they show it to others."""

from typing import ClassVar

from django.db import models

from campaigns.models.campaigns import Campaign, Revision
from permissions_app.models import User


class Comment(models.Model):
    """A remark on a campaign or on one of its variants (`variant` '' for the whole)."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="comments")
    variant = models.CharField(max_length=20, blank=True)
    author = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    author_label = models.CharField(max_length=200)
    body = models.CharField(max_length=2000)
    mentions: "models.ManyToManyField[User, Comment]" = models.ManyToManyField(
        User, blank=True, related_name="mentions"
    )
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    resolved_label = models.CharField(max_length=200, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["campaign", "created_at"], name="comment_in_order")
        ]

    def __str__(self) -> str:
        return self.body[:40]


class Letter(models.Model):
    """An e-mail about a comment that somebody is mentioned in, until it is sent or given up."""

    comment = models.ForeignKey(Comment, on_delete=models.CASCADE, related_name="letters")
    to = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    address = models.CharField(max_length=500)
    """Where the comment is read."""
    due_at = models.DateTimeField(db_index=True)
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["comment", "to"], name="letter_once")
        ]

    def __str__(self) -> str:
        return f"letter {self.pk}"


class ShareLink(models.Model):
    """A signed, read-only address of one revision (or of the working copy), until it expires."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="share_links")
    revision = models.ForeignKey(
        Revision, on_delete=models.CASCADE, null=True, blank=True, related_name="+"
    )
    """None: the working copy as it stands when the link is opened."""
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_label = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    opened = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"link {self.pk}"
