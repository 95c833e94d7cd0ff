"""`/api/v1/manage/segments`: who is in which segment.

Own segments are made and changed here as on the pages; those that every app has can be read. Members come a page at a
time as JSON; all at once, and as products that send want them, they come from `segment_files`.
"""

from collections.abc import Sequence
from typing import Any

from django.http import Http404
from django.utils import timezone
from drf_spectacular.utils import (
    OpenApiExample,
    extend_schema,
    extend_schema_serializer,
)
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Segment
from campaigns.selectors import segments as reading
from campaigns.selectors.segment_files import MEMBER_COLUMNS
from campaigns.selectors.segments import Counted, Described, Member
from campaigns.services.segments import (
    SegmentDraft,
    create_segment,
    delete_segment,
    update_segment,
)
from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.bodies import body_of, valid
from permissions_app.api.manage.pages import ForwardPages, whole_number
from permissions_app.domain.edits import Invalid
from permissions_app.models import App
from permissions_app.selectors.days import day_number, today

DENIED = {
    "all": [
        {"fact": "status", "in": ["denied"]},
        {"fact": "denied", "more_than_days_ago": 30},
    ]
}


@extend_schema_serializer(
    examples=[OpenApiExample("Denied for a month", value={"name": "Denied", "document": DENIED})]
)
class SegmentShape(serializers.Serializer[Any]):
    """The shape of a segment; what must hold of it is checked by the service."""

    name = serializers.CharField(allow_blank=True, max_length=1000)
    document = serializers.JSONField(
        help_text="A tree of conditions, as docs/setup-file.md writes them."
    )


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "Denied for a month",
            value={
                "key": "denied",
                "name": "Denied",
                "built_in": False,
                "document": DENIED,
                "version": 1,
                "devices": 120,
                "of": 4_000,
            },
        )
    ]
)
class SegmentAnswer(serializers.Serializer[Any]):
    """A segment and its size now. `devices` and `of` are null where its conditions cannot be read."""

    key = serializers.CharField()
    name = serializers.CharField()
    built_in = serializers.BooleanField(help_text="Every app has it, and nobody can change it.")
    document = serializers.JSONField()
    version = serializers.IntegerField()
    devices = serializers.IntegerField(allow_null=True)
    of = serializers.IntegerField(allow_null=True, help_text="All devices of the app.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "A phone",
            value={
                "device": "0b6b3f9e-5d1f-4c55-9f0e-2f4b8f6c1a77",
                "platform": "ios",
                "os": "18.1",
                "app_version": "4.2.0",
                "locale": "de-DE",
                "country": "DE",
                "status": "denied",
                "cause": "refused",
                "denied": "2026-10-01",
                "recovered": None,
                "first_seen": "2026-09-20",
                "last_seen": "2026-11-22",
                "sessions": 14,
                "soft_asks_shown": 1,
                "redirects_shown": 1,
                "redirects_tapped": 0,
            },
        )
    ]
)
class MemberAnswer(serializers.Serializer[Any]):
    """A device in a segment; what was never told is empty or null."""

    device = serializers.CharField()
    platform = serializers.CharField(allow_blank=True)
    os = serializers.CharField(allow_blank=True)
    app_version = serializers.CharField(allow_blank=True)
    locale = serializers.CharField(allow_blank=True)
    country = serializers.CharField(allow_blank=True)
    status = serializers.CharField(allow_null=True)
    cause = serializers.CharField(allow_null=True)
    denied = serializers.DateField(allow_null=True)
    recovered = serializers.DateField(allow_null=True)
    first_seen = serializers.DateField()
    last_seen = serializers.DateField()
    sessions = serializers.IntegerField()
    soft_asks_shown = serializers.IntegerField()
    redirects_shown = serializers.IntegerField()
    redirects_tapped = serializers.IntegerField()


def as_json(segment: Described, counted: Counted | None) -> dict[str, Any]:
    """A segment as the API shows it. `devices` is null where its conditions cannot be read."""
    return {
        "key": segment.key,
        "name": segment.name,
        "built_in": segment.pk is None,
        "document": segment.document,
        "version": segment.version,
        "devices": counted.devices if counted else None,
        "of": counted.of if counted else None,
    }


