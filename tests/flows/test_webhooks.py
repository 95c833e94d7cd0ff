"""Webhooks of the running product: every type arrives once and is verified as receivers verify it, and a worker that is
killed while it sends loses nothing.
"""

from __future__ import annotations

import json
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from campaigns.domain.webhook_events import KINDS
from tests.bench.client import Wire, request
from tests.live import Live
from tests.waiting import wait_until
from tests.web_server import WebServer
from tests.webhooks import documented, fits, holds, verified, verified_in_node

SCENE = """
import json
from campaigns.domain.webhook_events import KINDS
from campaigns.services.webhook_endpoints import EndpointDraft, create_endpoint
from permissions_app.models import User
from permissions_app.services.accounts import create_workspace
from permissions_app.services.apps import create_app
from permissions_app.services.keys import create_key
alice = User.objects.create_user("alice@{name}.example", "a long password")
workspace = create_workspace(name="{name}", slug="{name}", owner=alice)
app = create_app(workspace=workspace, name="Shop", slug="shop", actor=alice)
events = [kind.type for kind in KINDS]
endpoint, secret = create_endpoint(app=app, draft=EndpointDraft("All", "{url}", events), actor=alice)
keys = [create_key(app=app, kind=kind, name="x", actor=alice)[1] for kind in ("pk", "sk")]
print("SCENE " + json.dumps([app.pk, endpoint.pk, secret, *keys]))
"""
HAPPEN = """
from datetime import timedelta
from django.utils import timezone
from campaigns.services.segments import look
from campaigns.services.steps import take_step
from campaigns.tasks import check_alerts, look_at_segments
from permissions_app.models import App
from permissions_app.selectors.days import day_number
from tests.campaigns.domain.test_segments import denied, device
from tests.campaigns.services.test_segments import put, saved
from tests.campaigns.web.learn.test_results import with_devices
from tests.factories import Cast, make_rollups
from django.db import transaction
app = App.objects.select_related("workspace").get(pk={app})
now = timezone.now()
today = day_number(now.date())
cast = Cast(app.workspace, app, *[None] * 5, app)
ask = with_devices(cast)
take_step(campaign_id=ask.pk, app=app, action="pause", actor=None)
cells = []
for back in range(31):
    day = now.date() - timedelta(days=back)
    cells += [("answered", day, "ios", "", "", 0, 100), ("granted", day, "ios", "", "", 0, 40 if back < 3 else 60)]
make_rollups(app, cells)
with transaction.atomic():
    put(app, "leaves", denied(3))
    key = saved(app).key
    look(app_id=app.pk, key=key, day=today - 1, now=now)
    put(app, "leaves", device(status="authorized", status_at=1))
    put(app, "comes", denied(0))
while look_at_segments():
    pass
check_alerts.delay()
"""
IS_OVER = """
from datetime import timedelta
from django.utils import timezone
from campaigns.models import Alert, AlertSettings
from campaigns.tasks import check_alerts
from permissions_app.models import Rollup
Rollup.objects.filter(app={app}, measure__in=["answered", "granted"]).delete()
before = timezone.now() - timedelta(hours=1)
Alert.objects.filter(app={app}).update(last_seen_at=before)
AlertSettings.objects.filter(app={app}).update(checked_at=before)
check_alerts.delay()
"""
TELL = """
from django.utils import timezone
from campaigns.domain.webhook_events import Fact
from campaigns.services.webhooks import tell
from permissions_app.models import App
facts = [Fact(f"flood {{number}}", {{"number": number}}) for number in range({count})]
app = App.objects.get(pk={app})
assert tell(app=app, kind="campaign.paused", facts=facts, now=timezone.now()) == {count}
"""


@dataclass(frozen=True)
class Scene:
    """An app whose endpoint is told of everything."""

    app: int
    endpoint: int
    secret: str
    publishable: str
    key: str


@pytest.fixture
def server() -> Iterator[WebServer]:
    with WebServer() as running:
        yield running


@pytest.fixture
def database(live: Live) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(live.database_url, autocommit=True) as connection:
        yield connection


def make_scene(live: Live, url: str) -> Scene:
    """A workspace of its own, with an app and an endpoint at this address."""
    name = f"hooks-{uuid.uuid4().hex[:8]}"
    told = live.manage("shell", "--command", SCENE.format(name=name, url=url))
    line = next(line for line in told.splitlines() if line.startswith("SCENE "))
    return Scene(*json.loads(line.removeprefix("SCENE ")))


def types_in(server: WebServer) -> Counter[str]:
    return Counter(json.loads(body)["type"] for *_, body in server.posts)


def states(database: psycopg.Connection[Any], scene: Scene) -> dict[str, int]:
    """How many deliveries are in which state."""
    query = (
        "SELECT state, count(*) FROM campaigns_webhookdelivery WHERE endpoint_id = %s GROUP BY 1"
    )
    return dict(database.execute(query, (scene.endpoint,)).fetchall())


