"""The decision log. Partitioned by time, which Django cannot express: a migration creates the table
in SQL.
"""

from django.db import models


class DecisionLog(models.Model):
    """What was decided for a device at a moment, and why. Answers of `already_authorized` are not
    logged.
    """

    pk = models.CompositePrimaryKey("at", "id")
    id = models.UUIDField()
    app_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    at = models.DateTimeField()
    moment = models.CharField(max_length=60)
    action = models.CharField(max_length=20)
    reason = models.CharField(max_length=40)
    campaign = models.CharField(max_length=24)
    revision = models.IntegerField()
    variant = models.CharField(max_length=20)
    propensity = models.FloatField(null=True)
    detail = models.JSONField()
    """The words shown, the status and cause at that time, and why other campaigns did not apply."""

    class Meta:
        managed = False
        db_table = "campaigns_decisionlog"

    def __str__(self) -> str:
        return f"{self.action} {self.reason}"
