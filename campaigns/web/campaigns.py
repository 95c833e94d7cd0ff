"""The lists of soft asks and of Settings redirects."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from campaigns.domain.drafts import Kind
from campaigns.models import CampaignStatus
from campaigns.selectors.listing import campaign_rows
from permissions_app.web.access import PersonRequest, load_app, signed_in

PAGES: dict[Kind, tuple[str, str]] = {
    "soft_ask": ("soft_asks", "campaigns/soft_asks/"),
    "redirect": ("redirects", "campaigns/redirects/"),
}
"""The navigation entry and the templates of a kind."""


@require_safe
@signed_in
def campaigns(request: PersonRequest, workspace: str, app: str, kind: Kind) -> HttpResponse:
    """All soft asks or redirects of the app, narrowed by text and status."""
    access = load_app(request, workspace, app)
    nav, templates = PAGES[kind]
    text, status = request.GET.get("q", "").strip()[:80], request.GET.get("status", "")
    moments = (
        access.app.moments.all() if kind == "soft_ask" else access.app.moments.filter(opening=False)
    )
    context = {
        "access": access,
        "nav": nav,
        "rows": campaign_rows(app=access.app, kind=kind, text=text, status=status),
        "q": text,
        "status": status,
        "statuses": CampaignStatus.choices,
        "narrowed": bool(text or status),
        "has_moments": moments.exists(),
    }
    part = "_rows.html" if request.htmx and request.htmx.target == "rows" else "page.html"
    return render(request, templates + part, context)
