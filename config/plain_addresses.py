"""Addresses that nothing can answer: PostgreSQL takes no NUL, and no link of ours holds one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: Handler) -> Handler:
    """Answer 400 where the path or the query holds a NUL, before any view looks for it."""

    def answer(request: HttpRequest) -> HttpResponse:
        if "\0" in request.path or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponse("the address holds a NUL\n", status=400, content_type="text/plain")
        return get_response(request)

    return answer
