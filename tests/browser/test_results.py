"""Results and their planning in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast, make_moment, make_rollups, make_soft_ask, republish

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/w/acme/shop/results/"


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def campaign(cast: Cast) -> Campaign:
    """Two variants over four weeks on two platforms; B leads. Revision 1 had a single one."""
    made = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    first = working_copy(made).variants[0]
    made = republish(made, variants=(first, replace(first, key="b")))
    today, cells = timezone.now().date(), []
    for back in range(1, 29):
        day = today - timedelta(days=back)
        for arm, way, yes in (("a", "saA", 18), ("b", "saA", 24), ("holdout", "A", 3)):
            for platform in ("ios", "web"):
                key = f"{made.key}.2.{arm}"
                left = (10 if arm == "holdout" else 45) - yes
                cells.append(("trial", day, platform, key, way, 0, yes))
                cells.append(("trial", day, platform, key, "D", 0, left))
        cells.append(("moment_session", day, "ios", "order_placed", "not_asked", 1, 120))
    cells.append(("trial", today - timedelta(days=40), "ios", f"{made.key}.1.a", "saA", 0, 30))
    make_rollups(cast.app, cells)
    return made


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast, campaign: Campaign
) -> Iterator[Callable[..., Page]]:
    """Open a page below results as Bob; every complaint of the browser fails the test at its end."""
    yield lambda path="", **options: open_as(cast.bob, f"{LIST}{path}", **options)
    assert complaints == []


def test_results__by_keyboard__from_the_list_to_another_outcome_and_revision(visit, campaign):
    page = visit()
    page.locator(".row-name").press("Enter")
    expect(page.locator("#verdict-title")).to_be_visible()
    expect(page.locator(".verdict-main").first).to_contain_text("Enough evidence for variant B")
    page.locator("#outcome-accepted").press("Enter")
    expect(page.locator("#arms-title")).to_contain_text("Accepted, by arm")
    assert "outcome=accepted" in page.url
    page.locator("#revision-1").press("Enter")
    expect(page.locator(".verdict-main").first).to_contain_text("Not enough data")
    assert "revision=1" in page.url
    assert "outcome=accepted" in page.url
    page.go_back()
    expect(page.locator(".verdict-main").first).to_contain_text("variant B")


def test_results__charts__drawn_with_a_table_of_the_same_numbers(visit, campaign):
    page = visit(f"{campaign.pk}/")
    chart = page.locator("#days oneask-chart")
    chart.scroll_into_view_if_needed()
    expect(chart).to_have_attribute("data-drawn", "light")
    page.locator("#days summary").click()
    expect(page.locator("#days tbody tr")).to_have_count(28)


def test_statement__copied__is_the_one_that_is_shown_also_after_a_switch(visit, campaign):
    page = visit(f"{campaign.pk}/", permissions=["clipboard-read", "clipboard-write"])
    page.locator("#outcome-accepted").click()
    expect(page.locator("#arms-title")).to_contain_text("Accepted")
    page.locator("#again-days summary").click()
    page.locator("#again-days button").click()
    expect(page.locator("#again-days button")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#sql-days").inner_text()
    assert copied.startswith("WITH cells AS")


def test_plan__number_changed__days_follow_and_the_draft_keeps_it(visit, campaign):
    page = visit(f"plan/?for={campaign.pk}")
    days = page.locator("#need-title ~ *, section:has(#need-title) .stat").first
    before = days.inner_text()
    page.locator("#plan-difference").fill("4")
    page.locator("#plan-difference").press("Tab")
    expect(page.locator("section:has(#need-title) .stat").first).not_to_have_text(before)
    assert "difference=4" in page.url
    expect(page.locator("#plan-arms")).to_be_focused()
    page.get_by_role("button", name="Keep this plan in the draft").click()
    expect(page.locator("main")).to_contain_text("The plan stands in the draft")
    campaign.refresh_from_db()
    assert campaign.content["smallest_difference"] == 0.04


def test_no_script__switches_are_links_and_the_plan_is_a_form(visit, campaign):
    page = visit(f"{campaign.pk}/", java_script_enabled=False)
    page.locator("#revision-all").click()
    expect(page.locator(".verdict-main")).to_contain_text("no winner is named")
    page.goto(page.url.split("/results/")[0] + "/results/plan/")
    page.locator("#plan-difference").fill("5")
    page.get_by_role("button", name="Work it out").click()
    expect(page.locator("#need-title")).to_be_visible()
    assert "difference=5" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("which", ["list", "campaign", "plan"])
def test_pages__axe_and_width__nothing_found(visit, campaign, scheme, width, which):
    path = {"list": "", "campaign": f"{campaign.pk}/", "plan": f"plan/?for={campaign.pk}"}[which]
    page = visit(path, color_scheme=scheme, viewport={"width": width, "height": 900})
    for chart in page.locator("oneask-chart").all():
        chart.scroll_into_view_if_needed()
        expect(chart).to_have_attribute("data-drawn", scheme)
    for folded in page.locator("details:not([open]) > summary").all():
        if folded.is_visible() and folded.evaluate("e => e.closest('main') !== null"):
            folded.click()
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
