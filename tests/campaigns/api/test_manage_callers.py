"""Who may call the management API, and how often."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from permissions_app.models import App, AuditEntry, Role, User
from permissions_app.services import limits
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.campaigns.api.test_manage_moments import moment
from tests.factories import Cast, make_person, make_soft_ask

PATH = "/api/v1/manage/moments"
SHOP = {"X-OneAsk-App": "acme/shop"}


def session(user: User | None) -> Client:
    """A browser in which somebody is signed in, and whose requests are checked as those of a browser are."""
    client = Client(enforce_csrf_checks=True)
    if user is not None:
        client.force_login(user)
    return client


def sent(client: Client, *, headers: dict[str, str] = SHOP, token: bool = True, **body: Any) -> Any:
    """A new moment, with the token that the page of a session holds."""
    more = {}
    if token:
        client.get("/accounts/login/")
        client.cookies["csrftoken"] = "a" * 32
        more = {"X-CSRFToken": "a" * 32}
    return client.post(
        PATH, moment(**body), content_type="application/json", headers={**headers, **more}
    )


def test_session__member__reads_and_writes_as_that_person(cast: Cast) -> None:
    bob = session(cast.bob)
    assert sent(bob).status_code == 201
    assert [row["key"] for row in bob.get(PATH, headers=SHOP).json()["results"]] == ["order_placed"]
    assert AuditEntry.objects.latest("pk").actor == cast.bob


def test_session__without_the_token__403_and_nothing_is_made(cast: Cast) -> None:
    refused = sent(session(cast.alice), token=False)
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf_failed")
    assert not cast.app.moments.exists()


def test_session__without_an_app__401(cast: Cast) -> None:
    refused = sent(session(cast.alice), headers={})
    assert (refused.status_code, refused.json()["code"]) == (401, "key_missing")


def test_session__nobody_or_an_outsider_or_no_such_app__refused(cast: Cast) -> None:
    assert session(None).get(PATH, headers=SHOP).status_code == 401
    assert session(cast.mallory).get(PATH, headers=SHOP).status_code == 404
    for name in ("acme/none", "acme", "evil/shop", "", "acme/shop/x"):
        headers = {"X-OneAsk-App": name}
        assert session(cast.alice).get(PATH, headers=headers).status_code == 404


def test_session__weak_role__reads_and_may_not_write(cast: Cast) -> None:
    carol = session(cast.carol)
    assert carol.get(PATH, headers=SHOP).status_code == 200
    refused = sent(carol)
    assert (refused.status_code, refused.json()["code"]) == (403, "role_too_weak")
    assert not cast.app.moments.exists()


def test_session__reviewer__approves_by_the_api_what_others_wrote(cast: Cast, app: App) -> None:
    ask = make_soft_ask(app, app.moments.create(key="m", name="M", event_name="M"))
    bob, rita = session(cast.bob), session(cast.rita)
    for client, action in ((bob, "submit"), (rita, "approve")):
        client.cookies["csrftoken"] = "a" * 32
        told = client.post(
            f"/api/v1/manage/soft-asks/{ask.pk}/steps",
            {"action": action},
            content_type="application/json",
            headers={**SHOP, "X-CSRFToken": "a" * 32},
        )
        assert told.status_code == 200, told.content
    assert told.json()["pending"] == "approved"


def test_session__signed_out_meanwhile__key_in_the_same_browser_still_refused(cast: Cast) -> None:
    _, secret = create_key(app=cast.app, kind="sk", name="x", actor=None)
    headers = {**SHOP, "Authorization": f"Bearer {secret}", "Origin": "http://testserver"}
    refused = session(cast.alice).get(PATH, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "secret_key_in_browser")


def test_key__what_it_changes__is_credited_to_it(call: Call) -> None:
    assert call("post", PATH, moment()).status_code == 201
    entry = AuditEntry.objects.latest("pk")
    assert entry.actor is None
    assert entry.actor_label.startswith("key sk_")


@pytest.fixture
def two_a_minute(settings: Any) -> Iterator[None]:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "manage": 2}
    settings.WEB_WORKERS = 1
    limits.forget()
    yield
    limits.forget()


@pytest.mark.usefixtures("two_a_minute")
def test_limit__each_key_has_its_own_and_is_told(call: Call, cast: Cast, app: App) -> None:
    first = call("get", PATH)
    assert first["RateLimit-Policy"] == '"manage";q=2;w=60'
    assert first["RateLimit"].startswith('"manage";r=1;t=')
    assert call("get", f"{PATH}/none").status_code == 404
    refused = call("post", PATH, moment())
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_requests")
    assert refused["Content-Type"] == "application/problem+json"
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["RateLimit"].startswith('"manage";r=0;')
    assert not app.moments.exists()
    _, other = create_key(app=app, kind="sk", name="other", actor=None)
    assert call("get", PATH, key=other).status_code == 200
    person = make_person("eve", workspace=cast.workspace, role=Role.VIEWER)
    assert session(person).get(PATH, headers=SHOP).status_code == 200


def test_request_id__own_one_comes_back_in_answer_and_problem(call: Call) -> None:
    told = call("get", f"{PATH}/none", X_Request_Id="order-4711")
    assert told["X-Request-Id"] == told.json()["request_id"] == "order-4711"


@pytest.mark.parametrize("sent", ["", "two words", "x" * 101, "a\r\nSet-Cookie: b", "é"])
def test_request_id__none_or_unfit__a_new_one_each_time(call: Call, sent: str) -> None:
    names = {call("get", PATH, X_Request_Id=sent)["X-Request-Id"] for _ in range(2)}
    assert len(names) == 2
    assert all(len(name) == 36 for name in names)
