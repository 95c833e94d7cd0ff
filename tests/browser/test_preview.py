"""The live preview in a real browser: it follows the words, both paths play by keyboard, and a better text goes into
its field.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from campaigns.domain.drafts import Line, RedirectDraft, SoftAskDraft, Words
from campaigns.models import Campaign
from campaigns.services.campaigns import create_campaign
from tests.browser.axe import violations
from tests.factories import Cast, make_cast, make_moment

GERMAN = {"title": "Wissen, wann das Paket kommt!", "body": "Eine Nachricht."}
pytestmark = pytest.mark.django_db(transaction=True)
Visit = Callable[..., Page]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody; a soft ask with two variants in two languages, and a redirect."""
    cast = make_cast()
    moment = make_moment(cast.app)
    first = Words(
        key="a",
        title="Stay informed about it",
        body="One message when it ships.",
        accept_label="Tell me",
        decline_label="Not now",
        translations={"de": GERMAN},
    )
    second = Words(
        key="b",
        title="Know when your order ships",
        body="",
        accept_label="Yes please",
        decline_label="Later",
        surface="dialog",
        illustration="parcel",
    )
    ask = SoftAskDraft(name="Shipping", moment=moment.key, variants=(first, second))
    create_campaign(app=cast.app, draft=ask, actor=None)
    line = Line(key="a", line="Your order left without a word.", action_label="Open Settings")
    rule = RedirectDraft(name="Missed", moment=moment.key, variants=(line,))
    create_campaign(app=cast.app, draft=rule, actor=None)
    return cast


@pytest.fixture
def visit(open_as: Callable[..., Page], complaints: list[str], cast: Cast) -> Iterator[Visit]:
    """Open the editor of a kind as Bob; every complaint of the browser fails the test at its end."""

    def open_(kind: str = "soft_ask", **options: Any) -> Page:
        part = "soft-asks" if kind == "soft_ask" else "redirects"
        pk = Campaign.objects.get(kind=kind).pk
        return open_as(cast.bob, f"/w/acme/shop/{part}/{pk}/", **options)

    yield open_
    assert complaints == []


def faults(page: Page) -> list[str]:
    """What axe finds in the preview and the linter panel."""
    return violations(page, within="#side")


def scene(page: Page, index: int = 0) -> Any:
    return page.locator(f"#scene-{index}")


def test_typing__picture_and_count_follow__field_keeps_the_focus(visit: Visit) -> None:
    page = visit()
    title = page.locator('[name="v-0-t-en-title"]')
    title.press("End")
    title.press_sequentially(" today")
    expect(scene(page)).to_contain_text("Stay informed about it today")
    expect(title).to_be_focused()
    before = page.locator("#side-count").inner_text()
    title.fill("Know when your order ships")
    expect(page.locator("#side-count")).not_to_have_text(before)
    assert page.locator("#side-count").get_attribute("role") == "status"


def test_writing_another_variant_or_language__picture_goes_there(visit: Visit) -> None:
    page = visit()
    page.locator('[name="v-1-t-en-title"]').focus()
    expect(scene(page, 1)).to_contain_text("Know when your order ships")
    expect(page.locator("#p-variant-1")).to_be_checked()
    page.locator("#p-variant-all").check()
    expect(page.locator(".pv-figure")).to_have_count(2)
    page.locator('[name="v-0-t-en-body"]').focus()
    page.locator("#p-theme").check()
    expect(page.locator(".pv-dark")).to_have_count(2)


