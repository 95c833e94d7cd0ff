"""How the management API describes itself (OpenAPI 3.1).

A view says what is its own: the name of each operation, what it takes, what it answers. What all have in common is
added here from facts: who must send `If-Match` or `Idempotency-Key`, which headers come back, and every refusal with
the problem that it carries. So no view repeats them, and none can forget them.
"""

from http import HTTPStatus
from typing import Any

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from permissions_app.api.manage.callers import APP_HEADER
from permissions_app.api.manage.problems import CONTENT_TYPE, problem_body

BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
UNSAFE_METHODS = BODY_METHODS | {"DELETE"}


class FieldProblemAnswer(serializers.Serializer[Any]):
    """What is wrong with one field. The empty name stands for the whole."""

    field = serializers.CharField(
        allow_blank=True, help_text="Its name; inside a list `variants.0.title`."
    )
    detail = serializers.CharField(help_text="A sentence for people.")
    line = serializers.IntegerField(
        required=False, help_text="In a set-up file: the line where it stands, from 1."
    )


class ProblemAnswer(serializers.Serializer[Any]):
    """A refusal (RFC 9457). `code` is for programs and stays; `detail` is for people and may change."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    code = serializers.CharField()
    detail = serializers.CharField()
    request_id = serializers.CharField(
        required=False, help_text="Names the request in our logs, like the header X-Request-Id."
    )
    errors = FieldProblemAnswer(many=True, required=False)  # type: ignore[assignment]  # no field stays a class attribute


# status -> (code, what it means, a sentence as the API says it, fields)
PROBLEMS: dict[int, tuple[str, str, str, dict[str, str] | None]] = {
    400: (
        "parse_error",
        "The body is not JSON.",
        "JSON parse error.",
        None,
    ),
    401: (
        "key_unknown",
        "There is no valid key.",
        "This key is unknown or was revoked.",
        None,
    ),
    403: (
        "secret_key_needed",
        "The key may not do this.",
        "This address needs a secret key (sk_…).",
        None,
    ),
    404: (
        "not_found",
        "There is no such thing, or no such app.",
        "There is no such thing here.",
        None,
    ),
    409: (
        "in_flight",
        "A request with this Idempotency-Key is not finished yet.",
        "The first request with this Idempotency-Key is still at work. Send it again in a moment.",
        None,
    ),
    412: (
        "version_conflict",
        "Somebody else saved it after you read it. The answer carries the ETag of now.",
        "Somebody else saved this in the meantime. Read it again.",
        None,
    ),
    413: ("body_too_large", "The body is too large.", "A body may have 262144 bytes.", None),
    415: (
        "unsupported_media_type",
        "The body is of another type.",
        "Unsupported media type “text/plain” in request.",
        None,
    ),
    422: (
        "invalid",
        "What was sent breaks a rule; `errors` names the fields.",
        "This field is required.",
        {"name": "This field is required."},
    ),
    428: (
        "if_match_needed",
        "If-Match is missing.",
        "Send the ETag you read as If-Match, so nobody is overwritten.",
        None,
    ),
    429: (
        "too_many_requests",
        "Too many requests; wait as long as Retry-After says.",
        "This key made too many requests. Wait as long as Retry-After says.",
        None,
    ),
}


def problem_example(status: int) -> OpenApiExample:
    """The problem of a status as the API would tell it."""
    code, _, detail, errors = PROBLEMS[status]
    value = problem_body(status=status, code=code, detail=detail, errors=errors)
    return OpenApiExample(code, value=value, media_type=CONTENT_TYPE, status_codes=[str(status)])


class ManageSchema(AutoSchema):
    """Adds to each operation what follows from its method, its address and its view."""

    @property
    def of(self) -> Any:
        """The ManageView that is described."""
        return self.view

    def get_tags(self) -> list[str]:
        """The heading under which the view stands."""
        return [self.of.tag]

    def get_summary(self) -> str:
        """The name of the operation in words, unless the view has better ones."""
        return self.get_operation_id().replace("_", " ").capitalize()

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        """`MomentAnswer` is a `Moment` for whoever reads it, `MomentShape` what one sends to make it."""
        name = serializer.__class__.__name__
        if name.endswith("Answer"):
            return str(name.removesuffix("Answer"))
        return f"{name.removesuffix('Shape')}Input" if name.endswith("Shape") else str(name)

    def get_paginated_name(self, serializer_name: str) -> str:
        """A page of moments is a `MomentPage`."""
        return f"{serializer_name}Page"

    def get_override_parameters(self) -> list[Any]:
        """Headers that are asked for, and those that come back."""
        parameters = [*super().get_override_parameters(), *_told_headers()]
        if self.is_versioned:
            parameters += [_IF_MATCH, _etag([200])]
        elif self.method in self.of.may_be_versioned:
            parameters += [_MAY_MATCH, _etag([200])]
        elif "PUT" in self.of.allowed_methods or "PATCH" in self.of.allowed_methods:
            parameters.append(_etag([200]))
        if self.method in UNSAFE_METHODS:
            parameters.append(_IDEMPOTENCY_KEY)
        return parameters

    @property
    def is_versioned(self) -> bool:
        """Whether the operation asks for If-Match."""
        return self.method in self.of.versioned

    def refusals(self) -> list[int]:
        """The statuses of every problem that the operation may answer."""
        found = {401, 403, 404, 429}
        if self.method in BODY_METHODS and self.get_request_serializer() is not None:
            found |= {400, 413, 415}
        if self.method in UNSAFE_METHODS:
            found |= {409, 422}
        if any(parameter["in"] == "query" for parameter in self._get_parameters()):
            found.add(422)
        if self.is_versioned:
            found |= {412, 428}
        if self.method in self.of.may_be_versioned:
            found.add(412)
        return sorted(found)

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for body in bodies.values():
            body["description"] = body["description"] or "Done."
        for status in self.refusals():
            if str(status) not in bodies:
                bodies[str(status)] = self._problem(status)
        return dict(sorted(bodies.items()))

    def _problem(self, status: int) -> dict[str, Any]:
        told = OpenApiResponse(
            ProblemAnswer,
            description=PROBLEMS[status][1],
            examples=[problem_example(status)],
        )
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="".join(part for part in HTTPStatus(status).phrase.title() if part.isalpha()),
            type=ResolvedComponent.RESPONSE,
            object=status,
            schema=self._get_response_for_code(told, str(status), [CONTENT_TYPE]),  # type: ignore[no-untyped-call]
        )
        self.registry.register_on_missing(component)
        shared: dict[str, Any] = component.ref
        return shared


def without_marks(result: Any, **_: Any) -> Any:
    """The finished description without the marks by which the library would give choices names of their own.

    Choices stay where they are used: names made of `status` in ten resources would say nothing.
    """
    if isinstance(result, dict):
        kept = {name: part for name, part in result.items() if name != "x-spec-enum-id"}
        return {name: without_marks(part) for name, part in kept.items()}
    if isinstance(result, list):
        return [without_marks(part) for part in result]
    return result


def without_defaults(result: Any, **_: Any) -> Any:
    """The finished description without defaults in what PATCH takes: what is not sent there stays as it is."""
    for name, shape in result["components"]["schemas"].items():
        if name.startswith("Patched"):
            for field in shape["properties"].values():
                field.pop("default", None)
    return result


class SecretKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the key is sent."""

    target_class = "permissions_app.api.manage.callers.KeyAuthentication"
    name = "secretKey"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        """A bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "sk_…",
            "description": "A secret key of the app, from Integrate. For servers only.",
        }


class SessionScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How our own pages call."""

    target_class = "permissions_app.api.manage.callers.MemberAuthentication"
    name = ["session", "sessionApp"]

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        """Both together."""
        return {"session": [], "sessionApp": []}

    def get_security_definition(self, auto_schema: AutoSchema) -> list[dict[str, Any]]:
        """The cookie of a session, and the app that is meant."""
        return [
            {
                "type": "apiKey",
                "in": "cookie",
                "name": settings.SESSION_COOKIE_NAME,
                "description": "For our own pages: somebody who is signed in, with the CSRF token.",
            },
            {
                "type": "apiKey",
                "in": "header",
                "name": APP_HEADER,
                "description": "With a session: the app that is meant, as `workspace/app`.",
            },
        ]


