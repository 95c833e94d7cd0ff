"""The ledger of decisions that clients made by themselves."""

from django.db import models


class MadeDecision(models.Model):
    """The ids of such decisions of an app: each counts once, however often it is sent. Nothing here names a device."""

    pk = models.CompositePrimaryKey("app_id", "id")
    app_id = models.BigIntegerField()
    id = models.UUIDField()

    def __str__(self) -> str:
        return str(self.id)
