"""The overview in a real browser: charts, filters, colours, keyboard, and life without scripts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.axe import WCAG_21, violations
from tests.factories import Cast, make_cast, make_rollups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """The cast, with forty days of devices in Acme's shop."""
    cast = make_cast()
    today = timezone.now().date()
    cells = []
    for back in range(40):
        day = today - timedelta(days=back)
        for platform in ("ios", "web"):
            cells += [
                (measure, day, platform, "", "", 0, n)
                for measure, n in (
                    ("devices", 30),
                    ("eligible", 30),
                    ("authorized", 14),
                    ("denied", 6),
                    ("waiting", 10),
                    ("reached", 24),
                    ("soft_ask_shown", 22),
                    ("soft_ask_accepted", 15),
                    ("prompted", 20),
                    ("answered", 20),
                    ("granted", 14),
                )
            ]
            cells.append(("denial", day, platform, "refused", "", 0, 6))
            if back > 5:
                cells.append(("recovered", day, platform, "", "tapped", 4, 1))
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def open_page(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open a page as Carol; every complaint of the browser fails the test at its end."""
    yield lambda path="/w/acme/shop/", **options: open_as(cast.carol, path, **options)
    assert complaints == []


def draw_all(page: Page) -> None:
    """Scroll every chart into view and wait until it is drawn."""
    for chart in page.locator("oneask-chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", "light")


def test_overview__scripts__charts_drawn_under_the_strict_policy(open_page):
    page = open_page(color_scheme="light")
    draw_all(page)
    assert page.locator("oneask-chart .main-svg").count() >= 2
    page.locator("oneask-chart").first.hover()
    expect(page.locator('oneask-chart [data-title^="Download the numbers"]').first).to_be_attached()


def test_overview__filter__swaps_the_numbers_and_the_address(open_page):
    page = open_page(color_scheme="light")
    draw_all(page)
    page.get_by_role("link", name="7 days", exact=True).click()
    expect(page.locator("#days-7")).to_have_attribute("aria-current", "true")
    assert page.url.endswith("?days=7")
    expect(page.locator(".headline")).to_contain_text("of 420 eligible devices")
    page.get_by_role("link", name="Web", exact=True).click()
    expect(page.locator(".headline")).to_contain_text("of 210 eligible devices")
    assert page.url.endswith("?days=7&platform=web")
    draw_all(page)
    page.go_back()
    expect(page.locator(".headline")).to_contain_text("of 420 eligible devices")


def test_overview__range_form__sets_both_days(open_page):
    page = open_page()
    today = timezone.now().date()
    page.locator(".range-menu summary").click()
    page.get_by_role("textbox", name="From").fill((today - timedelta(days=1)).isoformat())
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".headline")).to_contain_text("of 120 eligible devices")
    assert f"from={today - timedelta(days=1)}" in page.url


def test_overview__colours__chosen_and_remembered(open_page):
    page = open_page(color_scheme="light")
    root = page.locator("html")
    draw_all(page)
    expect(root).to_have_attribute("data-bs-theme", "light")
    page.locator(".account summary").click()
    switch = page.locator("[data-theme-switch]")
    switch.click()
    expect(switch).to_contain_text("Light")
    switch.click()
    expect(root).to_have_attribute("data-bs-theme", "dark")
    expect(page.locator("oneask-chart").first).to_have_attribute("data-drawn", "dark")
    page.reload()
    expect(root).to_have_attribute("data-bs-theme", "dark")


def test_overview__no_scripts__numbers_filters_and_menus_work(open_page):
    page = open_page(java_script_enabled=False)
    expect(page.locator(".headline")).to_contain_text("46.7")
    expect(page.locator("oneask-chart polyline").first).to_be_visible()
    page.get_by_role("link", name="28 days", exact=True).click()
    assert page.url.endswith("?days=28")
    page.get_by_text("The same as a table").click()
    expect(page.locator(".numbers-below table").last).to_be_visible()
    page.locator(".switcher summary").click()
    page.get_by_role("link", name="All apps").click()
    assert page.url.endswith("/apps/")
    page.get_by_role("link", name="Shop").click()
    assert page.url.endswith("/w/acme/shop/")


def test_overview__keyboard__reaches_every_control_in_order(open_page):
    page = open_page()
    expect(page.locator("#onboarding-panel a").first).to_be_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip-link"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "content"
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('main a[href], main summary')]
               .filter((e) => e.checkVisibility()).map((e) => e.id || e.textContent.trim())"""
    )
    reached = []
    for _ in range(3 * len(wanted)):  # scrolling tables and buttons of charts lie in between
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "() => document.activeElement.id || document.activeElement.textContent.trim()"
            )
        )
        if reached[-1] == wanted[-1]:
            break
    assert [name for name in reached if name in wanted] == wanted
    assert wanted[:4] == ["1 of 6 steps done", "Connect it", "platform-all", "platform-ios"]


def test_overview__menu__escape_closes_it_and_keeps_the_place(open_page):
    page = open_page()
    summary = page.locator(".switcher summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".switcher .menu")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".switcher .menu")).to_be_hidden()
    assert page.evaluate("document.activeElement.matches('.switcher summary')")


@pytest.mark.parametrize("width", [390, 1024, 1440])
@pytest.mark.parametrize("path", ["/w/acme/shop/", "/w/acme/shop/?days=7", "/apps/"])
def test_pages__any_width__nothing_sticks_out(open_page, width, path):
    page = open_page(path, viewport={"width": width, "height": 900})
    for chart in page.locator("oneask-chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", "light")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/w/acme/shop/", "/apps/", "/accounts/password/change/"])
def test_pages__axe__no_barrier(open_page, scheme, path):
    page = open_page(path, color_scheme=scheme)
    assert violations(page, tags=WCAG_21) == []


def test_sign_in__wrong_then_right__arrives(new_context, live_server, cast):
    page = new_context().new_page()
    page.goto(f"{live_server.url}/w/acme/shop/")
    page.get_by_label("Email").fill("carol@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.get_by_label("Password").fill("a password of the cast")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
