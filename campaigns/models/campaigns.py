"""What a team publishes on a value moment: soft asks with their words, and Settings redirects."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

from permissions_app.models import App, ValueMoment


class CampaignStatus(models.TextChoices):
    """Only live campaigns reach people."""

    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ARCHIVED = "archived", "Archived"


def default_backoff() -> list[int]:
    """Days to wait after the first, second and third decline."""
    return [14, 30, 90]


class Campaign(models.Model):
    """What soft asks and redirect rules have in common."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="%(class)ss")
    moment = models.ForeignKey(ValueMoment, on_delete=models.PROTECT, related_name="%(class)ss")
    name = models.CharField(max_length=80)
    status = models.CharField(
        max_length=10, choices=CampaignStatus.choices, default=CampaignStatus.DRAFT
    )
    revision = models.PositiveIntegerField(default=1)
    priority = models.PositiveSmallIntegerField(default=100)
    """Lower comes first when several are live on a moment."""
    platforms = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    """Empty: every platform."""
    holdout = models.FloatField(
        default=0.1, validators=[MinValueValidator(0), MaxValueValidator(0.9)]
    )
    """Share of eligible devices that are deliberately shown nothing, 0 to 0.9."""
    seed = models.CharField(max_length=40)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class SoftAsk(Campaign):
    """The app's own dialog, shown before the OS dialog. Declining it costs nothing."""

    min_sessions = models.PositiveSmallIntegerField(default=2)
    allow_first_session = models.BooleanField(default=False)
    min_times_reached = models.PositiveSmallIntegerField(default=1)
    min_screens = models.PositiveSmallIntegerField(default=0)
    backoff_days = ArrayField(models.PositiveSmallIntegerField(), default=default_backoff)
    max_declines = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(holdout__gte=0) & models.Q(holdout__lte=0.9),
                name="soft_ask_holdout_share",
            ),
        ]


class CopyVariant(models.Model):
    """One wording of a soft ask."""

    class Surface(models.TextChoices):
        """How the soft ask appears."""

        SHEET = "sheet", "Bottom sheet"
        DIALOG = "dialog", "Dialog"
        CARD = "card", "Inline card"

    soft_ask = models.ForeignKey(SoftAsk, on_delete=models.CASCADE, related_name="variants")
    key = models.SlugField(max_length=20)
    title = models.CharField(max_length=120)
    body = models.CharField(max_length=400)
    accept_label = models.CharField(max_length=40)
    decline_label = models.CharField(max_length=40)
    surface = models.CharField(max_length=10, choices=Surface.choices, default=Surface.SHEET)
    weight = models.FloatField(default=1, validators=[MinValueValidator(0)])

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["soft_ask", "key"], name="variant_key_once"),
            models.CheckConstraint(
                condition=models.Q(weight__gte=0), name="variant_weight_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class RedirectRule(Campaign):
    """The one line shown to people who refused, at a moment that notifications would improve."""

    class Surface(models.TextChoices):
        """How the redirect appears."""

        BANNER = "banner", "Banner"
        CARD = "card", "Inline card"

    causes = ArrayField(models.CharField(max_length=20), default=list, blank=True)
    """Denied causes it speaks to; empty: every cause that only Settings can undo."""
    line = models.CharField(max_length=160)
    action_label = models.CharField(max_length=40)
    surface = models.CharField(max_length=10, choices=Surface.choices, default=Surface.BANNER)
    min_days_since_denial = models.PositiveSmallIntegerField(default=3)
    cooldown_days = models.PositiveSmallIntegerField(default=30)
    cap = models.PositiveSmallIntegerField(default=3)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(holdout__gte=0) & models.Q(holdout__lte=0.9),
                name="redirect_holdout_share",
            ),
        ]
