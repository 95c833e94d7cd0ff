"""`/api/v1/manage/app/stop`, `/go-on` and `/bundle-key`: the stop switch, and the key that bundles are checked with."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView, etag
from permissions_app.api.manage.app import AppAnswer, as_json
from permissions_app.api.manage.bodies import body_of, valid
from permissions_app.services.apps import LONGEST_REASON, set_stopped
from permissions_app.services.signing import bundle_key

KEY = {"key_id": "3f1c0a9be27d4455", "public": "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="}


@extend_schema_serializer(
    examples=[OpenApiExample("With a reason", value={"reason": "The words promise too much"})]
)
class ReasonShape(serializers.Serializer[Any]):
    """Why the switch is turned."""

    reason = serializers.CharField(
        max_length=LONGEST_REASON, allow_blank=True, default="", help_text="For the trail."
    )


@extend_schema_serializer(examples=[OpenApiExample("A key", value=KEY)])
class BundleKeyAnswer(serializers.Serializer[Any]):
    """The public key of the app's bundles, which never changes by itself."""

    key_id = serializers.CharField(help_text="As bundles name it.")
    public = serializers.CharField(help_text="The raw 32 bytes of an Ed25519 key, in base64.")


class _Switch(ManageView):
    """Turning it needs no If-Match: whoever stops an app in a hurry means it, whatever else was changed."""

    tag = "App"
    stops: bool

    def turn(self, request: Request) -> Response:
        """Stop the app, or let it go on; nothing happens where it is so already."""
        sent = valid(ReasonShape, body_of(request))
        set_stopped(
            app_id=self.app.pk,
            stopped=self.stops,
            reason=sent["reason"],
            actor=self.actor,
            now=timezone.now(),
        )
        app = self.app
        return Response(as_json(app), headers=etag(app.version))


class AppStop(_Switch):
    """Stopping."""

    stops = True

    @extend_schema(operation_id="stop_app", request=ReasonShape, responses=AppAnswer)
    def post(self, request: Request) -> Response:
        """Interrupt nobody any more, whatever is published. Events are still taken and counted."""
        return self.turn(request)


class AppGoOn(_Switch):
    """Going on."""

    stops = False

    @extend_schema(operation_id="resume_app", request=ReasonShape, responses=AppAnswer)
    def post(self, request: Request) -> Response:
        """Let live campaigns show again, at once."""
        return self.turn(request)


class BundleKeyDetail(ManageView):
    """The public key."""

    tag = "App"

    @extend_schema(operation_id="read_bundle_key", responses=BundleKeyAnswer)
    def get(self, request: Request) -> Response:
        """The public key with which clients check bundles from any cache."""
        key = bundle_key(app=self.app)
        return Response({"key_id": key.key_id, "public": key.public})
