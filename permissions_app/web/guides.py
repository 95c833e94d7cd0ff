"""A guide: how to connect one platform, step by step, with code that can be copied as it stands."""

from dataclasses import dataclass

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from permissions_app.domain.guides import GUIDES, Guide, Program, Step
from permissions_app.domain.segment_messages import NAMES
from permissions_app.web.access import PersonRequest, load_app, signed_in
from permissions_app.web.snippets import Values, piece, values_of, whole

PAGE = "permissions_app/integrate/guide.html"


@dataclass(frozen=True, slots=True)
class Code:
    """A piece of code on a page. `key`: unique on it."""

    key: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Written:
    """A step with its code, in each language of the guide."""

    step: Step
    codes: tuple[Code, ...]


@require_safe
@signed_in
def guide(request: PersonRequest, workspace: str, app: str, guide: str) -> HttpResponse:
    """One guide; 404 for a platform that has none."""
    access = load_app(request, workspace, app)
    found = GUIDES.get(guide)
    if found is None:
        raise Http404("no such guide")
    values = values_of(request, access.app)
    page = {
        "access": access,
        "nav": "integrate",
        "here": "guide",
        "guide": found,
        "guides": GUIDES.values(),
        "values": values,
        "steps": [Written(step, code_of(found, step.key, values)) for step in found.steps],
        "wholes": [
            (program, Code(f"whole-{program.key}", program.file, whole(program, values)))
            for program in found.programs
        ],
        "names": NAMES.items() if found.key == "segment" else (),
    }
    response = render(request, PAGE, page)
    response["Cache-Control"] = "no-store"
    return response


def code_of(guide: Guide, step: str, values: Values, *, prefix: str = "") -> tuple[Code, ...]:
    """The code of a step, in each language that has some. `prefix`: makes its keys unique on a page."""
    return tuple(
        Code(f"{prefix}{step}-{program.key}", _label(guide, program), piece(program, step, values))
        for program in guide.programs
        if step in program.parts
    )


def _label(found: Guide, program: Program) -> str:
    return program.label if len(found.programs) > 1 else program.file
