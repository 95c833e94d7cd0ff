"""`/api/v1/manage/app`: the app that the key belongs to, and what may be changed of it."""

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.bodies import body_of, valid
from permissions_app.domain.edits import check_version
from permissions_app.models import App
from permissions_app.services.apps import MOST_INTERRUPTIONS, AppDraft, update_app

WRITTEN = {
    "name": "Harbour Coffee",
    "android_package": "com.example.harbour",
    "fatigue_per_day": 1,
    "fatigue_per_30_days": 3,
}
STORED = {
    **WRITTEN,
    "slug": "harbour",
    "workspace": "harbour-coffee",
    "simulated": False,
    "stopped_at": None,
    "version": 3,
    "created_at": "2026-11-01T09:00:00Z",
}


def _budget(about: str) -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0, max_value=MOST_INTERRUPTIONS, required=False, help_text=about
    )


@extend_schema_serializer(examples=[OpenApiExample("Settings", value=WRITTEN)])
class AppShape(serializers.Serializer[Any]):
    """What may be changed of an app."""

    name = serializers.CharField(max_length=80, required=False)
    android_package = serializers.CharField(
        max_length=200,
        allow_blank=True,
        required=False,
        help_text="As in its manifest; Settings links on Android need it. Empty for none.",
    )
    fatigue_per_day = _budget("Interruptions a device may meet on one day, over all campaigns.")
    fatigue_per_30_days = _budget("Interruptions a device may meet in 30 days.")


@extend_schema_serializer(examples=[OpenApiExample("Settings", value=STORED)])
class AppAnswer(serializers.Serializer[Any]):
    """The app of the key."""

    slug = serializers.CharField(help_text="Its name in addresses.")
    workspace = serializers.CharField(help_text="The workspace's name in addresses.")
    name = serializers.CharField()
    android_package = serializers.CharField(allow_blank=True)
    fatigue_per_day = serializers.IntegerField()
    fatigue_per_30_days = serializers.IntegerField()
    simulated = serializers.BooleanField(help_text="Whether its devices are invented.")
    stopped_at = serializers.DateTimeField(
        allow_null=True, help_text="Since when nobody is interrupted at all."
    )
    version = serializers.IntegerField()
    created_at = serializers.DateTimeField()


def as_json(app: App) -> dict[str, Any]:
    """An app as the API shows it."""
    return {
        "slug": app.slug,
        "workspace": app.workspace.slug,
        "name": app.name,
        "android_package": app.android_package,
        "fatigue_per_day": app.fatigue_per_day,
        "fatigue_per_30_days": app.fatigue_per_30_days,
        "simulated": app.simulated,
        "stopped_at": app.stopped_at,
        "version": app.version,
        "created_at": app.created_at,
    }


class AppDetail(ManageView):
    """The app."""

    tag = "App"
    versioned: ClassVar[frozenset[str]] = frozenset({"PATCH"})

    @extend_schema(operation_id="read_app", responses=AppAnswer)
    def get(self, request: Request) -> Response:
        """The app of the key, and its ETag."""
        app = self.app
        return Response(as_json(app), headers=etag(app.version))

    @extend_schema(operation_id="update_app", request=AppShape, responses=AppAnswer)
    def patch(self, request: Request) -> Response:
        """Change what is sent. Decisions follow within a second."""
        version, app = expected_version(request), self.app
        check_version(expected=version, current=app.version)
        sent = valid(AppShape, body_of(request))
        base = {name: getattr(app, name) for name in WRITTEN}
        app = update_app(
            app_id=app.pk,
            draft=AppDraft(**{**base, **sent}),
            expected_version=version,
            actor=self.actor,
        )
        return Response(as_json(app), headers=etag(app.version))
