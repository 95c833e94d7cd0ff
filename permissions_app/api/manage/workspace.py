"""`/api/v1/manage/workspace`: the workspace of the app, and who is in it.

They are read only: people are invited on the page, where somebody hands them the link.
"""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.pages import Pages
from permissions_app.models import Membership, Role

WORKSPACE = {"slug": "harbour-coffee", "name": "Harbour Coffee", "self_approval": False}
MEMBER = {
    "email": "bob@example.com",
    "name": "Bob",
    "role": "editor",
    "active": True,
    "since": "2026-11-01T09:00:00Z",
}


@extend_schema_serializer(examples=[OpenApiExample("A workspace", value=WORKSPACE)])
class WorkspaceAnswer(serializers.Serializer[Any]):
    """A workspace."""

    slug = serializers.CharField()
    name = serializers.CharField()
    self_approval = serializers.BooleanField(
        help_text="Whether people may approve and publish their own words."
    )


@extend_schema_serializer(examples=[OpenApiExample("An editor", value=MEMBER)])
class PersonAnswer(serializers.Serializer[Any]):
    """Somebody in the workspace."""

    email = serializers.EmailField()
    name = serializers.CharField(allow_blank=True)
    role = serializers.ChoiceField(choices=Role.values)
    active = serializers.BooleanField(help_text="False: the account was closed.")
    since = serializers.DateTimeField()


class WorkspaceDetail(ManageView):
    """The workspace."""

    tag = "Workspace"

    @extend_schema(operation_id="read_workspace", responses=WorkspaceAnswer)
    def get(self, request: Request) -> Response:
        """The workspace that the app belongs to."""
        workspace = self.app.workspace
        body = {
            "slug": workspace.slug,
            "name": workspace.name,
            "self_approval": workspace.self_approval,
        }
        return Response(body)


class MemberList(ManageView):
    """Its people."""

    tag = "Workspace"
    pagination_class = Pages

    @extend_schema(operation_id="list_members", responses=PersonAnswer(many=True))
    def get(self, request: Request) -> Response:
        """One page of the people in the workspace and their roles, by when they came."""
        return self.page(self.app.workspace.memberships.select_related("user"), as_json)


def as_json(row: Membership) -> dict[str, Any]:
    """A member as the API shows them."""
    return {
        "email": row.user.email,
        "name": row.user.get_full_name(),
        "role": row.role,
        "active": row.user.is_active,
        "since": row.created_at,
    }
