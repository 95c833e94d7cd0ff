"""Every refusal of the management API in one shape: RFC 9457 `application/problem+json`.

`code` is for programs and stays, `detail` is a sentence for people, and `errors` names the fields.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import Http404
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response

from permissions_app.api import request_ids
from permissions_app.domain.edits import Conflict, Invalid

CONTENT_TYPE = "application/problem+json"


class ProblemRenderer(JSONRenderer):
    """JSON, named as a problem when it is one."""

    def render(
        self, data: Any, accepted_media_type: Any = None, renderer_context: Any = None
    ) -> bytes:
        """Write the body and name it."""
        response = (renderer_context or {}).get("response")
        if response is not None and getattr(response, "problem", False):
            response["Content-Type"] = CONTENT_TYPE
            response.content_type = CONTENT_TYPE
        rendered: bytes = super().render(data, accepted_media_type, renderer_context)
        return rendered


class Refused(exceptions.APIException):
    """A refusal with a status, a code and a sentence."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code)
        self.status_code = status
        self.code = code


def problem_body(
    *, status: int, code: str, detail: str, errors: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The body of a problem."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if name := request_ids.current():
        body["request_id"] = name
    if errors:
        body["errors"] = [{"field": name, "detail": text} for name, text in errors.items()]
    return body


def handle(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem; None (a server error) for what is our own fault."""
    headers: dict[str, str] = {}
    match error:
        case Invalid():
            body = problem_body(status=422, code="invalid", detail=str(error), errors=error.errors)
        case Conflict():
            body = problem_body(
                status=412, code="version_conflict", detail=f"{error} Read it again."
            )
            headers["ETag"] = f'"v{error.current}"'
        case Http404() | ObjectDoesNotExist() | exceptions.NotFound():
            body = problem_body(status=404, code="not_found", detail="There is no such thing here.")
        case exceptions.ValidationError():
            errors = flat_errors(error.detail)
            body = problem_body(
                status=422, code="invalid", detail=" ".join(errors.values()), errors=errors
            )
        case exceptions.APIException():
            code = getattr(error, "code", None) or error.default_code
            body = problem_body(status=error.status_code, code=str(code), detail=str(error.detail))
            if error.status_code == 401:
                headers["WWW-Authenticate"] = "Bearer"
        case _:
            return None
    response = Response(body, status=body["status"], headers=headers)
    response.problem = True  # type: ignore[attr-defined]
    return response


def flat_errors(detail: Any, at: str = "") -> dict[str, str]:
    """DRF's nested errors as `variants.0.title` -> sentence."""
    if isinstance(detail, Mapping):
        pairs = [(str(name), part) for name, part in detail.items()]
    elif isinstance(detail, list) and any(isinstance(part, Mapping | list) for part in detail):
        pairs = [(str(index), part) for index, part in enumerate(detail) if part]
    else:
        text = " ".join(str(part) for part in detail) if isinstance(detail, list) else str(detail)
        return {at: text}
    found: dict[str, str] = {}
    for name, part in pairs:
        step = "" if name == "non_field_errors" else name
        found |= flat_errors(part, ".".join(piece for piece in (at, step) if piece))
    return found
