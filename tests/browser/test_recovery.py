"""The recovery page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast, make_moment, make_redirect_rule, make_rollups

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    """Three platforms, and a redirect with a holdout."""
    cast = make_cast()
    rule = make_redirect_rule(cast.app, make_moment(cast.app))
    day = timezone.now().date() - timedelta(days=60)
    cells = [("devices", day, "ios", "", "", 0, 2000)]
    for n, (platform, size) in enumerate((("ios", 500), ("android", 400), ("web", 300))):
        cells += [
            ("denial", day, platform, "refused", "", 0, size),
            ("recovered", day, platform, "", "tapped", 3 + n, size // 12),
            ("recovered", day, platform, "", "organic", 20, size // 40),
            ("lost", day, platform, "", "", 9, size // 5),
        ]
    for arm, size in (("a", 400), ("b", 380), ("holdout", 120)):
        cells += [
            ("assigned", day, "ios", rule.key, arm, 0, size),
            ("assigned_recovered", day, "ios", rule.key, arm, 4, 2 if arm == "holdout" else 30),
        ]
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the page as Carol; every complaint of the browser fails the test at its end."""
    yield lambda query="", **options: open_as(
        cast.carol, f"/w/acme/shop/recovery/{query}", **options
    )
    assert complaints == []


def test_break_down__chosen_by_keyboard__curves_table_and_address_follow(visit):
    page = visit()
    expect(page.locator("#curves oneask-chart")).to_have_attribute("data-drawn", "light")
    pick = page.locator("#pick-by")
    pick.focus()
    pick.select_option("platform")
    expect(page.locator("#groups tbody tr")).to_have_count(3)
    expect(page.locator("#curves oneask-chart")).to_have_attribute("data-drawn", "light")
    assert "by=platform" in page.url
    expect(page.locator("#pick-by")).to_be_focused()
    expect(page.locator("#curves .risk tbody tr")).to_have_count(3)
    page.locator("#curves summary").press("Enter")
    expect(page.locator("#curves")).to_contain_text("One agency, claimed")


def test_no_script__choices_and_numbers_are_there(visit):
    page = visit(java_script_enabled=False)
    page.locator("#pick-by").select_option("platform")
    page.get_by_role("button", name="Show").last.click()
    expect(page.locator("#groups tbody tr")).to_have_count(3)
    expect(page.locator("#arms")).to_contain_text("because of the redirect")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit("?by=platform", color_scheme=scheme, viewport={"width": width, "height": 900})
    for panel in ("#curves", "#arms"):
        chart = page.locator(f"{panel} oneask-chart")
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
