"""Who reads the weekly e-mail about an app, and the e-mails themselves."""

from typing import ClassVar

from django.db import models

from permissions_app.models import App, User


class DigestReader(models.Model):
    """A person who wants the weekly e-mail about an app. `address`: where its pages are."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="digest_readers")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="digests")
    address = models.CharField(max_length=500)
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "user"], name="digest_reader_once"),
        ]

    def __str__(self) -> str:
        return f"digest of {self.app_id} for {self.user_id}"


class DigestLetter(models.Model):
    """The e-mail about one week to one person. The row stays after it was sent: that is what keeps it from being sent
    again. `week`: its Monday.
    """

    reader = models.ForeignKey(DigestReader, on_delete=models.CASCADE, related_name="letters")
    week = models.DateField()
    due_at = models.DateTimeField(null=True, db_index=True)
    """None: it is done with."""
    tries = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["reader", "week"], name="digest_letter_once"),
        ]

    def __str__(self) -> str:
        return f"digest {self.week}"
