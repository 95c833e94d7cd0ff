"""The fast lane: the busy endpoints are answered before Django's request handling begins.

A bare Django request costs about as much as one of these answers, so the web server calls them
directly. The same endpoints stand in `config.urls`, where everything else finds them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import DisallowedHost
from django.core.handlers.wsgi import WSGIRequest

from campaigns.api import ofrep
from campaigns.api.bundle import get_bundle
from campaigns.api.decisions import post_decisions
from campaigns.api.made import post_made
from permissions_app.api import segment
from permissions_app.api.events import post_events
from permissions_app.api.hot import Endpoint
from permissions_app.api.normalize import post_normalize

BUSY: dict[str, Endpoint] = {
    "/api/v1/events": post_events,
    "/api/v1/decisions": post_decisions,
    "/api/v1/decisions/made": post_made,
    "/api/v1/normalize": post_normalize,
    "/api/v1/bundle": get_bundle,
    ofrep.FLAGS: ofrep.evaluate_flags,
    **segment.addresses(),
}
BUSY_BELOW: dict[str, Endpoint] = {f"{ofrep.FLAGS}/": ofrep.evaluate_flag}
"""Addresses whose last part is an argument."""
SETTINGS = re.compile(r"/v1/projects/([^/]+)/settings")
"""What Segment's clients ask for first; its argument stands in the middle."""
STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_fast_lane(django: Application) -> Application:
    """The application that answers busy addresses itself and hands every other request to Django."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        endpoint = BUSY.get(path) or BUSY_BELOW.get(path[: path.rfind("/") + 1])
        if endpoint is not None:
            told = endpoint(environ)
        elif (named := SETTINGS.fullmatch(path)) is not None and _host_is_ours(environ):
            told = segment.settings_of(_behind_proxy(environ), key=named[1])
        else:
            return django(environ, start_response)
        start_response(STATUS[told.status], list(told.headers.items()))
        return (b"" if environ["REQUEST_METHOD"] == "HEAD" else told.content,)

    return application


def _host_is_ours(environ: dict[str, Any]) -> bool:
    """Whether the request names a host of this installation; Django refuses it otherwise."""
    try:
        return bool(WSGIRequest(environ).get_host())
    except DisallowedHost:
        return False


def _behind_proxy(environ: dict[str, Any]) -> dict[str, Any]:
    """The request with the scheme that the client used, which a proxy in front may tell."""
    return {**environ, "wsgi.url_scheme": WSGIRequest(environ).scheme}
