"""`/api/v1/manage/app/stop`, `/go-on` and `/bundle-key`."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from permissions_app.models import App, AuditEntry
from permissions_app.services.keys import create_key
from permissions_app.services.signing import bundle_key
from tests.campaigns.api.conftest import Call

STOP, GO_ON, KEY = (f"/api/v1/manage/app/{name}" for name in ("stop", "go-on", "bundle-key"))


def stopped(app: App) -> bool:
    return App.objects.get(pk=app.pk).stopped_at is not None


def test_stop_and_go_on__a_key__turned_once_and_in_the_trail(call: Call, app: App) -> None:
    told = call("post", STOP, {"reason": "wrong words"})
    assert told.status_code == 200, told.content
    assert told.json()["stopped_at"] is not None
    assert stopped(app)
    assert call("post", STOP, {}).status_code == 200
    assert call("post", GO_ON, {}).json()["stopped_at"] is None
    assert not stopped(app)
    trail = AuditEntry.objects.filter(action__in=("app.stopped", "app.resumed")).order_by("pk")
    assert [(entry.action, entry.changes) for entry in trail] == [
        ("app.stopped", {"reason": "wrong words"}),
        ("app.resumed", {}),
    ]
    assert trail[0].actor_label.startswith("key sk_")


@pytest.mark.parametrize(
    "sent", [[], {"reason": 5}, {"reason": "x" * 201}, {"reason": "a\x00b"}, {"reason": "a\u202eb"}]
)
def test_stop__bad_reason__422_and_not_stopped(call: Call, app: App, sent: Any) -> None:
    assert call("post", STOP, sent).status_code == 422
    assert not stopped(app)


def test_stop__publishable_key_or_none__refused(call: Call, app: App) -> None:
    _, shipped = create_key(app=app, kind="pk", name="shipped", actor=None)
    assert call("post", STOP, {}, key=shipped).status_code == 403
    assert call("post", STOP, {}, key="").status_code == 401
    assert not stopped(app)


def test_stop__get__405(call: Call) -> None:
    assert call("get", STOP).status_code == 405


def test_bundle_key__the_one_that_signs(call: Call, app: App) -> None:
    told = call("get", KEY).json()
    key = bundle_key(app=app)
    assert told == {"key_id": key.key_id, "public": key.public}
    assert len(base64.b64decode(told["public"])) == 32
