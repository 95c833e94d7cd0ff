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
        "steps": [_written(found, step, values) for step in found.steps],
        "wholes": [
            (program, Code(f"whole-{program.key}", program.file, whole(program, values)))
            for program in found.programs
        ],
        "names": NAMES.items() if found.key == "segment" else (),
    }
    response = render(request, PAGE, page)
    response["Cache-Control"] = "no-store"
    return response


def _written(found: Guide, step: Step, values: Values) -> Written:
    codes = tuple(
        Code(f"{step.key}-{program.key}", _label(found, program), piece(program, step.key, values))
        for program in found.programs
        if step.key in program.parts
    )
    return Written(step, codes)


def _label(found: Guide, program: Program) -> str:
    return program.label if len(found.programs) > 1 else program.file
