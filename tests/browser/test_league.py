"""The moment league in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

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


@pytest.fixture
def cast() -> Cast:
    """Two moments with a soft ask each, one with a redirect."""
    cast = make_cast()
    day = timezone.now().date() - timedelta(days=40)
    for key, name, won in (("order", "Order placed", 90), ("goal", "A goal set", 30)):
        moment = make_moment(cast.app, key=key, name=name, event_name=name)
        ask = make_soft_ask(cast.app, moment, name=f"Ask at {key}", status="live")
        rule = make_redirect_rule(cast.app, moment, name=f"Back at {key}", status="live")
        make_rollups(
            cast.app,
            [
                ("moment", day, "ios", key, "authorized", 0, 600 - won),
                ("campaign_shown", day, "ios", ask.key, "", 0, 120),
                ("campaign_accepted", day, "ios", ask.key, "", 0, won),
                ("campaign_times", day, "ios", ask.key, "", 1, 180),
                ("campaign_times", day, "ios", rule.key, "", 1, 60),
                ("funnel_asked", day, "ios", f"moment_asked:{key}", "rspxgA", 0, won),
                ("assigned", day, "ios", rule.key, "a", 0, 200),
                ("assigned", day, "ios", rule.key, "holdout", 0, 100),
                ("assigned_recovered", day, "ios", rule.key, "a", 4, 20),
                ("assigned_recovered", day, "ios", rule.key, "holdout", 4, 2),
            ],
        )
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the league as Carol; every complaint of the browser fails the test at its end."""
    yield lambda query="", **options: open_as(cast.carol, f"/w/acme/shop/league/{query}", **options)
    assert complaints == []


def test_sort__by_keyboard__rows_address_and_chart_follow_and_the_table_stays_open(visit):
    page = visit()
    first = page.locator("#league tbody tr").first
    expect(first).to_contain_text("Order placed")
    heading = page.locator("#sort-devices")
    heading.focus()
    heading.press("Enter")
    expect(first).to_contain_text("A goal set")
    expect(page.locator("#sort-devices")).to_be_focused()
    assert "sort=-devices" in page.url
    page.locator("#sort-devices").press("Enter")
    expect(first).to_contain_text("Order placed")
    expect(page.locator("th[aria-sort=ascending]")).to_have_text("Devices")


def test_sort__without_script__is_a_link(visit):
    page = visit(java_script_enabled=False)
    page.locator("#sort-moment").click()
    expect(page.locator("#league tbody tr").first).to_contain_text("A goal set")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    expect(page.locator("#league oneask-chart")).to_have_attribute("data-drawn", scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