_ETAG = {"type": "string", "pattern": r'^(W/)?"[A-Za-z0-9]{1,80}"$'}
_IF_MATCH = OpenApiParameter(
    "If-Match",
    _ETAG,
    OpenApiParameter.HEADER,
    required=True,
    description='The ETag of what you read, like `"v3"`, so that nobody is overwritten.',
)
_MAY_MATCH = OpenApiParameter(
    "If-Match",
    _ETAG,
    OpenApiParameter.HEADER,
    description='The ETag of what you read, like `"v3"`: it is done on that version only.',
)
_IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[!-~]+$"},
    OpenApiParameter.HEADER,
    description="A name of your own for this request, like a UUID. Sent again, it is answered as the first time.",
)


def _etag(statuses: list[int]) -> OpenApiParameter:
    return OpenApiParameter(
        "ETag",
        str,
        OpenApiParameter.HEADER,
        response=statuses,
        description="The version of the object; send it as If-Match to change it.",
    )


def _told_headers() -> list[OpenApiParameter]:
    return [
        OpenApiParameter(name, str, OpenApiParameter.HEADER, response=statuses, description=text)
        for name, statuses, text in (
            ("X-Request-Id", True, "Names this request in our logs; your own, where you sent one."),
            ("RateLimit-Policy", True, "How many requests a key may make, and in how long."),
            ("RateLimit", True, "How many are left now."),
            ("Retry-After", [429], "Seconds to wait."),
        )
    ]
