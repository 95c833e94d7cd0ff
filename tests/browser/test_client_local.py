"""Decisions on the device: real Chromium on a page of another origin, the real server, and a network that fails."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from config.local.places import ROOT
from tests.browser.conftest import set_permission
from tests.clients.pages import served
from tests.live import Live

PAGE = """<!doctype html><html lang="en"><head><title>A shop</title>
<script src="{host}/static/js/oneask.js" defer{more}></script></head>
<body><h1>A shop</h1></body></html>"""
STEP = """
from campaigns.services.steps import take_step
from permissions_app.models import App
take_step(campaign_id={campaign}, app=App.objects.get(pk={app}), action="{action}", actor=None)
"""
STOP = """
from django.utils import timezone
from permissions_app.models import User
from permissions_app.services.apps import set_stopped
set_stopped(app_id={app}, stopped=True, reason="", actor=User.objects.last(), now=timezone.now())
"""
ORDER = "OneAsk.moment('Order Placed', {order_id: '1042', total: 23.5})"
VERSION = """window.version = () => {
  const name = Object.keys(localStorage).find((name) => name.endsWith(".rules"));
  return JSON.parse(localStorage.getItem(name)).version;
};"""
TTL = "05:01"
"""Minutes after which a copy of the rules is too old."""


@dataclass
class Shop:
    """A page that decides on the device, and the team behind it."""

    live: Live
    app: int
    key: str
    bundle_key: str
    placed: int
    shared: int
    held_device: str

    def step(self, campaign: int, action: str) -> None:
        """The team publishes or pauses."""
        self.change(STEP.format(campaign=campaign, app=self.app, action=action))

    def change(self, code: str) -> None:
        """Run the team's code; returns when every web process knows."""
        before = self.bundle_tag()
        self.live.manage("shell", "--command", code)
        known = 0
        while known < 12:
            known = known + 1 if self.bundle_tag() != before else 0

    def server_decision(self, device: str) -> str:
        """The reason that the server itself gives, to the same device at the same moment."""
        asked = {"device_id": device, "event": "Order Placed", "properties": {"total": 23.5}}
        told = urllib.request.Request(
            f"{self.live.url}/api/v1/decisions",
            json.dumps(asked).encode(),
            {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(told, timeout=20) as answer:
            return str(json.load(answer)["reason"])

    def bundle_tag(self) -> str:
        """The ETag of the bundle, asked on a new connection, as another process may answer."""
        told = urllib.request.Request(
            f"{self.live.url}/api/v1/bundle", headers={"Authorization": f"Bearer {self.key}"}
        )
        with urllib.request.urlopen(told, timeout=20) as answer:
            return str(answer.headers["ETag"])


@pytest.fixture(scope="module")
def shops(live: Live) -> list[Shop]:
    """Return apps of which each test that changes something takes one."""
    return [
        Shop(live, **told) for told in json.loads(live.run_module("tests.browser.offline_shop"))
    ]


@pytest.fixture
def own_shop(shops: list[Shop]) -> Shop:
    """Return an app that no other test meets."""
    return shops.pop()


@pytest.fixture(scope="module")
def shop(shops: list[Shop]) -> Shop:
    """Return the app of the tests that change nothing in it."""
    return shops.pop()


@pytest.fixture
def origin(shop: Shop) -> Iterator[str]:
    """Return the address of a page that decides on the device."""
    with page_of(shop) as address:
        yield address


def page_of(shop: Shop, **attributes: str) -> Any:
    """A page on another origin, with more attributes of the script; an empty one is left out."""
    more = {"key": shop.key, "bundle_key": shop.bundle_key, **attributes}
    told = (f' data-{name.replace("_", "-")}="{value}"' for name, value in more.items() if value)
    return served(ROOT / "static", PAGE.format(host=shop.live.url, more="".join(told)))


@pytest.fixture
def warnings(page: Page) -> list[str]:
    """Return what the page warns of."""
    seen: list[str] = []
    page.on("console", lambda said: seen.append(said.text) if said.type == "warning" else None)
    page.on("pageerror", lambda error: seen.append(f"uncaught: {error}"))
    return seen


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Return the requests to the product, by what comes after /api/v1/."""
    seen: list[str] = []

    def note(request: Request) -> None:
        if "/api/v1/" in request.url and request.method != "OPTIONS":
            seen.append(request.url.split("/api/v1/")[1])

    page.on("request", note)
    return seen


def ready(page: Page, address: str) -> None:
    """Open the page and wait until it has the rules."""
    page.goto(address)
    page.wait_for_function(
        "() => Object.keys(localStorage).some((name) => name.endsWith('.rules'))"
    )


def sent(request: Request) -> dict[str, Any]:
    """The body of a request."""
    told: dict[str, Any] = json.loads(request.post_data or "{}")
    return told


def moment(page: Page, script: str = ORDER) -> dict[str, Any]:
    """The decision at a moment, and nothing that is shown waited for."""
    told: dict[str, Any] = page.evaluate(f"{script}")
    return told


def cut_off(page: Page) -> None:
    """No request reaches the product any more."""
    page.route("**/api/v1/**", lambda route: route.abort())


def test_soft_ask__network_gone_after_the_first_load__shown_by_the_rules_here(
    page: Page, origin: str, shop: Shop, asked: list[str], warnings: list[str]
) -> None:
    ready(page, origin)
    cut_off(page)
    page.goto(origin)
    decision = moment(page)

    assert decision["action"] == "soft_ask"
    assert decision["rules_version"] > 0
    expect(page.get_by_role("heading", name="Know when order 1042 leaves")).to_be_visible()
    assert "decisions" not in asked
    assert warnings == []

    page.unroute("**/api/v1/**")
    with page.expect_response("**/api/v1/decisions/made") as told:
        page.evaluate("window.dispatchEvent(new Event('online'))")
    assert told.value.ok, told.value.text()
    (made,) = sent(told.value.request)["decisions"]
    assert made["decision_id"] == decision["decision_id"]
    assert made["variant"] == "a"
    assert told.value.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
    assert shop.server_decision(made["device_id"]) == "fatigue_cap"


def test_moment__conditions_do_not_hold__no_moment_and_no_request(
    page: Page, origin: str, asked: list[str]
) -> None:
    ready(page, origin)
    del asked[:]
    decision = moment(page, "OneAsk.moment('Order Placed', {total: 19})")

    assert decision["reason"] == "unknown_moment"
    assert set(asked) <= {"events"}


def test_soft_ask__answered__no_second_interruption_in_this_tab_or_another(
    page: Page, origin: str, asked: list[str]
) -> None:
    ready(page, origin)
    assert moment(page)["action"] == "soft_ask"
    page.get_by_role("button", name="Not now").click()

    assert moment(page)["reason"] == "fatigue_cap"
    other = page.context.new_page()
    ready(other, origin)
    assert moment(other)["reason"] == "fatigue_cap"
    assert "decisions" not in asked


def test_publish__reaches_the_client_at_its_next_poll(page: Page, own_shop: Shop) -> None:
    page.clock.install()
    with page_of(own_shop) as address:
        page.add_init_script(VERSION)
        ready(page, address)
        before = page.evaluate("version()")
        share = "OneAsk.moment('Photo Shared')"
        assert moment(page, share)["reason"] == "no_campaign"
        own_shop.step(own_shop.shared, "publish")
        assert moment(page, share)["reason"] == "no_campaign"

        with page.expect_response("**/api/v1/bundle") as polled:
            page.clock.fast_forward(TTL)
        assert polled.value.status == 200
        page.wait_for_function("(before) => version() > before", arg=before)
        cut_off(page)
        page.evaluate(f"window.decision = {share}")
        page.clock.run_for(2000)
        expect(page.get_by_role("dialog")).to_be_visible()


def test_pause__connected_client__stops_at_once(page: Page, own_shop: Shop) -> None:
    with page_of(own_shop) as address:
        ready(page, address)
        own_shop.step(own_shop.placed, "pause")
        with page.expect_response("**/api/v1/bundle") as asked_again:
            decision = moment(page)
        assert asked_again.value.status == 200
        assert decision["reason"] == "no_campaign"
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_app_stopped__connected_client__shows_nothing_from_then_on(
    page: Page, own_shop: Shop
) -> None:
    with page_of(own_shop) as address:
        ready(page, address)
        own_shop.change(STOP.format(app=own_shop.app))
        assert moment(page)["reason"] == "app_stopped"
        cut_off(page)
        assert moment(page)["reason"] == "app_stopped"


def test_unchanged_rules__asked_again_before_showing__not_modified(page: Page, origin: str) -> None:
    ready(page, origin)
    with page.expect_response("**/api/v1/bundle") as asked_again:
        assert moment(page)["action"] == "soft_ask"
    assert asked_again.value.status == 304


def forge(route: Route) -> None:
    """Somebody between the product and the page changes a word, and keeps the signature."""
    told = route.fetch()
    envelope = told.json()
    envelope["payload"] = envelope["payload"].replace("One message.", "Tap here.")
    route.fulfill(response=told, json=envelope)


def test_forged_bundle__refused_and_the_server_decides(
    page: Page, origin: str, asked: list[str], warnings: list[str]
) -> None:
    page.route("**/api/v1/bundle", forge)
    page.goto(origin)
    decision = moment(page)

    assert decision["action"] == "soft_ask"
    assert "rules_version" not in decision
    assert "decisions" in asked
    expect(page.get_by_text("One message.")).to_be_visible()
    assert any("not signed" in text for text in warnings), warnings


def test_forged_copy_in_the_browser__not_used(page: Page, origin: str) -> None:
    ready(page, origin)
    page.evaluate(
        """() => { const name = Object.keys(localStorage).find((name) => name.endsWith(".rules"));
        localStorage.setItem(name, localStorage.getItem(name).replace("One message.", "Tap here.")); }"""
    )
    cut_off(page)
    page.goto(origin)

    assert moment(page)["reason"] == "client_error"
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_bundle_of_an_older_version__never_taken_back(page: Page, own_shop: Shop) -> None:
    with page_of(own_shop) as address:
        with page.expect_response("**/api/v1/bundle") as first:
            page.goto(address)
        old = first.value.text()
        own_shop.step(own_shop.placed, "pause")
        newer = moment(page)["rules_version"]
        headers = {
            "Content-Type": "application/json",
            "ETag": '"old"',
            "Access-Control-Allow-Origin": "*",
            "Access-Control-Expose-Headers": "ETag",
        }
        page.route("**/api/v1/bundle", lambda route: route.fulfill(body=old, headers=headers))
        with page.expect_response("**/api/v1/bundle"):
            decision = moment(page, "OneAsk.moment('Goal Set')")  # draws an arm, so it asks again
        assert decision["rules_version"] == newer
        page.add_init_script(VERSION)
        page.goto(address)
        assert page.evaluate("version()") == newer


def test_rules_alone__by_a_script_tag__are_there_for_the_page(page: Page, shop: Shop) -> None:
    with page_of(shop, key="", bundle_key="") as address:
        page.goto(address)
        page.add_script_tag(url=f"{shop.live.url}/static/js/oneask-rules.js", type="module")
        page.wait_for_function("() => window.OneAskRules")
        assert page.evaluate("OneAskRules.fill('Order {{id}}', {id: 7})") == "Order 7"
        assert page.evaluate("OneAskRules.bucket('seed', 'a')") == 0.0505


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "crypto.subtle.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'))",
            "no",
        ),
        ("crypto.subtle.verify = () => Promise.resolve(false)", "not signed"),
    ],
)
def test_no_signature_can_be_checked__the_server_decides_and_the_console_says_so(
    page: Page,
    origin: str,
    asked: list[str],
    warnings: list[str],
    script: str,
    said: str,
) -> None:
    page.add_init_script(script)
    page.goto(origin)
    decision = moment(page)

    assert decision["action"] == "soft_ask"
    assert "decisions" in asked
    assert any(said in text for text in warnings), warnings


def test_format_of_the_future__the_server_decides(
    page: Page, origin: str, warnings: list[str]
) -> None:
    page.add_init_script("crypto.subtle.verify = () => Promise.resolve(true)")
    page.route(
        "**/api/v1/bundle",
        lambda route: route.fulfill(
            json={"payload": '{"format":2}', "signature": "", "key_id": ""},
            headers={"Access-Control-Allow-Origin": "*"},
        ),
    )
    page.goto(origin)
    assert "rules_version" not in moment(page)
    assert any("format 2" in text for text in warnings), warnings


def test_denied_person__gets_the_redirect_with_the_steps_of_this_browser(
    page: Page, origin: str, asked: list[str]
) -> None:
    page.goto(f"{origin}/without")
    set_permission(page, origin, "denied")
    ready(page, origin)
    page.wait_for_function("() => Notification.permission === 'denied'")
    cut_off(page)
    decision = moment(page, "OneAsk.moment('Run Finished')")

    assert decision["action"] == "settings_redirect"
    expect(page.get_by_text("You will not hear when friends cheer.")).to_be_visible()
    page.get_by_role("button", name="Show me how").click()
    expect(page.get_by_text("Click the site settings icon")).to_be_visible()
    assert "decisions" not in asked


def test_never_ask__said_once__nothing_is_decided_any_more(page: Page, origin: str) -> None:
    ready(page, origin)
    assert moment(page)["action"] == "soft_ask"
    page.get_by_role("button", name="Don’t ask again").click()
    assert moment(page, "OneAsk.moment('Goal Set')")["reason"] == "user_said_never"

    # The facts know it too, if only they are left.
    page.evaluate(
        """() => { const name = Object.keys(localStorage).find((name) => name.endsWith(".state"));
        const { never, ...state } = JSON.parse(localStorage.getItem(name));
        localStorage.setItem(name, JSON.stringify(state)); }"""
    )
    assert moment(page, "OneAsk.moment('Goal Set')")["reason"] == "user_said_never"


def test_holdout__drawn_here__told_to_the_server(page: Page, shop: Shop) -> None:
    with page_of(shop, device_id=shop.held_device) as address:
        ready(page, address)
        with page.expect_response("**/api/v1/decisions/made") as told:
            decision = moment(page, "OneAsk.moment('Goal Set')")

        assert decision["reason"] == "holdout"
        assert told.value.json() == {"accepted": 1, "duplicates": 0, "rejected": []}
        (made,) = sent(told.value.request)["decisions"]
        assert made["reason"] == "holdout"
        assert made["campaign"].startswith("s")
        expect(page.get_by_role("dialog")).to_have_count(0)


def test_slow_server__after_a_short_wait__the_copy_decides(page: Page, origin: str) -> None:
    ready(page, origin)
    page.route("**/api/v1/bundle", lambda route: None)  # never answered
    assert moment(page)["action"] == "soft_ask"
    expect(page.get_by_role("dialog")).to_be_visible()


def test_copy_older_than_its_time_to_live__network_away__nothing_is_shown(
    page: Page, origin: str, warnings: list[str]
) -> None:
    page.clock.install()
    ready(page, origin)
    cut_off(page)
    page.clock.fast_forward(TTL)
    page.evaluate(f"window.decided = null; {ORDER}.then((decision) => (window.decided = decision))")
    page.clock.run_for(4000)
    page.wait_for_function("() => window.decided")

    assert page.evaluate("window.decided.reason") == "client_error"
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert any("too old" in text for text in warnings), warnings


def test_browser_known_before__its_past_is_on_the_server__which_keeps_deciding(
    page: Page, shop: Shop, warnings: list[str]
) -> None:
    options = {"key": shop.key, "host": shop.live.url}
    with page_of(shop, key="", bundle_key="") as address:
        page.goto(address)
        page.evaluate("(options) => OneAsk.init(options)", options)
        page.goto(address)
        page.evaluate(
            "(options) => OneAsk.init(options)", {**options, "bundleKey": shop.bundle_key}
        )
        with page.expect_response("**/api/v1/decisions") as asked:
            assert moment(page)["action"] == "soft_ask"
        assert asked.value.ok
        assert any("was here before" in text for text in warnings), warnings


def test_page_without_the_key_in_between__a_gap_in_the_story__the_server_decides_from_then_on(
    page: Page, shop: Shop
) -> None:
    options = {"key": shop.key, "host": shop.live.url}
    with page_of(shop, key="", bundle_key="") as address:
        for key in (shop.bundle_key, "", shop.bundle_key):
            page.goto(address)
            page.evaluate("(options) => OneAsk.init(options)", {**options, "bundleKey": key})
        with page.expect_response("**/api/v1/decisions"):
            assert "rules_version" not in moment(page)


def test_script_that_did_not_load__what_happened_meanwhile_is_known_later(
    page: Page, origin: str, asked: list[str]
) -> None:
    page.route("**/oneask-local.js", lambda route: route.abort())
    page.goto(origin)
    assert "rules_version" not in moment(page)
    page.get_by_role("button", name="Not now").click()
    page.unroute("**/oneask-local.js")
    ready(page, origin)
    del asked[:]

    decision = moment(page)
    assert (decision["reason"], decision["rules_version"] > 0) == ("fatigue_cap", True)
    assert "decisions" not in asked
