"""What somebody without an account sees behind a share link: the words and how they look, no more.

A link that expired, was taken back or was never given answers alike, so that nobody learns which
links exist.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from campaigns.selectors.campaigns import draft_in, working_copy
from campaigns.selectors.talk import find_link
from campaigns.services.talk import count_opening
from campaigns.web.preview import Options, cards, choices


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """The words of a campaign, read-only."""
    link = find_link(token=token, now=timezone.now())
    if link is None:
        return _alone(render(request, "campaigns/shared/gone.html", status=404))
    campaign = link.campaign
    shown = link.revision
    draft = draft_in(campaign=campaign, picture=shown) if shown else working_copy(campaign)
    looks = any(name.startswith("p-") for name in request.GET)
    if request.method == "GET" and not looks:
        count_opening(link=link)
    options = Options.from_data(request.GET)
    context = {
        "link": link,
        "kind": campaign.get_kind_display(),
        "name": draft.name,
        "choices": choices(draft=draft, options=options),
        "cards": cards(draft=draft, options=options)["cards"],
    }
    return _alone(render(request, "campaigns/shared/page.html", context))


def _alone(answer: HttpResponse) -> HttpResponse:
    """Found by no search engine, told to no other site, kept by no cache."""
    answer["X-Robots-Tag"] = "noindex, nofollow"
    answer["Referrer-Policy"] = "no-referrer"
    answer["Cache-Control"] = "no-store"
    return answer
