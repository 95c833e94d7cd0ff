"""`/api/v1/manage/workspace` and its people."""

from __future__ import annotations

from typing import Any

from permissions_app.models import Role, User, Workspace
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, make_person

PATH = "/api/v1/manage/workspace"


def test_workspace__of_the_key(call: Call, cast: Cast) -> None:
    Workspace.objects.filter(pk=cast.workspace.pk).update(self_approval=True)
    assert call("get", PATH).json() == {"slug": "acme", "name": "Acme", "self_approval": True}


def test_members__roles_and_closed_accounts__as_on_the_page(call: Call, cast: Cast) -> None:
    User.objects.filter(pk=cast.rita.pk).update(is_active=False)
    rows = call("get", f"{PATH}/members").json()["results"]
    assert {row["email"]: (row["role"], row["active"]) for row in rows} == {
        "alice@example.com": ("owner", True),
        "bob@example.com": ("editor", True),
        "rita@example.com": ("reviewer", False),
        "carol@example.com": ("viewer", True),
    }


def test_members__many__a_page_at_a_time_with_as_many_queries(
    call: Call, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    for number in range(9):
        make_person(f"p{number}", workspace=cast.workspace, role=Role.VIEWER)
    call("get", PATH)
    with django_assert_max_num_queries(4):
        first = call("get", f"{PATH}/members?limit=10").json()
    rest = call("get", first["next"].removeprefix("http://testserver")).json()
    assert len({row["email"] for row in first["results"] + rest["results"]}) == 13


def test_every_address__wrong_key_or_method__refused(call: Call, cast: Cast) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    for where in (PATH, f"{PATH}/members"):
        assert call("get", where, key=publishable).status_code == 403
        assert call("get", where, key="").status_code == 401
        assert call("post", where, {}).status_code == 405
    assert call("get", PATH, key=theirs).json()["slug"] == "evil"
    rows = call("get", f"{PATH}/members", key=theirs).json()["results"]
    assert [row["email"] for row in rows] == ["mallory@example.com"]
