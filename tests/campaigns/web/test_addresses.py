"""Addresses that nobody made."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from tests.campaigns.web.conftest import Shop
from tests.factories import client_of


@pytest.mark.parametrize(
    "path",
    [
        "devices/?q=a%00b",
        "devices/a%00b/",
        "moments/?q=%00",
        "soft-asks/new/?moment=%00",
        "redirects/new/?moment=%00",
    ],
)
def test_address__with_nul__refused(shop: Shop, path: str) -> None:
    assert client_of(shop.cast.bob).get(f"{shop.at}{path}").status_code == 400


@pytest.mark.parametrize("path", ["events/", "decisions/", "nothing", "manage/nothing", ""])
def test_api__unknown_address__problem_and_no_redirect(db: None, path: str) -> None:
    for method in ("get", "post", "options"):
        answer = getattr(Client(), method)(
            f"/api/v1/{path}", headers={"Origin": "https://shop.example"}
        )
        assert answer.status_code == 404
        assert answer["Content-Type"] == "application/problem+json"
        assert answer["Access-Control-Allow-Origin"] == "*"
        assert json.loads(answer.content)["code"] == "unknown_address"
