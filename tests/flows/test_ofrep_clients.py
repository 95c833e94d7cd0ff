"""OpenFeature's stock providers for servers, and the protocol they speak, against the real server."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest
from openfeature.contrib.provider.ofrep import OFREPProvider
from openfeature.evaluation_context import EvaluationContext
from openfeature.exception import ErrorCode, FlagNotFoundError, TargetingKeyMissingError

from tests.bench.client import Reply, Wire, request
from tests.bench.scene import Scene, make_scene
from tests.clients.node import run_node
from tests.live import Live

FLAGS = "/ofrep/v1/evaluate/flags"
ASKABLE: dict[str, Any] = {
    "platform": "ios",
    "osVersion": "18.2",
    "permission": 0,
    "sessionIndex": 5,
}
DEFAULT = {"action": "code default"}
DENIED: dict[str, Any] = {**ASKABLE, "permission": 1}


class Site:
    """The running product as an OpenFeature client sees it."""

    def __init__(self, live: Live, scene: Scene) -> None:
        self.url, self.scene = live.url, scene

    def post(self, path: str, body: object, *, key: str | None = None, **headers: str) -> Reply:
        """One request; `key` '' sends none."""
        told = {name.replace("_", "-"): value for name, value in headers.items()}
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        user = self.scene.publishable if key is None else key
        with Wire(self.url) as wire:
            return wire.send(request(path, content, key=user, headers=told))

    def ask(self, device: str, context: dict[str, Any], tag: str = "") -> Reply:
        """All moments for a device."""
        body = {"context": {"targetingKey": device, **context}}
        return self.post(FLAGS, body, **({"If_None_Match": tag} if tag else {}))


@pytest.fixture(scope="module")
def site(live: Live) -> Site:
    return Site(live, make_scene(live))


@pytest.fixture
def device() -> str:
    return f"phone-{uuid.uuid4()}"


def value_of(reply: Reply, moment: str) -> dict[str, Any]:
    """What one moment would show, in a bulk answer."""
    (found,) = [flag for flag in reply.json()["flags"] if flag["key"] == moment]
    value: dict[str, Any] = found["value"]
    return value


def tag_of(reply: Reply) -> str:
    lines = reply.head.decode().split("\r\n")
    return next(line.split(": ", 1)[1] for line in lines if line.lower().startswith("etag: "))


# -- the providers ------------------------------------------------------------------------------------


@pytest.fixture
def provider(site: Site) -> OFREPProvider:
    headers = {"Authorization": f"Bearer {site.scene.publishable}"}
    return OFREPProvider(site.url, headers_factory=lambda: headers)


def test_python__askable__soft_ask_with_its_words(provider: OFREPProvider, device: str) -> None:
    context = EvaluationContext(device, ASKABLE)
    told: Any = provider.resolve_object_details("order_placed", DEFAULT, context)
    assert told.value["action"] == "soft_ask"
    assert told.value["copy"]["accept_label"]
    assert told.value["decision_id"].split(".")[1].startswith("s")
    assert told.variant in ("a", "b")
    assert told.reason == "SPLIT"
    assert told.flag_metadata == {"reason": "ask_softly"}


def test_python__first_session__none_and_never_the_code_default(
    provider: OFREPProvider, device: str
) -> None:
    context = EvaluationContext(device, {**ASKABLE, "sessionIndex": 1})
    told: Any = provider.resolve_object_details("order_placed", DEFAULT, context)
    assert told.value["action"] == "none"
    assert told.reason == "TARGETING_MATCH"
    assert told.flag_metadata == {"reason": "gate_first_session"}


def test_python__unknown_moment_or_nobody__its_own_errors(
    provider: OFREPProvider, device: str
) -> None:
    with pytest.raises(FlagNotFoundError):
        provider.resolve_object_details("no_such", {}, EvaluationContext(device, ASKABLE))
    with pytest.raises(TargetingKeyMissingError):
        provider.resolve_object_details("order_placed", {}, EvaluationContext(None, ASKABLE))


def test_node__askable_unknown_and_asked_again(site: Site, device: str) -> None:
    contexts = [
        ("order_placed", {"targetingKey": device, **ASKABLE}),
        ("no_such", {"targetingKey": device, **ASKABLE}),
        ("order_placed", {"targetingKey": device, **ASKABLE}),
    ]
    told = run_node(
        "ofrep_node.mjs",
        KEY=site.scene.publishable,
        HOST=site.url,
        CONTEXTS=json.dumps(contexts),
    )
    assert told[0]["value"]["action"] == "soft_ask"
    assert told[1]["errorCode"] == ErrorCode.FLAG_NOT_FOUND.value
    assert told[1]["value"] == {"action": "code default"}
    # The first answer promised an interruption, so the budget of the day is spent.
    assert told[2]["value"]["action"] == "none"
    assert told[2]["flagMetadata"]["reason"] == "fatigue_cap"


# -- all moments at once ---------------------------------------------------------------------------------


def test_bulk__every_moment__promises_nothing(site: Site, device: str) -> None:
    told = [site.ask(device, ASKABLE) for _ in range(3)]
    assert [reply.status for reply in told] == [200, 200, 200]
    assert {flag["key"] for flag in told[0].json()["flags"]} == {"order_placed", "run_finished"}
    assert {value_of(reply, "order_placed")["action"] for reply in told} == {"soft_ask"}
    assert told[0].body == told[1].body


def test_bulk__unchanged__304_without_a_body(site: Site, device: str) -> None:
    first = site.ask(device, ASKABLE)
    again = site.ask(device, ASKABLE, tag_of(first))
    assert (again.status, again.body) == (304, b"")
    assert tag_of(again) == tag_of(first)


def test_bulk__denied_since__another_answer_from_the_same_rules(site: Site, device: str) -> None:
    first = site.ask(device, ASKABLE)
    denied = site.ask(device, DENIED, tag_of(first))
    assert denied.status == 200
    assert value_of(first, "order_placed")["action"] == "soft_ask"
    assert value_of(denied, "order_placed")["action"] == "none"


def test_bulk__denied_for_days__redirect_with_the_way_and_no_nulls(site: Site, device: str) -> None:
    day = 86_400_000
    now = int(time.time() * 1000)
    events = [
        {
            "id": str(uuid.uuid4()),
            "device_id": device,
            "type": "native_prompt_answered",
            "occurred_at": now - 9 * day,
            "platform": "ios",
            "os_version": "18.2",
            "outcome": "denied",
        },
        {
            "id": str(uuid.uuid4()),
            "device_id": device,
            "type": "session_started",
            "occurred_at": now - day,
            "session_index": 4,
        },
    ]
    assert site.post("/api/v1/events", {"events": events}).json()["accepted"] == 2
    told = site.ask(device, {"platform": "ios", "osVersion": "18.2", "permission": 1})
    value = value_of(told, "run_finished")
    assert value["action"] == "settings_redirect"
    assert value["copy"]["action_label"] == "Open Settings"
    assert value["settings"]["link"]
    assert b"null" not in told.body


def test_bulk__published_or_shown__the_tag_moves_with_the_answer(site: Site, device: str) -> None:
    before = site.ask(device, ASKABLE)
    decision = value_of(before, "order_placed")["decision_id"]
    shown = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": "soft_ask_shown",
        "occurred_at": int(time.time() * 1000),
        "decision_id": decision,
        "session_index": 5,
    }
    assert site.post("/api/v1/events", {"events": [shown]}).json()["accepted"] == 1
    after = site.ask(device, ASKABLE, tag_of(before))
    assert after.status == 200
    assert value_of(after, "order_placed")["action"] == "none"


# -- what cannot be answered -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", "PARSE_ERROR"),
        (b"[]", "PARSE_ERROR"),
        ({}, "INVALID_CONTEXT"),
        ({"context": 3}, "INVALID_CONTEXT"),
        ({"context": {}}, "TARGETING_KEY_MISSING"),
        ({"context": {"targetingKey": ""}}, "TARGETING_KEY_MISSING"),
        ({"context": {"targetingKey": "a b"}}, "INVALID_CONTEXT"),
        ({"context": {"targetingKey": "a", "platform": "toaster"}}, "INVALID_CONTEXT"),
    ],
)
def test_bad_request__400_in_the_form_of_the_protocol(site: Site, body: object, code: str) -> None:
    told = site.post(f"{FLAGS}/order_placed", body)
    assert told.status == 400
    assert told.json()["errorCode"] == code
    assert told.json()["key"] == "order_placed"
    assert 0 < len(told.json()["errorDetails"]) < 400
    assert site.post(FLAGS, body).json()["errorCode"] == code


def test_unknown_moment__404_with_its_key(site: Site, device: str) -> None:
    told = site.post(f"{FLAGS}/no_such", {"context": {"targetingKey": device}})
    assert (told.status, told.json()["errorCode"], told.json()["key"]) == (
        404,
        "FLAG_NOT_FOUND",
        "no_such",
    )


def test_key__none_bad_or_secret_in_a_page(site: Site, device: str) -> None:
    body = {"context": {"targetingKey": device}}
    assert site.post(FLAGS, body, key="").status == 401
    assert site.post(FLAGS, body, key="pk_no_such").status == 401
    assert site.post(FLAGS, body, key="", X_API_Key=site.scene.publishable).status == 200
    page = {"Origin": "https://shop.example"}
    assert site.post(FLAGS, body, key=site.scene.secret, **page).status == 403


def test_browser__preflight_and_exposed_headers(site: Site) -> None:
    with Wire(site.url) as wire:
        told = wire.send(request(f"{FLAGS}/order_placed", b"", method="OPTIONS"))
        assert told.status == 204
        assert b"if-none-match" in told.head.lower()
        wrong = wire.send(request(FLAGS, b"", method="GET"))
        assert (wrong.status, wrong.json()["errorCode"]) == (405, "GENERAL")
        assert b"access-control-expose-headers: etag, retry-after" in wrong.head.lower()
