"""`/api/v1/manage/audit`: who changed what."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.bodies import asked
from permissions_app.api.manage.pages import NewestFirst
from permissions_app.models import AuditEntry, Role
from permissions_app.selectors.trail import TrailQuestion, entries

STORED = {
    "id": 4711,
    "at": "2026-11-23T19:00:00Z",
    "actor": "bob@example.com",
    "action": "soft_ask.publish",
    "subject": "Shipping news",
    "object": "s7",
    "changes": {"status": ["in_review", "live"], "revision": 2},
}


class TrailShape(serializers.Serializer[Any]):
    """Which entries."""

    actor = serializers.CharField(
        required=False,
        max_length=200,
        help_text="An e-mail address, the public part of a key (`sk_4fT9aQ2x`), or `system`.",
    )
    action = serializers.CharField(
        required=False,
        max_length=60,
        help_text="One action (`soft_ask.publish`), or all of one kind (`soft_ask`).",
    )
    object = serializers.CharField(
        required=False,
        max_length=40,
        help_text="What was changed: a soft ask `s7`, redirect rule `r5`, moment `m3`, segment `g2`.",
    )
    since = serializers.DateTimeField(required=False, help_text="Not before this time.")
    until = serializers.DateTimeField(required=False, help_text="Before this time.")


@extend_schema_serializer(examples=[OpenApiExample("A publication", value=STORED)])
class AuditEntryAnswer(serializers.Serializer[Any]):
    """One change."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    actor = serializers.CharField(
        help_text="An e-mail address, a key by its public part (`key sk_4fT9aQ2x`), or `system`."
    )
    action = serializers.CharField()
    subject = serializers.CharField(allow_blank=True, help_text="What it was called then.")
    object = serializers.CharField(allow_null=True)
    changes = serializers.DictField(help_text="Mostly `[before, after]` by field.")


def as_json(entry: AuditEntry) -> dict[str, Any]:
    """An entry as the API shows it."""
    changes = dict(entry.changes)
    return {
        "id": entry.pk,
        "at": entry.at,
        "actor": entry.actor_label,
        "action": entry.action,
        "subject": entry.subject,
        "object": changes.pop("id", None),
        "changes": changes,
    }


class AuditList(ManageView):
    """The trail."""

    tag = "Audit"
    reads = Role.EDITOR
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_audit_entries",
        parameters=[TrailShape],
        responses=AuditEntryAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        """One page of changes of this app and of its workspace's people, the newest first."""
        question = TrailQuestion(**asked(TrailShape, request))
        return self.page(entries(app=self.app, question=question), as_json)
