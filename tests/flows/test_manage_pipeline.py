"""A pipeline with a key writes, sends in, publishes and rolls back on the real server; a person approves in between."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any, NamedTuple

import pytest

from tests.flows.test_publish_visible import Person, decide
from tests.live import Live
from tests.waiting import wait_until

SEED = """
import json
from permissions_app.models import Role, User
from permissions_app.services.accounts import add_member, create_workspace
from permissions_app.services.apps import create_app
from permissions_app.services.keys import create_key
alice = User.objects.create_user("alice@pipeline.example", "a long password")
rita = User.objects.create_user("rita@pipeline.example", "a long password")
workspace = create_workspace(name="Pipeline", slug="pipeline", owner=alice)
add_member(workspace=workspace, user=rita, role=Role.REVIEWER, actor=alice)
app = create_app(workspace=workspace, name="Shop", slug="shop", actor=alice)
_, public = create_key(app=app, kind="pk", name="App", actor=alice)
_, secret = create_key(app=app, kind="sk", name="Pipeline", actor=alice, manages_keys=True)
print("SEEDED " + json.dumps({"key": public, "secret": secret, "moment": "order_placed"}))
"""
WORDS = {
    "key": "a",
    "title": "Know when your parcel leaves",
    "body": "One message.",
    "accept_label": "Tell me",
    "decline_label": "Not now",
}


class Told(NamedTuple):
    """An answer of the API."""

    status: int
    body: Any
    etag: str


class Api:
    """A program that calls the management API with a key."""

    def __init__(self, live: Live, key: str) -> None:
        self.base, self.key = f"{live.url}/api/v1/manage/", key

    def __call__(self, method: str, path: str, body: Any = None, *, if_match: str = "") -> Told:
        """Send one request."""
        headers = {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"}
        if if_match:
            headers["If-Match"] = if_match
        sent = urllib.request.Request(
            self.base + path,
            None if body is None else json.dumps(body).encode(),
            headers,
            method=method.upper(),
        )
        try:
            answer = urllib.request.urlopen(sent, timeout=20)
        except urllib.error.HTTPError as refused:
            answer = refused
        with answer:
            text = answer.read()
            etag = answer.headers.get("ETag", "")
            return Told(answer.status, json.loads(text) if text else None, etag)


@pytest.fixture(scope="module")
def seeded(live: Live) -> dict[str, str]:
    """An app with a publishable key and one for a pipeline, made by Alice."""
    told = live.manage("shell", "--command", SEED)
    line = next(line for line in told.splitlines() if line.startswith("SEEDED "))
    found: dict[str, str] = json.loads(line.removeprefix("SEEDED "))
    return found


def test_pipeline__from_a_draft_to_people_and_back__a_person_approves_in_between(
    live: Live, seeded: dict[str, str]
) -> None:
    api = Api(live, seeded["secret"])
    moment = {"name": "Order placed", "event_name": "Order Placed"}
    assert api("post", "moments", moment).body["key"] == seeded["moment"]
    draft = {"name": "Parcel", "moment": seeded["moment"], "holdout": 0, "variants": [WORDS]}
    made = api("post", "soft-asks", draft)
    one = f"soft-asks/{made.body['id']}"
    assert api("get", f"{one}/findings").body["missing"] == []

    assert api("post", f"{one}/steps", {"action": "submit"}).body["status"] == "in_review"
    assert api("post", f"{one}/steps", {"action": "approve"}).status == 403
    assert api("post", f"{one}/steps", {"action": "publish"}).status == 422
    alice, rita = (Person(live, f"{name}@pipeline.example") for name in ("alice", "rita"))
    steps = f"/w/pipeline/shop/campaigns/{made.body['id']}/steps/"
    assert "somebody else has to" in alice.post(steps, action="approve")
    assert "is approved" in rita.post(steps, action="approve")
    assert api("post", f"{one}/steps", {"action": "publish"}).body["status"] == "live"
    wait_until(lambda: decide(live, seeded) == "soft_ask", "people are asked", 20)

    read = api("get", one)
    other = {**WORDS, "key": "b", "title": "Know when order {{order_id}} leaves"}
    added = api("post", f"{one}/variants", other, if_match=read.etag)
    assert added.status == 201
    assert api("patch", one, {"priority": 5}, if_match=read.etag).status == 412
    back = api("post", f"{one}/revisions/1/revert", if_match=added.etag)
    assert (back.body["pending"], len(back.body["variants"])) == ("nothing", 1)

    assert api("post", f"{one}/steps", {"action": "pause"}).body["status"] == "paused"
    wait_until(lambda: decide(live, seeded) == "none", "nobody is asked", 20)
    trail = api("get", f"audit?object={made.body['key']}&limit=200").body["results"]
    by = {(entry["action"], entry["actor"]) for entry in trail}
    key = f"key {seeded['secret'].rpartition('_')[0]}"
    assert by >= {("soft_ask.publish", key), ("soft_ask.approve", "rita@pipeline.example")}


def test_pipeline__key_rotated__the_new_one_works_and_the_old_one_ends(
    live: Live, seeded: dict[str, str]
) -> None:
    api = Api(live, seeded["secret"])
    old, new = (api("post", "keys", {"kind": "sk", "name": name}).body for name in ("Old", "New"))
    assert Api(live, old["text"])("get", "app").status == 200
    assert Api(live, old["text"])("delete", f"keys/{new['key']}").status == 403
    assert api("delete", f"keys/{old['key']}").status == 204
    wait_until(
        lambda: Api(live, old["text"])("get", "app").status == 401, "the old key is refused", 20
    )
    assert Api(live, new["text"])("get", "app").body["slug"] == "shop"
    assert api("delete", f"keys/{seeded['secret'].rpartition('_')[0]}").status == 422
