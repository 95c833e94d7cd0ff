"""Answers that are kept for a while, so that a request that is sent again is not done again."""

from typing import ClassVar

from django.db import models

from permissions_app.models.apps import App


class KeptAnswer(models.Model):
    """What was answered to a request that carried an Idempotency-Key.

    Written in the transaction of the change itself, so there is one exactly where the change was made.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="+", db_index=False)
    key = models.CharField(max_length=200)
    fingerprint = models.BinaryField(max_length=32)
    """SHA-256 of caller, method, address and body: what the key stands for."""
    status = models.PositiveSmallIntegerField()
    sealed = models.TextField()
    """Headers and body, encrypted: an answer may hold a secret that is shown once."""
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "key"], name="kept_answer_once"),
        ]

    def __str__(self) -> str:
        return f"{self.status} to {self.key}"
