"""What the fast lane answers itself, and what it leaves to Django."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable
from typing import Any

import pytest

from config.fast_lane import with_fast_lane
from permissions_app.selectors import keys
from permissions_app.services.keys import create_key
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


def django(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Stands where Django stands, and says so."""
    start_response("418 I'm a teapot", [])
    return (b"Django",)


def call(path: str, *, method: str = "GET", **headers: str) -> tuple[str, dict[str, str], bytes]:
    told: list[Any] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "shop.example",
        "SERVER_PORT": "80",
        "HTTP_HOST": "shop.example",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        **headers,
    }
    body = b"".join(with_fast_lane(django)(environ, lambda *said: told.extend(said)))
    return told[0], dict(told[1]), body


@pytest.fixture
def key(settings: Any) -> str:
    settings.ALLOWED_HOSTS = ["shop.example"]
    keys._remembered.clear()
    return create_key(app=make_cast().app, kind="pk", name="x", actor=None)[1]


def test_settings__host_of_ours__answered_with_the_scheme_of_the_client(
    key: str, settings: Any
) -> None:
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    for told, scheme in (("https", "https"), ("http", "http")):
        status, _, body = call(f"/v1/projects/{key}/settings", HTTP_X_FORWARDED_PROTO=told)
        assert status == "200 OK"
        target = json.loads(body)["integrations"]["Segment.io"]
        assert target == {"apiKey": key, "apiHost": "shop.example/v1", "protocol": scheme}


def test_settings__host_of_somebody_else__left_to_django(key: str) -> None:
    status, _, body = call(f"/v1/projects/{key}/settings", HTTP_HOST="evil.example")
    assert (status, body) == ("418 I'm a teapot", b"Django")


def test_settings__unknown_key__404(key: str) -> None:
    assert call("/v1/projects/pk_none/settings")[0] == "404 Not Found"


@pytest.mark.parametrize("path", ["/v1/projects/{}/settings", "/api/v1/bundle"])
def test_head__headers_of_the_whole_answer_and_no_body(key: str, path: str) -> None:
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {key}"}
    full, head = (call(path.format(key), method=one, **bearer) for one in ("GET", "HEAD"))
    assert head == (full[0], full[1], b"")
    assert head[1]["Content-Length"] == str(len(full[2]))


def test_any_other_address__left_to_django() -> None:
    for path in ("/", "/v1/projects/a/b/settings", "/api/v1/bundle/", "/api/v1/manage/app"):
        assert call(path)[2] == b"Django"
