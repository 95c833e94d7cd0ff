"""The self-check in a browser, driven by events over HTTP: each of the five is ticked as it arrives."""

from __future__ import annotations

import json
import urllib.request
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.bench.scene import PASSWORD, Scene, make_scene
from tests.browser.axe import violations
from tests.browser.test_quality import SMALLEST, TOO_SMALL, WIDTHS, sticking_out
from tests.live import Live

PHONE = {"platform": "ios", "os_version": "18.1", "session_index": 3}
NOT_ASKED, GRANTED = {"library": "ios", "value": 0}, {"library": "ios", "value": 2}


class App:
    """An app that is being connected, as far as the server sees it."""

    def __init__(self, live: Live, scene: Scene) -> None:
        self.live, self.scene = live, scene

    def post(self, path: str, body: object) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.scene.publishable}"}
        request = urllib.request.Request(self.live.url + path, json.dumps(body).encode(), headers)
        with urllib.request.urlopen(request) as answer:
            told: dict[str, Any] = json.load(answer)
            return told

    def tell(self, kind: str, device: str = "phone-1", **fields: Any) -> dict[str, Any]:
        event = {
            "id": str(uuid.uuid4()),
            "device_id": device,
            "type": kind,
            "occurred_at": datetime.now(UTC).isoformat(),
            "permission": NOT_ASKED,
            **PHONE,
            **fields,
        }
        return self.post("/api/v1/events", {"events": [event]})

    def decide(self) -> str:
        context = {**PHONE, "permission": NOT_ASKED}
        asked = {"device_id": "phone-1", "moment": "order_placed", "context": context}
        answer = self.post("/api/v1/decisions", asked)
        assert answer["action"] == "soft_ask", answer
        return str(answer["decision_id"])


@pytest.fixture
def scene(live: Live) -> Scene:
    return make_scene(live)


@pytest.fixture
def page(new_context: Callable[..., BrowserContext], live: Live, scene: Scene) -> Page:
    """The owner of the app, signed in."""
    page = new_context().new_page()
    page.goto(f"{live.url}/accounts/login/")
    page.get_by_label("Email").fill(scene.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/w/**")
    return page


def start(page: Page, live: Live, scene: Scene, device: str) -> None:
    """By keyboard: the guide, the device, start."""
    page.goto(f"{live.url}/w/{scene.workspace_slug}/{scene.app_slug}/integrate/check/")
    page.get_by_label("What you connect").select_option("ios")
    page.get_by_label("Device id, if you know it").fill(device)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="0 of 5 have arrived.")).to_be_visible()


def tick(page: Page, item: str, state: str) -> None:
    line = page.locator(f"[data-item={item}]")
    expect(line).to_have_class(f"check-line is-{state}")


def test_self_check__five_events_one_after_the_other__ticked_and_complete(
    live: Live, scene: Scene, page: Page
) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    app = App(live, scene)
    app.tell("session_started")  # before the check: it does not count
    start(page, live, scene, "phone-1")
    said = page.locator("#check-said")

    app.tell("session_started", device="phone-2")  # somebody else's
    app.tell("session_started")
    tick(page, "session", "done")
    expect(said).to_have_text("1 of 5 have arrived.")

    app.tell("permission_status", permission={"library": "ios", "value": 17})
    tick(page, "permission", "faulty")
    expect(page.locator("[data-item=permission]")).to_contain_text("ios does not report 17")
    app.tell("permission_status")
    tick(page, "permission", "done")

    app.tell("moment_reached", name="Order Placed", properties={"total": 24})
    tick(page, "moment", "done")

    about = app.decide()
    app.tell("soft_ask_shown")
    tick(page, "soft_ask", "partly")
    expect(page.locator("[data-item=soft_ask]")).to_contain_text("no decision_id")
    app.tell("soft_ask_shown", decision_id=about)
    app.tell("soft_ask_accepted", decision_id=about)
    tick(page, "soft_ask", "done")

    page.get_by_text("What sends it, for iOS").click()
    expect(page.locator("[data-item=prompt] pre")).to_contain_text("requestAuthorization")
    app.tell("native_prompt_answerd", outcome="granted")
    expect(page.locator("#check")).to_contain_text("type 'native_prompt_answerd' is not known")
    app.tell("native_prompt_shown", decision_id=about)
    late = (datetime.now(UTC) + timedelta(minutes=9)).isoformat()
    app.tell("native_prompt_answered", outcome="granted", permission=GRANTED, occurred_at=late)
    tick(page, "prompt", "faulty")
    expect(page.locator("[data-item=prompt]")).to_contain_text("clock is 9 minutes ahead")
    expect(page.get_by_role("heading", name="What is open")).to_be_visible()
    right: dict[str, Any] = {"outcome": "granted", "permission": GRANTED, "decision_id": about}
    app.tell("native_prompt_answered", **right)
    tick(page, "prompt", "done")

    # An unknown type cannot be repaired by an event of its kind: the check says so until it begins anew.
    expect(page.get_by_role("heading", name="What is open")).to_be_visible()
    assert violations(page, tags=["wcag2a", "wcag2aa", "wcag22aa", "best-practice"]) == []
    for direction in ("ltr", "rtl"):
        page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
        for width in WIDTHS:
            assert sticking_out(page, width) <= 0
            assert page.evaluate(TOO_SMALL, SMALLEST) == []
    page.get_by_role("button", name="Start again now").click()
    expect(said).to_have_text("0 of 5 have arrived.")
    app.tell("session_started")
    app.tell("permission_status")
    app.tell("moment_reached", name="Order Placed", properties={"total": 24})
    app.tell("soft_ask_shown", decision_id=about)
    app.tell("soft_ask_accepted", decision_id=about)
    app.tell("native_prompt_shown", decision_id=about)
    app.tell("native_prompt_answered", **right)
    expect(page.get_by_role("heading", name="Your integration is complete")).to_be_visible()
    expect(said).to_have_text("Your integration is complete.")
    assert complaints == []


def test_self_check__without_scripts__ticked_by_reloading(
    live: Live, scene: Scene, page: Page, new_context: Callable[..., BrowserContext]
) -> None:
    plain = new_context(java_script_enabled=False)
    plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    start(page, live, scene, "phone-1")
    App(live, scene).tell("session_started")
    page.reload()
    tick(page, "session", "done")
    expect(page.locator("#check-said")).to_have_text("1 of 5 have arrived.")
