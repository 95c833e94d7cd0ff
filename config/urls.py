"""Addresses of the whole product; each app brings its own list."""

from __future__ import annotations

from importlib.util import find_spec

from django.db import DatabaseError, connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path, re_path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe
from django.views.defaults import server_error as page_of_server_error

from config.fast_lane import BUSY, BUSY_BELOW
from permissions_app.api.hot import as_response, as_view, problem
from permissions_app.api.manage.description import openapi
from permissions_app.api.manage.problems import CONTENT_TYPE, problem_body
from permissions_app.api.segment import settings_of
from permissions_app.web.api_docs import api_docs


@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    """Say whether this process can serve: it answers, and its database answers it."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return HttpResponse("no database\n", status=503, content_type="text/plain")
    return HttpResponse("ok\n", content_type="text/plain")


def not_offered(request: HttpRequest) -> HttpResponse:
    """Hide what allauth would offer beyond the pages we made: people are invited, and keep their address."""
    raise Http404("no such page")


@csrf_exempt
def segment_settings(request: HttpRequest, key: str) -> HttpResponse:
    """Answer what Segment's browser and mobile clients ask for first."""
    told = settings_of({**request.META, "wsgi.url_scheme": request.scheme}, key=key)
    return as_response(told)


@csrf_exempt
def no_such_api(request: HttpRequest) -> HttpResponse:
    """Tell a program that it has the wrong address: never a page, never a redirect, also across origins."""
    told = problem(404, "unknown_address", "nothing is here; no address of the API ends in a slash")
    return as_response(told)


def server_error(request: HttpRequest) -> HttpResponse:
    """Tell a program in its own form that it is our fault, with the name by which the log knows the request."""
    if not request.path.startswith("/api/"):
        return page_of_server_error(request)
    body = problem_body(
        status=500,
        code="server_error",
        detail="This is our fault. Send it again, or tell us the request_id.",
    )
    return JsonResponse(body, status=500, content_type=CONTENT_TYPE)


handler500 = server_error

OFFERED = r"(?:login|logout|signup|inactive|password/change)/?$|password/reset/"

urlpatterns = [
    path("healthz", healthz, name="healthz"),
    *(path(address[1:], as_view(endpoint)) for address, endpoint in BUSY.items()),
    *(path(f"{address[1:]}<str:last>", as_view(found)) for address, found in BUSY_BELOW.items()),
    path("v1/projects/<str:key>/settings", segment_settings, name="segment_settings"),
    path("api/v1/openapi.json", openapi, name="api-schema"),
    path("api/v1/docs", api_docs, name="api-docs"),
    re_path(f"^accounts/(?!{OFFERED})", not_offered),
    path("accounts/", include("allauth.account.urls")),
]

for prefix, module in (
    ("", "permissions_app.web.urls"),
    ("", "campaigns.web.urls"),
    ("", "permissions_app.web.integrate_urls"),
    ("api/v1/", "campaigns.api.urls"),
    ("demo/", "campaigns.web.urls_shop"),
):
    if find_spec(module) is not None:
        urlpatterns.append(path(prefix, include(module)))
urlpatterns.append(re_path(r"^api/", no_such_api))
