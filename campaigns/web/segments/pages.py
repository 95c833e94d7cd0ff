"""The list of segments, one segment, its members, and files of them."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.segment_words import in_words
from campaigns.models import Segment, SegmentDay
from campaigns.selectors import segments as reading
from campaigns.selectors.names import names_in
from campaigns.selectors.segment_files import member_rows
from campaigns.selectors.segments import Counted, Described, Member, Use
from campaigns.services.segments import delete_segment
from campaigns.web.segments.figures import figures_of
from campaigns.web.segments.shown import naming
from permissions_app.domain.edits import Invalid
from permissions_app.domain.narration import status_in_words
from permissions_app.models import Role
from permissions_app.selectors.days import day_number, today
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in
from permissions_app.web.figures import csv_response
from permissions_app.web.ranges import PLATFORMS

PAGE = "campaigns/segments/"


@dataclass(frozen=True, slots=True)
class Listed:
    """A line of the list."""

    segment: Described
    said: str
    size: Counted | None
    look: SegmentDay | None
    uses: tuple[Use, ...]


@require_safe
@signed_in
def segments(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All segments with their sizes, counted in one walk."""
    access = load_app(request, workspace, app)
    found = reading.segments_of(app=access.app)
    readable = [it for it in found if it.node is not None]
    sizes = reading.counts(
        app_id=access.app.pk, nodes=[it.node for it in readable if it.node], today=_today()
    )
    size_of = dict(zip((it.key for it in readable), sizes, strict=True))
    used, looks = reading.uses(app=access.app), reading.latest_days(app_id=access.app.pk)
    name = naming(names_in(app=access.app))
    listed = [
        Listed(
            segment=it,
            said=it.decision
            or (in_words(it.document, name=name) if it.node else "Its conditions cannot be read."),
            size=size_of.get(it.key),
            look=looks.get(it.key),
            uses=used.get(it.key, ()),
        )
        for it in found
    ]
    page = {
        "access": access,
        "nav": "segments",
        "own": [it for it in listed if it.segment.pk is not None],
        "standing": [it for it in listed if it.segment.pk is None],
        "of": sizes[0].of if sizes else 0,
        "milliseconds": sizes[0].milliseconds if sizes else 0,
    }
    return render(request, f"{PAGE}page.html", page)


@require_safe
@signed_in
def segment_page(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponseBase:
    """One segment: its size, who came and went, how its people fare, and where it is used."""
    access = load_app(request, workspace, app)
    segment = load_segment(access, slug)
    figures = figures_of(app_id=access.app.pk, segment=segment, today=_today())
    wanted = request.GET.get("csv")
    if wanted is not None:
        figure = next((figure for figure in figures if figure.key == wanted), None)
        if figure is None:
            raise Http404("no such table")
        return csv_response(name=f"{access.app.slug}-{slug}-{wanted}.csv", rows=figure.table.file())
    counted = None
    if segment.node is not None:
        counted = reading.count(app_id=access.app.pk, node=segment.node, today=_today())
    page = {
        "access": access,
        "nav": "segments",
        "segment": segment,
        "said": _said(access, segment),
        "counted": counted,
        "figures": [(figure, f"?{urlencode({'csv': figure.key})}") for figure in figures],
        "uses": reading.uses(app=access.app, keys=[slug]).get(slug, ()),
    }
    return render(request, f"{PAGE}segment.html", page)


@require_safe
@signed_in
def segment_members(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponse:
    """Who is in a segment, a page at a time, with links to each device."""
    access = load_app(request, workspace, app)
    segment = load_segment(access, slug)
    after = request.GET.get("after", "")
    start = int(after) if after.isascii() and after.isdecimal() and len(after) < 16 else 0
    found: list[Member] = []
    if segment.node is not None:
        found = reading.members(
            app_id=access.app.pk,
            node=segment.node,
            today=_today(),
            after=start,
            limit=reading.MEMBERS_A_PAGE + 1,
        )
    here = found[: reading.MEMBERS_A_PAGE]
    page = {
        "access": access,
        "nav": "segments",
        "segment": segment,
        "members": [
            (
                member,
                f"{PLATFORMS.get(member.platform, member.platform)} {'' if member.os == 'unknown' else member.os}",
                status_in_words(member.status, member.cause),
            )
            for member in here
        ],
        "start": start,
        "next": here[-1].device_id if len(found) > len(here) else None,
    }
    return render(request, f"{PAGE}members.html", page)


@require_safe
@signed_in
def segment_file(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponseBase:
    """All members as a CSV file, sent while they are read."""
    access = load_app(request, workspace, app)
    segment = load_segment(access, slug)
    if segment.node is None:
        raise Http404("its conditions cannot be read")
    members = reading.every_member(app_id=access.app.pk, node=segment.node, today=_today())
    return csv_response(name=f"{access.app.slug}-{slug}.csv", rows=member_rows(members))


@require_POST
@signed_in
def segment_delete(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponse:
    """Take a segment away, unless a campaign speaks to it."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    segment = load_segment(access, slug)
    try:
        delete_segment(app=access.app, key=slug, actor=request.user)
    except Segment.DoesNotExist:
        raise Http404("no such segment") from None
    except Invalid as invalid:
        messages.error(request, " ".join(invalid.errors.values()))
        return redirect("segment", workspace, app, slug)
    messages.success(request, f"“{segment.name}” is deleted.")
    return redirect("segments", workspace, app)


def load_segment(access: AppAccess, key: str) -> Described:
    """The one loader of a segment. Raises Http404."""
    segment = reading.find_segment(app=access.app, key=key)
    if segment is None:
        raise Http404("no such segment")
    return segment


def _said(access: AppAccess, segment: Described) -> str:
    if segment.node is None:
        return ""
    return in_words(segment.document, name=naming(names_in(app=access.app)))


def _today() -> int:
    return day_number(today(timezone.now()))
