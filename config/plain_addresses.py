"""Addresses that nothing can answer: PostgreSQL takes no NUL, and no link of ours holds one."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from permissions_app.api.hot import as_response, problem

Handler = Callable[[HttpRequest], HttpResponse]


def refuse_nul(get_response: Handler) -> Handler:
    """Answer 400 where the path or the query holds a NUL, before any view looks for it; programs get a problem."""

    def answer(request: HttpRequest) -> HttpResponse:
        in_path, in_query = "\0" in request.path, "%00" in request.META.get("QUERY_STRING", "")
        if in_path or in_query:
            if request.path.startswith("/api/"):
                status, code = (404, "not_found") if in_path else (422, "invalid")
                return as_response(problem(status, code, "the address holds a NUL"))
            return HttpResponse("the address holds a NUL\n", status=400, content_type="text/plain")
        return get_response(request)

    return answer
