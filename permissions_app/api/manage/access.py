"""Who may call the management API: holders of a secret key of the app, from a server.

A secret key that arrives from a browser has leaked: it is refused, so that nobody builds on it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO, Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from permissions_app.api.manage import problems
from permissions_app.api.manage.pages import Pages
from permissions_app.api.manage.problems import ProblemRenderer, Refused
from permissions_app.models import ApiKey, App
from permissions_app.selectors.keys import KeyContext, authenticate

MOST_BYTES = 262_144
Row = TypeVar("Row", bound=Model)


@dataclass(frozen=True, slots=True)
class Caller:
    """Stands where Django expects a user."""

    key: KeyContext
    is_authenticated: bool = True


def key_of(request: HttpRequest) -> KeyContext:
    """The key of a request. Raises Refused: 401 without a valid one, 403 for a secret in a browser."""
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not text.strip():
        raise Refused(401, "key_missing", "Send a key as “Authorization: Bearer <key>”.")
    context = authenticate(text.strip())
    if context is None:
        raise Refused(401, "key_unknown", "This key is unknown or was revoked.")
    if context.kind == "sk" and "Origin" in request.headers:
        raise Refused(
            403,
            "secret_key_in_browser",
            "A secret key came from a browser, where everybody can read it. Revoke it, and call "
            "from a server.",
        )
    return context


class KeyAuthentication(BaseAuthentication):
    """Authenticate by API key."""

    def authenticate(self, request: Request) -> tuple[Any, Any]:
        """The caller; raises Refused."""
        context = key_of(request._request)
        return Caller(context), context

    def authenticate_header(self, request: Request) -> str:
        """What a 401 asks for."""
        return "Bearer"


class SecretKeyOnly(BasePermission):
    """Publishable keys sit in shipped apps and may not manage anything."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Whether the key is a secret one; raises Refused otherwise."""
        if _key(request).kind != "sk":
            raise Refused(403, "secret_key_needed", "This address needs a secret key (sk_…).")
        return True


class BoundedJSONParser(JSONParser):
    """JSON of at most MOST_BYTES, whatever the length header says."""

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """The decoded body; raises Refused when it is too long or too deep."""
        try:
            return super().parse(cast(IO[Any], _Bounded(stream)), media_type, parser_context)
        except RecursionError:
            raise Refused(400, "parse_error", "The body is nested too deeply.") from None


class _Bounded:
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise Refused(413, "body_too_large", f"A body may have {MOST_BYTES} bytes.")
        return data


def _key(request: Request) -> KeyContext:
    return cast(KeyContext, request.auth)


class ManageView(APIView):
    """One resource of the management API, always of the app the key belongs to.

    Subclasses name their `tag` (see config.api_description), and lists their `pagination_class`. Operations of the
    methods in `versioned` ask for If-Match; call `expected_version` in them.
    """

    tag: ClassVar[str]
    pagination_class: ClassVar[type[Pages] | None] = None
    versioned: ClassVar[frozenset[str]] = frozenset({"PUT", "PATCH"})
    authentication_classes = (KeyAuthentication,)
    permission_classes = (SecretKeyOnly,)
    parser_classes: tuple[type[BaseParser], ...] = (BoundedJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (ProblemRenderer,)

    def get_exception_handler(self) -> Any:
        """Problems, not DRF's own shape."""
        return problems.handle

    @property
    def app(self) -> App:
        """The app of the key."""
        return App.objects.select_related("workspace").get(pk=_key(self.request).app_id)

    def page(self, rows: QuerySet[Row], told: Callable[[Row], Any]) -> Response:
        """One page of a query, each row as `told` shows it. Raises Invalid for a foreign cursor or limit."""
        pages = (self.pagination_class or Pages)()
        here = pages.paginate_queryset(rows, self.request, view=self)
        return pages.get_paginated_response([told(row) for row in here or []])

    def perform_content_negotiation(
        self, request: Request, force: bool = False
    ) -> tuple[BaseRenderer, str]:
        """JSON, whatever a client says it would rather have."""
        chosen: tuple[BaseRenderer, str] = super().perform_content_negotiation(request, force=True)
        return chosen

    @property
    def actor(self) -> ApiKey:
        """The key that calls, with whoever made it: who the trail says it was."""
        keys = ApiKey.objects.select_related("created_by")
        return keys.get(prefix=_key(self.request).prefix)


def expected_version(request: Request) -> int:
    """The version named in If-Match. Raises Refused: 428 without it, 412 when it is not one of ours."""
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        raise Refused(
            428, "if_match_needed", "Send the ETag you read as If-Match, so nobody is overwritten."
        )
    digits = sent.removeprefix("W/").strip('"').removeprefix("v")
    if not digits.isdecimal() or len(digits) > 9:
        raise Refused(412, "version_conflict", "If-Match is not an ETag of this object.")
    return int(digits)


def etag(version: int) -> dict[str, str]:
    """The ETag header of a version."""
    return {"ETag": f'"v{version}"'}
