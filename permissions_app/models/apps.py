"""The apps of a workspace and the keys with which their clients speak to us."""

from typing import ClassVar

from django.db import models

from permissions_app.domain.measures import VERSION
from permissions_app.models.accounts import User, Workspace


def counted_now() -> int:
    """The version by which a device that is new now is counted."""
    return VERSION


class App(models.Model):
    """One product on one or more platforms. Everything of volume carries its id."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="apps")
    name = models.CharField(max_length=80)
    slug = models.SlugField(max_length=60)
    android_package = models.CharField(max_length=200, blank=True)
    ruleset_version = models.PositiveIntegerField(default=1)
    """Raised by every change that decisions must see; processes compile the rules again when it
    moves.
    """
    fatigue_per_day = models.PositiveSmallIntegerField(default=1)
    fatigue_per_30_days = models.PositiveSmallIntegerField(default=3)
    stopped_at = models.DateTimeField(null=True, blank=True)
    """Since when nobody is interrupted at all; None while campaigns may."""
    simulated = models.BooleanField(default=False)
    """The devices are invented; every page says so."""
    counted_version = models.PositiveSmallIntegerField(default=counted_now, db_default=0)
    """Which version of domain.measures all devices are counted by; `rebuild_rollups --outdated` raises it."""
    notes_changes = models.BooleanField(default=False, db_default=False)
    """Somebody is told of changed permissions, so the fold leaves a ChangeNote for each."""
    version = models.PositiveIntegerField(default=1, db_default=1)
    """Raised by every change of the settings above; what two editors are told apart by."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["workspace", "slug"], name="app_slug_once"),
            models.CheckConstraint(
                condition=models.Q(fatigue_per_day__lte=10) & models.Q(fatigue_per_30_days__lte=10),
                name="app_fatigue_within_memory",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ApiKey(models.Model):
    """A credential of an app. The text is shown once; the table holds a keyed digest of it.

    A publishable key (`pk_`) sits in shipped apps, is no secret, and is therefore kept readable for
    the pages that show snippets. A secret key (`sk_`) is never stored.
    """

    class Kind(models.TextChoices):
        """What a key may be used for."""

        PUBLISHABLE = "pk", "Publishable"
        SECRET = "sk", "Secret"

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="keys")
    kind = models.CharField(max_length=2, choices=Kind.choices)
    name = models.CharField(max_length=60)
    created_by = models.ForeignKey(
        User, on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    """Who answers for what the key does: nobody reviews words that their own key wrote."""
    manages_keys = models.BooleanField(default=False)
    """Whether the management API lets it make and revoke keys. Only an owner gives this, on the page."""
    prefix = models.CharField(max_length=16, unique=True)
    digest = models.BinaryField(max_length=32)
    readable = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(kind="pk") | models.Q(readable=""),
                name="secret_key_unreadable",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="sk") | models.Q(manages_keys=False),
                name="publishable_key_manages_nothing",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"


Actor = User | ApiKey | None
"""Who makes a change: a person, a key of the management API, or the product itself (None)."""
