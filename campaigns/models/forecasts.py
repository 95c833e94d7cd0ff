"""How far a campaign would reach: one computation, its progress and what it found."""

from typing import ClassVar

from django.db import models

from campaigns.models.campaigns import Campaign
from permissions_app.models import User


class Forecast(models.Model):
    """A replay of the last 30 days through a campaign's working copy, beside what is live."""

    class State(models.TextChoices):
        """Where it stands."""

        WAITING = "waiting", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    campaign = models.ForeignKey(Campaign, on_delete=models.CASCADE, related_name="forecasts")
    content = models.JSONField()
    """The document that is replayed."""
    ruleset_version = models.PositiveIntegerField()
    """The app's rules it was replayed beside: the result is old when they moved on."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(default=0)
    """Moments replayed so far, and how many there are."""
    result = models.JSONField(null=True, blank=True)
    error = models.CharField(max_length=500, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    requested_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["state", "created_at"], name="forecast_waiting")
        ]

    def __str__(self) -> str:
        return f"forecast {self.pk}"
