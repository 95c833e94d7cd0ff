"""The timing page in a real browser: what it shows, and setting up a trial of gates from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.domain.drafts import GateVariant
from campaigns.models import Campaign
from tests.browser.axe import WCAG_22, violations
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_rollups,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db(transaction=True)
RATES = {1: (200, 60), 2: (400, 160), 3: (200, 100), 4: (100, 55), 5: (100, 60), 6: (100, 61)}
TRIAL = (GateVariant(key="early", min_screens=2), GateVariant(key="late", min_screens=7))


@pytest.fixture
def cast() -> Cast:
    """Asks that rise up to screen 5, and one soft ask that tries out its gates."""
    cast = make_cast()
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, name="Goal set")
    ask = make_soft_ask(cast.app, moment, name="Order on its way", status="live")
    live = republish(ask, gate_trial=TRIAL)
    assert live.published is not None
    day = timezone.now().date() - timedelta(days=9)
    cells = [
        ("devices", day, "ios", "", "", 0, 2000),
        ("eligible", day, "ios", "", "", 0, 2000),
        ("lived", day, "ios", "screens", "", 6, 2000),
    ]
    for step, (n, granted) in RATES.items():
        cells.append(("asked_at", day, "ios", "screens", "granted", step, granted))
        cells.append(("asked_at", day, "ios", "screens", "refused", step, n - granted))
        cells.append(("asked_at", day, "ios", "sessions", "granted", step, granted))
    for arm, yes in (("early", 300), ("late", 200)):
        key = f"t{ask.pk}.{live.published.number}.{arm}"
        cells.append(("trial", day, "ios", key, "saA", 0, yes))
        cells.append(("trial", day, "ios", key, "sD", 0, 1000 - yes))
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the page as Bob, who may edit; every complaint of the browser fails the test at its end."""
    yield lambda query="", **options: open_as(cast.bob, f"/w/acme/shop/timing/{query}", **options)
    assert [text for text in complaints if "422" not in text] == []


def test_trial__set_up_by_keyboard__draft_of_the_soft_ask_opens(visit) -> None:
    page = visit()
    expect(page.locator("#timing oneask-chart")).to_have_attribute("data-drawn", "light")
    expect(page.locator("#trial-early")).to_have_value("2")
    expect(page.locator("#trial-late")).to_have_value("5")
    page.locator("#trial-campaign").focus()
    page.keyboard.type("Goal")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.locator("#trial-late")).to_be_focused()
    page.locator("#trial-late").fill("9")
    page.keyboard.press("Enter")
    page.wait_for_url("**/soft-asks/*/")
    expect(page.locator("body")).to_contain_text("The trial is in the draft")
    arms = Campaign.objects.get(name="Goal set").content["gate_trial"]
    assert [arm["min_screens"] for arm in arms] == [2, 9]


def test_kind__chosen__chart_and_address_follow(visit) -> None:
    page = visit()
    page.locator("#kind-sessions").click()
    expect(page.locator("#timing")).to_contain_text("sessions before the first ask")
    assert "kind=sessions" in page.url
    expect(page.locator("#timing oneask-chart")).to_have_attribute("data-drawn", "light")


def test_no_script__numbers_and_the_form_are_there(visit) -> None:
    page = visit(java_script_enabled=False)
    page.locator("#trial-campaign").select_option(
        label="Goal set (asked from the second session on)"
    )
    page.locator("#trial-late").fill("1")
    page.get_by_role("button", name="Write the draft").click()
    expect(page.locator("#trial")).to_contain_text("must wait for more than the early one")
    page.locator("#kind-sessions").click()
    expect(page.locator("#timing")).to_contain_text("sessions before the first ask")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width) -> None:
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    chart = page.locator("#timing oneask-chart")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-drawn", scheme)
    expect(page.locator("body")).to_contain_text("causal, randomised")
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
