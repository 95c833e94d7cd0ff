"""Segments in a real browser: built by keyboard, counted live, and the same without a script."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.db import transaction
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Segment
from campaigns.services.segments import look
from permissions_app.selectors.days import day_number, today
from tests.browser.axe import WCAG_22, violations
from tests.campaigns.domain.test_segments import denied, device
from tests.campaigns.services.test_segments import put
from tests.factories import Cast, make_cast, make_moment, make_segment

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1440, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def cast() -> Cast:
    """Five devices, three of them denied; a segment that was looked at on two days."""
    cast = make_cast()
    make_moment(cast.app)
    with transaction.atomic():
        for number in range(3):
            put(cast.app, f"denied-{number}", denied(number + 40))
        for number in range(2):
            put(cast.app, f"fresh-{number}", device(sessions=number))
    key = make_segment(cast.app).key
    day = day_number(today(timezone.now()))
    for ago in (1, 0):
        look(app_id=cast.app.pk, key=key, day=day - ago, now=timezone.now())
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open a page as Bob; every complaint of the browser fails the test at its end."""
    yield lambda path="", **options: open_as(cast.bob, f"/w/acme/shop/segments/{path}", **options)
    assert complaints == []


def test_builder__by_keyboard_alone__a_condition_a_group_the_count_and_saved(visit):
    page = visit("new/?platform=ios")
    count = page.locator("#count .stat")
    expect(count).to_have_text("5")
    page.locator("#r-new").focus()
    page.locator("#r-new").select_option("status")
    page.locator("#r-add").press("Enter")
    first = page.locator("[name='r.1:in']").first
    expect(first).to_be_focused()
    page.locator("[name='r.1:in'][value='denied']").press("Space")
    expect(count).to_have_text("3")
    page.locator("#r-group").press("Enter")
    expect(page.locator("#r\\.2-joint")).to_be_focused()
    page.locator("#r\\.2-new").select_option("sessions")
    page.locator("#r\\.2-add").press("Enter")
    expect(page.locator("[name='r.2.0:at_least']")).to_be_focused()
    expect(count).to_have_text("0")
    page.locator("#r\\.2-remove").press("Enter")
    expect(count).to_have_text("3")
    page.locator("#segment-name").fill("Denied iPhones")
    page.locator("#segment-name").press("Tab")
    page.get_by_role("button", name="Save segment").press("Enter")
    expect(page.locator("h1")).to_have_text("Denied iPhones")
    assert Segment.objects.get(key="denied-iphones").document == {
        "all": [{"fact": "platform", "in": ["ios"]}, {"fact": "status", "in": ["denied"]}]
    }


def test_builder__enter_in_a_field__counts_and_saves_nothing(visit):
    page = visit("new/")
    page.locator("#segment-name").fill("Half a thought")
    page.locator("#segment-name").press("Enter")
    expect(page.locator("#segment-name")).to_have_value("Half a thought")
    expect(page.locator("#count .stat")).to_have_text("5")
    assert Segment.objects.count() == 1


def test_builder__without_a_script__does_the_same(visit):
    page = visit("new/", java_script_enabled=False)
    page.locator("#r-new").select_option("cause")
    page.locator("#r-add").click()
    page.locator("[name='r.0:in'][value='refused']").check()
    page.get_by_role("button", name="Count now").click()
    expect(page.locator("#count .stat")).to_have_text("3")
    page.locator("#segment-name").fill("Refused")
    page.get_by_role("button", name="Save segment").click()
    expect(page.locator("h1")).to_have_text("Refused")


def test_day__choice_of_when__shows_the_fields_that_belong_to_it(visit):
    page = visit("new/")
    page.locator("#r-new").select_option("denied")
    page.locator("#r-add").click()
    days, start = page.locator("[name='r.0:days']"), page.locator("[name='r.0:from']")
    expect(days).to_be_visible()
    expect(start).to_be_hidden()
    page.locator("[name='r.0:op']").select_option("between")
    expect(days).to_be_hidden()
    expect(start).to_be_visible()


@pytest.mark.parametrize("path", ["", "kept/", "kept/edit/", "kept/members/", "new/"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages__wide_and_narrow__accessible_and_nothing_overflows(visit, path: str, scheme: str):
    for size in (WIDE, NARROW):
        page = visit(path, viewport=size, color_scheme=scheme)
        assert violations(page, tags=WCAG_22) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
