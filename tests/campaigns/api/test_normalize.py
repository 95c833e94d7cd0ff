"""`POST /api/v1/normalize`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from permissions_app.models import App
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call

PATH = "/api/v1/normalize"


@pytest.fixture
def publishable(app: App) -> str:
    return create_key(app=app, kind="pk", name="x", actor=None)[1]


def test_one__publishable_key_from_a_browser__reading(call: Call, publishable: str) -> None:
    body = {"library": "ios", "value": 1}
    response = call("post", PATH, body, key=publishable, origin="https://shop.example")
    assert response.status_code == 200
    assert response.json()["status"] == "denied"
    assert response.json()["cause"] == "refused"
    assert response["Access-Control-Allow-Origin"] == "*"


def test_many__one_unknown__never_sinks_the_others(call: Call) -> None:
    items = [{"library": "web", "value": "granted"}, {"library": "cordova", "value": 1}, 7]
    told = call("post", PATH, {"items": items}).json()["items"]
    assert told[0]["status"] == "authorized"
    assert told[1]["error"]["code"] == "unknown_library"
    assert told[2]["error"]["code"] == "invalid"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"library": "cordova", "value": 1}, 422, "unknown_library"),
        ({"library": "web", "value": "maybe"}, 422, "unknown_value"),
        ({"library": "web"}, 422, "missing_field"),
        ({"library": ["web"], "value": {}}, 422, "unknown_library"),
        ({"items": {}}, 422, "invalid"),
        ({"items": [{}] * 201}, 422, "too_many_items"),
        ([1], 422, "invalid"),
        ("{nope", 400, "malformed_json"),
        ("[" * 100_000, 400, "malformed_json"),
        ('{"a": "' + "x" * 300_000 + '"}', 413, "body_too_large"),
    ],
)
def test_malformed__clear_code(call: Call, body: Any, status: int, code: str) -> None:
    response = call("post", PATH, body)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_credentials_and_methods(call: Call) -> None:
    assert call("post", PATH, {}, key="").status_code == 401
    assert call("post", PATH, {}, origin="https://shop.example").status_code == 403
    assert call("get", PATH).status_code == 405
    preflight = call("options", PATH, key="", origin="https://shop.example")
    assert preflight.status_code == 204
    assert "authorization" in preflight["Access-Control-Allow-Headers"]


def test_published_cases__each_reads_as_published(call: Call) -> None:
    cases = json.loads(Path("tests/cases/normalise.json").read_text())
    for start in range(0, len(cases), 200):
        part = cases[start : start + 200]
        told = call("post", PATH, {"items": [case["input"] for case in part]}).json()["items"]
        for case, answer in zip(part, told, strict=True):
            if "status" in case["expect"]:
                assert answer["status"] == case["expect"]["status"], case["name"]
                assert answer["cause"] == case["expect"]["cause"], case["name"]
            else:
                assert "error" in answer, case["name"]
