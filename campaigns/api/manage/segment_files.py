"""`/api/v1/manage/segments/<key>/members.csv`: everybody in a segment at once, as we know them, or as a product
that sends imports them.
"""

from typing import Any

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.api.manage.segments import SegmentView, today_number
from campaigns.domain.hand_off import SENDERS
from campaigns.selectors import segments as reading
from campaigns.selectors.hand_off import reach
from campaigns.selectors.segment_files import MEMBER_COLUMNS, member_rows
from campaigns.services.hand_off import hand_over
from permissions_app.api.manage.callers import need
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.web.figures import csv_response
from permissions_app.web.parcels import parcel_response


class SegmentFile(SegmentView):
    """Everybody in it as CSV."""

    @extend_schema(
        operation_id="read_segment_file",
        parameters=[
            OpenApiParameter(
                "for",
                str,
                enum=list(SENDERS),
                description="The product that the file is for (docs/push-hand-off.md). Left out: one line for each "
                "device with what is known of it, and no ids of people.",
            )
        ],
        responses={
            (200, "text/csv"): OpenApiResponse(
                str, description="One line for each device, or for each person."
            ),
            (200, "application/zip"): OpenApiResponse(
                bytes, description="Several files, where the product does not take all in one."
            ),
        },
        examples=[
            OpenApiExample("Nobody", value=",".join(MEMBER_COLUMNS), media_type="text/csv"),
            OpenApiExample(
                "for=airship", value="named_user,customer-42\r\n", media_type="text/csv"
            ),
            OpenApiExample("Two files", value="PK…", media_type="application/zip"),
        ],
    )
    def get(self, request: Request, key: str) -> HttpResponseBase:
        """Sent while it is read; people need the role editor for a file that names people. In the file without `for`,
        texts that a spreadsheet would run are quoted; the others hold ids exactly as they were told, or leave them out.
        """
        segment, app = self.found(key), self.app
        if segment.node is None:
            raise Http404
        wanted = request.query_params.get("for")
        if wanted is None:
            members = reading.every_member(app_id=app.pk, node=segment.node, today=today_number())
            return csv_response(name=f"{app.slug}-{key}.csv", rows=member_rows(members))
        if wanted not in SENDERS:
            raise Invalid({"for": f"One of {', '.join(SENDERS)}."})
        need(self.caller, Role.EDITOR)
        parcel = hand_over(
            app=app,
            segment=segment,
            node=segment.node,
            sender=SENDERS[wanted],
            actor=self.actor,
            now=timezone.now(),
        )
        return parcel_response(name=parcel.name, files=parcel.files, several=parcel.several)


class HandOffSenderAnswer(serializers.Serializer[Any]):
    """What a file for one product would hold."""

    sender = serializers.ChoiceField(choices=list(SENDERS), help_text="What `for` takes.")
    name = serializers.CharField()
    counts = serializers.ChoiceField(choices=["person", "device"], help_text="What a line is.")
    lines = serializers.IntegerField()
    without_address = serializers.IntegerField(
        help_text="Devices that told nothing to address them by."
    )
    not_writable = serializers.IntegerField(
        help_text="People whose id cannot stand in the file as it is."
    )
    several_files = serializers.BooleanField(help_text="Whether it comes as a ZIP of files.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Two devices",
            value={
                "devices": 2,
                "denied": 2,
                "people": 1,
                "senders": [
                    {
                        "sender": "braze",
                        "name": "Braze",
                        "counts": "person",
                        "lines": 1,
                        "without_address": 1,
                        "not_writable": 0,
                        "several_files": False,
                    }
                ],
            },
        )
    ]
)
class HandOffAnswer(serializers.Serializer[Any]):
    """How far a segment reaches. No sender can push to devices that are `denied`."""

    devices = serializers.IntegerField()
    denied = serializers.IntegerField()
    people = serializers.IntegerField(help_text="Different external ids.")
    senders = HandOffSenderAnswer(many=True)


class SegmentHandOff(SegmentView):
    """Whom a product that sends could reach."""

    @extend_schema(operation_id="read_segment_hand_off", responses=HandOffAnswer)
    def get(self, request: Request, key: str) -> Response:
        """What each file would hold, before anything is downloaded."""
        segment = self.found(key)
        if segment.node is None:
            raise Http404
        found = reach(app_id=self.app.pk, node=segment.node, today=today_number())
        senders = [
            {
                "sender": it.key,
                "name": it.name,
                "counts": it.what,
                "lines": found.lines(it),
                "without_address": found.unreached(it),
                "not_writable": found.unwritable(it),
                "several_files": found.several(it),
            }
            for it in SENDERS.values()
        ]
        body = {"devices": found.devices, "denied": found.denied, "people": found.people}
        return Response(body | {"senders": senders})
