"""`Idempotency-Key`: a request that is sent again is answered as the first time."""

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from permissions_app.api.manage.problems import ProblemRenderer, Refused
from permissions_app.domain.edits import Invalid
from permissions_app.services.replays import Answer, AnswerLost, InFlight, OtherRequest, once

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
UNSAFE = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_KEY = re.compile(r"[!-~]{1,200}")


def answer(
    request: Request, *, app_id: int, caller: str, work: Callable[[], HttpResponseBase]
) -> HttpResponseBase:
    """What `work` answers; where the request carries a key that was used, what was answered then.

    `caller`: what the answer is meant for; nobody else gets it, since it may hold what others may not see.

    Raises Refused: 409 while the first request is at work, 422 where the key stands for another one. Raises Invalid for
    a key of another form.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method not in UNSAFE:
        return work()
    if not _KEY.fullmatch(key):
        raise Invalid({HEADER: "A key has 1 to 200 visible ASCII characters, without spaces."})
    try:
        told = once(
            app_id=app_id,
            key=key,
            fingerprint=fingerprint(request, caller=caller),
            now=timezone.now(),
            work=lambda: _kept(work()),
        )
    except InFlight:
        detail = (
            f"The first request with this {HEADER} is still at work. Send it again in a moment."
        )
        raise Refused(409, "in_flight", detail) from None
    except OtherRequest:
        detail = f"This {HEADER} was used for another request. Take a new one for each request."
        raise Refused(422, "key_used", detail) from None
    except AnswerLost:
        detail = "This request was done, but its answer cannot be read any more."
        raise Refused(409, "answer_lost", detail) from None
    headers = {**told.answer.headers, **({REPLAYED: "true"} if told.replayed else {})}
    return HttpResponse(told.answer.body, status=told.answer.status, headers=headers)


def fingerprint(request: Request, *, caller: str) -> bytes:
    """32 bytes that stand for caller, method, address and body. The order of a JSON object's names does not matter."""
    try:
        body = json.dumps(request.data, sort_keys=True, default=str)
    except RecursionError:
        raise Refused(400, "parse_error", "The body is nested too deeply.") from None
    parts = (caller, str(request.method), request.get_full_path(), body)
    return hashlib.sha256("\0".join(parts).encode()).digest()


def _kept(response: HttpResponseBase) -> Answer:
    """The answer as it is kept and sent."""
    headers: dict[str, str] = dict(response.items())
    if isinstance(response, Response):
        body = ProblemRenderer().render(response.data) if response.data is not None else b""
        if body:
            headers["Content-Type"] = "application/json"
        return Answer(response.status_code, headers, body)
    told: Any = response
    return Answer(response.status_code, headers, bytes(told.content))
