"""Where somebody is asked by name: how often, on every page, and the list."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.http import require_safe

from campaigns.selectors.talk import mentions_of, open_mentions
from permissions_app.web.access import PersonRequest, signed_in


@require_safe
@signed_in
def mentions(request: PersonRequest) -> HttpResponse:
    """Every open comment that mentions the person, in all apps that they may open."""
    found = mentions_of(user_id=request.user.pk)
    return render(request, "campaigns/mentions/page.html", {"nav": "mentions", "mentions": found})


def count(request: HttpRequest) -> dict[str, Any]:
    """For all templates; nothing is asked of the database where no template shows it."""
    user = getattr(request, "user", None)
    if user is None:
        return {}
    return {"open_mentions": SimpleLazyObject(lambda: _count_for(user))}


def _count_for(user: Any) -> int:
    return open_mentions(user_id=user.pk) if user.is_authenticated else 0
