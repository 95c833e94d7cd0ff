"""`/api/v1/manage/audit`: who changed what, in this app."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from permissions_app.models import App, AuditEntry, ValueMoment
from permissions_app.services.accounts import invite
from permissions_app.services.keys import create_key
from permissions_app.services.moments import MomentDraft, create_moment
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, client_of, make_soft_ask

PATH = "/api/v1/manage/audit"


def actions(call: Call, query: str = "") -> list[str]:
    told = call("get", f"{PATH}{query}")
    assert told.status_code == 200, told.content
    return [row["action"] for row in told.json()["results"]]


def test_list__newest_first__with_who_and_what(call: Call, cast: Cast, moment: ValueMoment) -> None:
    created = call("post", "/api/v1/manage/soft-asks", {"name": "Ask", "moment": "order_placed"})
    entry = call("get", PATH).json()["results"][0]
    assert entry["action"] == "soft_ask.created"
    assert entry["object"] == created.json()["key"]
    assert entry["actor"].startswith("key sk_")
    assert "content" in entry["changes"]
    assert "id" not in entry["changes"]


def test_list__narrowed__by_actor_action_object_and_time(
    call: Call, cast: Cast, moment: ValueMoment
) -> None:
    ask = make_soft_ask(cast.app, moment, status="live")
    draft = MomentDraft(name="Goal set", event_name="Goal Set")
    create_moment(app=cast.app, draft=draft, actor=cast.bob)
    key, text = create_key(app=cast.app, kind="sk", name="CI", actor=cast.alice)
    path = f"/api/v1/manage/soft-asks/{ask.pk}/steps"
    call("post", path, {"action": "pause"}, key=text)
    assert actions(call, "?actor=bob@example.com") == ["moment.created"]
    assert actions(call, f"?actor={key.prefix}") == ["soft_ask.pause"]
    assert actions(call, f"?object={ask.key}&action=soft_ask.publish") == ["soft_ask.publish"]
    assert set(actions(call, "?action=soft_ask")) >= {"soft_ask.created", "soft_ask.pause"}
    assert actions(call, "?action=soft") == []
    paused = AuditEntry.objects.get(action="soft_ask.pause").at
    at = paused.isoformat().replace("+00:00", "Z")
    assert actions(call, f"?since={at}") == ["soft_ask.pause"]
    assert "soft_ask.pause" not in actions(call, f"?until={at}")


def test_list__another_app_of_the_workspace__not_shown_people_are(call: Call, cast: Cast) -> None:
    other = App.objects.create(workspace=cast.workspace, name="Other", slug="other")
    draft = MomentDraft(name="Secret", event_name="Secret")
    create_moment(app=other, draft=draft, actor=cast.bob)
    create_moment(app=cast.app, draft=draft, actor=cast.bob)
    invite(
        workspace=cast.workspace, email="new@example.com", name="", role="viewer", actor=cast.alice
    )
    told = call("get", PATH).json()["results"]
    assert [row["action"] for row in told][:2] == ["member.added", "moment.created"]
    assert len([row for row in told if row["subject"] == "Secret"]) == 1
    _, theirs = create_key(app=other, kind="sk", name="x", actor=None)
    subjects = [row["subject"] for row in call("get", PATH, key=theirs).json()["results"]]
    assert subjects.count("Secret") == 1


def test_list__a_page_at_a_time__same_number_of_queries(
    call: Call, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(9):
        draft = MomentDraft(name=f"M {number}", event_name=f"E {number}")
        create_moment(app=cast.app, draft=draft, actor=cast.bob)
    call("get", PATH)
    with django_assert_max_num_queries(4):
        first = call("get", f"{PATH}?limit=6&action=moment").json()
    rest = call("get", first["next"].removeprefix("http://testserver")).json()
    subjects = [row["subject"] for row in first["results"] + rest["results"]]
    assert subjects == [f"M {number}" for number in range(8, -1, -1)]


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=2026-13-01", "limit=0", "cursor=x", f"actor={'x' * 201}"]
)
def test_list__malformed__422(call: Call, query: str) -> None:
    assert call("get", f"{PATH}?{query}").status_code == 422


def test_list__wrong_key_role_or_method__refused(call: Call, cast: Cast) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    assert [r["subject"][-1] for r in call("get", PATH, key=theirs).json()["results"]] == ["x"]
    assert call("get", PATH, key=publishable).status_code == 403
    assert call("get", PATH, key="").status_code == 401
    assert call("post", PATH, {}).status_code == 405
    headers = {"X-OneAsk-App": "acme/shop"}
    for person, status in ((cast.bob, 200), (cast.carol, 403), (cast.mallory, 404)):
        assert client_of(person).get(PATH, headers=headers).status_code == status


def test_list__long_ago_and_far_ahead__no_failure(call: Call, cast: Cast) -> None:
    entry = AuditEntry.objects.latest("pk")
    later = (entry.at + timedelta(days=3650)).isoformat().replace("+00:00", "Z")
    assert actions(call, f"?since={later}") == []
    assert actions(call, "?until=0001-01-01T00:00:00Z") == []
    assert actions(call, "?since=9999-12-31T23:59:59Z") == []
