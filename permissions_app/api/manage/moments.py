"""`/api/v1/manage/moments`: value moments."""

from typing import Any

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.bodies import asked, body_of, valid
from permissions_app.api.manage.pages import Pages
from permissions_app.domain.moments import OPERATORS
from permissions_app.models import ValueMoment
from permissions_app.selectors.moments import holding
from permissions_app.services.moments import (
    MomentDraft,
    create_moment,
    set_moment_status,
    update_moment,
)

WRITTEN = {
    "key": "order_placed",
    "name": "Order placed",
    "event_name": "Order Placed",
    "conditions": [{"property": "total", "op": "gte", "value": 20}],
    "opening": False,
}
STORED = {
    **WRITTEN,
    "status": "active",
    "version": 1,
    "created_at": "2026-11-23T19:00:00Z",
    "updated_at": "2026-11-23T19:00:00Z",
}


class ConditionAnswer(serializers.Serializer[Any]):
    """A condition on a property of the event."""

    property = serializers.CharField()
    op = serializers.ChoiceField(choices=list(OPERATORS))
    value = serializers.JSONField(help_text="A text, a number, true or false; a list for `in`.")


@extend_schema_serializer(examples=[OpenApiExample("Large orders", value=WRITTEN)])
class MomentShape(serializers.Serializer[Any]):
    """The shape of a moment; what must hold of it is checked by the service."""

    key = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=200,
        help_text="Its name in the API; made from `name` where it is missing, and never changed.",
    )
    name = serializers.CharField(max_length=1000, allow_blank=True)
    event_name = serializers.CharField(
        max_length=1000, allow_blank=True, help_text="The event as your app sends it."
    )
    conditions = serializers.ListField(
        required=False,
        default=list,
        max_length=100,
        child=serializers.DictField(),
        help_text="All must hold. A list of `{property, op, value}`.",
    )
    opening = serializers.BooleanField(
        required=False,
        default=False,
        help_text="App open, first launch, sign-up or onboarding: it carries no redirect.",
    )


class MomentFilterShape(serializers.Serializer[Any]):
    """What narrows the list."""

    q = serializers.CharField(
        max_length=80, required=False, help_text="A piece of its name, event or key."
    )
    status = serializers.ChoiceField(choices=ValueMoment.Status.values, required=False)


@extend_schema_serializer(examples=[OpenApiExample("Pause", value={"status": "paused"})])
class MomentStatusShape(serializers.Serializer[Any]):
    """A wanted status."""

    status = serializers.ChoiceField(choices=ValueMoment.Status.values)


@extend_schema_serializer(examples=[OpenApiExample("Large orders", value=STORED)])
class MomentAnswer(serializers.Serializer[Any]):
    """A value moment."""

    key = serializers.CharField()
    name = serializers.CharField()
    event_name = serializers.CharField()
    conditions = ConditionAnswer(many=True)
    opening = serializers.BooleanField()
    status = serializers.ChoiceField(choices=ValueMoment.Status.values)
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()


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

    tag = "Moments"
    pagination_class = Pages

    @extend_schema(
        operation_id="list_moments",
        parameters=[MomentFilterShape],
        responses=MomentAnswer(many=True),
    )
    def get(self, request: Request) -> Response:
        """One page of moments, oldest first."""
        rows, wanted = self.app.moments.all(), asked(MomentFilterShape, request)
        if text := wanted.get("q"):
            rows = rows.filter(holding(text))
        if status := wanted.get("status"):
            rows = rows.filter(status=status)
        return self.page(rows, as_json)

    @extend_schema(operation_id="create_moment", request=MomentShape, responses={201: MomentAnswer})
    def post(self, request: Request) -> Response:
        """A new, active moment."""
        sent = valid(MomentShape, request.data)
        moment = create_moment(
            app=self.app, draft=_draft(sent), actor=self.actor, key=sent.get("key") or ""
        )
        return Response(as_json(moment), status=201, headers=etag(moment.version))


class MomentDetail(ManageView):
    """One moment, by key."""

    tag = "Moments"

    @extend_schema(operation_id="read_moment", responses=MomentAnswer)
    def get(self, request: Request, key: str) -> Response:
        """The moment and its ETag."""
        moment = self.app.moments.get(key=key)
        return Response(as_json(moment), headers=etag(moment.version))

    @extend_schema(operation_id="replace_moment", request=MomentShape, responses=MomentAnswer)
    def put(self, request: Request, key: str) -> Response:
        """Replace it; its key stays."""
        return self._write(request, key, {})

    @extend_schema(operation_id="update_moment", request=MomentShape, responses=MomentAnswer)
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
            actor=self.actor,
        )
        return Response(as_json(moment), headers=etag(moment.version))


class MomentStatus(ManageView):
    """Pause or activate."""

    tag = "Moments"

    @extend_schema(
        operation_id="set_moment_status", request=MomentStatusShape, responses=MomentAnswer
    )
    def post(self, request: Request, key: str) -> Response:
        """Pause or activate it; saying it again changes nothing."""
        app = self.app
        sent = valid(MomentStatusShape, request.data)
        moment = set_moment_status(
            moment_id=app.moments.get(key=key).pk, app=app, status=sent["status"], actor=self.actor
        )
        return Response(as_json(moment), headers=etag(moment.version))


def _draft(sent: dict[str, Any]) -> MomentDraft:
    return MomentDraft(
        name=sent["name"],
        event_name=sent["event_name"],
        conditions=sent["conditions"],
        opening=sent["opening"],
    )
