"""A segment is handed over in a real browser: found from the segment, downloaded by keyboard, readable on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.db import transaction
from playwright.sync_api import Page, expect

from permissions_app.models import DeviceAddress
from tests.browser.axe import WCAG_22, violations
from tests.campaigns.domain.test_segments import denied
from tests.campaigns.services.test_segments import put
from tests.factories import Cast, make_cast, make_moment, make_segment

pytestmark = pytest.mark.django_db(transaction=True)
WIDE = {"width": 1280, "height": 900}
NARROW = {"width": 390, "height": 844}


@pytest.fixture
def cast() -> Cast:
    """Nine denied devices, six of them with an id, one of these with a push token."""
    cast = make_cast()
    make_moment(cast.app)
    make_segment(cast.app)
    with transaction.atomic():
        for number in range(9):
            device = put(cast.app, f"denied-{number}", denied(number + 40))
            if number < 6:
                DeviceAddress.objects.create(
                    device_id=device,
                    app_id=cast.app.pk,
                    external_id=f"customer-{number // 2}" if number else "Zoë",
                    push_token="" if number else "ab" * 32,
                    token_kind="" if number else "apns",
                )
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open a page as Bob; every complaint of the browser fails the test at its end."""
    yield lambda path="", **options: open_as(cast.bob, f"/w/acme/shop/{path}", **options)
    assert complaints == []


def test_hand_off__from_the_segment_by_keyboard__the_file_is_saved(
    visit: Callable[..., Page],
) -> None:
    page = visit("segments/kept/", viewport=WIDE)
    page.get_by_role("link", name="Export for OneSignal, Braze, Airship").press("Enter")
    expect(page.locator("h1")).to_have_text("Hand over “Kept”")
    expect(page.get_by_text("Notifications are off on all of these devices")).to_be_visible()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="Download for Airship").press("Enter")
    saved = Path(waiting.value.path()).read_text("utf-8")
    assert waiting.value.suggested_filename == "shop-kept-airship.csv"
    assert saved.splitlines() == [
        "named_user,Zoë",
        "named_user,customer-0",
        "named_user,customer-1",
        "named_user,customer-2",
    ]


@pytest.mark.parametrize("viewport", [WIDE, NARROW], ids=["wide", "narrow"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["segments/kept/hand-off/", "devices/denied-0/"])
def test_pages__with_ids_and_tokens__accessible_and_no_wider_than_the_window(
    visit: Callable[..., Page], path: str, viewport: dict[str, int], scheme: str
) -> None:
    page = visit(path, viewport=viewport, color_scheme=scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
