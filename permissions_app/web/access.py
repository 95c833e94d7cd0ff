"""The door of every page: who is asking, for which app, and what they may do there.

    @require_GET
    @signed_in
    def moments(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
        access = load_app(request, workspace, app)
        return render(request, "...", {"access": access, "nav": "moments", ...})

`access` and `nav` are what templates/base.html needs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from permissions_app.models import App, Role, User, Workspace
from permissions_app.selectors.access import (
    AppHealth,
    VisibleApp,
    app_health,
    at_least,
    visible_apps,
)

LAST_APP = "last_app"
"""Session key: the app that the person looked at last."""

P = ParamSpec("P")


class PersonRequest(HttpRequest):
    """A request of somebody who signed in."""

    user: User
    htmx: HtmxDetails


@dataclass(frozen=True, slots=True)
class AppAccess:
    """An app, and what the person asking may do with it."""

    workspace: Workspace
    app: App
    role: Role
    others: tuple[VisibleApp, ...]
    """All apps that the person may open, this one included."""
    health: AppHealth

    @property
    def can_edit(self) -> bool:
        """Whether the person may change moments, soft asks and redirects."""
        return at_least(role=self.role, needed=Role.EDITOR)

    @property
    def can_review(self) -> bool:
        """Whether the person may approve what others wrote."""
        return at_least(role=self.role, needed=Role.REVIEWER)

    @property
    def is_owner(self) -> bool:
        """Whether the person may manage people and keys."""
        return self.role == Role.OWNER


def signed_in(
    view: Callable[Concatenate[PersonRequest, P], HttpResponseBase],
) -> Callable[Concatenate[HttpRequest, P], HttpResponseBase]:
    """Send everybody else to the sign-in page, and back here afterwards."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not request.user.is_authenticated:
            htmx: HtmxDetails = request.htmx  # type: ignore[attr-defined]  # set by its middleware
            if htmx:
                answer = redirect_to_login(htmx.current_url_abs_path or "/")
                return HttpResponseClientRedirect(answer.url)
            return redirect_to_login(request.get_full_path())
        return view(request, *args, **kwargs)  # type: ignore[arg-type]  # a person, as just seen

    return guarded


def load_app(
    request: PersonRequest, workspace: str, app: str, *, needs: Role = Role.VIEWER
) -> AppAccess:
    """The app behind two slugs. Raises Http404 for outsiders and unknown slugs, PermissionDenied
    where the person's role is weaker than `needs`.
    """
    apps = visible_apps(user_id=request.user.pk)
    here = next((v for v in apps if v.workspace.slug == workspace and v.app.slug == app), None)
    if here is None:
        raise Http404("no such app")
    if not at_least(role=here.role, needed=needs):
        raise PermissionDenied(f"this needs the role {needs.label.lower()}")
    if request.session.get(LAST_APP) != here.app.pk:
        request.session[LAST_APP] = here.app.pk
    health = app_health(app_id=here.app.pk, now=timezone.now())
    return AppAccess(here.workspace, here.app, here.role, apps, health)
