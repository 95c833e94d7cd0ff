"""The fatigue page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from permissions_app.domain.device import PERIOD_DAYS
from tests.browser.axe import WCAG_22, violations
from tests.factories import EPOCH, Cast, make_cast, make_rollups

pytestmark = pytest.mark.django_db(transaction=True)
FIGURES = ("caps", "interruptions", "refusals", "nevers")


@pytest.fixture
def cast() -> Cast:
    """Devices interrupted up to five times."""
    cast = make_cast()
    day = timezone.now().date() - timedelta(days=35)
    period = EPOCH + timedelta(days=(day - EPOCH).days // PERIOD_DAYS * PERIOD_DAYS)
    cells = []
    for n in range(1, 6):
        cells.append(("interrupted", period, "ios", "", "", n, 600 // n))
        cells += [
            ("exposure", day, "ios", "", letter, n, devices // n)
            for letter, devices in (("a", 300), ("d", 250), ("x", 90), ("t", 60), ("y", 200))
        ]
        cells.append(("never_after", day, "ios", "", "", n, 10 * n))
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the page as Carol; every complaint of the browser fails the test at its end."""
    yield lambda query="", **options: open_as(
        cast.carol, f"/w/acme/shop/fatigue/{query}", **options
    )
    assert complaints == []


def test_platform__by_keyboard__figures_follow(visit):
    page = visit()
    page.locator("#platform-web").press("Enter")
    expect(page.locator("#caps .panel-blank")).to_be_visible()
    expect(page.locator("#platform-web")).to_be_focused()
    assert "platform=web" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    for key in FIGURES:
        chart = page.locator(f"#{key} oneask-chart")
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
