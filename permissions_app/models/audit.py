"""Who did what: one entry for each change a person makes, written in the same transaction."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F
from django.db.models.fields.json import KeyTextTransform

from permissions_app.models.accounts import Workspace
from permissions_app.models.apps import App


class AuditEntry(models.Model):
    """One change. Never updated, never deleted by the product."""

    workspace = models.ForeignKey(Workspace, on_delete=models.CASCADE, related_name="audit")
    app = models.ForeignKey(
        App, on_delete=models.SET_NULL, null=True, blank=True, related_name="audit"
    )
    """None: it is about the workspace, its people, or several apps."""
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    actor_label = models.CharField(max_length=200)
    action = models.CharField(max_length=60)
    subject = models.CharField(max_length=200)
    changes = models.JSONField(default=dict)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["workspace", "-at"], name="audit_latest"),
            models.Index(fields=["app", "-id"], name="audit_of_app"),
            models.Index(
                F("workspace"),
                KeyTextTransform("id", "changes"),
                F("at").desc(),
                name="audit_of_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject}"
