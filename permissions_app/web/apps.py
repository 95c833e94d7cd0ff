"""Where people arrive: straight in their app, or at the list of them."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from permissions_app.selectors.access import visible_apps, workspaces_of
from permissions_app.web.access import LAST_APP, PersonRequest, signed_in


@require_safe
@signed_in
def home(request: PersonRequest) -> HttpResponse:
    """Go to the app looked at last, or to the only one; else choose."""
    apps = visible_apps(user_id=request.user.pk)
    last = request.session.get(LAST_APP)
    here = next((v for v in apps if v.app.pk == last), apps[0] if len(apps) == 1 else None)
    if here is None:
        return redirect("apps")
    return redirect("overview", here.workspace.slug, here.app.slug)


@require_safe
@signed_in
def app_list(request: PersonRequest) -> HttpResponse:
    """Every app the person may open."""
    apps = visible_apps(user_id=request.user.pk)
    workspaces = () if apps else workspaces_of(user_id=request.user.pk)
    return render(
        request,
        "permissions_app/apps/page.html",
        {"nav": "apps", "apps": apps, "workspaces": workspaces},
    )
