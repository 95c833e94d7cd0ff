"""Raw events. The tables are partitioned by time, which Django cannot express: migrations create
them in SQL.
"""

from django.db import models


class EventKey(models.Model):
    """The ids of all accepted events of an app: an event counts once, however often it is sent."""

    pk = models.CompositePrimaryKey("app_id", "id")
    app_id = models.BigIntegerField()
    id = models.UUIDField()

    class Meta:
        managed = False
        db_table = "permissions_app_eventkey"

    def __str__(self) -> str:
        return str(self.id)


class Event(models.Model):
    """One stored event, partitioned by month of `occurred_at`, indexed by device and time."""

    pk = models.CompositePrimaryKey("app_id", "id")
    app_id = models.BigIntegerField()
    id = models.UUIDField()
    device_id = models.BigIntegerField()
    type = models.CharField(max_length=30)
    occurred_at = models.DateTimeField()
    received_at = models.DateTimeField()
    body = models.JSONField()

    class Meta:
        managed = False
        db_table = "permissions_app_event"

    def __str__(self) -> str:
        return f"{self.type} {self.id}"
