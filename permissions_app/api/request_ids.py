"""Each request has a name: the caller's own, or one we give.

It stands in the answer, in every log line that is written meanwhile, and in problems.
"""

import re
import uuid
from collections.abc import Callable

import structlog
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "X-Request-Id"
_NAME = "request_id"
_OURS = re.compile(r"[A-Za-z0-9._:-]{1,100}")

Handler = Callable[[HttpRequest], HttpResponseBase]


def request_ids(get_response: Handler) -> Handler:
    """Name each request, and tell the name in its answer."""

    def answer(request: HttpRequest) -> HttpResponseBase:
        sent = request.headers.get(HEADER, "")
        name = sent if _OURS.fullmatch(sent) else str(uuid.uuid4())
        with structlog.contextvars.bound_contextvars(**{_NAME: name}):
            response = get_response(request)
        response.headers[HEADER] = name
        return response

    return answer


def current() -> str:
    """The name of the request that is being answered; '' outside of one."""
    return str(structlog.contextvars.get_contextvars().get(_NAME, ""))
