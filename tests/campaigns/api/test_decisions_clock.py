"""Only invented devices may say what time it is."""

from __future__ import annotations

import json
import time
from datetime import datetime

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from campaigns.api.decisions import post_decisions
from campaigns.simulator.stage import set_stage
from permissions_app.api.hot import as_view
from permissions_app.models import App, User
from permissions_app.services.keys import create_key
from tests.factories import Cast

PAST_MS = 1_790_000_000_000
CONTEXT = {
    "platform": "ios",
    "os_version": "18.2",
    "session_index": 3,
    "permission": {"library": "ios", "value": 0},
}


def ask(key: str, *, device: str, told: str | None) -> HttpResponse:
    body = json.dumps({"device_id": device, "moment": "table_booked", "context": CONTEXT})
    headers = {"Authorization": f"Bearer {key}"}
    if told is not None:
        headers["X-Simulated-Now"] = told
    request = RequestFactory().post(
        "/api/v1/decisions", body, content_type="application/json", headers=headers
    )
    return as_view(post_decisions)(request)


def expires_ms(response: HttpResponse) -> float:
    answer = json.loads(response.content)
    assert answer["action"] == "soft_ask", answer
    return datetime.fromisoformat(answer["expires_at"]).timestamp() * 1000


@pytest.fixture
def staged(app: App, owner: User) -> App:
    set_stage(app=app, actor=owner)
    return app


def key_of(app: App, *, simulated: bool) -> str:
    App.objects.filter(pk=app.pk).update(simulated=simulated)
    app.refresh_from_db()
    return create_key(app=app, kind="pk", name="k", actor=None)[1]


def test_decision__simulated_app__lives_in_the_time_it_tells(staged: App, cast: Cast) -> None:
    key = key_of(staged, simulated=True)
    found = expires_ms(ask(key, device="one", told=str(PAST_MS)))
    assert 0 < found - PAST_MS <= 86_400_000


def test_decision__real_app__ignores_the_told_time(staged: App, cast: Cast) -> None:
    key = key_of(staged, simulated=False)
    found = expires_ms(ask(key, device="two", told=str(PAST_MS)))
    assert found > time.time() * 1000


@pytest.mark.parametrize("told", ["", "yesterday", "-5", "9" * 15, "1" * 40, "²"])
def test_decision__simulated_app_with_nonsense_or_the_future__uses_our_clock(
    staged: App, cast: Cast, told: str
) -> None:
    key = key_of(staged, simulated=True)
    found = expires_ms(ask(key, device="three", told=told))
    assert time.time() * 1000 < found < time.time() * 1000 + 86_400_000
