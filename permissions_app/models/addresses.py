"""How a sender reaches a device, beside the device and not in it: most batches tell nothing of it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from permissions_app.domain.addresses import NEVER
from permissions_app.models.devices import Device


class DeviceAddress(models.Model):
    """The latest word on both; see permissions_app.domain.addresses. '' is none; times are ms of the device's clock.

    Personal data. The database itself deletes the row with its device (the constraint is written in the migration), so
    that whatever erases devices erases this.
    """

    device = models.OneToOneField(
        Device,
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="address",
        db_constraint=False,
    )
    app_id = models.BigIntegerField()
    external_id = models.TextField(default="", db_collation="C")
    external_id_at = models.BigIntegerField(default=NEVER)
    push_token = models.TextField(default="", db_collation="C")
    token_kind = models.TextField(default="", db_collation="C")
    token_at = models.BigIntegerField(default=NEVER)

    class Meta:
        db_table: ClassVar[str] = "permissions_app_address"
        indexes: ClassVar[list[models.Index]] = [
            models.Index(
                fields=["app_id", "external_id"],
                name="address_of_person",
                condition=~Q(external_id=""),
            ),
        ]

    def __str__(self) -> str:
        return str(self.device_id)