def reads(live: Live, scene: Scene, device: str, value: int) -> None:
    """A device says what the system says of it: 1 denied, 2 authorised."""
    event = {
        "id": str(uuid.uuid4()),
        "device_id": device,
        "type": "permission_status",
        "occurred_at": int(time.time() * 1000),
        "platform": "ios",
        "os_version": "18.1",
        "permission": {"library": "ios", "value": value},
    }
    body = json.dumps({"events": [event]}).encode()
    with Wire(live.url) as wire:
        reply = wire.send(request("/api/v1/events", body, key=scene.publishable))
    assert reply.json()["accepted"] == 1


def test_everything_that_happens__told_once_and_verified_in_python_and_node(
    live: Live, database: psycopg.Connection[Any], server: WebServer, tmp_path: Path
) -> None:
    scene = make_scene(live, server.url)
    reads(live, scene, "dev-1", 1)
    live.manage("shell", "--command", HAPPEN.format(app=scene.app))
    wait_until(
        lambda: {kind.type for kind in KINDS} - {"alert.resolved"} <= set(types_in(server)),
        lambda: (types_in(server), states(database, scene), live.output()[-3000:]),
    )
    live.manage("shell", "--command", IS_OVER.format(app=scene.app))
    wait_until(
        lambda: (
            "alert.resolved" in types_in(server) and set(states(database, scene)) == {"delivered"}
        ),
        lambda: (types_in(server), states(database, scene), live.output()[-3000:]),
    )
    told = [verified(post, scene.secret) for post in server.posts]
    in_node = verified_in_node(server.posts, [scene.secret] * len(told), tmp_path)
    assert in_node == [{"holds": True, "read": message} for message in told]
    ids = [headers["webhook-id"] for _, headers, _ in server.posts]
    assert len(set(ids)) == len(ids), "each once"
    found = Counter(message["type"] for message in told)
    # Two publications (a second revision) and two verdicts (which words, and whether they help) are two facts each.
    assert found == {
        "permission.changed": 1,
        "segment.entered": 1,
        "segment.left": 1,
        "campaign.published": 2,
        "campaign.paused": 1,
        "experiment.verdict": 2,
        "alert.opened": 1,
        "alert.resolved": 1,
    }
    examples = documented()
    assert [
        message["type"] for message in told if not fits(message, examples[message["type"]])
    ] == []
    by_type = {message["type"]: message["data"] for message in told}
    assert by_type["permission.changed"]["device_id"] == "dev-1"
    assert (by_type["permission.changed"]["to"], by_type["permission.changed"]["cause"]) == (
        "denied",
        "refused",
    )
    assert by_type["segment.entered"]["device_id"] == "comes"
    assert by_type["segment.left"]["device_id"] == "leaves"
    assert by_type["alert.opened"]["kind"] == "grant_drop"
    assert all(message["data"]["app"] == "shop" for message in told)


def test_worker_killed_while_it_sends__nothing_is_lost(
    live: Live, database: psycopg.Connection[Any], server: WebServer
) -> None:
    scene = make_scene(live, server.url)
    server.silent = True
    live.manage("shell", "--command", TELL.format(app=scene.app, count=30))
    wait_until(lambda: len(server.posts) >= 4, lambda: (len(server.posts), live.output()[-3000:]))
    live.kill("worker")
    under_way = {headers["webhook-id"] for _, headers, _ in server.posts}
    assert states(database, scene) == {"waiting": 30}
    server.silent = False
    # What was under way comes due again after a minute; here at once.
    database.execute(
        "UPDATE campaigns_webhookdelivery SET due_at = now() WHERE endpoint_id = %s",
        (scene.endpoint,),
    )
    live.start("worker")
    wait_until(
        lambda: states(database, scene) == {"delivered": 30},
        lambda: (states(database, scene), live.output()[-3000:]),
    )
    ids = Counter(headers["webhook-id"] for _, headers, _ in server.posts)
    assert len(ids) == 30
    assert {pk for pk, times in ids.items() if times > 1} == under_way, (
        "the same id, so that a receiver can tell"
    )
    assert all(holds(post, scene.secret) for post in server.posts)


def test_address_inside_the_network__refused_by_the_server_in_words(
    live: Live, server: WebServer
) -> None:
    scene = make_scene(live, server.url)
    with Wire(live.url) as wire:
        for url in (
            f"https://localhost:{server.port}/",
            f"https://[::ffff:127.0.0.1]:{server.port}/",
            "https://10.0.0.1/",
            "https://169.254.169.254/latest/meta-data/",
        ):
            body = json.dumps({"name": "x", "url": url, "events": ["alert.opened"]}).encode()
            reply = wire.send(request("/api/v1/manage/webhooks", body, key=scene.key))
            assert reply.status == 422, (url, reply)
            assert "private network" in reply.json()["detail"]
    assert server.posts == []
