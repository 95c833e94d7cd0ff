"""The numbers that pages read."""

from typing import ClassVar

from django.db import models

from permissions_app.models.apps import App


class Rollup(models.Model):
    """The sum over devices of one cell (see permissions_app.domain.measures). `day`: days since
    1970-01-01 UTC.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    measure = models.CharField(max_length=30)
    day = models.IntegerField()
    platform = models.CharField(max_length=10)
    key = models.CharField(max_length=80, blank=True)
    arm = models.CharField(max_length=60, blank=True)
    age = models.IntegerField(default=0)
    n = models.BigIntegerField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["app", "measure", "day", "platform", "key", "arm", "age"],
                include=["n"],
                name="rollup_cell_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.day} {self.n}"


class RollupAlarm(models.Model):
    """The nightly audit found that a number is not what its devices say. Shown on the dashboard
    until resolved.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="rollup_alarms")
    found_at = models.DateTimeField(auto_now_add=True)
    what = models.TextField()
    resolved_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.what


class QuarantinedDevice(models.Model):
    """A device whose contributions could not be computed. It no longer holds up the others, and
    people can see it.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="quarantined_devices")
    device_id = models.BigIntegerField()
    attempts = models.PositiveIntegerField(default=1)
    error = models.TextField()
    found_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "device_id"], name="quarantined_once"),
        ]

    def __str__(self) -> str:
        return str(self.device_id)
