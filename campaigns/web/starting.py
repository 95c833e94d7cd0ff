"""Starting a soft ask or a Settings redirect at a moment."""

from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from campaigns.domain.copy_words import sentence
from campaigns.domain.drafts import Draft, Kind, Line, RedirectDraft, SoftAskDraft, Words
from campaigns.selectors.campaigns import moment_words
from campaigns.services.campaigns import create_campaign
from campaigns.web import editing
from campaigns.web.loading import ADDRESS, NAV
from permissions_app.domain.edits import Invalid
from permissions_app.models import Role, ValueMoment
from permissions_app.web.access import PersonRequest, load_app, signed_in


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def new_campaign(request: PersonRequest, workspace: str, app: str, kind: Kind) -> HttpResponse:
    """Choose a moment and a name; the first words are there when the editor opens."""
    access = load_app(request, workspace, app, needs=Role.EDITOR)
    moments = tuple(access.app.moments.order_by("opening", "name"))
    typed = request.POST if request.method == "POST" else request.GET
    key, name = typed.get("moment", ""), typed.get("name", "")
    moment = next((one for one in moments if one.key == key), None)
    errors: Mapping[str, str] = {}
    if request.method == "POST":
        try:
            campaign = create_campaign(
                app=access.app, draft=_first_draft(kind, name, moment), actor=request.user
            )
        except Invalid as invalid:
            errors = invalid.errors
        else:
            return redirect(ADDRESS[kind], workspace, app, campaign.pk)
    context = {
        "access": access,
        "nav": NAV[kind],
        "kind": kind,
        "moments": [one for one in moments if not one.opening],
        "opening": [one for one in moments if one.opening],
        "chosen": moment,
        "name": name or (moment.name if moment else ""),
        "errors": errors,
    }
    status = editing.INVALID_STATUS if errors else 200
    return render(request, "campaigns/editor/new.html", context, status=status)


def _first_draft(kind: Kind, name: str, moment: ValueMoment | None) -> Draft:
    """A draft that already speaks, in the moment's own words."""
    if moment is None:
        raise Invalid({"moment": "Choose a moment of this app."})
    if kind == "redirect" and moment.opening:
        raise Invalid({"moment": "Nothing is missed yet at an opening moment. Choose another."})
    about = moment_words(moment)
    variant = Words if kind == "soft_ask" else Line
    texts = {field: sentence(field=field, moment=about, language="en") for field in variant.FIELDS}
    shared: dict[str, Any] = {"name": name.strip() or moment.name, "moment": moment.key}
    written: dict[str, Any] = {"key": "a", **texts}
    if kind == "soft_ask":
        return SoftAskDraft(**shared, variants=(Words(**written),))
    return RedirectDraft(**shared, variants=(Line(**written),))
