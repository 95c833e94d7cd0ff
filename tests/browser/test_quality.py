"""Every page there is, as production serves it: nothing for axe to find, no complaint of the browser, nothing that
sticks out or is too small to hit, and not too heavy.

The walk follows the lists of addresses, so a new page is in it as soon as it has a name.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page

from permissions_app.domain.guides import GUIDES
from tests.addresses import Address, addresses, path_of
from tests.browser.axe import violations
from tests.live import Live

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
HEAVIEST = 150_000
"""Bytes over the wire, without the drawing library of the charts."""
SMALLEST = 24
WIDTHS = (390, 1440)
TOO_SMALL = """(smallest) => {
  const sized = (element) => {
    const box = element.getBoundingClientRect();
    return box.width >= smallest - 0.5 && box.height >= smallest - 0.5;
  };
  const hidden = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const style = getComputedStyle(each);
      if (style.clipPath === "inset(50%)" || style.clip === "rect(0px, 0px, 0px, 0px)") return true;
    }
    return !element.checkVisibility({ visibilityProperty: true });
  };
  const inSentence = (element) => {
    if (!element.matches("a") || getComputedStyle(element).display !== "inline") return false;
    const around = element.closest("p, li, dd, td, th, .note, label, caption, figcaption");
    return around !== null && around.textContent.trim().length > element.textContent.trim().length;
  };
  const all = "a[href], button, input:not([type=hidden]), select, textarea, summary, [role=button], [role=tab]";
  return [...document.querySelectorAll(all)]
    .filter((one) => !hidden(one) && !one.matches(".skip-link") && !inSentence(one))
    .filter((one) => ![one, ...(one.labels ?? [])].some(sized))
    .map((one) => {
      const box = one.getBoundingClientRect();
      return `${one.outerHTML.slice(0, 110)} ${Math.round(box.width)}x${Math.round(box.height)}`;
    });
}"""
STICKS_OUT = """async () => {
  const out = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
  const until = performance.now() + 2000;  // charts follow their place a moment later
  while (out() > 0 && performance.now() < until) await new Promise(requestAnimationFrame);
  return Math.max(0, out());
}"""
SETTLED = "() => Promise.all(document.getAnimations().map((one) => one.finished.catch(() => null)))"
"""Colours that fade into each other have arrived."""
WALKED = [
    address
    for address in addresses()
    if not address.name.endswith("_csv")  # a file
]


@pytest.fixture
def open_as_owner(
    new_context: Callable[..., BrowserContext], live: Live, scene: dict[str, Any]
) -> Callable[..., BrowserContext]:
    """Make a profile in which the owner of the scene is signed in."""

    def make(**options: Any) -> BrowserContext:
        context = new_context(**options)
        context.add_cookies([{"name": "sessionid", "value": scene["session"], "url": live.url}])
        return context

    return make


def is_page(context: BrowserContext, url: str) -> bool:
    """Whether a person can open this; what takes only posts, fragments and pictures are no pages."""
    answer = context.request.get(url)
    assert answer.status in (200, 405) or url.endswith(".webp"), f"{answer.status} at {url}"
    return answer.status == 200 and "<!doctype html>" in answer.text()[:200].lower()


def watch(page: Page) -> list[str]:
    """Collect everything the browser complains about, violations of the content policy included."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    return complaints


def weigh(page: Page) -> dict[str, float]:
    """Collect the bytes over the wire by address."""
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    names: dict[str, str] = {}
    weights: dict[str, float] = {}

    def arrived(event: dict[str, Any]) -> None:
        name = names.get(event["requestId"], "")
        weights[name] = weights.get(name, 0) + event["encodedDataLength"]

    session.on(
        "Network.requestWillBeSent",
        lambda event: names.__setitem__(event["requestId"], event["request"]["url"]),
    )
    session.on("Network.loadingFinished", arrived)
    return weights


