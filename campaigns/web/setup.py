"""The set-up of an app as one file: take it away, check a file against the app, apply it."""

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from campaigns.domain.setup_fates import SECTION_NAMES, VERDICTS, Item, Plan
from campaigns.domain.setup_file import write_setup
from campaigns.domain.setup_yaml import LARGEST, MOST_PROBLEMS, Unreadable, decode
from campaigns.selectors.setup import read_app
from campaigns.services.setup import apply_setup, export_setup, normal, try_setup
from campaigns.web.editing import CONFLICT_STATUS, INVALID_STATUS
from permissions_app.domain.edits import Conflict
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/setup/"


@dataclass(frozen=True, slots=True)
class Section:
    """One part of what a file would do. `moving`: what changes; the rest is told by its names."""

    name: str
    moving: tuple[Item, ...]
    unchanged: tuple[Item, ...]
    alone: tuple[Item, ...]


@require_safe
@signed_in
def setup_page(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The file of the app as it stands, and the way to bring one."""
    access = load_app(request, workspace, app)
    return _page(request, access)


@require_safe
@signed_in
def setup_export(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The file as a download, which leaves its entry in the trail; a mere question leaves none."""
    access = load_app(request, workspace, app)
    name = f"oneask-{access.workspace.slug}-{access.app.slug}.yaml"
    taken = request.method == "GET"
    return HttpResponse(
        export_setup(app=access.app, actor=request.user) if taken else "",
        content_type="application/yaml; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@require_POST
@signed_in
def setup_check(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """What a file would change; writes nothing."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    text = request.POST.get("text", "")  # kept when the file beside it cannot be read
    try:
        text = _text(request)
        return _checked(request, access, text)
    except Unreadable as unreadable:
        return _page(request, access, text=text, unreadable=unreadable)


@require_POST
@signed_in
def setup_apply(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Do what was checked; when anything moved since, show the check anew."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    text = request.POST.get("text", "")
    try:
        plan = apply_setup(
            app=access.app,
            text=text,
            checked=request.POST.get("checked", ""),
            actor=request.user,
        )
    except Unreadable as unreadable:
        return _page(request, access, text=text, unreadable=unreadable)
    except Conflict:
        try:
            return _checked(request, access, text, conflict=True)
        except Unreadable as unreadable:
            return _page(request, access, text=text, unreadable=unreadable)
    messages.success(request, _told(plan))
    return redirect("setup_file", workspace, app)


def _text(request: PersonRequest) -> str:
    """What was sent: a file before a pasted text. Raises Unreadable."""
    upload = request.FILES.get("file")
    if upload is not None:
        return decode(upload.read(LARGEST + 1))
    return request.POST.get("text", "")


def _checked(
    request: PersonRequest, access: AppAccess, text: str, *, conflict: bool = False
) -> HttpResponse:
    checked = try_setup(app=access.app, text=text, actor=request.user)
    context = {
        "access": access,
        "nav": "setup_file",
        "plan": checked.plan,
        "counts": {verdict: checked.plan.count(verdict) for verdict in VERDICTS},
        "sections": _sections(checked.plan),
        "checked": checked.fingerprint,
        "text": normal(text),
        "conflict": conflict,
    }
    status = CONFLICT_STATUS if conflict else 200
    return render(request, f"{PAGE}check.html", context, status=status)


def _page(
    request: PersonRequest,
    access: AppAccess,
    *,
    text: str = "",
    unreadable: Unreadable | None = None,
) -> HttpResponse:
    problems = unreadable.problems if unreadable else ()
    context: dict[str, Any] = {
        "access": access,
        "nav": "setup_file",
        "written": write_setup(read_app(app=access.app)),
        "host": request.build_absolute_uri("/").rstrip("/"),
        "text": text,
        "problems": problems[:MOST_PROBLEMS],
        "total": len(problems),
        "more": max(0, len(problems) - MOST_PROBLEMS),
    }
    status = INVALID_STATUS if problems else 200
    return render(request, f"{PAGE}page.html", context, status=status)


def _sections(plan: Plan) -> tuple[Section, ...]:
    def those(section: str, *verdicts: str) -> tuple[Item, ...]:
        return tuple(
            item for item in plan.items if item.section == section and item.verdict in verdicts
        )

    return tuple(
        Section(
            name,
            those(key, "created", "changed"),
            those(key, "unchanged"),
            those(key, "alone") if key != "fatigue" else (),
        )
        for key, name in SECTION_NAMES.items()
        if those(key, *VERDICTS)
    )


def _told(plan: Plan) -> str:
    if not plan.changes_something:
        return "Everything in the file was here already. Nothing was changed."
    return (
        f"Imported: {plan.count('created')} created, {plan.count('changed')} changed. "
        "Soft asks and redirects are drafts and wait for a review."
    )
