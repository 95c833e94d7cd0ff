"""The door of everything about one campaign."""

from django.http import Http404

from campaigns.domain.drafts import Kind
from campaigns.models import Campaign
from campaigns.selectors.campaigns import find_campaign
from permissions_app.models import ValueMoment
from permissions_app.web.access import AppAccess

ADDRESS: dict[str, str] = {"soft_ask": "soft_ask", "redirect": "redirect_rule"}
"""The name of a kind's page."""
NAV: dict[str, str] = {"soft_ask": "soft_asks", "redirect": "redirects"}
"""The navigation entry of a kind, which is also the name of its list."""


def load_campaign(access: AppAccess, pk: int, *, kind: Kind | None = None) -> Campaign:
    """The one loader of a campaign for pages. Raises Http404 for another app's."""
    campaign = find_campaign(app=access.app, pk=pk, kind=kind)
    if campaign is None:
        raise Http404("no such campaign")
    return campaign


def find_moment(access: AppAccess, key: str) -> ValueMoment | None:
    """The moment that a form names, as somebody sent it; None when there is none."""
    if not key or "\x00" in key:  # PostgreSQL has no text with it, and cannot be asked for one
        return None
    return access.app.moments.filter(key=key[:60]).first()
