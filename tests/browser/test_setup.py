"""First steps, playbooks and the set-up file in a real browser: by keyboard, without scripts, and for axe."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.domain.setup_file import write_setup
from campaigns.selectors.setup import read_app
from permissions_app.models import App, SeenEvent
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
Open = Callable[..., Page]
PAGES = (
    "/w/acme/shop/playbooks/",
    "/w/acme/shop/playbooks/travel/",
    "/w/acme/shop/playbooks/delivery/",
    "/w/acme/shop/setup/",
    "/w/acme/shop/onboarding/",
    "/w/acme/shop/",
    "/w/acme/fresh/",
    "/w/acme/fresh/soft-asks/",
    "/w/acme/fresh/redirects/",
    "/w/acme/fresh/moments/",
)
BAD = (
    "oneask: 1\nfatigue: {per_day: 11}\nsoft_asks:\n  x: {name: X, moment: nowhere, colour: red}\n"
)

SEGMENT = """segments:
  swedes:
    name: Swedes since the no
    conditions:
      all:
        - {fact: country, in: [SE]}
        - {fact: saw, in: [s1]}
        - {moment: order_placed, at_least: 2, since_no: true}"""


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """The cast, a shop with a moment, words and devices, and a fresh app with nothing."""
    cast = make_cast()
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, status="live")
    today = timezone.now().date()
    make_rollups(
        cast.app,
        [
            (measure, today, "ios", "", "", 0, n)
            for measure, n in (("devices", 30), ("eligible", 30), ("authorized", 14))
        ],
    )
    SeenEvent.objects.create(app=cast.app, name="Order Placed", day=today, count=1204)
    App.objects.create(workspace=cast.workspace, name="Fresh", slug="fresh")
    return cast


@pytest.fixture
def open_as(open_as: Open, complaints: list[str]) -> Iterator[Open]:
    """Open a page as a person; every complaint of the browser but an expected refusal fails the test."""
    yield open_as
    assert [said for said in complaints if "status of 4" not in said] == []


def barriers(page: Page) -> list[str]:
    page.wait_for_load_state("networkidle")
    return violations(page, tags=WCAG_22)


def widest(page: Page) -> int:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width


def bring(page: Page, text: str) -> None:
    """Paste a text and look at what it would change."""
    page.get_by_label("Text of the file").fill(text)
    page.get_by_role("button", name="Show what would change").click()


def changed(app: App) -> str:
    text = write_setup(read_app(app=app)).replace("per_day: 1", "per_day: 2")
    return text.replace("accept_label: Tell me", "accept_label: Keep me posted")


def with_a_segment(text: str) -> str:
    """The same file with a segment, to which its soft ask speaks."""
    return text.replace("segments: {}", SEGMENT).replace("segment: ''", "segment: swedes")


@pytest.mark.parametrize("look", ["light", "dark", "rtl"])
def test_pages__axe_and_a_narrow_window__nothing_found(
    cast: Cast, open_as: Open, look: str
) -> None:
    scheme = "dark" if look == "dark" else "light"
    page = open_as(cast.bob, PAGES[0], color_scheme=scheme, viewport={"width": 390, "height": 844})
    origin = page.url.removesuffix(PAGES[0])
    found: dict[str, Any] = {}

    def look_at(name: str) -> None:
        if look == "rtl":
            page.evaluate("document.documentElement.dir = 'rtl'")
        found[name] = barriers(page)
        if widest(page) > 390:
            found[name].append(f"{widest(page)} px wide")

    for path in PAGES:
        page.goto(origin + path)
        look_at(path)
    page.goto(f"{origin}/w/acme/shop/setup/")
    bring(page, BAD)
    look_at("problems")
    page.goto(f"{origin}/w/acme/shop/setup/")
    bring(page, with_a_segment(changed(cast.app)))
    look_at("what would change")
    assert {name: what for name, what in found.items() if what} == {}


def test_playbook__by_keyboard__drafts_and_links_to_them(cast: Cast, open_as: Open) -> None:
    page = open_as(cast.bob, "/w/acme/shop/playbooks/")
    page.get_by_role("link", name="Delivery", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Delivery", exact=True)).to_be_visible()
    first = page.get_by_role("checkbox", name="Choose “Order placed”")
    expect(first).to_be_checked()
    second = page.get_by_role("checkbox", name="Choose “Message to the courier sent”")
    second.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("1 moment, 2 soft asks and 2 redirects")
    page.get_by_role("link", name="its redirect").last.click()
    expect(page.locator("h1")).to_contain_text("Message to the courier sent, in Settings")


def test_set_up__out_and_in_again_by_file__applied(
    cast: Cast, open_as: Open, tmp_path: Path
) -> None:
    page = open_as(cast.bob, "/w/acme/shop/setup/")
    with page.expect_download() as kept:
        page.get_by_role("link", name="Download the file").click()
    assert kept.value.suggested_filename == "oneask-acme-shop.yaml"
    text = Path(kept.value.path()).read_text()
    assert text == write_setup(read_app(app=cast.app))
    file = tmp_path / "setup.yaml"
    file.write_text(changed(cast.app))
    page.get_by_label("Or a file").set_input_files(file)
    page.get_by_role("button", name="Show what would change").click()
    expect(page.locator(".tally")).to_contain_text("2 changed")
    expect(page.locator("ins", has_text="Keep me posted")).to_be_visible()
    page.get_by_role("button", name="Apply to Shop").click()
    expect(page.locator(".notes")).to_contain_text("Imported: 0 created, 2 changed.")
    expect(page.locator("#written")).to_contain_text("accept_label: Keep me posted")


def test_set_up__segment_and_who_speaks_to_it__by_keyboard_to_its_page(
    cast: Cast, open_as: Open
) -> None:
    page = open_as(cast.bob, "/w/acme/shop/setup/")
    bring(page, with_a_segment(write_setup(read_app(app=cast.app))))
    segments = page.get_by_role("region", name="Segments")
    expect(segments).to_contain_text("Swedes since the no")
    expect(segments).to_contain_text("Each app has its own: choose them again here.")
    page.get_by_role("button", name="Apply to Shop").focus()
    page.keyboard.press("Enter")
    expect(page.locator(".notes")).to_contain_text("Imported: 1 created, 1 changed.")
    page.wait_for_load_state()
    page.keyboard.press("Control+k")
    page.keyboard.type("swedes")
    expect(page.locator('#found [aria-selected="true"]')).to_contain_text("Swedes since the no")
    page.keyboard.press("Enter")
    page.wait_for_url("**/segments/swedes/")
    expect(page.locator("main")).to_contain_text("Shipping news")


def test_set_up__wrong_then_corrected_without_scripts__applied(cast: Cast, open_as: Open) -> None:
    page = open_as(cast.bob, "/w/acme/shop/setup/", java_script_enabled=False)
    bring(page, BAD)
    problems = page.get_by_role("alert")
    expect(problems).to_contain_text("3 things keep this file from being imported.")
    expect(problems.locator("li")).to_have_count(3)
    expect(page.get_by_label("Text of the file")).to_have_value(BAD)
    bring(page, "oneask: 1\nfatigue: {per_day: 4}")
    page.get_by_role("button", name="Apply to Shop").click()
    expect(page.locator(".notes")).to_contain_text("1 changed")
    cast.app.refresh_from_db()
    assert cast.app.fatigue_per_day == 4


def test_set_up__app_changes_between_check_and_apply__shown_again(
    cast: Cast, open_as: Open
) -> None:
    page = open_as(cast.bob, "/w/acme/shop/setup/")
    bring(page, changed(cast.app))
    make_redirect_rule(cast.app, cast.app.moments.get())
    page.get_by_role("button", name="Apply to Shop").click()
    expect(page.get_by_role("alert")).to_contain_text("changed since this was checked")
    page.get_by_role("button", name="Apply to Shop").click()
    expect(page.locator(".notes")).to_contain_text("Imported")


def test_first_steps__on_the_overview__next_step_then_put_away(cast: Cast, open_as: Open) -> None:
    page = open_as(cast.bob, "/w/acme/shop/")
    panel = page.locator("#onboarding-panel")
    expect(panel).to_contain_text("Write a redirect for those who refused")
    panel.get_by_role("link", name="5 of 6 steps done").click()
    expect(page.locator(".way-step.is-done")).to_have_count(5)
    page.go_back()
    panel.get_by_role("button", name="Hide this").click()
    expect(page.get_by_role("heading", name="Overview")).to_be_visible()
    page.wait_for_load_state("networkidle")
    expect(panel).to_have_count(0)


def test_first_steps__fresh_app__list_in_the_empty_overview(cast: Cast, open_as: Open) -> None:
    page = open_as(cast.bob, "/w/acme/fresh/")
    expect(page.locator(".way-step")).to_have_count(6)
    page.get_by_role("link", name="Open the playbooks").click()
    expect(page.get_by_role("heading", name="Playbooks")).to_be_visible()
    page = open_as(cast.bob, "/w/acme/fresh/", java_script_enabled=False)
    expect(page.locator(".next-steps li")).to_have_count(3)
    page.get_by_role("link", name="All steps").click()
    expect(page.locator(".way-step")).to_have_count(6)