def test_paths__yes_then_no__played_by_keyboard_with_the_focus_in_the_picture(
    visit: Visit,
) -> None:
    page = visit()
    page.locator("#pv-0-accepted").focus()
    page.keyboard.press("Enter")
    expect(scene(page)).to_contain_text("Stand-in for the system’s dialog")
    expect(scene(page)).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.locator("#pv-0-granted")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(scene(page)).to_contain_text("Denied: from here only Settings")
    page.keyboard.press("Shift+Tab")
    expect(page.locator("#pv-0-again")).to_be_focused()
    page.keyboard.press("Space")
    expect(page.locator("#pv-0-declined")).to_be_visible()
    page.locator("#pv-0-declined").focus()
    page.keyboard.press("Enter")
    expect(scene(page)).to_contain_text("Nothing was spent")
    expect(scene(page)).to_contain_text("After 3 declines: never again.")


def test_redirect__tapped__what_the_person_sees_next_on_each_device(visit: Visit) -> None:
    page = visit("redirect")
    page.locator("#pv-0-tapped").click()
    expect(scene(page)).to_contain_text("Stand-in for Settings · iOS 16 and newer")
    page.locator("#p-device-browser").check()
    expect(scene(page)).to_contain_text("Click the site settings icon")
    page.locator("#pv-0-turned_on").click()
    expect(scene(page)).to_contain_text("Recovered")
    expect(page.locator("#side-walks-web")).to_have_attribute("open", "")
    walks = page.locator("#side-walks-ios")
    walks.locator("summary").click()
    expect(walks).to_have_attribute("open", "")
    expect(walks).to_contain_text("UIApplicationOpenNotificationSettingsURLString")
    expect(walks).to_contain_text("Never asked on iOS")
    page.locator('[name="v-0-t-en-line"]').fill("Order 7 left without a word.")
    page.locator("#pv-0-again").click()
    expect(scene(page)).to_contain_text("Order 7 left")
    expect(walks).to_have_attribute("open", "")


def test_options__changed__keep_the_focus_and_store_nothing(visit: Visit) -> None:
    page = visit()
    saved: list[str] = []
    page.on("request", lambda sent: saved.append(sent.url) if "/draft/" in sent.url else None)
    page.locator("#p-text").focus()
    page.keyboard.press("Space")
    expect(page.locator(".pv-large")).to_have_count(1)
    expect(page.locator("#p-text")).to_be_focused()
    page.locator("#p-locale").focus()
    page.locator("#p-locale").select_option("pseudo")
    expect(scene(page)).to_contain_text("[Šţåý")
    expect(page.locator("#p-locale")).to_be_focused()
    page.locator("#p-device-iphone").focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".pv-pixel")).to_have_count(1)
    expect(page.locator("#p-device-pixel")).to_be_focused()
    assert saved == []


def test_use_this__goes_into_its_field_as_if_typed(visit: Visit) -> None:
    page = visit()
    field = page.locator('[name="v-0-t-en-title"]')
    use = page.locator('[data-use="v-0-t-en-title"]').first
    better = use.get_attribute("data-text")
    assert better
    use.focus()
    page.keyboard.press("Enter")
    expect(field).to_have_value(better)
    expect(field).to_be_focused()
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(page.locator(".pv-quoted", has_text="Stay informed")).to_have_count(0)
    assert Campaign.objects.get(kind="soft_ask").content["variants"][0]["title"] == better


def test_use_this__hidden_language__its_tab_is_opened(visit: Visit) -> None:
    page = visit()
    field = page.locator('[name="v-0-t-de-title"]')
    expect(field).to_be_hidden()
    page.locator('[data-use="v-0-t-de-title"]').first.click()
    expect(field).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Wissen, wann das Paket kommt")


def test_missing__leads_to_its_field(visit: Visit) -> None:
    page = visit()
    page.locator('[data-goto="v-1-t-en-body"]').click()
    expect(page.locator('[name="v-1-t-en-body"]')).to_be_focused()


def test_pressed_while_a_picture_arrives__the_tap_is_not_lost(visit: Visit) -> None:
    page = visit(viewport={"width": 1440, "height": 1400})
    box = page.locator("#pv-0-declined").bounding_box()
    assert box
    page.mouse.move(box["x"] + 10, box["y"] + 10)
    page.mouse.down()
    with page.expect_response("**/preview/"):
        page.evaluate("document.getElementById('side').dispatchEvent(new CustomEvent('draw'))")
    page.mouse.up()
    expect(scene(page)).to_contain_text("Nothing was spent")


