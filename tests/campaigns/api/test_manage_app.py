"""`/api/v1/manage/app`."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.models import App, AuditEntry
from permissions_app.services.apps import set_fatigue
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.factories import Cast

PATH = "/api/v1/manage/app"


def test_update__what_is_sent__and_decisions_are_told(call: Call, app: App) -> None:
    read = call("get", PATH)
    assert (read["ETag"], read.json()["slug"], read.json()["workspace"]) == ('"v1"', "shop", "acme")
    sent = {"fatigue_per_day": 2, "android_package": "com.example.shop"}
    told = call("patch", PATH, sent, if_match='"v1"')
    assert told.status_code == 200, told.content
    assert told["ETag"] == '"v2"'
    found = App.objects.get(pk=app.pk)
    assert (found.fatigue_per_day, found.fatigue_per_30_days, found.name) == (2, 3, "Shop")
    assert found.ruleset_version == app.ruleset_version + 1
    entry = AuditEntry.objects.get(action="app.updated")
    assert entry.changes == {"android_package": ["", "com.example.shop"], "fatigue_per_day": [1, 2]}
    assert entry.actor_label.startswith("key sk_")


def test_update__nothing_differs__nothing_written(call: Call, app: App) -> None:
    told = call("patch", PATH, {"name": "Shop"}, if_match='"v1"')
    assert told["ETag"] == '"v1"'
    assert not AuditEntry.objects.filter(action="app.updated").exists()


def test_update__changed_meanwhile_by_a_setup_file__412(call: Call, app: App) -> None:
    set_fatigue(app=app, per_day=5, per_30_days=9, actor=None)
    stale = call("patch", PATH, {"fatigue_per_day": 1}, if_match='"v1"')
    assert (stale.status_code, stale["ETag"]) == (412, '"v2"')
    assert call("patch", PATH, {"fatigue_per_day": 1}).status_code == 428
    assert App.objects.get(pk=app.pk).fatigue_per_day == 5


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ([], ""),
        ({"name": ""}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "a\x00b"}, "name"),
        ({"name": "a\u202eb"}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": None}, "name"),
        ({"android_package": "shop"}, "android_package"),
        ({"android_package": "com..shop"}, "android_package"),
        ({"fatigue_per_day": 11}, "fatigue_per_day"),
        ({"fatigue_per_day": -1}, "fatigue_per_day"),
        ({"fatigue_per_30_days": "3"}, "fatigue_per_30_days"),
        ({"fatigue_per_30_days": 1e308}, "fatigue_per_30_days"),
    ],
)
def test_update__malformed__422_names_the_field(call: Call, sent: Any, field: str) -> None:
    refused = call("patch", PATH, sent, if_match='"v1"')
    assert refused.status_code == 422, refused.content
    assert field in [error["field"] for error in refused.json()["errors"]]
    assert not AuditEntry.objects.filter(action="app.updated").exists()


def test_app__key_of_another_app__its_own_wrong_key_or_method_refused(
    call: Call, cast: Cast
) -> None:
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    assert call("get", PATH, key=theirs).json()["slug"] == "lair"
    assert call("get", PATH, key=publishable).status_code == 403
    assert call("get", PATH, key="").status_code == 401
    assert call("post", PATH, {}).status_code == 405
    assert call("delete", PATH).status_code == 405
