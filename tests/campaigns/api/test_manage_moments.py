"""`/api/v1/manage/moments`."""

from __future__ import annotations

from typing import Any

import pytest

from permissions_app.models import App, AuditEntry, ValueMoment
from tests.campaigns.api.conftest import Call

PATH = "/api/v1/manage/moments"


def moment(**changes: Any) -> dict[str, Any]:
    return {"name": "Order placed", "event_name": "Order Placed", **changes}


def test_create_read_update_pause(call: Call, app: App) -> None:
    conditions = [{"property": "total", "op": "gte", "value": 20}]
    created = call("post", PATH, moment(conditions=conditions))
    assert created.status_code == 201, created.content
    assert created.json()["key"] == "order_placed"
    path = f"{PATH}/order_placed"
    changed = call("patch", path, {"name": "Big order"}, if_match=created["ETag"])
    assert changed.json()["conditions"] == conditions
    replaced = call("put", path, moment(name="Any order"), if_match=changed["ETag"])
    assert replaced.json()["conditions"] == []
    assert call("post", f"{path}/status", {"status": "paused"}).json()["status"] == "paused"
    assert [row["name"] for row in call("get", PATH).json()["results"]] == ["Any order"]
    assert AuditEntry.objects.count() == 5  # the key, and four changes


def test_create__key_given_and_taken__422(call: Call) -> None:
    assert call("post", PATH, moment(key="Checkout-1")).json()["key"] == "Checkout-1"
    again = call("post", PATH, moment(key="Checkout-1"))
    assert again.status_code == 422
    assert again.json()["errors"][0]["field"] == "key"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": None}, "name"),
        ({"name": ["x"]}, "name"),
        ({"event_name": "a\u0000b"}, "event_name"),
        ({"conditions": "total > 20"}, "conditions"),
        ({"conditions": [{"property": "x", "op": "gt", "value": "20"}]}, "conditions"),
        (
            {"conditions": [{"property": "x", "op": "eq", "value": "\ud800"}]},
            "conditions",
        ),
        ({"opening": "perhaps"}, "opening"),
        ({"key": "with space"}, "key"),
    ],
)
def test_create__malformed__422(call: Call, changes: dict[str, Any], field: str) -> None:
    response = call("post", PATH, moment(**changes))
    assert response.status_code == 422, response.content
    assert field in [error["field"] for error in response.json()["errors"]]
    assert not ValueMoment.objects.exists()


def test_create__nested_too_deeply__400_problem(call: Call) -> None:
    response = call("post", PATH, "[" * 100_000)
    assert (response.status_code, response.json()["code"]) == (400, "parse_error")


def test_list__narrowed__by_a_piece_of_text_and_by_status(call: Call) -> None:
    for name, event in (("Order placed", "Order Placed"), ("Goal set", "Goal Set")):
        call("post", PATH, {"name": name, "event_name": event})
    call("post", f"{PATH}/goal_set/status", {"status": "paused"})

    def keys(query: str) -> list[str]:
        return [row["key"] for row in call("get", f"{PATH}?{query}").json()["results"]]

    assert keys("q=PLACED") == ["order_placed"]
    assert keys("status=paused") == ["goal_set"]
    assert keys("q=placed&status=paused") == []
    assert call("get", f"{PATH}?status=asleep").status_code == 422


def test_read__unknown__404_problem(call: Call) -> None:
    response = call("get", f"{PATH}/nothing")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")