def test_tapped_while_a_picture_is_asked_for__the_tap_replaces_it(visit: Visit) -> None:
    page = visit()
    page.evaluate(
        """() => {
            document.getElementById("side").dispatchEvent(new CustomEvent("draw"));
            document.getElementById("pv-0-declined").click();
        }"""
    )
    expect(scene(page)).to_contain_text("Nothing was spent")
    expect(page.locator("#side.htmx-request, #side .htmx-request")).to_have_count(0)


def test_large_text_and_pseudo_locale__nothing_is_cut(visit: Visit) -> None:
    page = visit()
    page.locator("#p-text").check()
    page.locator("#p-locale").select_option("pseudo")
    expect(scene(page)).to_contain_text("[Šţåý")
    expect(page.locator(".pv-large")).to_have_count(1)
    cut = page.evaluate(
        """() => [...document.querySelectorAll(".pv-surface, .pv-surface *")]
            .filter((one) => one.scrollWidth > one.clientWidth + 1 && one.clientWidth)
            .map((one) => one.className)"""
    )
    assert cut == []


def test_right_to_left__picture_is_mirrored(visit: Visit) -> None:
    page = visit()
    yes, no = page.locator("#pv-0-accepted"), page.locator("#pv-0-declined")
    left = [one.evaluate("it => it.getBoundingClientRect().x") for one in (yes, no)]
    assert left[0] < left[1]
    page.locator("#p-dir").check()
    expect(scene(page)).to_have_attribute("dir", "rtl")
    right = [one.evaluate("it => it.getBoundingClientRect().x") for one in (yes, no)]
    assert right[0] > right[1]


def test_no_script__options_and_paths_work_as_a_form(visit: Visit) -> None:
    page = visit(java_script_enabled=False)
    page.locator('[name="v-0-t-en-title"]').fill("Typed without a script")
    page.locator("#p-device-pixel").check(force=True)
    page.get_by_role("button", name="Draw again").click()
    expect(page.locator(".pv-pixel")).to_contain_text("Typed without a script")
    page.get_by_role("button", name="Tell me").click()
    expect(page.locator("#scene-0")).to_contain_text("Stand-in for the system’s dialog")
    page.get_by_role("button", name="Swiped away").click()
    expect(page.locator("#scene-0")).to_contain_text("spends nothing")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 390])
def test_axe__every_scene__finds_nothing(visit: Visit, scheme: str, width: int) -> None:
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    page.locator("#p-variant-all").check()
    expect(page.locator(".pv-figure")).to_have_count(2)
    for notes in page.locator(".pv-more summary").all():
        notes.click()
    found = faults(page)
    page.locator("#p-theme").check()
    expect(page.locator(".pv-dark")).to_have_count(2)
    found += faults(page)
    page.locator("#pv-0-accepted").click()
    expect(scene(page)).to_contain_text("Stand-in")
    found += faults(page)
    page.locator("#pv-0-refused").click()
    expect(scene(page)).to_contain_text("Denied")
    found += faults(page)
    assert found == []


@pytest.mark.parametrize("device", ["iphone", "pixel", "browser"])
def test_axe__redirect_right_to_left__finds_nothing(visit: Visit, device: str) -> None:
    page = visit("redirect")
    page.evaluate("document.documentElement.dir = 'rtl'")
    page.locator("#p-dir").check()
    page.locator(f"#p-device-{device}").check()
    expect(page.locator(f".pv-{device}")).to_have_count(1)
    found = faults(page)
    page.locator("#pv-0-tapped").click()
    expect(scene(page)).to_contain_text("Turned on")
    assert found + faults(page) == []
