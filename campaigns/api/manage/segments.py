"""`/api/v1/manage/segments`: who is in which segment.

Own segments are made and changed here as on the pages; those that every app has can be read. Members come a page at a
time as JSON, or all at once as CSV that is sent while it is read.
"""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpResponseBase
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from campaigns.models import Segment
from campaigns.selectors import segments as reading
from campaigns.selectors.segment_files import MEMBER_COLUMNS, member_rows
from campaigns.selectors.segments import Counted, Described, Member
from campaigns.services.segments import (
    SegmentDraft,
    create_segment,
    delete_segment,
    update_segment,
)
from permissions_app.api.manage.access import ManageView, etag, expected_version
from permissions_app.api.manage.moments import body_of, valid
from permissions_app.models import App
from permissions_app.selectors.days import day_number, today
from permissions_app.web.figures import csv_response

MOST_MEMBERS = 1_000


class SegmentShape(serializers.Serializer[Any]):
    """The shape of a segment; what must hold of it is checked by the service."""

    name = serializers.CharField(allow_blank=True, max_length=1000)
    document = serializers.JSONField()


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
            counted = reading.count(app_id=app.pk, node=segment.node, today=_today())
        body = as_json(segment, counted)
        return Response(body, status=status, headers=etag(segment.version))


class SegmentList(SegmentView):
    """All segments of the app, those that every app has first."""

    def get(self, request: Request) -> Response:
        """All of them with their sizes; an app has a few hundred at most."""
        app = self.app
        segments = reading.segments_of(app=app)
        readable = [it for it in segments if it.node is not None]
        nodes = [it.node for it in readable if it.node is not None]
        sizes = reading.counts(app_id=app.pk, nodes=nodes, today=_today())
        size_of = {it.key: size for it, size in zip(readable, sizes, strict=True)}
        results = [as_json(it, size_of.get(it.key)) for it in segments]
        return Response({"next": None, "previous": None, "results": results})

    def post(self, request: Request) -> Response:
        """A new segment."""
        app = self.app
        segment = create_segment(app=app, draft=_draft(request), actor=None)
        return self.told(app, segment.key, status=201)


class SegmentDetail(SegmentView):
    """One segment, by key."""

    def get(self, request: Request, key: str) -> Response:
        """The segment, its size and its ETag."""
        return self.told(self.app, key)

    def put(self, request: Request, key: str) -> Response:
        """Replace name and conditions; live campaigns whose audience it is follow at once."""
        version, app = expected_version(request), self.app
        Segment.objects.get(app=app, key=key)
        update_segment(
            app=app, key=key, draft=_draft(request), expected_version=version, actor=None
        )
        return self.told(app, key)

    def delete(self, request: Request, key: str) -> Response:
        """Take it away, unless a campaign speaks to it."""
        delete_segment(app=self.app, key=key, actor=None)
        return Response(status=204)


class SegmentMembers(SegmentView):
    """Who is in it; `next` holds the address of the next page."""

    def get(self, request: Request, key: str) -> Response:
        """`?limit=` (at most 1000) and `?after=`, a device id as `next` gives it."""
        segment = self.found(key)
        limit = min(_number(request, "limit") or reading.MEMBERS_A_PAGE, MOST_MEMBERS)
        members: list[Member] = []
        if segment.node is not None:
            members = reading.members(
                app_id=self.app.pk,
                node=segment.node,
                today=_today(),
                after=_number(request, "after") or 0,
                limit=limit + 1,
            )
        here = members[:limit]
        following = None
        if len(members) > limit:
            query = urlencode({"limit": limit, "after": here[-1].device_id})
            following = request.build_absolute_uri(f"{request.path}?{query}")
        return Response({"next": following, "results": [member_json(it) for it in here]})


class SegmentFile(SegmentView):
    """Everybody in it as CSV."""

    def get(self, request: Request, key: str) -> HttpResponseBase:
        """Sent while it is read; texts that a spreadsheet would run are quoted."""
        segment, app = self.found(key), self.app
        if segment.node is None:
            raise Http404
        members = reading.every_member(app_id=app.pk, node=segment.node, today=_today())
        return csv_response(name=f"{app.slug}-{key}.csv", rows=member_rows(members))


def member_json(member: Member) -> dict[str, Any]:
    """A member under the names of the file's columns."""
    told = {name: getattr(member, name) for name in MEMBER_COLUMNS[1:]}
    return {"device": member.key, **told}


def _draft(request: Request) -> SegmentDraft:
    sent = valid(SegmentShape, body_of(request))
    return SegmentDraft(sent["name"], sent["document"])


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else None


def _today() -> int:
    return day_number(today(timezone.now()))
