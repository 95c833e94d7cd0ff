"""The fast lane: the busy endpoints are answered before Django's request handling begins.

A bare Django request costs about as much as one of these answers, so the web server calls them
directly. The same endpoints stand in `config.urls`, where everything else finds them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

from campaigns.api import ofrep
from campaigns.api.bundle import get_bundle
from campaigns.api.decisions import post_decisions
from campaigns.api.made import post_made
from permissions_app.api import segment
from permissions_app.api.events import post_events
from permissions_app.api.hot import Endpoint

BUSY: dict[str, Endpoint] = {
    "/api/v1/events": post_events,
    "/api/v1/decisions": post_decisions,
    "/api/v1/decisions/made": post_made,
    "/api/v1/bundle": get_bundle,
    ofrep.FLAGS: ofrep.evaluate_flags,
    **segment.addresses(),
}
BUSY_BELOW: dict[str, Endpoint] = {f"{ofrep.FLAGS}/": ofrep.evaluate_flag}
"""Addresses whose last part is an argument."""
STATUS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


def with_fast_lane(django: Application) -> Application:
    """The application that answers busy addresses itself and hands every other request to Django."""

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        endpoint = BUSY.get(path) or BUSY_BELOW.get(path[: path.rfind("/") + 1])
        if endpoint is None:
            return django(environ, start_response)
        told = endpoint(environ)
        start_response(STATUS[told.status], list(told.headers.items()))
        return (told.content,)

    return application
