"""The management API, to read and to try.

Everybody may read it. Who is signed in can also send requests, as themselves and to an app of theirs: the page sends
the session and names the app, see `permissions_app.api.manage.callers`. No key is typed into a page.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from permissions_app.selectors.access import visible_apps
from permissions_app.web.access import LAST_APP, AppAccess, PersonRequest, load_app


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    """The page; `?app=workspace/app` chooses the app that requests go to. 404 for an app of others."""
    access = None
    if request.user.is_authenticated:
        access = _chosen(request)  # type: ignore[arg-type]  # a person, as just seen
    named = f"{access.workspace.slug}/{access.app.slug}" if access else ""
    context = {"access": access, "nav": "integrate", "named": named}
    return render(request, "permissions_app/api_docs/page.html", context)


def _chosen(request: PersonRequest) -> AppAccess | None:
    """The app that was asked for, else the one looked at last, else the first; None without any."""
    wanted = request.GET.get("app")
    if wanted is not None:
        workspace, _, app = wanted.partition("/")
        return load_app(request, workspace, app)
    apps = visible_apps(user_id=request.user.pk)
    last = request.session.get(LAST_APP)
    here = next((it for it in apps if it.app.pk == last), apps[0] if apps else None)
    return load_app(request, here.workspace.slug, here.app.slug) if here else None
