"""`/api/v1/manage/events`: what arrives, as it arrives."""

from collections.abc import Mapping
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.access import ManageView
from permissions_app.api.manage.bodies import asked
from permissions_app.domain.edits import Invalid
from permissions_app.domain.events import EVENT_TYPES, EventContext
from permissions_app.domain.narration import tell
from permissions_app.selectors.tail import CannotFollow, Place, follow, place_in

AT_MOST = 500
EVENT: dict[str, Any] = {
    "id": "0b6b3f9e-5d1f-4c55-9f0e-2f4b8f6c1a77",
    "device": "phone-17",
    "type": "moment_reached",
    "occurred_at": "2026-11-23T18:59:58.000Z",
    "received_at": "2026-11-23T19:00:00.000Z",
    "text": "“Order Placed”",
    "followed": ["Reached the moment “Order placed”."],
    "body": {"name": "Order Placed", "moments": ["order_placed"]},
}
REFUSED: dict[str, Any] = {
    "id": "not-a-uuid",
    "device": "phone-17",
    "type": "moment_reached",
    "code": "invalid_id",
    "detail": "id must be a UUID",
    "received_at": "2026-11-23T19:00:01.000Z",
}
AFTER = "7001-7001-1795460280000000-7002-1795460400000000-0-00000000000000000000000000000000"


class TailShape(serializers.Serializer[Any]):
    """What to follow, and from where."""

    after = serializers.CharField(
        required=False,
        max_length=200,
        help_text="Where to go on: `after` of the answer before. Without it the latest are told.",
    )
    type = serializers.ChoiceField(
        choices=EVENT_TYPES, required=False, help_text="Only events of this type."
    )
    device = serializers.RegexField(
        "^[A-Za-z0-9._:-]+$", required=False, max_length=128, help_text="Only of this device."
    )
    limit = serializers.IntegerField(
        required=False, min_value=1, max_value=AT_MOST, default=50, help_text="At most so many."
    )


class ArrivedEventAnswer(serializers.Serializer[Any]):
    """An event that arrived, and what was made of it."""

    id = serializers.UUIDField()
    device = serializers.CharField()
    type = serializers.CharField()
    occurred_at = serializers.DateTimeField(help_text="By the clock of the device.")
    received_at = serializers.DateTimeField()
    text = serializers.CharField()
    followed = serializers.ListField(child=serializers.CharField())
    body = serializers.DictField(help_text="What it said beside its type, time and device.")


class RefusedEntryAnswer(serializers.Serializer[Any]):
    """An entry that was not stored, as far as it could be read. A few of each batch are kept for some days."""

    id = serializers.CharField(allow_blank=True)
    device = serializers.CharField(allow_blank=True)
    type = serializers.CharField(allow_blank=True)
    code = serializers.CharField(help_text="Why, for programs.")
    detail = serializers.CharField(allow_blank=True, help_text="Why, for people.")
    received_at = serializers.DateTimeField()


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "One event",
            value={"results": [EVENT], "refused": [REFUSED], "after": AFTER, "more": False},
        )
    ]
)
class TailAnswer(serializers.Serializer[Any]):
    """What arrived, the newest last."""

    results = ArrivedEventAnswer(many=True)
    refused = RefusedEntryAnswer(many=True)
    after = serializers.CharField(help_text="Send it to be told what comes next.")
    more = serializers.BooleanField(help_text="Whether there is more already.")


class EventTail(ManageView):
    """Following what arrives."""

    tag = "Events"

    @extend_schema(operation_id="follow_events", parameters=[TailShape], responses=TailAnswer)
    def get(self, request: Request) -> Response:
        """The latest events that arrived, the newest last; with `after` those that came since.

        Ask again with the `after` of each answer, once a second at most: every event is told once and none is left
        out, late ones and those of slow requests as well. Beside them stands what was refused, a few entries of each
        batch. Nothing is told of events that no moment wants: they are only counted.
        """
        sent = asked(TailShape, request)
        try:
            found = follow(
                app_id=self.app.pk,
                after=_place(sent.get("after", "")),
                limit=sent["limit"],
                kind=sent.get("type", ""),
                device=sent.get("device", ""),
            )
        except CannotFollow:
            raise _lost() from None
        names = dict(self.app.moments.values_list("key", "name"))
        results = [
            {
                "id": one.id,
                "device": one.device_key,
                "occurred_at": one.occurred_at,
                "received_at": one.received_at,
                **event_words(kind=one.type, body=one.body, moment_names=names),
            }
            for one in found.events
        ]
        refused = [
            {
                "id": one.id,
                "device": one.device_key,
                "type": one.type,
                "code": one.code,
                "detail": one.detail,
                "received_at": one.received_at,
            }
            for one in found.refused
        ]
        told = {"after": str(found.place), "more": found.more}
        return Response({"results": results, "refused": refused, **told})


def event_words(
    *, kind: str, body: EventContext, moment_names: Mapping[str, str]
) -> dict[str, Any]:
    """What an event of this type says, and in words."""
    told = tell(type=kind, body=body, moment_names=moment_names)
    return {
        "type": kind,
        "text": told.headline,
        "followed": list(told.followed),
        "body": msgspec.to_builtins(body),
    }


def _place(cursor: str) -> Place | None:
    """The place that is asked for, None for the latest. Raises Invalid."""
    if not cursor:
        return None
    place = place_in(cursor)
    if place is None:
        raise _lost()
    return place


def _lost() -> Invalid:
    return Invalid({"after": "From there it cannot be followed. Begin again without it."})
