"""What a team publishes on a value moment: soft asks with their words, and Settings redirects.

A campaign's content is one document (`campaigns.domain.drafts`). The row holds the working copy,
which people edit; a `Revision` holds a picture of it that never changes again, and decisions are made
from the published one alone.
"""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from permissions_app.models import App, User, ValueMoment


class CampaignStatus(models.TextChoices):
    """Only live campaigns reach people."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in_review", "In review"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ARCHIVED = "archived", "Archived"


class Campaign(models.Model):
    """A soft ask or a redirect rule: its working copy, and which revision is live."""

    class Kind(models.TextChoices):
        """What it is."""

        SOFT_ASK = "soft_ask", "Soft ask"
        REDIRECT = "redirect", "Settings redirect"

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="campaigns")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    moment = models.ForeignKey(ValueMoment, on_delete=models.PROTECT, related_name="campaigns")
    """Of the working copy; the document names it by its key."""
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60)
    """Its name in set-up files: made from the first name, and kept when the campaign is renamed."""
    status = models.CharField(
        max_length=10, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT
    )
    seed = models.CharField(max_length=40)
    """Draws the arms. It stays for the campaign's life, so that nobody changes arms unnoticed."""
    content = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    """Raised by every change of the working copy and every step; what two tabs are told apart by."""
    published = models.ForeignKey(
        "Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """The revision that decisions are made from while the campaign is live."""
    submitted = models.ForeignKey(
        "Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    """The picture of the working copy that waits for a verdict or has one; a change lets it go."""
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=~models.Q(status__in=["live", "paused"])
                | models.Q(published__isnull=False),
                name="campaign_live_has_revision",
            ),
            models.UniqueConstraint(fields=["app", "kind", "slug"], name="campaign_slug_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["app", "kind", "status"], name="campaign_by_status")
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def key(self) -> str:
        """How decisions, facts and the trail name it: `s12`, `r5`."""
        return f"{'s' if self.kind == self.Kind.SOFT_ASK else 'r'}{self.pk}"


class Revision(models.Model):
    """A picture of a campaign, numbered from 1. A trigger refuses any change of what it shows."""

    class Verdict(models.TextChoices):
        """What the review came to."""

        NONE = "", "Waiting"
        APPROVED = "approved", "Approved"
        SENT_BACK = "sent_back", "Changes asked for"
        WITHDRAWN = "withdrawn", "Taken back"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveIntegerField()
    name = models.CharField(max_length=80)
    content = models.JSONField()
    author = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    author_label = models.CharField(max_length=200)
    writers = ArrayField(models.BigIntegerField(), default=list, blank=True)
    """Ids of everybody who changed the working copy since the last publication: nobody reviews
    their own words.
    """
    note = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    verdict = models.CharField(max_length=10, choices=Verdict.choices, blank=True, default="")
    reviewer = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    reviewer_label = models.CharField(max_length=200, blank=True)
    verdict_note = models.CharField(max_length=1000, blank=True)
    reviewed_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    publisher_label = models.CharField(max_length=200, blank=True)
    override_reason = models.CharField(max_length=500, blank=True)
    """Why an owner published it in spite of blocking findings."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "number"], name="revision_once"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.number}"


class DraftVersion(models.Model):
    """The working copy as it was at one version: for undo, and to tell what two people changed."""

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="versions")
    version = models.PositiveIntegerField()
    source = models.PositiveIntegerField()
    """The version whose content this is: its own, or the one that an undo or redo went to."""
    name = models.CharField(max_length=80)
    content = models.JSONField()
    actor = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["campaign", "version"], name="draft_version_once"),
        ]

    def __str__(self) -> str:
        return f"{self.campaign_id} v{self.version}"
