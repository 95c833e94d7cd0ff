"""The description of the management API as people use it: read, filter, send a request as oneself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.test_quality import SMALLEST, TOO_SMALL, barriers, sticking_out, watch
from tests.live import Live

CREATE = "#operations-Moments-create_moment"
READ = "#operations-Overview-read_overview"
REFUSED = "Failed to load resource"


@pytest.fixture
def open_docs(
    new_context: Callable[..., BrowserContext], live: Live, scene: dict[str, Any]
) -> Callable[..., Page]:
    """Open the page as the owner of the scene, or as nobody."""

    def make(*, signed_in: bool = True, query: str = "", **options: Any) -> Page:
        context = new_context(**options)
        if signed_in:
            context.add_cookies([{"name": "sessionid", "value": scene["session"], "url": live.url}])
        page = context.new_page()
        page.said = watch(page)  # type: ignore[attr-defined]
        page.goto(f"{live.url}/api/v1/docs{query}")
        page.locator(READ).wait_for()
        return page

    return make


def tried(page: Page, operation: str) -> Locator:
    """The operation, open and ready to be filled in."""
    place = page.locator(operation)
    place.locator(".opblock-summary-control").click()
    place.locator(".try-out__btn").click()
    return place


def answer(place: Locator) -> dict[str, Any]:
    """What the server answers when the request is sent."""
    with place.page.expect_response("**/api/v1/manage/**") as came:
        place.get_by_role("button", name="Execute").click()
    status = came.value.status
    shown = place.locator(".live-responses-table .response .response-col_status")
    expect(shown).to_have_text(re.compile(f"^{status}"))
    return {"status": status, "body": came.value.json()}


def test_docs__owner__reads_and_writes_from_the_page(open_docs: Callable[..., Page]) -> None:
    page = open_docs()
    read = answer(tried(page, READ))
    assert read["status"] == 200
    assert read["body"]["eligible"] > 0

    create = tried(page, CREATE)
    written = {"key": "from_the_page", "name": "From the page", "event_name": "Page Tried"}
    create.locator("textarea.body-param__text").fill(json.dumps(written))
    made = answer(create)
    assert made["status"] == 201, made
    assert made["body"]["key"] == "from_the_page"
    curl = create.locator(".curl").inner_text()
    assert "Authorization: Bearer sk_your_key" in curl
    assert "CSRF" not in curl
    assert page.said == []  # type: ignore[attr-defined]

    again = answer(create)
    assert (again["status"], again["body"]["errors"][0]["field"]) == (422, "key")
    assert all(text.startswith(REFUSED) for text in page.said)  # type: ignore[attr-defined]


def test_docs__nobody__reads_and_is_asked_to_sign_in(
    open_docs: Callable[..., Page], live: Live
) -> None:
    page = open_docs(signed_in=False)
    page.locator(READ).locator(".opblock-summary-control").click()
    page.locator(f"{READ} .responses-wrapper").wait_for()
    assert page.locator(".try-out__btn").count() == 0
    page.get_by_role("link", name="Sign in").click()
    page.wait_for_url(f"{live.url}/accounts/login/?next=/api/v1/docs")


def test_docs__an_operation_has_an_address_of_its_own(open_docs: Callable[..., Page]) -> None:
    page = open_docs(query="#/Moments/create_moment")
    page.locator(f"{CREATE} .opblock-body").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_docs__open_operation__without_a_fault(open_docs: Callable[..., Page], scheme: str) -> None:
    page = open_docs(color_scheme=scheme, viewport={"width": 1440, "height": 900})
    assert barriers(page) == []
    answer(tried(page, READ))
    for width in (390, 1440):
        assert sticking_out(page, width) == 0
        assert page.evaluate(TOO_SMALL, SMALLEST) == []
        assert barriers(page) == []
    assert page.said == []  # type: ignore[attr-defined]
