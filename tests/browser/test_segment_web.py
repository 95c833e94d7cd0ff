"""Segment's stock browser client in real Chromium, against the real server."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import Page

from config.local.places import ROOT
from tests.bench.scene import make_scene
from tests.clients.pages import served
from tests.live import Live

CLIENT = ROOT / "node_modules" / "@segment" / "analytics-next" / "dist" / "umd"
STORED = """
SELECT e.type, e.body FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = %s
"""
START = """async ([writeKey, cdnURL, apiHost, device]) => {
  const settings = await (await fetch(`${cdnURL}/v1/projects/${writeKey}/settings`)).json();
  settings.integrations["Segment.io"].protocol = "http";
  const [analytics] = await window.AnalyticsNext.AnalyticsBrowser.load({ writeKey, cdnURL, cdnSettings: settings });
  analytics.setAnonymousId(device);
  const context = await analytics.track("Order Placed", { total: 25 });
  await analytics.page("Menu");
  await analytics.identify({ notification_permission: Notification.permission });
  return [context.event.event, Notification.permission];
}"""


PAGE = '<!doctype html><title>A shop</title><script src="/index.js"></script>'


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another origin, which serves the client's own files and nothing of ours."""
    with served(CLIENT, PAGE) as address:
        yield address


def test_analytics_next__settings_then_track_page_identify__stored(
    page: Page, elsewhere: str, live: Live
) -> None:
    scene = make_scene(live)
    device = str(uuid.uuid4())
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    page.goto(elsewhere)
    host = live.url.removeprefix("http://")
    told, permission = page.evaluate(START, [scene.publishable, live.url, f"{host}/v1", device])
    assert told == "Order Placed"
    with psycopg.connect(live.database_url, autocommit=True) as database:
        found: dict[str, dict[str, object]] = dict(
            database.execute(STORED, (scene.app, device)).fetchall()
        )
    assert sorted(found) == ["moment_reached", "permission_status"]
    assert found["moment_reached"]["moments"] == ["order_placed"]
    assert found["moment_reached"]["browser"] == "Chrome"
    assert found["permission_status"]["permission"] == {"library": "web", "value": permission}
    assert failed == []
