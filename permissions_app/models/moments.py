"""Value moments: something the person just did that makes a notification concrete."""

from typing import ClassVar

from django.db import models

from permissions_app.models.apps import App


class ValueMoment(models.Model):
    """An event name with conditions on its properties, e.g. `Order Placed` where `total >= 20`."""

    class Status(models.TextChoices):
        """Whether decisions are made at this moment."""

        ACTIVE = "active", "Active"
        PAUSED = "paused", "Paused"

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="moments")
    key = models.SlugField(max_length=60)
    """Stable name in the API; never changes once devices have reached the moment."""
    name = models.CharField(max_length=80)
    event_name = models.CharField(max_length=120)
    conditions = models.JSONField(default=list, blank=True)
    """A list of {"property", "op", "value"}; all must hold."""
    opening = models.BooleanField(default=False)
    """App open, first launch, sign-up or onboarding: nothing of value has happened yet."""
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "key"], name="moment_key_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SeenEvent(models.Model):
    """How often an event of a name arrived on a day, whether a moment matched it or not."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="seen_events")
    name = models.CharField(max_length=120)
    day = models.DateField()
    count = models.BigIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "name", "day"], name="seen_event_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.day}"


class SeenSample(models.Model):
    """The properties of a few recent events of a name, without their device: so that conditions can
    be tried on real values, and placeholders checked against what exists.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=120)
    at = models.DateTimeField()
    properties = models.JSONField()

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["app", "name", "at"], name="seen_sample_of_name")
        ]

    def __str__(self) -> str:
        return self.name
