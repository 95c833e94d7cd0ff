"""The preview of what stands in the editor right now."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from campaigns.selectors.campaigns import working_copy
from campaigns.web.editor import load_campaign
from campaigns.web.preview import Options, side
from permissions_app.web.access import PersonRequest, load_app, signed_in


@require_POST
@signed_in
def campaign_preview(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Draw what is being typed. Anybody who may look at the app may: nothing is stored."""
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    draft = working_copy(campaign)
    told = side(draft=draft, moment=campaign.moment, options=Options.from_data(request.POST))
    context = {"access": access, "campaign": campaign, **told}
    return render(request, "campaigns/preview/_side.html", context)
