"""Entries of batches that were not stored, for whoever connects a client."""

from typing import ClassVar

from django.db import models

from permissions_app.models.apps import App


class UntakenEntry(models.Model):
    """An entry that was refused, or whose id was there before. Only the newest of an app are kept."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    received_at = models.DateTimeField()
    device_key = models.CharField(max_length=128, blank=True)
    """As far as it could be read."""
    type = models.CharField(max_length=64, blank=True)
    event_id = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40)
    detail = models.CharField(max_length=300, blank=True)

    class Meta:
        db_table = "permissions_app_untaken"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["app", "received_at"], name="untaken_by_arrival")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.type}"
