"""Devices as people search for them: small columns beside the facts."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models


class DeviceFacet(models.Model):
    """One device in columns; see permissions_app.domain.facets. Only the fold writes it.

    Days since 1970-01-01 UTC. A table to be read from end to end: narrow, and without indexes beyond its key. What
    most questions ask comes first: PostgreSQL walks over a row's columns up to the last one that it needs.
    """

    pk = models.CompositePrimaryKey("app_id", "device_id")
    app_id = models.BigIntegerField()
    device_id = models.BigIntegerField()
    status = models.TextField(null=True)
    cause = models.TextField(null=True)
    denied = models.IntegerField(null=True)
    moments = ArrayField(models.TextField(), null=True)
    moment_numbers = ArrayField(models.SmallIntegerField(), null=True)
    platform = models.TextField()
    first_seen = models.IntegerField()
    last_seen = models.IntegerField()
    sessions = models.SmallIntegerField()
    screens = models.SmallIntegerField()
    soft_asks_shown = models.SmallIntegerField()
    soft_asks_declined = models.SmallIntegerField()
    redirects_shown = models.SmallIntegerField()
    redirects_tapped = models.SmallIntegerField()
    status_since = models.IntegerField(null=True)
    first_denial = models.IntegerField(null=True)
    recovered = models.IntegerField(null=True)
    off_again = models.IntegerField(null=True)
    removed = models.IntegerField(null=True)
    settings_opened = models.IntegerField(null=True)
    settings_in_vain = models.IntegerField(null=True)
    never = models.IntegerField(null=True)
    moment_since_no = models.IntegerField(null=True)
    embargoed_until = models.IntegerField(null=True)
    os = models.TextField()
    country = models.TextField()
    language = models.TextField()
    locale = models.TextField()
    app_version = models.TextField()
    app_order = models.BigIntegerField(null=True)
    way = models.TextField(null=True)
    recovery = models.TextField(null=True)
    first_asked = models.IntegerField(null=True)
    asked_app = models.TextField(null=True)
    asked_moment = models.TextField(null=True)
    interruptions = ArrayField(models.SmallIntegerField(), null=True)
    saw = ArrayField(models.TextField(), null=True)

    class Meta:
        db_table: ClassVar[str] = "permissions_app_facet"

    def __str__(self) -> str:
        return str(self.device_id)
