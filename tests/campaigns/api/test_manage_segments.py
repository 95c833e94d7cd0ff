"""`/api/v1/manage/segments`."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from campaigns.models import Segment
from permissions_app.models import App, AuditEntry
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.campaigns.domain.test_segments import DENIED, denied, device
from tests.campaigns.services.test_segments import put, speaking_to
from tests.factories import Cast, make_segment

PATH = "/api/v1/manage/segments"


def segment(**changes: Any) -> dict[str, Any]:
    """A segment as a script sends it."""
    return {"name": "Denied people", "document": {"all": [DENIED]}, **changes}


def test_create_read_update_delete(call: Call, app: App) -> None:
    put(app, "d1", denied(3))
    put(app, "d2", device())
    created = call("post", PATH, segment())
    assert created.status_code == 201, created.content
    assert created.json()["devices"] == 1
    assert created.json()["of"] == 2
    path = f"{PATH}/denied-people"
    everybody = segment(document={"fact": "first_seen", "ever": True})
    changed = call("put", path, everybody, if_match=created["ETag"])
    assert changed.json()["devices"] == 2
    assert call("put", path, segment(), if_match=created["ETag"]).status_code == 412
    assert call("put", path, segment()).status_code == 428
    assert call("delete", path).status_code == 204
    assert call("get", path).status_code == 404
    actions = AuditEntry.objects.filter(action__startswith="segment.").order_by("pk")
    assert [entry.action for entry in actions] == [
        "segment.created",
        "segment.updated",
        "segment.deleted",
    ]


def test_list__standing_and_own__with_sizes(call: Call, app: App) -> None:
    put(app, "d1", denied(3))
    make_segment(app)
    found = {row["key"]: row for row in call("get", PATH).json()["results"]}
    assert found["kept"]["built_in"] is False
    assert found["kept"]["devices"] == 1
    assert found["never"]["built_in"] is True
    assert found["never"]["devices"] == 0


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\u0000"}, "name"),
        ({"document": {"all": []}}, ""),
        ({"document": []}, ""),
        ({"document": {"any": [DENIED, {"fact": "x"}]}}, "any.1"),
        ({"document": {"moment": "\ud800"}}, ""),
        ({"document": None}, "document"),
    ],
)
def test_create__malformed__422_and_where(call: Call, changes: dict[str, Any], field: str) -> None:
    response = call("post", PATH, segment(**changes))
    assert response.status_code == 422, response.content
    assert field in {error["field"] for error in response.json()["errors"]}
    assert not Segment.objects.exists()


def test_write__segment_that_every_app_has__404(call: Call) -> None:
    assert call("put", f"{PATH}/never", segment(), if_match='"v0"').status_code == 404
    assert call("delete", f"{PATH}/never").status_code == 404


def test_delete__audience_of_a_campaign__422(call: Call, app: App) -> None:
    key = make_segment(app).key
    speaking_to(app, key)
    assert call("delete", f"{PATH}/{key}").status_code == 422


def test_members__pages__lead_through_everybody_once(call: Call, app: App) -> None:
    for number in range(5):
        put(app, f"d{number}", denied(3))
    put(app, "other", device())
    key = make_segment(app).key
    address: str | None = f"{PATH}/{key}/members?limit=2"
    met: list[str] = []
    while address:
        page = call("get", address).json()
        met += [row["device"] for row in page["results"]]
        address = page["next"]
    assert met == ["d0", "d1", "d2", "d3", "d4"]
    row = call("get", f"{PATH}/{key}/members").json()["results"][0]
    assert (row["status"], row["denied"]) == ("denied", "2026-09-01")


def test_file__everybody__streamed_and_no_formula(call: Call, app: App) -> None:
    put(app, "+1+1", denied(3))
    answer = call("get", f"{PATH}/{make_segment(app).key}/members.csv")
    assert answer.streaming
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert [row["device"] for row in rows] == ["'+1+1"]


@pytest.mark.parametrize(
    "path", ["", "/kept", "/kept/members", "/kept/members.csv", "/kept/hand-off"]
)
def test_every_address__publishable_key_or_another_apps__refused(
    call: Call, app: App, cast: Cast, path: str
) -> None:
    make_segment(app)
    _, publishable = create_key(app=app, kind="pk", name="web", actor=None)
    assert call("get", PATH + path, key=publishable).status_code == 403
    assert call("get", PATH + path, key="").status_code == 401
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    answer = call("get", PATH + path, key=theirs)
    if path:
        assert answer.status_code == 404
    else:
        assert "kept" not in {row["key"] for row in answer.json()["results"]}
