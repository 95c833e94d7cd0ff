"""The whole line, with nothing pretended: a person in a real browser, the real server, worker and scheduler.

They place an order, say yes to the soft ask, the browser itself refuses, the next order brings the way back in the
words of their browser, they switch notifications on, and the overview has changed by exactly that one person.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.conftest import set_permission
from tests.live import Live

WAIT_SECONDS = 30


def test_line__denied_then_switched_on__overview_moves_by_exactly_one_person(
    live: Live, page: Page
) -> None:
    before = numbers(live)
    complaints = complaints_of(page)

    place_an_order(page, live)
    ask = page.get_by_role("dialog", name="Know when order 1042 is ready")
    expect(ask).to_be_visible()
    expect(ask).to_have_attribute("aria-modal", "true")
    page.get_by_role("button", name="Tell me").click()
    expect(ask).to_have_count(0)
    page.wait_for_function("() => Notification.permission === 'denied'")
    page.wait_for_function("() => OneAsk.status().queued === 0")
    expect(page.locator("[data-said=permission]")).to_have_text("off, refused in this browser")

    refused = numbers_until(live, lambda now: now["denials"] != before["denials"])
    assert difference(before, refused) == {
        "devices": 1,
        "eligible": 1,
        "denied": 1,
        "answered": 1,
        "stage eligible": 1,
        "stage reached": 1,
        "stage soft_ask_shown": 1,
        "stage soft_ask_accepted": 1,
        "stage prompted": 1,
        "denials": 1,
    }

    place_an_order(page, live)
    redirect = page.get_by_role("dialog", name="Order 1043: we cannot tell you when it is ready.")
    expect(redirect).to_be_visible()
    expect(redirect).to_have_attribute("aria-modal", "false")
    redirect.get_by_role("button", name="Open Settings").click()
    expect(redirect.get_by_role("listitem").first).to_have_text(
        "Click the site settings icon to the left of the address"
    )

    page.wait_for_function("() => Notification.permission === 'denied'")
    set_permission(page, live.url, "granted")
    page.evaluate("() => { window.dispatchEvent(new Event('focus')); }")
    expect(page.get_by_role("status")).to_have_text("Notifications are on")
    expect(redirect).to_have_count(0)
    expect(page.locator("[data-said=permission]")).to_have_text("on")

    after = numbers_until(live, lambda now: now["recovered"] != before["recovered"])
    assert difference(refused, after) == {
        "authorized": 1,
        "denied": -1,
        "stage authorized": 1,
        "recovered": 1,
        "recovered tapped": 1,
    }

    place_an_order(page, live)
    expect(page.locator("[data-said=reason]")).to_have_text("already_authorized")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert complaints == []


def place_an_order(page: Page, live: Live) -> None:
    """Put one bag into the basket and place the order."""
    page.goto(f"{live.url}/demo/shop/")
    page.get_by_role("button", name="Add Lighthouse to the basket").click()
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("is placed")


def complaints_of(page: Page) -> list[str]:
    """Collect warnings, errors and complaints of the content security policy from now on."""
    seen: list[str] = []
    page.on(
        "console",
        lambda message: seen.append(message.text) if message.type in ("warning", "error") else None,
    )
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen


def numbers(live: Live) -> dict[str, int]:
    """The overview of the shop, as the product itself computes it."""
    found: dict[str, int] = json.loads(live.run_module("tests.browser.harbour"))
    return found


def numbers_until(live: Live, holds: Callable[[dict[str, int]], bool]) -> dict[str, int]:
    """The overview as soon as the worker has counted what the test waits for."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not holds(now := numbers(live)):
        assert time.monotonic() < deadline, f"the worker did not count it: {now}"
    return now


def difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    """What changed, by name; nothing that stayed."""
    keys = before.keys() | after.keys()
    return {
        key: after.get(key, 0) - before.get(key, 0)
        for key in sorted(keys)
        if after.get(key) != before.get(key)
    }
