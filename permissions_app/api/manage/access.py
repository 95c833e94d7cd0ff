"""One request to the management API, from the door to the answer."""

from collections.abc import Callable
from typing import IO, Any, ClassVar, TypeVar, cast

from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import exceptions
from rest_framework.parsers import BaseParser, JSONParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from permissions_app.api.manage import problems, sent_again
from permissions_app.api.manage.callers import (
    Caller,
    KeyAuthentication,
    MayCall,
    MemberAuthentication,
)
from permissions_app.api.manage.pages import Pages
from permissions_app.api.manage.problems import ProblemRenderer, Refused
from permissions_app.api.rate_headers import rate_headers
from permissions_app.models import Actor, ApiKey, App, Role
from permissions_app.services import limits

MOST_BYTES = 262_144
LIMIT_GROUP = "manage"
Row = TypeVar("Row", bound=Model)


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


class ManageView(APIView):
    """One resource of the management API, always of one app: that of the key, or the one a session names.

    Subclasses name their `tag` (see config.api_description), and lists their `pagination_class`. Operations of the
    methods in `versioned` ask for If-Match; call `expected_version` in them. Those in `may_be_versioned` take it
    where it is sent. `reads` and `writes`: the weakest role of a signed-in person that may; programs with a secret key
    may call everything.
    """

    tag: ClassVar[str]
    pagination_class: ClassVar[type[Pages] | None] = None
    versioned: ClassVar[frozenset[str]] = frozenset({"PUT", "PATCH"})
    may_be_versioned: ClassVar[frozenset[str]] = frozenset()
    reads: ClassVar[Role] = Role.VIEWER
    writes: ClassVar[Role] = Role.EDITOR
    http_method_names = ["get", "post", "put", "patch", "delete", "head"]
    authentication_classes = (KeyAuthentication, MemberAuthentication)
    permission_classes = (MayCall,)
    parser_classes: tuple[type[BaseParser], ...] = (BoundedJSONParser,)
    renderer_classes: tuple[type[BaseRenderer], ...] = (ProblemRenderer,)

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """The framework's own way of a request, where what is sent again is done once."""
        self.args, self.kwargs = args, kwargs
        self.request = asked = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(asked, *args, **kwargs)
            name = str(asked.method).lower()
            handler = getattr(self, name, None) if name in self.http_method_names else None
            if handler is None:
                raise exceptions.MethodNotAllowed(name.upper())
            response = sent_again.answer(
                asked,
                app_id=self.caller.app_id,
                caller=self.caller.label,
                work=lambda: handler(asked, *args, **kwargs),
            )
        except Exception as error:
            response = self.handle_exception(error)
        told = cast(Response, response)  # whatever is an answer will do
        self.response = self.finalize_response(asked, told, *args, **kwargs)
        return self.response

    def perform_authentication(self, request: Request) -> None:
        """Find the caller, and count the request. Raises Refused."""
        super().perform_authentication(request)
        quota = limits.quota(group=LIMIT_GROUP)
        taken = limits.ask(group=LIMIT_GROUP, caller=self.caller.label)
        if quota is None or taken is None:
            return
        self.headers |= rate_headers(group=LIMIT_GROUP, quota=quota, taken=taken)
        if not taken.allowed:
            detail = "Too many requests came with this key. Wait as long as Retry-After says."
            raise Refused(429, "too_many_requests", detail)

    def get_exception_handler(self) -> Any:
        """Problems, not DRF's own shape."""
        return problems.handle

    @property
    def caller(self) -> Caller:
        """Who is calling."""
        return cast(Caller, self.request.user)

    @property
    def actor(self) -> Actor:
        """Whom the trail names: the person, or the key with whoever made it."""
        if self.caller.person is not None:
            return self.caller.person
        return ApiKey.objects.select_related("created_by").get(prefix=self.caller.label)

    @property
    def app(self) -> App:
        """The app that the caller speaks of."""
        return App.objects.select_related("workspace").get(pk=self.caller.app_id)

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


def expected_version(request: Request) -> int:
    """The version named in If-Match. Raises Refused: 428 without it, 412 when it is not one of ours."""
    version = wished_version(request)
    if version is None:
        raise Refused(
            428, "if_match_needed", "Send the ETag you read as If-Match, so nobody is overwritten."
        )
    return version


def wished_version(request: Request) -> int | None:
    """The version named in If-Match; None without one. Raises Refused, 412, when it is not one of ours."""
    sent = request.headers.get("If-Match", "").strip()
    if not sent:
        return None
    digits = sent.removeprefix("W/").strip('"').removeprefix("v")
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > 9:
        raise Refused(412, "version_conflict", "If-Match is not an ETag of this object.")
    return int(digits)


def etag(version: int) -> dict[str, str]:
    """The ETag header of a version."""
    return {"ETag": f'"v{version}"'}
