"""Two people publish, pause and mention each other on the real server; devices meet it on every process within two
seconds, and the worker sends the letter.
"""

from __future__ import annotations

import json
import time
import urllib.parse
import urllib.request
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import CookieJar

import pytest

from tests.bench.client import Wire, request
from tests.live import Live

WITHIN, WATCHED = 2.0, 3.0
SEED = """
import json
from campaigns.services.campaigns import create_campaign
from campaigns.domain.drafts import SoftAskDraft, Words
from permissions_app.models import Role, User
from permissions_app.services.accounts import add_member, create_workspace
from permissions_app.services.apps import create_app
from permissions_app.services.keys import create_key
from permissions_app.services.moments import MomentDraft, create_moment
alice = User.objects.create_user("alice@visible.example", "a long password")
rita = User.objects.create_user("rita@visible.example", "a long password")
workspace = create_workspace(name="Visible", slug="visible", owner=alice)
add_member(workspace=workspace, user=rita, role=Role.REVIEWER, actor=alice)
app = create_app(workspace=workspace, name="Shop", slug="shop", actor=alice)
moment = create_moment(app=app, draft=MomentDraft(name="Order placed", event_name="Order Placed"), actor=None)
words = Words(key="a", title="Know when your parcel leaves", body="One message.",
              accept_label="Tell me", decline_label="Not now")
draft = SoftAskDraft(name="Parcel", moment=moment.key, variants=(words,), holdout=0.0)
campaign = create_campaign(app=app, draft=draft, actor=alice)
_, key = create_key(app=app, kind="pk", name="x", actor=None)
print("SEEDED " + json.dumps({"campaign": campaign.pk, "key": key, "moment": moment.key}))
"""


class Person:
    """Somebody signed in on the real server."""

    def __init__(self, live: Live, email: str) -> None:
        self.url = live.url
        self.cookies = CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.cookies))
        self.opener.open(f"{self.url}/accounts/login/", timeout=20).close()
        self.post("/accounts/login/", login=email, password="a long password")

    def post(self, path: str, **fields: str) -> str:
        """Send a form as a browser does and return the page it leads to."""
        token = next(cookie.value for cookie in self.cookies if cookie.name == "csrftoken")
        body = urllib.parse.urlencode({**fields, "csrfmiddlewaretoken": token}).encode()
        sent = urllib.request.Request(f"{self.url}{path}", body, {"Referer": f"{self.url}/"})
        with self.opener.open(sent, timeout=20) as answer:
            return str(answer.read().decode())


@pytest.fixture(scope="module")
def seeded(live: Live) -> dict[str, str]:
    """A draft by Alice in an app of its own."""
    told = live.manage("shell", "--command", SEED)
    line = next(line for line in told.splitlines() if line.startswith("SEEDED "))
    found: dict[str, str] = json.loads(line.removeprefix("SEEDED "))
    return found


def decide(live: Live, seeded: dict[str, str]) -> str:
    """What a device that was never seen is shown; each asks on a connection of its own."""
    body = {
        "device_id": f"phone-{uuid.uuid4()}",
        "moment": seeded["moment"],
        "context": {
            "platform": "ios",
            "os_version": "18.1",
            "session_index": 3,
            "permission": {"library": "ios", "value": 0},
        },
    }
    message = request("/api/v1/decisions", json.dumps(body).encode(), key=seeded["key"])
    with Wire(live.url) as wire:
        reply = wire.send(message)
    assert reply.status == 200, reply
    return str(reply.json()["action"])


def bundle(live: Live, seeded: dict[str, str]) -> tuple[bool, int]:
    """What the bundle says: (whether the app is stopped, the number of soft asks), each time by a new connection."""
    with Wire(live.url) as wire:
        told = wire.send(request("/api/v1/bundle", key=seeded["key"], method="GET")).json()
    payload = json.loads(told["payload"])
    return payload["stopped"], sum(map(len, payload["ruleset"]["soft_asks"].values()))


def latest_other(ask: Callable[[], object], wanted: object) -> tuple[float, int]:
    """Seconds until the last answer that was not the wanted one, and how many were the wanted one."""
    begin = time.monotonic()
    last, met = 0.0, 0
    while (now := time.monotonic() - begin) < WATCHED:
        if ask() == wanted:
            met += 1
        else:
            last = now
    return last, met


def test_publish_and_pause__every_process__met_by_devices_within_two_seconds(
    live: Live, seeded: dict[str, str]
) -> None:
    alice, rita = (Person(live, f"{name}@visible.example") for name in ("alice", "rita"))
    steps = f"/w/visible/shop/campaigns/{seeded['campaign']}/steps/"
    assert {decide(live, seeded) for _ in range(10)} == {"none"}

    alice.post(steps, action="submit")
    assert "somebody else has to" in alice.post(steps, action="approve")
    assert "is approved" in rita.post(steps, action="approve")
    assert {decide(live, seeded) for _ in range(10)} == {"none"}

    with ThreadPoolExecutor(4) as browsers:
        told = list(browsers.map(lambda _: alice.post(steps, action="publish"), range(4)))
    assert sum("is live now" in page for page in told) == 1
    assert sum("There is nothing to publish" in page for page in told) == 3
    last, met = latest_other(lambda: decide(live, seeded), "soft_ask")
    assert last < WITHIN
    assert met > 20

    assert "is paused now" in alice.post(steps, action="pause")
    last, met = latest_other(lambda: decide(live, seeded), "none")
    assert last < WITHIN
    assert met > 20


def test_stop_and_resume__every_process__in_bundles_and_decisions_within_two_seconds(
    live: Live, seeded: dict[str, str]
) -> None:
    alice = Person(live, "alice@visible.example")
    stop, steps = "/w/visible/shop/stop/", f"/w/visible/shop/campaigns/{seeded['campaign']}/steps/"
    assert bundle(live, seeded) == (False, 0)  # paused
    assert "is live again" in alice.post(steps, action="resume")
    last, met = latest_other(lambda: bundle(live, seeded), (False, 1))
    assert last < WITHIN
    assert met > 20

    assert "This app is stopped" in alice.post(stop, wish="stop", sure="on")
    last, met = latest_other(
        lambda: (bundle(live, seeded), decide(live, seeded)), ((True, 1), "none")
    )
    assert last < WITHIN
    assert met > 20

    assert "The app goes on." in alice.post(stop, wish="go_on", sure="on")
    last, met = latest_other(
        lambda: (bundle(live, seeded), decide(live, seeded)), ((False, 1), "soft_ask")
    )
    assert last < WITHIN
    assert met > 20


def test_mention__comment_on_the_real_server__answered_at_once_and_mailed_by_the_worker(
    live: Live, seeded: dict[str, str]
) -> None:
    alice = Person(live, "alice@visible.example")
    comments = f"/w/visible/shop/campaigns/{seeded['campaign']}/comments/"
    assert "will get an e-mail" in alice.post(comments, body="@rita is “parcel” right?")
    deadline = time.monotonic() + 20
    while "mentioned you: Parcel" not in (said := live.output()):
        assert time.monotonic() < deadline, said[-2000:]
    assert f"{live.url}/w/visible/shop/campaigns/{seeded['campaign']}/review/#talk" in live.output()
