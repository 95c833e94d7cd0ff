"""Pictures that a team uploaded for its soft asks."""

from typing import ClassVar

from django.db import models

from permissions_app.models import App


class Image(models.Model):
    """One picture, drawn anew from what was uploaded: no metadata, no hidden parts.

    Kept in the database, so that it is in the same backup as the words it belongs to. `digest` is
    the SHA-256 of `data` and its address: what is live never changes under a reviewer's eyes.
    """

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="images")
    digest = models.CharField(max_length=64)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    data = models.BinaryField()
    """WebP."""
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["app", "digest"], name="image_once"),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["digest"], name="image_by_digest")
        ]

    def __str__(self) -> str:
        return self.digest[:12]
