"""The table of permission values, and a place to try one: read by the same rule that reads events."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from permissions_app.domain.narration import CAUSE_WORDS, STATUS_WORDS, status_in_words
from permissions_app.domain.permission_values import PLATFORMS, Library, table
from permissions_app.domain.states import LIBRARIES, Reading, UnknownValue, normalise
from permissions_app.web.access import PersonRequest, load_app, signed_in

PAGE = "permissions_app/integrate/values.html"
COUNTS = ("api_level", "target_sdk", "ask_count")
TEXTS = ("library", "value", "platform", "os_version", "source", "can_ask_again")
LONGEST = 100
YES_OR_NO = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of a value that somebody tried: a reading, or the sentence that refuses it."""

    reading: Reading | None = None
    words: str = ""
    error: str = ""
    code: str = ""


@require_safe
@signed_in
def permission_values(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All values, or those of one library or platform; and what was tried."""
    access = load_app(request, workspace, app)
    only, on = request.GET.get("only", ""), request.GET.get("on", "")
    typed = {name: request.GET.get(name, "").strip()[:LONGEST] for name in (*TEXTS, *COUNTS)}
    tried = try_value(typed) if "value" in request.GET else None
    page = {
        "access": access,
        "nav": "integrate",
        "here": "values",
        "libraries": _narrowed(table(), only, on),
        "names": [library.name for library in table()],
        "known": LIBRARIES,
        "platforms": PLATFORMS,
        "only": only,
        "on": on,
        "typed": typed,
        "tried": tried,
        "statuses": STATUS_WORDS,
        "causes": CAUSE_WORDS,
    }
    return render(request, PAGE, page, status=422 if tried and tried.error else 200)


def _narrowed(libraries: tuple[Library, ...], only: str, on: str) -> list[tuple[Library, Any]]:
    """Libraries with their rows; an unknown name narrows nothing."""
    names = {library.name for library in libraries}
    return [
        (library, [row for row in library.rows if on not in PLATFORMS or row.platform == on])
        for library in libraries
        if only not in names or library.name == only
        if on not in PLATFORMS or on in library.platforms
    ]


def try_value(typed: dict[str, str]) -> Tried:
    """Read what was typed into the form, all fields as texts."""
    facts: dict[str, Any] = {
        name: typed[name] or None for name in ("platform", "os_version", "source")
    }
    for name in COUNTS:
        text = typed[name]
        if text and not (text.isascii() and text.isdigit() and len(text) <= 7):
            label = name.replace("_", " ")
            return Tried(error=f"The {label} is a whole number.", code="invalid")
        facts[name] = int(text) if text else None
    facts["can_ask_again"] = YES_OR_NO.get(typed["can_ask_again"])
    try:
        reading = normalise(library=typed["library"], value=typed["value"], **facts)
    except UnknownValue as unknown:
        return Tried(error=f"{unknown.detail}.", code=unknown.code)
    words = (
        "Cannot be told"
        if reading.status is None
        else status_in_words(reading.status, reading.cause)
    )
    return Tried(reading, words)
