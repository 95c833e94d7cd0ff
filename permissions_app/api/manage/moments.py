"""`/api/v1/manage/moments`: value moments."""

from typing import Any

from rest_framework import serializers
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.models import ValueMoment
from permissions_app.services.moments import (
    MomentDraft,
    create_moment,
    set_moment_status,
    update_moment,
)


class ById(CursorPagination):
    """Pages of 50, oldest first; `next` holds the address of the next one."""

    page_size = 50
    ordering = "id"
    page_size_query_param = "limit"
    max_page_size = 200


class MomentShape(serializers.Serializer[Any]):
    """The shape of a moment; what must hold of it is checked by the service."""

    key = serializers.CharField(required=False, allow_blank=True, max_length=200)
    name = serializers.CharField(allow_blank=True, max_length=1000)
    event_name = serializers.CharField(allow_blank=True, max_length=1000)
    conditions = serializers.ListField(required=False, default=list, max_length=100)
    opening = serializers.BooleanField(required=False, default=False)


class MomentStatusShape(serializers.Serializer[Any]):
    """A wanted status."""

    status = serializers.ChoiceField(choices=ValueMoment.Status.values)


def as_json(moment: ValueMoment) -> dict[str, Any]:
    """A moment as the API shows it."""
    return {
        "key": moment.key,
        "name": moment.name,
        "event_name": moment.event_name,
        "conditions": moment.conditions,
        "opening": moment.opening,
        "status": moment.status,
        "version": moment.version,
        "created_at": moment.created_at,
        "updated_at": moment.updated_at,
    }


class MomentList(ManageView):
    """All moments of the app."""

    def get(self, request: Request) -> Response:
        """One page of moments."""
        pages = ById()
        rows = pages.paginate_queryset(self.app.moments.all(), request, view=self)
        return pages.get_paginated_response([as_json(row) for row in rows or []])

    def post(self, request: Request) -> Response:
        """A new moment."""
        sent = valid(MomentShape, request.data)
        moment = create_moment(
            app=self.app, draft=_draft(sent), actor=None, key=sent.get("key") or ""
        )
        return Response(as_json(moment), status=201, headers=etag(moment.version))


class MomentDetail(ManageView):
    """One moment, by key."""

    def get(self, request: Request, key: str) -> Response:
        """The moment and its ETag."""
        moment = self.app.moments.get(key=key)
        return Response(as_json(moment), headers=etag(moment.version))

    def put(self, request: Request, key: str) -> Response:
        """Replace it; its key stays."""
        return self._write(request, key, {})

    def patch(self, request: Request, key: str) -> Response:
        """Change what is sent."""
        return self._write(request, key, as_json(self.app.moments.get(key=key)))

    def _write(self, request: Request, key: str, base: dict[str, Any]) -> Response:
        version = expected_version(request)
        app = self.app
        moment = app.moments.get(key=key)
        sent = valid(MomentShape, {**base, **body_of(request)})
        moment = update_moment(
            moment_id=moment.pk,
            app=app,
            draft=_draft(sent),
            expected_version=version,
            actor=None,
        )
        return Response(as_json(moment), headers=etag(moment.version))


class MomentStatus(ManageView):
    """Pause or activate."""

    def post(self, request: Request, key: str) -> Response:
        """Set the status; repeating it changes nothing."""
        app = self.app
        sent = valid(MomentStatusShape, request.data)
        moment = set_moment_status(
            moment_id=app.moments.get(key=key).pk, app=app, status=sent["status"], actor=None
        )
        return Response(as_json(moment), headers=etag(moment.version))


def valid(shape: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """The data in this shape; raises ValidationError."""
    serializer = shape(data=data)
    serializer.is_valid(raise_exception=True)
    checked: dict[str, Any] = serializer.validated_data
    return checked


def body_of(request: Request) -> dict[str, Any]:
    """The body as an object; raises ValidationError for any other JSON."""
    if not isinstance(request.data, dict):
        raise serializers.ValidationError("The body must be a JSON object.")
    return dict(request.data)


def _draft(sent: dict[str, Any]) -> MomentDraft:
    return MomentDraft(
        name=sent["name"],
        event_name=sent["event_name"],
        conditions=sent["conditions"],
        opening=sent["opening"],
    )
