"""Building a segment: conditions that are added, joined and counted while one writes, with and without a script."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from campaigns.domain.segment_links import document_of
from campaigns.domain.segment_words import in_words
from campaigns.domain.segments import parse
from campaigns.models import Segment
from campaigns.selectors.names import names_in
from campaigns.selectors.segments import Described, count, find_segment, uses
from campaigns.services.segments import SegmentDraft, create_segment, update_segment
from campaigns.web import editing
from campaigns.web.segments import rows
from campaigns.web.segments.shown import naming, offered, shown
from permissions_app.domain.edits import Conflict, Invalid
from permissions_app.models import Role
from permissions_app.selectors.days import day_number, today
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/segments/"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_segment(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Build a segment. The address may say whom it begins with (see `segment_links`), or `like` another segment.

    Everybody who sees the app may count; saving needs an editor.
    """
    saving = request.method == "POST" and request.POST.get("do") == "save"
    access = load_app(request, workspace, app, needs=Role.EDITOR if saving else Role.VIEWER)
    if request.method != "POST":
        told = request.GET.dict()
        like = find_segment(app=access.app, key=told.get("like", "")) if "like" in told else None
        root = rows.from_document(like.document if like else document_of(told))
        return _page(request, access, root, name=f"{like.name} (copy)" if like else "")
    root = _pressed(request)
    name = request.POST.get("name", "")
    if not saving:
        return _page(request, access, root, name=name)
    found = rows.read(root)
    try:
        if found.faults:
            raise Invalid(found.faults)
        draft = SegmentDraft(name, found.document)
        segment = create_segment(app=access.app, draft=draft, actor=request.user)
    except Invalid as invalid:
        return _page(request, access, root, name=name, errors=invalid.errors)
    messages.success(request, f"“{segment.name}” is saved.")
    return redirect("segment", workspace, app, segment.key)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit_segment(request: PersonRequest, workspace: str, app: str, slug: str) -> HttpResponse:
    """Change a segment of the app's own."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    segment = find_segment(app=access.app, key=slug)
    if segment is None or segment.pk is None:
        raise Http404("no such segment")
    if request.method != "POST":
        root = rows.from_document(segment.document)
        return _page(request, access, root, name=segment.name, segment=segment)
    root, name = _pressed(request), request.POST.get("name", "")
    version = editing.version_in(request)
    if request.POST.get("do") != "save":
        return _page(request, access, root, name=name, segment=segment, version=version)
    found = rows.read(root)
    try:
        if found.faults:
            raise Invalid(found.faults)
        saved = update_segment(
            app=access.app,
            key=slug,
            draft=SegmentDraft(name, found.document),
            expected_version=version,
            actor=request.user,
        )
    except Segment.DoesNotExist:
        raise Http404("no such segment") from None
    except Invalid as invalid:
        return _page(
            request,
            access,
            root,
            name=name,
            segment=segment,
            errors=invalid.errors,
            version=version,
        )
    except Conflict:
        fresh = find_segment(app=access.app, key=slug)
        return _page(request, access, root, name=name, segment=fresh, conflict=True)
    messages.success(request, f"“{saved.name}” is saved.")
    return redirect("segment", workspace, app, slug)


@require_POST
@signed_in
def segment_count(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """How many are in what is written so far."""
    access = load_app(request, workspace, app)
    return render(
        request,
        f"{PAGE}_count.html",
        {"access": access, **_counted(access, rows.from_post(request.POST))},
    )


def _pressed(request: PersonRequest) -> rows.Row:
    """The rows that were sent, after the button that was pressed."""
    root = rows.from_post(request.POST)
    chosen = {
        name.removesuffix(":new"): request.POST.get(name, "")
        for name in request.POST
        if name.endswith(":new")
    }
    return rows.press(root, request.POST.get("do", ""), chosen=chosen)


def _counted(access: AppAccess, root: rows.Row) -> dict[str, Any]:
    found = rows.read(root)
    day = day_number(today(timezone.now()))
    names = names_in(app=access.app)
    return {
        "counted": count(app_id=access.app.pk, node=parse(found.finished), today=day),
        "said": in_words(found.finished, name=naming(names)),
        "unfinished": len(found.faults),
        "names": names,
    }


def _page(
    request: PersonRequest,
    access: AppAccess,
    root: rows.Row,
    *,
    name: str,
    segment: Described | None = None,
    errors: dict[str, str] | None = None,
    version: int | None = None,
    conflict: bool = False,
) -> HttpResponse:
    told = _counted(access, root)
    if errors is None:  # sentences come when somebody wants to save, not while they write
        for row in rows.walk(root):
            row.fault = ""
    page = {
        "access": access,
        "nav": "segments",
        "segment": segment,
        "version": segment.version if version is None and segment else version or 0,
        "name": name,
        "errors": errors or {},
        "conflict": conflict,
        "stored": in_words(segment.document, name=naming(told["names"]))
        if conflict and segment
        else "",
        "root": shown(root, told["names"]),
        "offered": offered(),
        "day_ops": rows.DAY_OPS,
        "live_uses": [
            use
            for use in (
                uses(app=access.app, keys=[segment.key]).get(segment.key, ()) if segment else ()
            )
            if use.live
        ],
        **told,
    }
    status = editing.CONFLICT_STATUS if conflict else editing.INVALID_STATUS if errors else 200
    if request.htmx and request.method == "POST" and request.POST.get("do") != "save":
        return render(request, f"{PAGE}_builder.html", page)
    return render(request, f"{PAGE}form.html", page, status=status)
