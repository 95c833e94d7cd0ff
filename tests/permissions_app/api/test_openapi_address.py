"""`GET /api/v1/openapi.json` and `/api/v1/docs`."""

from __future__ import annotations

import pytest
from django.test import Client

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


@pytest.mark.django_db
@pytest.mark.parametrize("address", [JSON, DOCS])
def test_address__wrong_method__405(address: str) -> None:
    assert Client().post(address).status_code == 405
