"""From a value moment to a published soft ask, with the keyboard alone, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from campaigns.models import Campaign
from permissions_app.models import ValueMoment
from tests.factories import Cast, make_cast, make_moment

AT = "/w/acme/shop/"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody."""
    return make_cast()


@pytest.fixture
def open_as(open_as: Callable[..., Page]) -> Callable[..., Page]:
    """Callable[..., Page] a page of the shop as a person."""
    return lambda user, path, **options: open_as(user, f"{AT}{path}", **options)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the focused element has this accessible name."""
    for _ in range(80):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => { const e = document.activeElement;
               const label = e.labels && e.labels[0] ? e.labels[0].textContent : "";
               return (e.getAttribute("aria-label") || label || e.textContent || "").trim(); }"""
        )
        if found == name:
            return
    raise AssertionError(f"Tab never reached “{name}”")


def test_moment_soft_ask_publish__keyboard_only__no_complaint(
    cast: Cast, open_as: Callable[..., Page], complaints: list[str]
) -> None:
    page = open_as(cast.bob, "moments/")
    tab_to(page, "New moment")
    page.keyboard.press("Enter")
    page.wait_for_url("**/moments/new/")
    tab_to(page, "Name")
    page.keyboard.type("Order placed")
    tab_to(page, "Event")
    page.keyboard.type("Order Placed")
    tab_to(page, "Condition 1: property")
    page.keyboard.type("total")
    tab_to(page, "Condition 1: comparison")
    page.keyboard.type("is at least")
    tab_to(page, "Condition 1: value")
    page.keyboard.type("20")
    expect(page.locator("#check")).to_contain_text("total is at least 20")
    page.keyboard.press("Enter")
    page.wait_for_url("**/moments/on/order_placed/")
    tab_to(page, "Write a soft ask")
    page.keyboard.press("Enter")
    page.wait_for_url("**/soft-asks/new/**")
    tab_to(page, "Name")
    page.keyboard.press("Control+a")
    page.keyboard.type("Shipping news")
    tab_to(page, "Start writing")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/soft-asks/[0-9]+/$"))
    for label, text in (
        ("Title", "Know when order {{order_id}} ships"),
        ("Text", "One message when it leaves the warehouse."),
        ("Yes button", "Tell me"),
        ("Way out", "Not now"),
    ):
        tab_to(page, label)
        page.keyboard.press("Control+a")
        page.keyboard.type(text)
    expect(page.locator("#side-cards")).to_contain_text("ships")
    expect(page.locator("#saved")).to_contain_text("Saved")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("Saved")
    page.get_by_role("button", name="Send to review").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("waits for a review")
    reviewer = open_as(cast.rita, f"campaigns/{Campaign.objects.get().pk}/review/")
    reviewer.get_by_role("button", name="Approve").focus()
    reviewer.keyboard.press("Enter")
    expect(reviewer.locator("body")).to_contain_text("is approved")
    page.reload()
    page.get_by_role("button", name="Publish").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("is live now")
    moment = ValueMoment.objects.get()
    assert moment.conditions == [{"property": "total", "op": "gte", "value": 20}]
    campaign = Campaign.objects.get()
    assert campaign.status == "live"
    assert campaign.published is not None
    assert (
        campaign.published.content["variants"][0]["title"] == "Know when order {{order_id}} ships"
    )
    assert complaints == []


def test_forms__without_javascript__work(cast: Cast, open_as: Callable[..., Page]) -> None:
    make_moment(cast.app)
    page = open_as(cast.bob, "redirects/new/", java_script_enabled=False)
    page.get_by_label("Value moment").select_option(label="Order placed")
    page.get_by_label("Name").fill("Missed")
    page.get_by_role("button", name="Start writing").click()
    page.get_by_label("The one line").fill("Your order shipped and we could not tell you.")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notes")).to_contain_text("Saved")
    page.get_by_role("button", name="Add a variant").click()
    expect(page.get_by_role("heading", name="Variant b", exact=True)).to_be_visible()
    page.goto(page.url.split("redirects/")[0] + "redirects/?q=nothing")
    expect(page.locator("#rows")).to_contain_text("No redirect matches")


def test_live_view__polls_and_keeps_the_focus(
    cast: Cast, open_as: Callable[..., Page], complaints: list[str]
) -> None:
    page = open_as(cast.carol, "integrate/")
    expect(page.locator("#arrivals")).to_contain_text("Waiting for your first event")
    with page.expect_response("**/integrate/arrivals/") as polled:
        pass
    assert polled.value.status == 200
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1440])
def test_pages__no_sideways_scrolling(cast: Cast, open_as: Callable[..., Page], width: int) -> None:
    make_moment(cast.app, name="A moment with a long name " * 3, event_name="x" * 120)
    for path in ("moments/", "moments/new/", "soft-asks/new/", "redirects/new/", "integrate/"):
        page = open_as(cast.alice, path, viewport={"width": width, "height": 800})
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, path