def barriers(page: Page) -> list[str]:
    """What axe finds."""
    return violations(page, tags=RULES)


def sticking_out(page: Page, width: int) -> int:
    """By how much the page is wider than its window."""
    page.set_viewport_size({"width": width, "height": 900})
    out: int = page.evaluate(STICKS_OUT)
    return out


@pytest.mark.parametrize("address", WALKED, ids=lambda address: address.name)
def test_page__as_production_serves_it__without_a_fault(
    address: Address,
    live: Live,
    scene: dict[str, Any],
    open_as_owner: Callable[..., BrowserContext],
) -> None:
    url = live.url + path_of(address, scene)
    light = open_as_owner(color_scheme="light", viewport={"width": 1440, "height": 900})
    if not is_page(light, url):
        return
    page = light.new_page()
    complaints, weights = watch(page), weigh(page)
    page.goto(url, wait_until="networkidle")
    faults: dict[str, Any] = {"axe, light": barriers(page), "complaints": complaints}
    heavy = sum(size for name, size in weights.items() if "plotly" not in name)
    assert weights, "nothing was weighed"
    for direction in ("ltr", "rtl"):
        page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
        for width in WIDTHS:
            faults[f"sticks out, {direction}, {width}"] = sticking_out(page, width)
            faults[f"too small, {direction}, {width}"] = page.evaluate(TOO_SMALL, SMALLEST)
    faults["axe, right to left"] = barriers(page)
    page.evaluate("() => { document.documentElement.dir = 'ltr'; }")
    page.set_viewport_size({"width": 390, "height": 900})
    page.emulate_media(color_scheme="dark")
    page.locator("html[data-bs-theme=dark]").wait_for()
    page.evaluate(SETTLED)
    faults["axe, dark"] = barriers(page)
    if heavy > HEAVIEST:
        faults["heavy"] = sorted(weights.items(), key=lambda one: -one[1])[:5]
    found = {name: fault for name, fault in faults.items() if fault}
    assert not found, json.dumps(found, indent=1, ensure_ascii=False)


def test_guides__each_platform__without_a_fault(
    live: Live, scene: dict[str, Any], open_as_owner: Callable[..., BrowserContext]
) -> None:
    page = open_as_owner(color_scheme="light", viewport={"width": 1440, "height": 900}).new_page()
    complaints = watch(page)
    for guide in GUIDES:
        page.goto(f"{live.url}/w/acme/shop/integrate/{guide}/", wait_until="networkidle")
        page.locator("details.snippet > summary").first.click()
        assert barriers(page) == [], guide
        for width in WIDTHS:
            assert sticking_out(page, width) <= 0, guide
            assert page.evaluate(TOO_SMALL, SMALLEST) == [], guide
    assert complaints == []


def test_palette_and_keys__open__without_a_fault(
    live: Live, scene: dict[str, Any], open_as_owner: Callable[..., BrowserContext]
) -> None:
    for scheme in ("light", "dark"):
        page = open_as_owner(
            color_scheme=scheme, viewport={"width": 1440, "height": 900}
        ).new_page()
        complaints = watch(page)
        page.goto(f"{live.url}/w/acme/shop/devices/", wait_until="networkidle")
        page.keyboard.press("Control+k")
        page.locator("#found [aria-selected='true']").wait_for()
        for direction in ("ltr", "rtl"):
            page.evaluate("(direction) => { document.documentElement.dir = direction; }", direction)
            assert barriers(page) == []
            for width in WIDTHS:
                assert sticking_out(page, width) <= 0
                assert page.evaluate(TOO_SMALL, SMALLEST) == []
        page.keyboard.press("Escape")
        page.locator("#palette").wait_for(state="hidden")
        page.keyboard.press("?")
        page.locator("#keys").wait_for()
        assert barriers(page) == []
        assert page.evaluate(TOO_SMALL, SMALLEST) == []
        assert complaints == []
