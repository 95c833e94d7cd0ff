"""Segments that teams saved, and who was in which when it was last looked at."""

from typing import ClassVar

from django.db import models

from permissions_app.models import App


class Segment(models.Model):
    """A segment of an app: a name for a tree of conditions (campaigns.domain.segments). The segments that every app has
    are no rows.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="segments")
    key = models.SlugField(max_length=60)
    """Made from the first name and kept: campaigns and exports name the segment by it."""
    name = models.CharField(max_length=80)
    document = models.JSONField()
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "key"], name="segment_once"),
        ]

    def __str__(self) -> str:
        return self.name


class SegmentDay(models.Model):
    """How large a segment was on a day, and who came and went since the look before.

    `day`: days since 1970-01-01 UTC. `entered` and `left` are None on the first look, and where the segment itself was
    changed in between. `version`: that of the segment, 0 for one that every app has.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.SlugField(max_length=60, db_index=False)
    day = models.IntegerField()
    version = models.PositiveIntegerField(default=0)
    size = models.BigIntegerField()
    entered = models.BigIntegerField(null=True)
    left = models.BigIntegerField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "key", "day"], name="segment_day_once"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.day} {self.size}"


class SegmentMember(models.Model):
    """Who was in a segment at the last look; what `entered` and `left` are taken from."""

    pk = models.CompositePrimaryKey("app_id", "key", "device_id")
    app_id = models.BigIntegerField()
    key = models.CharField(max_length=60, db_collation="C")
    device_id = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.key} {self.device_id}"
