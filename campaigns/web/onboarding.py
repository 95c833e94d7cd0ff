"""The way from a new app to people who say yes: six steps, ticked as they come true.

The overview loads them as a part of its page, because it belongs to the layer below, which knows
nothing of soft asks. Once all are done, or a person put them away, that part is empty.
"""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from campaigns.selectors.onboarding import Progress, progress
from permissions_app.models import Role
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

PAGE = "campaigns/onboarding/"
PUT_AWAY = "onboarding_put_away"
"""Session key: the apps whose panel this person put away."""
MOST_REMEMBERED = 200


@dataclass(frozen=True, slots=True)
class Step:
    """One step. `link` and `action`: where it is done, and what that is called."""

    title: str
    text: str
    action: str
    link: str
    done: bool


@require_safe
@signed_in
def onboarding(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """The page; for htmx the list, or with `?part=panel` the small panel of the overview."""
    access = load_app(request, workspace, app)
    come = progress(app=access.app)
    steps = steps_of(access, come)
    context = {
        "access": access,
        "nav": "overview",
        "steps": steps,
        "count": sum(step.done for step in steps),
        "next": next((step for step in steps if not step.done), None),
        "complete": come.complete,
    }
    panel = request.GET.get("part") == "panel"
    if request.htmx and panel and (come.complete or _is_put_away(request, access)):
        answer = HttpResponse("")
    elif request.htmx:
        answer = render(request, f"{PAGE}{'_panel' if panel else '_steps'}.html", context)
    else:
        answer = render(request, f"{PAGE}page.html", context)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


@require_POST
@signed_in
def put_away(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Keep the panel off this person's overview until they sign in again."""
    access = load_app(request, workspace, app)
    before = [pk for pk in request.session.get(PUT_AWAY, []) if pk != access.app.pk]
    request.session[PUT_AWAY] = [*before, access.app.pk][-MOST_REMEMBERED:]
    return redirect("overview", workspace, app)


def steps_of(access: AppAccess, come: Progress) -> tuple[Step, ...]:
    """The steps in their order, each with where it is done."""

    def at(name: str, *more: object) -> str:
        return reverse(name, args=[access.workspace.slug, access.app.slug, *more])

    may_write = access.can_edit
    return (
        Step(
            "Connect the app",
            "Add the client with its publishable key. The first event shows up within seconds.",
            "Connect it",
            at("integrate"),
            come.connected,
        ),
        Step(
            "Name a value moment",
            "Something a person just did that makes a notification concrete. A playbook of your "
            "trade has some to start from.",
            "Open the playbooks",
            at("playbooks"),
            come.moment,
        ),
        Step(
            "Write a soft ask",
            "Your own question, before the one that a system lets you put only once or twice.",
            "Write it" if may_write else "See the soft asks",
            at("new_soft_ask") if may_write and come.moment else at("soft_asks"),
            come.soft_ask,
        ),
        _publishing(access, come, at("soft_asks")),
        Step(
            "Write a redirect for those who refused",
            "One line about what they are missing, at a moment where they miss it, and the way to "
            "Settings.",
            "Write it" if may_write else "See the redirects",
            at("new_redirect") if may_write and come.moment else at("redirects"),
            come.redirect,
        ),
        Step(
            "Bring a second person",
            "Words are read by somebody who did not write them before people see them."
            if access.role == Role.OWNER
            else "Words are read by somebody who did not write them. Ask an owner to bring one in.",
            "See who is here",
            reverse("workspace_settings", args=[access.workspace.slug]),
            come.team,
        ),
    )


def _is_put_away(request: PersonRequest, access: AppAccess) -> bool:
    return access.app.pk in request.session.get(PUT_AWAY, [])


def _publishing(access: AppAccess, come: Progress, elsewhere: str) -> Step:
    """Where the soft ask that is nearest to people stands."""
    link, action = elsewhere, "See the soft asks"
    if come.next_ask is not None:
        slugs = [access.workspace.slug, access.app.slug, come.next_ask]
        waits = come.next_ask_status == "in_review"
        link = reverse("campaign_review" if waits else "soft_ask", args=slugs)
        action = "Review it" if waits and access.can_review else "Open it"
    text = (
        "It waits for a review now. Somebody else approves it, then it can be published."
        if come.next_ask_status == "in_review"
        else "Send it to review; somebody else approves it, and one of you publishes it."
    )
    return Step("Get it reviewed and published", text, action, link, come.published)
