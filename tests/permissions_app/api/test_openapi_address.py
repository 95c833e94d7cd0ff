"""`GET /api/v1/openapi.json` and `/api/v1/docs`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from permissions_app.api.manage.moments import MomentList
from permissions_app.services.keys import create_key
from tests.factories import client_of, make_cast

JSON, DOCS = "/api/v1/openapi.json", "/api/v1/docs"


@pytest.mark.django_db
def test_openapi__anybody_anywhere__reads_it_once() -> None:
    told = Client().get(JSON)
    assert told.json()["openapi"] == "3.1.1"
    assert told["Access-Control-Allow-Origin"] == "*"
    again = Client().get(JSON, headers={"If-None-Match": told["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.django_db
def test_docs__the_app_that_requests_go_to__is_one_of_theirs() -> None:
    cast = make_cast()
    assert b'data-app="acme/shop"' in client_of(cast.carol).get(DOCS).content
    assert b'data-app=""' in client_of(None).get(DOCS).content
    alice = client_of(cast.alice)
    assert alice.get(f"{DOCS}?app=acme/shop").status_code == 200
    for foreign in ("evil/lair", "acme/none", "acme", "%FF/x"):
        assert alice.get(f"{DOCS}?app={foreign}").status_code == 404


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError


@pytest.mark.django_db
def test_server_error__problem_with_the_name_of_the_request(monkeypatch: Any) -> None:
    """The one thing that is put in place of ours: no request that we know of makes the API fail."""
    key = create_key(app=make_cast().app, kind="sk", name="x", actor=None)[1]
    monkeypatch.setattr(MomentList, "get", broken)
    client = Client(raise_request_exception=False)
    headers = {"Authorization": f"Bearer {key}", "X-Request-Id": "order-4711"}
    told = client.get("/api/v1/manage/moments", headers=headers)
    assert (told.status_code, told["Content-Type"]) == (500, "application/problem+json")
    assert told.json()["request_id"] == "order-4711"
    assert "ZeroDivisionError" not in told.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("address", [JSON, DOCS])
def test_address__wrong_method__405(address: str) -> None:
    assert Client().post(address).status_code == 405
