"""The funnel page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast, make_rollups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """Three systems, with a week before to compare with."""
    cast = make_cast()
    cells = []
    for back in (3, 10):
        day = timezone.now().date() - timedelta(days=back)
        cells.append(("devices", day, "ios", "", "", 0, 200))
        for group, n in (("", 90), ("os:18", 50), ("os:17", 30), ("os:16", 10)):
            cells += [
                ("funnel", day, "ios", group, "rsapxgA", 0, n),
                ("funnel", day, "ios", group, "rspxD", 0, n // 2 + back),
                ("funnel", day, "ios", group, "W", 0, n // 3),
            ]
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the funnel as Carol; every complaint of the browser fails the test at its end."""
    yield lambda query="", **options: open_as(cast.carol, f"/w/acme/shop/funnel/{query}", **options)
    assert complaints == []


def test_break_down__chosen_by_keyboard__chart_table_and_address_follow(visit):
    page = visit("?days=7")
    pick = page.locator("#pick-by")
    pick.focus()
    pick.select_option("os")
    chart = page.locator("#groups oneask-chart")
    expect(chart).to_have_attribute("data-drawn", "light")
    assert "by=os" in page.url
    assert "days=7" in page.url
    expect(page.locator("#pick-by")).to_be_focused()
    page.locator("#groups summary").press("Enter")
    expect(page.locator("#groups tbody tr")).to_have_count(3)
    expect(page.locator("#groups tbody tr").first).to_contain_text("iOS 18")


def test_compare__link__stands_beside(visit):
    page = visit("?days=7")
    page.locator("#compare-1").click()
    expect(page.locator("#compare-1")).to_have_attribute("aria-current", "true")
    expect(page.locator("#funnel thead")).to_contain_text("Before")
    assert "compare=1" in page.url


def test_no_script__choices_are_links_and_a_form(visit):
    page = visit("?days=7", java_script_enabled=False)
    page.locator("#pick-by").select_option("os")
    page.get_by_role("button", name="Show").last.click()
    expect(page.locator("#groups tbody tr")).to_have_count(3)
    page.locator("#cohort-ask").click()
    expect(page.locator("#figures")).to_contain_text("was asked for the first time in this range")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit(
        "?days=7&by=os&compare=1",
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
    )
    chart = page.locator("#groups oneask-chart")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-drawn", scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
