"""The editor in a real browser: it saves itself, the preview follows, two tabs, and nothing for axe to find."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image as Picture
from playwright.sync_api import Locator, Page, Route, expect

from campaigns.domain.drafts import SoftAskDraft
from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from campaigns.services.campaigns import update_campaign
from tests.browser.axe import violations
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_soft_ask,
)

AT = "/w/acme/shop/"
pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody, a live soft ask, and a redirect that waits for a review."""
    cast = make_cast()
    moment = make_moment(cast.app)
    make_soft_ask(cast.app, moment, status="live")
    make_redirect_rule(cast.app, moment)
    return cast


@pytest.fixture
def open_as(open_as: Open) -> Open:
    """Open a page of the shop as a person."""
    return lambda user, path, **options: open_as(user, f"{AT}{path}", **options)


def top_of(part: Locator) -> float:
    """Where it begins in the window."""
    top: float = part.evaluate("part => part.getBoundingClientRect().top")
    return top


def ask() -> Campaign:
    return Campaign.objects.get(kind="soft_ask")


def test_typing__saves_itself_and_the_preview_follows(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    title = page.get_by_label("Title")
    title.fill("Know when your parcel is on its way")
    expect(page.locator("#side-cards")).to_contain_text("on its way")
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(title).to_be_focused()
    assert ask().content["variants"][0]["title"] == "Know when your parcel is on its way"
    title.fill("x" * 121)
    expect(page.locator("#saved")).to_contain_text("Not saved yet")
    expect(page.locator('[data-entry$="-title"] .entry-error')).to_contain_text("at most 120 fit")
    expect(title).to_have_value("x" * 121)
    assert [text for text in complaints if "422" not in text] == []


def test_second_tab__other_words_meanwhile__nothing_is_lost(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    first = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    second = open_as(cast.alice, f"soft-asks/{ask().pk}/")
    first.get_by_label("Title").fill("Bob’s title")
    expect(first.locator("#saved")).to_contain_text("Saved")
    second.get_by_label("Title").fill("Alice’s title")
    expect(second.locator("#saved")).to_contain_text("Somebody else saved")
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.locator(".ed-conflict")).to_contain_text("Bob’s title")
    second.get_by_role("button", name="Keep mine").click()
    second.get_by_role("button", name="Save", exact=True).click()
    expect(second.locator(".notes")).to_contain_text("Saved")
    assert ask().content["variants"][0]["title"] == "Alice’s title"
    assert [text for text in complaints if "409" not in text] == []


def test_leaving__in_the_middle_of_a_word__steps_wait_for_it(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    page.get_by_label("Title").fill("Know when your parcel is packed")
    page.get_by_role("button", name="Send to review").click()
    expect(page.locator(".notes")).to_contain_text("waits for a review")
    submitted = ask().submitted
    assert submitted is not None
    assert submitted.content["variants"][0]["title"] == "Know when your parcel is packed"
    page.get_by_role("button", name="Take back").click()
    expect(page.locator(".notes")).to_contain_text("is a draft again")
    page.get_by_label("Title").fill("Half a wo")
    page.get_by_role("link", name="Soft asks").first.click()
    expect(page.locator("h1")).to_contain_text("Soft asks")
    until = time.monotonic() + 10
    while ask().content["variants"][0]["title"] != "Half a wo":
        assert time.monotonic() < until, "the last words never came"
    assert complaints == []


def test_save__while_it_saves_itself__is_no_conflict_with_oneself(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")

    def type_on(route: Route) -> None:
        page.get_by_label("Title").fill("B")
        route.continue_()

    page.route("**/draft/", type_on)
    with page.expect_request("**/draft/"):
        page.get_by_label("Title").fill("A")
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator(".notes")).to_contain_text("Saved")
    assert ask().content["variants"][0]["title"] == "B"
    assert complaints == []


def test_undo_redo__after_typing__open_as_it_saves(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    before = page.get_by_label("Title").input_value()
    expect(page.get_by_role("button", name="Undo")).to_be_disabled()
    page.get_by_label("Title").fill("Something else")
    expect(page.get_by_role("button", name="Undo")).to_be_enabled()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Title")).to_have_value(before)
    page.get_by_role("button", name="Redo").click()
    expect(page.get_by_label("Title")).to_have_value("Something else")
    assert complaints == []


def test_variants_languages_pictures__by_hand(
    cast: Cast, open_as: Open, complaints: list[str], tmp_path: Path
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    page.get_by_role("button", name="Copy variant a").click()
    expect(page.locator("#variant-1")).to_be_focused()
    page.get_by_label("Weight").nth(1).fill("3")
    expect(page.locator("#variant-1")).to_contain_text("75 % of the people")
    page.get_by_label("Add a language").fill("de_at")
    page.get_by_role("button", name="Add language").click()
    tab = page.get_by_role("button", name="German (AT)").first
    expect(tab).to_have_attribute("aria-pressed", "true")
    expect(tab).to_contain_text("0/8")
    expect(page.locator("#v-0-t-de-AT")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Wissen, wann es losgeht")
    expect(tab).to_contain_text("1/8")
    expect(page.locator("#saved")).to_contain_text("Saved")
    words = tmp_path / "picture.png"
    words.write_text("no picture")
    chooser = page.get_by_label("A picture of your own for variant a")
    chooser.set_input_files(words)
    expect(page.locator("#variant-0 [data-picture-error]")).to_contain_text("whatever its name")
    Picture.new("RGB", (900, 600), "#0b6b61").save(words)
    chooser.set_input_files(words)
    expect(page.locator("#variant-0").get_by_label("Uploaded picture")).to_be_checked()
    expect(page.locator("#side-cards .pv-art").first).to_have_attribute(
        "src", re.compile(r"/i/.*\.webp")
    )
    assert [text for text in complaints if "422" not in text] == []


def test_buttons__in_place__no_reload_place_kept_and_nothing_typed_lost(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/", viewport={"width": 1440, "height": 700})
    page.evaluate("document.body.dataset.same = 'yes'")
    page.get_by_label("Title").fill("Typed a moment ago")
    page.get_by_label("Minimum sessions").fill("5")
    add = page.get_by_role("button", name="Add a variant")
    add.scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 0
    before = top_of(add)
    add.click()
    expect(page.locator("#variant-1")).to_be_focused()
    assert top_of(add) == pytest.approx(before, abs=2)
    expect(page.get_by_label("Title").first).to_have_value("Typed a moment ago")
    expect(page.get_by_label("Minimum sessions")).to_have_value("5")
    expect(page.locator("#side-picks")).to_contain_text("b")
    page.keyboard.press("Tab")
    page.keyboard.type("Second")
    page.get_by_role("button", name="Add a variant").click()
    expect(page.locator("#variant-2")).to_be_focused()
    tops = {round(top_of(page.locator(f"#variant-{n}"))) for n in range(3)}
    assert len(tops) == 1, "all variants stand in one row"
    expect(page.locator("#variant-2")).to_be_in_viewport(ratio=0.1)
    page.get_by_role("button", name="Remove variant b").click()
    expect(page.locator("#variant-0")).to_be_focused()
    page.get_by_label("Add a language").fill("no language")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Add a language")).to_be_focused()
    expect(page.locator("#ed-words .note-error")).to_contain_text("A language is written like de")
    page.keyboard.press("Control+a")
    page.keyboard.type("de")
    page.keyboard.press("Enter")
    expect(page.locator("#v-0-t-de")).to_be_focused()
    page.get_by_role("button", name="Make it the default").click()
    expect(page.locator("#tab-de")).to_be_focused()
    assert page.evaluate("document.body.dataset.same") == "yes"
    stored = ask().content
    assert (stored["locale"], stored["min_sessions"]) == ("de", 5)
    assert [one["key"] for one in stored["variants"]] == ["a", "c"]
    assert stored["variants"][0]["translations"]["en"]["title"] == "Typed a moment ago"
    assert [text for text in complaints if "422" not in text] == []


def test_buttons__while_it_saves_itself__wait_and_are_no_conflict_with_oneself(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")

    def add_meanwhile(route: Route) -> None:
        page.evaluate("document.getElementById('add-variant').click()")
        route.continue_()

    page.route("**/draft/", add_meanwhile, times=1)
    page.get_by_label("Title").fill("Still on its way")
    expect(page.locator("#variant-1")).to_be_focused()
    expect(page.locator(".ed-conflict")).to_have_count(0)
    expect(page.locator("#saved")).to_contain_text("version 4")
    assert ask().content["variants"][0]["title"] == "Still on its way"
    assert complaints == []


def test_new__moment_chosen__its_name_is_there_until_somebody_writes_one(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    make_moment(cast.app, key="goal_set", name="Goal set", event_name="Goal Set")
    page = open_as(cast.bob, "soft-asks/new/")
    moment, name = page.get_by_label("Value moment"), page.get_by_label("Name", exact=True)
    expect(name).to_have_value("")
    moment.select_option("order_placed")
    expect(name).to_have_value("Order placed")
    moment.select_option("goal_set")
    expect(name).to_have_value("Goal set")
    name.fill("Mine")
    moment.select_option("order_placed")
    expect(name).to_have_value("Mine")
    page.get_by_role("button", name="Start writing").click()
    expect(page.locator("h1")).to_have_text("Mine")
    chosen = open_as(cast.bob, "soft-asks/new/?moment=goal_set")
    expect(chosen.get_by_label("Name", exact=True)).to_have_value("Goal set")
    chosen.get_by_label("Value moment").select_option("order_placed")
    expect(chosen.get_by_label("Name", exact=True)).to_have_value("Order placed")
    assert complaints == []


def test_paths__accept_and_decline__can_be_played_by_keyboard(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    page = open_as(cast.bob, f"soft-asks/{ask().pk}/")
    page.locator("#side-cards").get_by_role("button", name="Not now").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#side-cards")).to_contain_text("14 days")
    assert complaints == []


@pytest.mark.parametrize("look", ["light", "dark", "rtl"])
def test_pages__axe_finds_nothing(
    cast: Cast, open_as: Open, look: str, complaints: list[str]
) -> None:
    pk = ask().pk
    rule = Campaign.objects.get(kind="redirect").pk
    scheme = "dark" if look == "dark" else "light"
    for path in (
        f"soft-asks/{pk}/",
        f"redirects/{rule}/",
        "soft-asks/new/",
        "soft-asks/",
        "redirects/",
        f"campaigns/{pk}/review/",
        f"campaigns/{pk}/revisions/",
        f"campaigns/{pk}/revisions/1/",
        f"campaigns/{pk}/share/",
        "moments/",
    ):
        page = open_as(cast.alice, path, color_scheme=scheme)
        if look == "rtl":
            page.evaluate("document.documentElement.dir = 'rtl'")
        assert violations(page) == [], path
        page.context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_pages__no_sideways_scrolling(cast: Cast, open_as: Open, width: int) -> None:
    pk = ask().pk
    draft = working_copy(ask())
    assert isinstance(draft, SoftAskDraft)
    more = tuple(replace(draft.variants[0], key=key) for key in "abcd")
    update_campaign(
        campaign_id=pk,
        app=cast.app,
        draft=replace(draft, variants=more),
        expected_version=ask().version,
        actor=cast.bob,
    )
    for path in (f"soft-asks/{pk}/", "soft-asks/new/", f"campaigns/{pk}/review/", "soft-asks/"):
        page = open_as(cast.alice, path, viewport={"width": width, "height": 800})
        wide = page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, path
        page.context.close()
