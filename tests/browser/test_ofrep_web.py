"""OpenFeature's stock web provider in real Chromium, against the real server."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from config.local.places import ROOT
from tests.bench.scene import Scene, make_scene
from tests.clients.pages import served
from tests.live import Live

PACKAGES = ROOT / "node_modules"
IMPORTS = {
    "@openfeature/core": "/@openfeature/core/dist/esm/index.js",
    "@openfeature/web-sdk": "/@openfeature/web-sdk/dist/esm/index.js",
    "@openfeature/ofrep-core": "/@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js",
    "@openfeature/ofrep-web-provider": "/@openfeature/ofrep-web-provider/index.esm.js",
}
PAGE = f"""<!doctype html><title>A shop</title>
<script type="importmap">{json.dumps({"imports": IMPORTS})}</script>"""
START = """async ([baseUrl, key, cacheMode, context]) => {
  const { OpenFeature } = await import("@openfeature/web-sdk");
  const { OFREPWebProvider } = await import("@openfeature/ofrep-web-provider");
  const headers = [["Authorization", `Bearer ${key}`]];
  const provider = new OFREPWebProvider({ baseUrl, cacheMode, headers, pollInterval: 0 });
  await OpenFeature.setContext(context);
  await OpenFeature.setProviderAndWait(provider);
  window.client = OpenFeature.getClient();
  window.become = (next) => OpenFeature.setContext(next);
}"""
ASK = """(moment) => client.getObjectDetails(moment, { action: "code default" })"""


@pytest.fixture(scope="module")
def scene(live: Live) -> Scene:
    return make_scene(live)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another origin with the provider's own files."""
    with served(PACKAGES, PAGE) as address:
        yield address


@pytest.fixture
def device() -> str:
    return f"tab-{uuid.uuid4()}"


def context(device: str, permission: str) -> dict[str, Any]:
    """A browser of some visits."""
    return {
        "targetingKey": device,
        "platform": "web",
        "browser": "Chrome",
        "permission": permission,
        "sessionIndex": 4,
    }


def action(page: Page) -> str:
    """What the client would do when an order is placed."""
    told: dict[str, Any] = page.evaluate(ASK, "order_placed")
    found: str = told["value"]["action"]
    return found


@pytest.mark.parametrize("mode", ["network-first", "local-cache-first"])
def test_denied_after_not_determined__the_next_evaluation_knows(
    page: Page, elsewhere: str, live: Live, scene: Scene, device: str, mode: str
) -> None:
    page.goto(elsewhere)
    told = [live.url, scene.publishable, mode, context(device, "default")]
    page.evaluate(START, told)
    assert action(page) == "soft_ask"
    with page.expect_response("**/evaluate/flags") as answered:
        page.evaluate("(next) => become(next)", context(device, "denied"))
    assert answered.value.status == 200
    page.wait_for_function(
        """() => client.getObjectDetails("order_placed", { action: "code default" }).value.action === "none" """
    )


def test_unchanged_context__304_and_the_same_answer(
    page: Page, elsewhere: str, live: Live, scene: Scene, device: str
) -> None:
    page.goto(elsewhere)
    start = [live.url, scene.publishable, "network-first", context(device, "default")]
    page.evaluate(START, start)
    with page.expect_response("**/evaluate/flags") as answered:
        page.evaluate("(next) => become({ ...next, note: 1 })", context(device, "default"))
    assert answered.value.status == 304
    assert action(page) == "soft_ask"


def test_server_away__the_kept_answer(
    page: Page, elsewhere: str, live: Live, scene: Scene, device: str
) -> None:
    page.goto(elsewhere)
    start = [live.url, scene.publishable, "local-cache-first", context(device, "default")]
    page.evaluate(START, start)
    assert action(page) == "soft_ask"
    page.context.set_offline(True)
    # As after a new start of the page: another provider, the same store.
    page.evaluate(START, start)
    assert action(page) == "soft_ask"
