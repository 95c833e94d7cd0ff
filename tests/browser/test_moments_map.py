"""The moments map and the moment form in a real browser: filters, focus, the live count, axe, widths."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from permissions_app.models import SeenEvent, SeenSample
from tests.browser.axe import WCAG_22, violations
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
)

pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]
MAP, NEW = "/w/acme/shop/moments/", "/w/acme/shop/moments/new/"
PAGES = [MAP, f"{MAP}?sort=opportunity", NEW, f"{NEW}?event=App%20Opened", f"{MAP}on/opened/"]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """A shop with three moments on the way, something live, and events that arrive."""
    cast = make_cast()
    order = make_moment(cast.app)
    make_moment(cast.app, key="opened", name="App opened", event_name="App Opened", opening=True)
    goal = make_moment(cast.app, key="goal_set", name="Reward goal set", event_name="Goal Set")
    make_soft_ask(cast.app, goal, name="Free coffee", status="live")
    make_redirect_rule(cast.app, order, name="Order news", status="live")
    today = timezone.now().date()
    make_rollups(cast.app, [("devices", today, "ios", "", "", 0, 900), *_cells(today)])
    for name, count in (("Order Placed", 4100), ("App Opened", 9000), ("Menu Viewed", 800)):
        SeenEvent.objects.create(app=cast.app, name=name, day=today, count=count)
    SeenSample.objects.bulk_create(
        SeenSample(
            app=cast.app,
            name="Order Placed",
            at=timezone.now(),
            properties={"total": 25 if n % 10 < 3 else 5, "store": "Harbour"},
        )
        for n in range(200)
    )
    return cast


def _cells(today: date) -> Iterator[tuple[str, date, str, str, str, int, int]]:
    for key, session, total in (("opened", 1, 850), ("order_placed", 2, 400), ("goal_set", 4, 90)):
        for where, factor in (("ios", 1), ("web", 2)):
            for place, share in (("not_asked", 0.6), ("authorized", 0.3), ("denied", 0.1)):
                n = int(total * share * factor)
                yield ("moment_session", today, where, key, place, session, n)
            yield ("moment_screen", today, where, key, "", 3, total * factor)


@pytest.fixture
def open_as(open_as: Open, complaints: list[str]) -> Iterator[Open]:
    """Open a page as a person; every complaint of the browser fails the test at its end."""
    yield open_as
    assert complaints == []


def test_map__platform_by_keyboard__numbers_address_and_focus(open_as: Open, cast: Cast) -> None:
    page = open_as(cast.bob, MAP)
    expect(page.locator(".track .stop-name a")).to_have_text(
        ["App opened", "Order placed", "Reward goal set"]
    )
    expect(page.locator(".track")).to_contain_text("1 200 devices".replace(" ", "\u202f", 1))
    page.locator("#platform-ios").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#platform-ios")).to_have_attribute("aria-current", "true")
    expect(page.locator(".track")).to_contain_text("400 devices")
    assert page.url.endswith("?platform=ios")
    assert page.evaluate("document.activeElement.id") == "platform-ios"
    page.locator("#sort-opportunity").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#sort-opportunity")).to_have_attribute("aria-current", "true")
    assert page.evaluate("document.activeElement.id") == "sort-opportunity"
    assert "platform=ios" in page.url
    assert "sort=opportunity" in page.url


def test_map__finding__keeps_the_range_and_the_cursor(open_as: Open, cast: Cast) -> None:
    page = open_as(cast.bob, f"{MAP}?platform=ios")
    page.get_by_role("searchbox").press_sequentially("goal")
    expect(page.locator(".track .stop-name a")).to_have_text(["Reward goal set"])
    assert page.evaluate("document.activeElement.id") == "filter-q"
    assert "q=goal" in page.url
    assert "platform=ios" in page.url
    page.locator("#platform-web").click()
    expect(page.locator(".track .stop-name a")).to_have_text(["Reward goal set"])
    page.go_back()
    expect(page.locator("#platform-ios")).to_have_attribute("aria-current", "true")


def test_map__opportunity__leads_to_a_written_moment(open_as: Open, cast: Cast) -> None:
    page = open_as(cast.bob, MAP)
    page.get_by_role("link", name=re.compile("Write a soft ask.*Order placed")).click()
    page.wait_for_url("**/soft-asks/**")
    expect(page.locator("#content")).to_contain_text("Order placed")


def test_map__no_scripts__everything_works(open_as: Open, cast: Cast) -> None:
    page = open_as(cast.bob, f"{MAP}?platform=ios", java_script_enabled=False)
    page.get_by_role("searchbox").fill("order")
    page.get_by_role("button", name="Filter").click()
    assert "platform=ios" in page.url
    expect(page.locator(".track .stop-name a")).to_have_text(["Order placed"])
    page.locator("#days-7").click()
    assert "q=order" in page.url
    assert "days=7" in page.url


def test_new__typing__count_and_values_follow(open_as: Open, cast: Cast) -> None:
    page = open_as(cast.bob, NEW)
    page.get_by_role("link", name=re.compile("Pick.*Order Placed")).click()
    expect(page.locator("#check .tried")).to_contain_text("events in the last 30 days match")
    page.get_by_label("Condition 1: property").fill("total")
    page.get_by_label("Condition 1: comparison").select_option("gte")
    value = page.get_by_label("Condition 1: value")
    value.press_sequentially("20")
    expect(page.locator("#check .tried")).to_contain_text("Estimated from the newest 200")
    expect(page.locator("#values-0 option")).to_have_count(2)
    assert page.evaluate("document.activeElement.name") == "condition-0-value"
    page.get_by_label("Event", exact=True).fill("App Opened")
    expect(page.locator("#check .finding")).to_contain_text("is not a value moment")


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("path", PAGES)
def test_pages__any_width__nothing_sticks_out(
    open_as: Open, cast: Cast, path: str, width: int
) -> None:
    page = open_as(cast.bob, path, viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("look", ["light", "dark", "rtl"])
@pytest.mark.parametrize("path", PAGES)
def test_pages__axe__no_barrier(open_as: Open, cast: Cast, path: str, look: str) -> None:
    page = open_as(cast.bob, path, color_scheme="dark" if look == "dark" else "light")
    if look == "rtl":
        page.evaluate("document.documentElement.dir = 'rtl'")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert violations(page, tags=WCAG_22, enabled=["target-size"]) == []
