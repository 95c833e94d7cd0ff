"""`/api/v1/manage/devices`."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from campaigns.services.decide import Request, answer
from permissions_app.domain.events import EventContext
from permissions_app.models import App, AuditEntry, Device, Event
from permissions_app.services.ingest import ingest
from permissions_app.services.keys import create_key
from permissions_app.services.rollups import fold_queue
from tests.campaigns.api.conftest import Call
from tests.factories import (
    Cast,
    client_of,
    make_device,
    make_moment,
    make_redirect_rule,
    make_soft_ask,
    republish,
)

PATH = "/api/v1/manage/devices"
DAY = 86_400_000


def tell(app: App, key: str, kind: str, at: int, **fields: Any) -> None:
    """One event of an iPhone."""
    event = {"id": str(uuid.uuid4()), "device_id": key, "type": kind, "occurred_at": at}
    about = {"platform": "ios", "os_version": "18.1", "app_version": "4.2"}
    payload = json.dumps({"events": [{**event, **about, **fields}]}).encode()
    receipt = ingest(app_id=app.pk, payload=payload, received=at)
    assert receipt.accepted == 1, receipt


@pytest.fixture
def asked(app: App) -> dict[str, Any]:
    """A device that accepted a soft ask and refused the dialog; a redirect waits on the same moment."""
    moment = make_moment(app)
    ask = republish(make_soft_ask(app, moment, status="live"), holdout=0.0, min_sessions=1)
    second = make_soft_ask(app, moment, name="Second ask", status="live")
    rule = make_redirect_rule(app, moment, status="live")
    start = int(time.time() * 1000) - 2 * DAY
    tell(app, "phone", "session_started", start, session_index=3)
    tell(app, "phone", "moment_reached", start + 1, name="Order Placed", properties={"total": 5})
    context = EventContext(platform="ios", os_version="18.1", session_index=3)
    request = Request(device_id="phone", moment=moment.key, context=context)
    told = answer(app_id=app.pk, request=request, now=start + 2)
    assert told.action == "soft_ask", told
    ref = {"decision_id": told.decision_id}
    tell(app, "phone", "soft_ask_shown", start + 3, **ref)
    tell(app, "phone", "soft_ask_accepted", start + 4, **ref)
    refused = {"outcome": "denied", "permission": {"library": "ios", "value": 1}}
    tell(app, "phone", "native_prompt_answered", start + 5, **ref, **refused)
    answer(app_id=app.pk, request=Request(device_id="phone", moment=moment.key), now=start + 6)
    while fold_queue(app_id=app.pk).notes:
        pass
    return {"ask": ask, "second": second, "rule": rule, "start": start}


def test_list__pages_and_filters__every_device_once(call: Call, app: App, cast: Cast) -> None:
    now = int(time.time() * 1000)
    for number in range(5):
        tell(app, f"a{number}", "permission_status", now, permission={"library": "ios", "value": 2})
    tell(app, "b0", "permission_status", now, permission={"library": "ios", "value": 1})
    fold_queue(app_id=app.pk)
    make_device(cast.mallorys_app, "a9")
    address: str | None = f"{PATH}?limit=2"
    met: list[str] = []
    while address:
        page = call("get", address).json()
        met += [row["key"] for row in page["results"]]
        address = page["next"]
    assert met == ["a0", "a1", "a2", "a3", "a4", "b0"]

    def keys(query: str) -> list[str]:
        return [row["key"] for row in call("get", f"{PATH}?{query}").json()["results"]]

    assert keys("prefix=b") == ["b0"]
    assert keys("status=denied") == ["b0"]
    assert keys("status=authorized&platform=ios&prefix=a&limit=3") == ["a0", "a1", "a2"]
    assert keys("platform=android") == []
    assert call("get", f"{PATH}?prefix=b").json()["results"][0] == {
        "key": "b0",
        "platform": "ios",
        "os_version": "18.1",
        "app_version": "4.2",
        "status": "denied",
        "cause": "refused",
        "text": "Notifications are off (refused for good)",
        "first_seen_at": page["results"][-1]["first_seen_at"],
        "last_seen_at": page["results"][-1]["last_seen_at"],
    }


@pytest.mark.parametrize(
    "query",
    [
        "status=x",
        "platform=x",
        "prefix=%25",
        "limit=0",
        "limit=x",
        "cursor=%F0",
        "prefix=" + "a" * 200,
    ],
)
def test_list__nonsense__422_and_the_field(call: Call, query: str) -> None:
    told = call("get", f"{PATH}?{query}")
    assert told.status_code == 422, told.content
    assert told.json()["errors"][0]["field"] == query.partition("=")[0]


def test_read__facts_standing_and_arms__in_words_too(call: Call, asked: dict[str, Any]) -> None:
    told = call("get", f"{PATH}/phone").json()
    assert (told["status"], told["cause"]) == ("denied", "refused")
    assert told["prompts"]["text"] == "none left"
    assert told["denial"]["text"] == "refused for good, at “Order placed”"
    assert told["denial"]["campaign"] == asked["ask"].key
    assert told["denial"]["campaign_name"] == "Shipping news"
    arms = {(one["campaign_name"], one["draw"]): one["arm"] for one in told["assigned"]}
    assert arms == {("Shipping news", "variant"): "a"}
    assert {"label": "Soft asks", "text": "1 shown, 1 accepted", "at": None} in told["lines"]
    assert told["facts"]["refusals"] == 1
    assert told["recovery"] is None


def test_events__newest_first__a_page_at_a_time(call: Call, asked: dict[str, Any]) -> None:
    first = call("get", f"{PATH}/phone/events?limit=3").json()
    second = call("get", first["next"]).json()
    types = [event["type"] for page in (first, second) for event in page["results"]]
    assert types == [
        "native_prompt_answered",
        "soft_ask_accepted",
        "soft_ask_shown",
        "moment_reached",
        "session_started",
    ]
    assert second["next"] is None
    reached = second["results"][0]
    assert reached["text"] == "“Order Placed”"
    assert reached["followed"] == ["Reached the moment “Order placed”."]
    assert reached["body"]["properties"] == {"total": 5}


def test_decisions__each_with_its_reason_and_those_passed_over(
    call: Call, asked: dict[str, Any]
) -> None:
    first = call("get", f"{PATH}/phone/decisions?limit=1").json()
    (latest,) = first["results"]
    assert (latest["action"], latest["reason"]) == ("none", "fatigue_cap")
    assert latest["text"] == "The person was interrupted as often as the app allows itself."
    (earlier,) = call("get", first["next"]).json()["results"]
    assert earlier["action"] == "soft_ask"
    assert earlier["campaign_name"] == "Shipping news"
    assert earlier["words"]["title"] == "Know when your package leaves the warehouse?"
    assert earlier["considered"] == [
        {
            "campaign": asked["ask"].key,
            "campaign_name": "Shipping news",
            "outcome": "answered",
            "reason": "ask_softly",
            "text": "The system's dialog can still show and the moment is right: ask softly.",
        }
    ]


def test_explain__every_campaign_on_the_moment__with_what_became_of_it(
    call: Call, app: App, asked: dict[str, Any]
) -> None:
    told = call("get", f"{PATH}/phone/explain?moment=order_placed").json()
    assert (told["action"], told["reason"]) == ("none", "too_soon_after_denial")
    assert told["moment_name"] == "Order placed"
    assert told["status_text"] == "Notifications are off (refused for good)"
    assert told["retry_after"].startswith("20")
    assert [
        (one["campaign_name"], one["outcome"], one["reason"]) for one in told["considered"]
    ] == [
        ("Shipping news", "not_reached", None),
        ("Second ask", "not_reached", None),
        ("Missed shipping", "passed_over", "too_soon_after_denial"),
    ]
    decided = answer(
        app_id=app.pk,
        request=Request(device_id="phone", moment="order_placed"),
        now=int(time.time() * 1000),
    )
    assert decided.reason == told["reason"]


def test_explain__leaves_nothing_behind(call: Call, app: App, asked: dict[str, Any]) -> None:
    tell(app, "fresh", "session_started", int(time.time() * 1000), session_index=3)
    told = call("get", f"{PATH}/fresh/explain?moment=order_placed").json()
    assert (told["action"], told["variant"]) == ("soft_ask", "a")
    assert told["considered"][1]["outcome"] == "not_reached"
    assert Device.objects.get(key="fresh").standing == {}
    assert call("get", f"{PATH}/fresh/decisions").json()["results"] == []


def test_explain__unknown_moment_and_none(call: Call, asked: dict[str, Any]) -> None:
    told = call("get", f"{PATH}/phone/explain?moment=nothing")
    assert told.json()["reason"] == "unknown_moment"
    missing = call("get", f"{PATH}/phone/explain")
    assert missing.status_code == 422
    assert missing.json()["errors"][0]["field"] == "moment"
    assert call("get", f"{PATH}/phone/explain?moment=%00").status_code == 422


def test_erase__gone_with_its_story_and_the_trail_names_the_key(
    call: Call, app: App, asked: dict[str, Any]
) -> None:
    told = call("delete", f"{PATH}/phone")
    assert told.json() == {"events": 5, "decisions": 2}
    assert not Event.objects.exists()
    entry = AuditEntry.objects.get(action="device.erased")
    assert entry.actor_label.startswith("key sk_")
    assert "phone" not in json.dumps([entry.subject, entry.changes])
    for path in ("", "/events", "/decisions", "/explain?moment=order_placed"):
        assert call("get", f"{PATH}/phone{path}").status_code == 404
    assert call("delete", f"{PATH}/phone").status_code == 404


def test_erase__by_people__owners_alone(call: Call, app: App, cast: Cast) -> None:
    make_device(app, "phone")
    named = {"X-OneAsk-App": "acme/shop"}
    for person in (cast.bob, cast.rita, cast.carol):
        assert client_of(person).delete(f"{PATH}/phone", headers=named).status_code == 403
    assert Device.objects.filter(key="phone").exists()
    assert client_of(cast.mallory).delete(f"{PATH}/phone", headers=named).status_code == 404
    assert client_of(cast.alice).delete(f"{PATH}/phone", headers=named).status_code == 200


@pytest.mark.parametrize(
    "path", ["", "/phone", "/phone/events", "/phone/decisions", "/phone/explain?moment=x"]
)
def test_doors__no_key_publishable_key_another_app_and_wrong_method(
    call: Call, app: App, cast: Cast, path: str
) -> None:
    make_device(app, "phone")
    _, public = create_key(app=app, kind="pk", name="web", actor=None)
    _, elsewhere = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    assert call("get", f"{PATH}{path}", key="").status_code == 401
    assert call("get", f"{PATH}{path}", key=public).status_code == 403
    assert call("post", f"{PATH}{path}", {}).status_code == 405
    other = call("get", f"{PATH}{path}", key=elsewhere)
    assert other.json().get("results") == [] if not path else other.status_code == 404


@pytest.mark.parametrize("key", ["%ED%A0%80", "..", "a%20b", "x" * 500, "%F0%9F%98%80"])
def test_keys_that_are_none__404(call: Call, app: App, key: str) -> None:
    for path in ("", "/events", "/decisions", "/explain?moment=x"):
        assert call("get", f"{PATH}/{key}{path}").status_code in (404, 405)
    assert call("delete", f"{PATH}/{key}").status_code in (404, 405)


def test_device__told_how_to_reach_it__the_id_and_the_end_of_the_token(
    call: Call, app: App
) -> None:
    now = int(time.time() * 1000)
    token = "ab" * 31 + "c0ffee"
    tell(app, "phone", "identify", now, push={"external_id": "customer-42", "token": token})
    told = call("get", f"{PATH}/phone")
    assert token not in told.content.decode()
    reached = told.json()["reached"]
    assert reached.pop("named_at") == reached.pop("token_at")
    assert reached == {"external_id": "customer-42", "token_end": "…c0ffee", "token_kind": "apns"}
    make_device(app, "silent")
    assert call("get", f"{PATH}/silent").json()["reached"] is None


def test_list__of_one_person__by_the_teams_own_id(call: Call, app: App) -> None:
    now = int(time.time() * 1000)
    for key, person in (("a", "customer-42"), ("b", "customer-421"), ("c", "customer-42")):
        tell(app, key, "session_started", now, push={"external_id": person})
    found = call("get", f"{PATH}?external_id=customer-42&limit=1").json()
    assert [row["key"] for row in found["results"]] == ["a"]
    assert [row["key"] for row in call("get", found["next"]).json()["results"]] == ["c"]
