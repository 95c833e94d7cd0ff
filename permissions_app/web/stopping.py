"""The stop switch: nobody is interrupted any more, whatever is published, until somebody lets it go on."""

import math

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from permissions_app.domain.edits import Invalid
from permissions_app.models import Role
from permissions_app.services.apps import LONGEST_REASON, set_stopped
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in

STOP, GO_ON = "stop", "go_on"


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def stop_switch(request: PersonRequest, workspace: str, app: str) -> HttpResponse:
    """Members see how it stands; editors and owners turn it, after they said that they mean it."""
    if request.method != "POST":
        return _page(request, load_app(request, workspace, app))
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    wish, reason = request.POST.get("wish"), request.POST.get("reason", "")
    errors: dict[str, str] = {}
    if wish not in (STOP, GO_ON):
        errors["sure"] = "Say whether the app shall stop or go on. Nothing was changed."
    elif "sure" not in request.POST:
        errors["sure"] = "Tick this to confirm. Nothing was changed."
    else:
        try:
            set_stopped(
                app_id=access.app.pk,
                stopped=wish == STOP,
                reason=reason,
                actor=request.user,
                now=timezone.now(),
            )
        except Invalid as invalid:
            errors = dict(invalid.errors)
    if errors:
        return _page(request, access, status=422, errors=errors, reason=reason[:1000])
    messages.success(
        request, "Stopped: nobody is interrupted." if wish == STOP else "The app goes on."
    )
    return redirect("stop_switch", workspace, app)


def _page(
    request: PersonRequest, access: AppAccess, *, status: int = 200, **context: object
) -> HttpResponse:
    page = {
        "access": access,
        "nav": "overview",
        "longest_reason": LONGEST_REASON,
        "minutes": math.ceil(settings.BUNDLE_TTL / 60),
        **context,
    }
    return render(request, "permissions_app/stopping/page.html", page, status=status)
