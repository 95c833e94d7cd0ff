"""The preview of what stands in the editor right now."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from campaigns.domain.drafts import Draft, kind_of
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.web.draft_form import typed_draft, values_in
from campaigns.web.loading import NAV, find_moment, load_campaign
from campaigns.web.preview import Options, side
from permissions_app.models import ValueMoment
from permissions_app.web.access import AppAccess, PersonRequest, load_app, signed_in


@require_POST
@signed_in
def campaign_preview(request: PersonRequest, workspace: str, app: str, pk: int) -> HttpResponse:
    """Draw what is being typed. Anybody who may look at the app may: nothing is stored.

    Without a script the answer is a page of its own, which carries the typed fields along.
    """
    access = load_app(request, workspace, app)
    campaign = load_campaign(access, pk)
    draft, typed = _draft_in(request, campaign)
    told = side(
        draft=draft,
        moment=_moment(access, campaign, draft),
        options=Options.from_data(request.POST),
        writable=typed and access.can_edit and bool(request.htmx),
    )
    context = {"access": access, "campaign": campaign, **told}
    if request.htmx:
        return render(request, "campaigns/preview/_side.html", context)
    context["carried"] = [
        (name, value)
        for name, values in request.POST.lists()
        if not name.startswith("p-") and name != "csrfmiddlewaretoken"
        for value in values
    ]
    context["nav"] = NAV[campaign.kind]
    return render(request, "campaigns/preview/page.html", context)


def _draft_in(request: PersonRequest, campaign: Campaign) -> tuple[Draft, bool]:
    """What the form holds and True; the working copy and False when no form came along."""
    draft = working_copy(campaign)
    if not any(name.startswith("v-") or name == "name" for name in request.POST):
        return draft, False
    return typed_draft(kind_of(draft), values_in(request.POST), draft), True


def _moment(access: AppAccess, campaign: Campaign, draft: Draft) -> ValueMoment | None:
    """The moment that is chosen in the form."""
    if campaign.moment is not None and campaign.moment.key == draft.moment:
        return campaign.moment
    return find_moment(access, draft.moment)
