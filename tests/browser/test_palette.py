"""The command palette and the keys, in a real browser and by keyboard alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.factories import (
    Cast,
    make_cast,
    make_device,
    make_moment,
    make_redirect_rule,
    make_segment,
    make_soft_ask,
)

AT = "/w/acme/shop/"
pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture
def cast() -> Cast:
    """Everybody, a moment with a soft ask and a redirect, and a device."""
    cast = make_cast()
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, status="live")
    make_redirect_rule(cast.app, moment)
    make_device(cast.app, "device-1", platform="ios", status="denied", cause="refused")
    return cast


@pytest.fixture
def open_page(open_as: Open, complaints: list[str], cast: Cast) -> Iterator[Open]:
    """Open a page as Bob; every complaint of the browser fails the test at its end."""
    yield lambda path="", **options: open_as(cast.bob, f"{AT}{path}", **options)
    assert complaints == []


def focused(page: Page) -> str:
    """Id or class of what has the focus."""
    found: str = page.evaluate("document.activeElement.id || document.activeElement.className")
    return found


def chosen(page: Page) -> str:
    """The name of the line that Enter would go to, as assistive technology is told it."""
    told: str = page.evaluate(
        """() => { const id = document.getElementById('palette-text').getAttribute('aria-activedescendant');
             const option = id && document.getElementById(id);
             return option && option.getAttribute('aria-selected') === 'true'
               ? option.querySelector('.found-name').textContent : ''; }"""
    )
    return told


def wait_for(page: Page, name: str) -> None:
    """Wait until this line is the chosen one."""
    expect(page.locator('#found [aria-selected="true"] .found-name')).to_have_text(name)


def test_palette__typed_and_entered__goes_there(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    assert focused(page) == "palette-text"
    page.keyboard.type("shipping n")
    wait_for(page, "Shipping news")
    assert chosen(page) == "Shipping news"
    page.keyboard.press("Enter")
    page.wait_for_url("**/soft-asks/*/")


def test_palette__segment__found_by_name_and_first_when_it_was_looked_at(
    open_page: Open, cast: Cast
) -> None:
    make_segment(cast.app, name="Swedish and denied")
    page = open_page()
    page.keyboard.press("Control+k")
    page.keyboard.type("swed")
    wait_for(page, "Swedish and denied")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}segments/swedish-and-denied/")
    page.keyboard.press("Control+k")
    page.keyboard.type("at the cap")
    wait_for(page, "At the cap")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}segments/at-the-cap/")
    page.goto(page.url.replace("segments/at-the-cap/", ""))
    page.keyboard.press("Control+k")
    wait_for(page, "At the cap")
    names = page.locator("#found .found-name").all_text_contents()
    assert names[:2] == ["At the cap", "Swedish and denied"]


def test_palette__fast_typist__enter_before_the_answer_goes_to_what_was_typed(
    open_page: Open,
) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    wait_for(page, "Missed shipping")
    page.keyboard.type("devices")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}devices/")


def test_palette__arrows__walk_through_all_and_around(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    page.keyboard.type("ship")
    wait_for(page, "Shipping news")
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "Missed shipping"
    page.keyboard.press("ArrowDown")
    assert chosen(page) == "Shipping news"
    page.keyboard.press("ArrowUp")
    assert chosen(page) == "Missed shipping"
    assert focused(page) == "palette-text"


def test_palette__escape__focus_returns_to_where_it_was(open_page: Open) -> None:
    page = open_page("soft-asks/")
    page.locator("#filter-q").focus()
    page.keyboard.press("Control+k")
    assert focused(page) == "palette-text"
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()
    assert focused(page) == "filter-q"
    page.get_by_role("link", name="Find", exact=True).click()
    expect(page.locator("#palette")).to_be_visible()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_hidden()
    assert focused(page) == "find-open"


def test_palette__empty__what_was_looked_at_comes_first(open_page: Open, live_server: Any) -> None:
    page = open_page("devices/device-1/")
    page.goto(f"{live_server.url}{AT}moments/on/order_placed/")
    page.goto(f"{live_server.url}{AT}")
    page.keyboard.press("Control+k")
    wait_for(page, "Order placed")
    assert page.locator("#found .found-name").all_text_contents()[:2] == [
        "Order placed",
        "device-1",
    ]


def test_palette__nothing_found_or_no_answer__said_aloud(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("Control+k")
    page.keyboard.type("qqq")
    expect(page.locator("#palette-told")).to_have_text("Nothing is called “qqq”.")
    expect(page.locator("#palette-text")).to_have_attribute("aria-expanded", "false")
    page.locator("#palette-text").fill("ship")
    expect(page.locator("#palette-told")).to_have_text("2 found")


def test_palette__slow_older_answer__never_replaces_the_newer(open_page: Open) -> None:
    page = open_page()
    held: list[Route] = []

    def hold(route: Route, request: Request) -> None:
        if "q=ship" in request.url:
            held.append(route)
        else:
            route.continue_()

    page.route("**/find/**", hold)
    page.keyboard.press("Control+k")
    with page.expect_request("**/find/?q=ship"):
        page.keyboard.type("ship")
    page.locator("#palette-text").fill("overview")
    wait_for(page, "Overview")
    for route in held:
        route.abort()
    assert chosen(page) == "Overview"


@pytest.mark.parametrize(
    "path", ["/apps/", "/workspaces/acme/", "/accounts/password/change/", "/accounts/logout/"]
)
def test_palette__outside_of_an_app__opens_and_leads_into_one(
    open_as: Open, complaints: list[str], cast: Cast, path: str
) -> None:
    page = open_as(cast.bob, path)
    page.keyboard.press("Control+k")
    wait_for(page, "Shop")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{AT}")
    page.go_back()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Find anything and go there")
    assert complaints == []


def test_palette__no_scripts__the_link_finds_the_same(open_page: Open) -> None:
    page = open_page(java_script_enabled=False)
    page.get_by_role("link", name="Find", exact=True).click()
    page.get_by_role("searchbox", name="Find").fill("shipping n")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name="Shipping news").click()
    assert "/soft-asks/" in page.url


def test_keys__question_mark__shows_them_and_escape_closes(open_page: Open) -> None:
    page = open_page()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


@pytest.mark.parametrize(
    ("letter", "path"),
    [
        ("o", ""),
        ("m", "moments/"),
        ("s", "soft-asks/"),
        ("r", "redirects/"),
        ("d", "devices/"),
        ("i", "integrate/"),
    ],
)
def test_keys__g_then_a_letter__goes_there(open_page: Open, letter: str, path: str) -> None:
    page = open_page("find/")
    page.keyboard.press("g")
    page.keyboard.press(letter)
    page.wait_for_url(f"**{AT}{path}")


def test_keys__slash__into_the_search_and_never_while_writing(open_page: Open) -> None:
    page = open_page("soft-asks/")
    page.keyboard.press("/")
    assert focused(page) == "filter-q"
    page.keyboard.type("?/gm")
    assert page.locator("#filter-q").input_value() == "?/gm"
    expect(page.locator("#keys")).to_be_hidden()
    assert "/soft-asks/" in page.url


def test_keys__switched_off__stay_off_and_ctrl_k_stays(open_page: Open) -> None:
    page = open_page()
    page.locator(".account summary").click()
    page.get_by_role("button", name="Keyboard").click()
    page.get_by_role("checkbox", name="Keys without").uncheck()
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('.account summary')")
    page.reload()
    page.keyboard.press("?")
    page.keyboard.press("g")
    page.keyboard.press("m")
    page.keyboard.press("Control+k")
    expect(page.locator("#palette")).to_be_visible()
    expect(page.locator("#keys")).to_be_hidden()
    assert page.url.endswith(AT)


def test_rail__narrow__the_open_page_is_in_sight(open_page: Open) -> None:
    page = open_page("setup/", viewport={"width": 390, "height": 800})
    expect(page.locator(".rail-nav [aria-current]")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("path", ["soft-asks/", "redirects/"])
def test_list__beside_the_rail_on_a_small_screen__every_column_is_in_sight(
    open_page: Open, path: str
) -> None:
    page = open_page(path, viewport={"width": 1024, "height": 800})
    hidden = page.locator(".table-scroll").evaluate("box => box.scrollWidth - box.clientWidth")
    assert hidden <= 0


def test_list__ticks__counted_and_done_to_all(open_page: Open) -> None:
    page = open_page("soft-asks/")
    expect(page.locator(".bulk-bar")).to_be_hidden()
    page.get_by_role("checkbox", name="Tick all on this page").check()
    expect(page.locator("[data-ticked] >> nth=-1")).to_have_text("1 ticked")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".notes")).to_contain_text("Paused: “Shipping news”.")
    expect(page.locator(".state")).to_have_text("Paused")


def test_list__sorted_and_narrowed__address_focus_and_way_back(open_page: Open, cast: Cast) -> None:
    page = open_page("soft-asks/")
    page.locator("#sort-name").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/soft-asks/?sort=name")
    expect(page.locator("th.column-name")).to_have_attribute("aria-sort", "ascending")
    assert focused(page) == "sort-name"
    page.locator("#filter-q").fill("nothing like it")
    expect(page.locator("#rows")).to_contain_text("No soft ask matches")
    assert focused(page) == "filter-q"
    assert page.url.endswith("/soft-asks/?q=nothing+like+it&sort=name")
    page.go_back()
    expect(page.locator(".row-name")).to_have_text("Shipping news")
