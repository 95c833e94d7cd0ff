"""`…/{id}/variants`: the wordings one by one."""

from __future__ import annotations

from typing import Any

import pytest

from campaigns.models import Campaign
from permissions_app.models import App, AuditEntry, ValueMoment
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast, make_redirect_rule, make_soft_ask

ASKS = "/api/v1/manage/soft-asks"


def words(key: str, **changes: Any) -> dict[str, Any]:
    return {"key": key, "title": f"Know when it ships, {key}", **changes}


@pytest.fixture
def path(app: App, moment: ValueMoment) -> str:
    """The variants of a soft ask that has one."""
    return f"{ASKS}/{make_soft_ask(app, moment, status='live').pk}/variants"


def keys(call: Call, path: str) -> list[str]:
    return [row["key"] for row in call("get", path).json()["results"]]


def test_variants__add_change_rename_remove__versions_of_the_whole_go_on(
    call: Call, path: str
) -> None:
    listed = call("get", path)
    added = call("post", path, words("b", weight=2.5), if_match=listed["ETag"])
    assert added.status_code == 201, added.content
    assert (added.json()["weight"], added.json()["body"]) == (2.5, "")
    changed = call("patch", f"{path}/b", {"body": "One message."}, if_match=added["ETag"])
    assert changed.json()["title"] == "Know when it ships, b"
    replaced = call("put", f"{path}/b", {"title": "New"}, if_match=changed["ETag"])
    assert (replaced.json()["key"], replaced.json()["body"]) == ("b", "")
    renamed = call("patch", f"{path}/b", {"key": "c"}, if_match=replaced["ETag"])
    assert keys(call, path) == ["a", "c"]
    assert call("get", f"{path}/b").status_code == 404
    removed = call("delete", f"{path}/a", if_match=renamed["ETag"])
    assert (removed.status_code, removed.content) == (204, b"")
    assert keys(call, path) == ["c"]
    whole = call("get", path.removesuffix("/variants"))
    assert whole["ETag"] == removed["ETag"]
    assert whole.json()["pending"] == "draft"
    campaign = Campaign.objects.get()
    assert campaign.published is not None
    assert [it["key"] for it in campaign.published.content["variants"]] == ["a"]
    assert AuditEntry.objects.filter(action="soft_ask.updated").count() == 5


def test_variants__redirect_rule__its_own_shape(call: Call, app: App, moment: ValueMoment) -> None:
    path = f"/api/v1/manage/redirect-rules/{make_redirect_rule(app, moment).pk}/variants"
    etag = call("get", path)["ETag"]
    line = {"key": "b", "line": "Two\nlines", "action_label": "Open"}
    refused = call("post", path, line, if_match=etag)
    assert refused.status_code == 422
    assert [it["field"] for it in refused.json()["errors"]] == ["line"]
    assert call("post", path, {**line, "line": "One line"}, if_match=etag).status_code == 201


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "key"),
        ([], ""),
        (words("a"), "key"),
        (words("holdout"), "key"),
        (words("with space"), "key"),
        (words("b", title="x" * 121), "title"),
        (words("b", title="Hi {{"), "title"),
        (words("b", title=None), "title"),
        (words("b", title="\ud800"), "title"),
        (words("b", body="a\x00b"), "body"),
        (words("b", weight="2"), "weight"),
        (words("b", weight=1e308), "weight"),
        (words("b", weight=-1), "weight"),
        (words("b", surface="billboard"), "surface"),
        (words("b", illustration="image:abc"), "illustration"),
        (words("b", translations={"Klingon": {}}), "translations"),
        (words("b", translations={"de": {"headline": "x"}}), "translations"),
        (words("b", translations={"de": {"title": "x" * 121}}), "translations.de.title"),
        (words("b", translations=[]), "translations"),
    ],
)
def test_add__malformed__422_names_the_field_of_the_variant(
    call: Call, path: str, sent: Any, field: str
) -> None:
    refused = call("post", path, sent, if_match=call("get", path)["ETag"])
    assert refused.status_code == 422, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert keys(call, path) == ["a"]


def test_add__a_fifth__refused(call: Call, path: str) -> None:
    etag = call("get", path)["ETag"]
    for key in "bcd":
        etag = call("post", path, words(key), if_match=etag)["ETag"]
    refused = call("post", path, words("e"), if_match=etag)
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "variants"


def test_write__without_or_with_a_stale_version__428_412(call: Call, path: str) -> None:
    for method, where in (("post", path), ("put", f"{path}/a"), ("delete", f"{path}/a")):
        assert call(method, where, words("a")).status_code == 428
        stale = call(method, where, words("b"), if_match='"v77"')
        assert (stale.status_code, stale["ETag"]) == (412, '"v2"')
    assert keys(call, path) == ["a"]


def test_write__archived__refused(call: Call, app: App, moment: ValueMoment) -> None:
    ask = make_soft_ask(app, moment, status="archived")
    refused = call("patch", f"{ASKS}/{ask.pk}/variants/a", {"title": "x"}, if_match='"v2"')
    assert refused.status_code == 422
    assert "archived" in refused.json()["detail"]


def test_list__a_page_at_a_time(call: Call, path: str) -> None:
    call("post", path, words("b"), if_match=call("get", path)["ETag"])
    first = call("get", f"{path}?limit=1").json()
    assert [row["key"] for row in first["results"]] == ["a"]
    rest = call("get", first["next"].removeprefix("http://testserver")).json()
    assert ([row["key"] for row in rest["results"]], rest["next"]) == (["b"], None)


def test_every_address__wrong_key_or_method__refused(call: Call, path: str, cast: Cast) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    for where in (path, f"{path}/a"):
        assert call("get", where, key=theirs).status_code == 404
        assert call("get", where, key=publishable).status_code == 403
        assert call("get", where, key="").status_code == 401
    assert call("post", path, words("b"), key=theirs, if_match='"v2"').status_code == 404
    assert call("delete", f"{path}/a", key=theirs, if_match='"v2"').status_code == 404
    assert call("delete", path).status_code == 405
    assert call("post", f"{path}/a", words("b")).status_code == 405
    assert call("get", f"{path}/zz").status_code == 404
