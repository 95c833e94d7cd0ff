"""Playbooks: ready moments and words for seven trades, put into an app as drafts."""

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from campaigns.domain.playbooks import PLAYBOOKS, Playbook
from campaigns.selectors.playbooks import book_states
from campaigns.services.playbooks import Inserted, insert_playbook
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.web.access import PersonRequest, load_app, signed_in

PAGE = "campaigns/playbooks/"


@require_safe
@signed_in
def playbooks(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """All playbooks, each with its moments and whether the app sends their events."""
    access = load_app(request, workspace, app)
    books = book_states(app=access.app, books=PLAYBOOKS.values(), today=timezone.now().date())
    context = {"access": access, "nav": "playbooks", "books": books}
    return render(request, f"{PAGE}page.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def playbook(request: PersonRequest, workspace: str, app: str, book: str) -> HttpResponse:
    """One playbook with all its words; with the right role, insert moments of it."""
    needs = Role.EDITOR if request.method == "POST" else Role.VIEWER
    access = load_app(request, workspace, app, needs=needs)
    found = PLAYBOOKS.get(book)
    if found is None:
        raise Http404("no such playbook")
    if request.method == "POST":
        keys = request.POST.getlist("moment")
        try:
            made = insert_playbook(app=access.app, book=found, keys=keys, actor=request.user)
        except Invalid as invalid:
            messages.error(request, str(invalid))
        else:
            messages.success(request, _told(found, made))
        return redirect("playbook", workspace, app, found.key)
    [state] = book_states(app=access.app, books=[found], today=timezone.now().date())
    left = sum(1 for moment in state.moments if not moment.complete)
    context = {"access": access, "nav": "playbooks", "state": state, "left": left}
    return render(request, f"{PAGE}book.html", context)


def _told(book: Playbook, made: tuple[Inserted, ...]) -> str:
    counts = (
        (sum(one.new_moment for one in made), "moment"),
        (sum(one.soft_ask is not None for one in made), "soft ask"),
        (sum(one.redirect is not None for one in made), "redirect"),
    )
    parts = [f"{n} {word}{'' if n == 1 else 's'}" for n, word in counts if n]
    if not parts:
        return "All of that was here already. Nothing was added."
    said = parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
    return f"Added from “{book.name}”: {said}. The words are drafts; nobody sees them yet."