class SegmentView(ManageView):
    """What they share."""

    tag = "Segments"

    def found(self, key: str) -> Described:
        """The segment; 404 when there is none."""
        segment = reading.find_segment(app=self.app, key=key)
        if segment is None:
            raise Http404
        return segment

    def told(self, app: App, key: str, *, status: int = 200) -> Response:
        """The segment with its size, and its ETag."""
        segment = self.found(key)
        counted = None
        if segment.node is not None:
            counted = reading.count(app_id=app.pk, node=segment.node, today=today_number())
        body = as_json(segment, counted)
        return Response(body, status=status, headers=etag(segment.version))


class SegmentList(SegmentView):
    """All segments of the app, those that every app has first."""

    pagination_class = ForwardPages

    @extend_schema(operation_id="list_segments", responses=SegmentAnswer(many=True))
    def get(self, request: Request) -> Response:
        """One page of segments with their sizes: those that every app has, then your own by name."""
        app = self.app
        sizes: dict[str, Counted] = {}

        def fetch(after: str, limit: int) -> Sequence[Described]:
            found = _beginning_after(reading.segments_of(app=app), after)[:limit]
            readable = [(it.key, it.node) for it in found if it.node is not None]
            nodes = [node for _, node in readable]
            counted = reading.counts(app_id=app.pk, nodes=nodes, today=today_number())
            sizes.update(zip((key for key, _ in readable), counted, strict=True))
            return found

        return ForwardPages().read(
            request,
            fetch=fetch,
            key=lambda it: it.key,
            told=lambda it: as_json(it, sizes.get(it.key)),
        )

    @extend_schema(
        operation_id="create_segment", request=SegmentShape, responses={201: SegmentAnswer}
    )
    def post(self, request: Request) -> Response:
        """A new segment."""
        app = self.app
        segment = create_segment(app=app, draft=_draft(request), actor=self.actor)
        return self.told(app, segment.key, status=201)


class SegmentDetail(SegmentView):
    """One segment, by key."""

    @extend_schema(operation_id="read_segment", responses=SegmentAnswer)
    def get(self, request: Request, key: str) -> Response:
        """The segment, its size and its ETag."""
        return self.told(self.app, key)

    @extend_schema(operation_id="replace_segment", request=SegmentShape, responses=SegmentAnswer)
    def put(self, request: Request, key: str) -> Response:
        """Replace name and conditions; live campaigns whose audience it is follow at once."""
        version, app = expected_version(request), self.app
        Segment.objects.get(app=app, key=key)
        update_segment(
            app=app, key=key, draft=_draft(request), expected_version=version, actor=self.actor
        )
        return self.told(app, key)

    @extend_schema(operation_id="delete_segment", request=None, responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Take it away, unless a campaign speaks to it."""
        delete_segment(app=self.app, key=key, actor=self.actor)
        return Response(status=204)


class MemberPages(ForwardPages):
    """Many to a page: they are read to be passed on."""

    max_page_size = 1_000


class SegmentMembers(SegmentView):
    """Who is in it."""

    pagination_class = MemberPages

    @extend_schema(operation_id="list_segment_members", responses=MemberAnswer(many=True))
    def get(self, request: Request, key: str) -> Response:
        """One page of the devices in it. For all at once, take the CSV."""
        segment, app = self.found(key), self.app

        def fetch(after: str, limit: int) -> Sequence[Member]:
            if segment.node is None:
                return ()
            return reading.members(
                app_id=app.pk,
                node=segment.node,
                today=today_number(),
                after=whole_number(after or "0"),
                limit=limit,
            )

        return MemberPages().read(
            request, fetch=fetch, key=lambda it: it.device_id, told=member_json
        )


def member_json(member: Member) -> dict[str, Any]:
    """A member under the names of the file's columns."""
    told = {name: getattr(member, name) for name in MEMBER_COLUMNS[1:]}
    return {"device": member.key, **told}


def _draft(request: Request) -> SegmentDraft:
    sent = valid(SegmentShape, body_of(request))
    return SegmentDraft(sent["name"], sent["document"])


def _beginning_after(segments: Sequence[Described], key: str) -> Sequence[Described]:
    """Those after one. Raises Invalid when it is gone."""
    if not key:
        return segments
    keys = [it.key for it in segments]
    if key not in keys:
        raise Invalid({"cursor": "The segment that this page begins after is gone."})
    return segments[keys.index(key) + 1 :]


def today_number() -> int:
    """The present day as segments count days."""
    return day_number(today(timezone.now()))
