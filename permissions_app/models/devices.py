"""Devices: what they told us, and what we promised them."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from permissions_app.models.apps import App


class Device(models.Model):
    """One installation of an app. Written only by the ingest and decision statements.

    `facts` is a function of the device's events, `standing` of our decisions for it (see
    permissions_app.domain). `version` moves with every change of either, so that two requests
    cannot both act on the same state.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="devices", db_index=False)
    key = models.CharField(max_length=128, db_collation="C")
    version = models.IntegerField(default=0, db_default=0)
    facts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    standing = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    erased_at = models.BigIntegerField(null=True)
    """Where a device of this key was erased before: when (ms). Nothing that happened until then is stored again."""

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "key"], name="device_once"),
        ]

    def __str__(self) -> str:
        return self.key


class ErasedDevice(models.Model):
    """That a device was erased, and nothing else of it: a keyed digest of its key, so that what its client uploads
    later cannot bring back what was erased. `erased_at` in ms.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    digest = models.BinaryField(max_length=32)
    erased_at = models.BigIntegerField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "digest"], name="erased_once"),
        ]
        db_table: ClassVar[str] = "permissions_app_erased"

    def __str__(self) -> str:
        return f"erased {self.pk}"


class CountedDevice(models.Model):
    """What a device has contributed to the rollups so far; only the fold writes it."""

    device = models.OneToOneField(
        Device, on_delete=models.CASCADE, primary_key=True, related_name="counted"
    )
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+")
    cells = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.device_id)


class FoldQueue(models.Model):
    """Devices whose facts or standing changed since the rollups last looked. Rows are taken, never
    updated.
    """

    app_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    queued_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.device_id)


class ChangeNote(models.Model):
    """A device whose permission changed, in an app that tells of it (App.notes_changes). The fold leaves notes, whoever
    tells of them takes them; `told` is a permissions_app.domain.status_changes.StatusChange.
    """

    app_id = models.BigIntegerField(db_index=True)
    device_id = models.BigIntegerField()
    told = models.JSONField()
    noted_at = models.DateTimeField(db_default=Now())

    def __str__(self) -> str:
        return str(self.device_id)
