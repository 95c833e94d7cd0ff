"""A caller with a key."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from permissions_app.models import App
from permissions_app.services.keys import create_key

Call = Callable[..., Any]


@pytest.fixture
def call(app: App, settings: Any) -> Call:
    """Call the API with the app's secret key: `call("put", path, {...}, if_match='"v1"')`."""
    settings.ROOT_URLCONF = "tests.campaigns.api.urls"
    _, secret = create_key(app=app, kind="sk", name="tests", actor=None)

    def send(
        method: str, path: str, body: Any = None, *, key: str = secret, **headers: str
    ) -> HttpResponse:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key:
            sent["Authorization"] = f"Bearer {key}"
        return getattr(Client(), method)(  # type: ignore[no-any-return]
            path,
            data=_written(method, body),
            content_type="application/json",
            headers=sent,
        )

    return send


def _written(method: str, body: Any) -> Any:
    """The body as it is sent; nothing at all where there is none."""
    if body is None:
        return None if method == "get" else ""
    return body if isinstance(body, str) else json.dumps(body)
