"""What people see of the client: the soft ask, the way back, and what they can do without a mouse."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.conftest import set_permission
from tests.browser.stub import Stub, settings_redirect, soft_ask

ACTIVE = (
    "document.activeElement.shadowRoot?.activeElement?.textContent ?? document.activeElement.id"
)


def ask_softly(page: Page, stub: Stub, **copy: str) -> None:
    """Reach a moment that answers with a soft ask, with the focus on the button that a person just used."""
    stub.decision = soft_ask(**copy)
    page.goto(stub.url)
    page.focus("#before")
    page.evaluate("OneAsk.moment('Order Placed', { order_id: '1042' })")
    expect(page.get_by_role("dialog")).to_be_visible()


def redirect(page: Page, stub: Stub, **copy: str) -> None:
    """Reach a moment that answers with a redirect, in a browser that says denied."""
    stub.decision = settings_redirect(**copy)
    page.goto(stub.url)
    set_permission(page, stub.url, "denied")
    page.wait_for_function("() => Notification.permission === 'denied'")
    page.focus("#before")
    page.evaluate("OneAsk.moment('Order Placed', { order_id: '1042' })")
    expect(page.get_by_role("dialog")).to_be_visible()


@pytest.fixture
def violations(page: Page) -> list[str]:
    """Return the complaints of the content security policy and uncaught errors; checked at the end by the test."""
    seen: list[str] = []
    page.on(
        "console",
        lambda message: seen.append(message.text) if "Content Security" in message.text else None,
    )
    page.on("pageerror", lambda error: seen.append(str(error)))
    return seen


def test_soft_ask__shown__is_a_labelled_modal_dialog_under_a_strict_policy(
    page: Page, stub: Stub, violations: list[str]
) -> None:
    ask_softly(page, stub)
    dialog = page.get_by_role("dialog", name="Know when order 1042 leaves the roastery")

    expect(dialog).to_have_attribute("aria-modal", "true")
    expect(dialog).to_have_css("position", "fixed")
    expect(dialog).to_have_css("border-top-left-radius", "18px")
    assert stub.wait_for("soft_ask_shown")["decision_id"].endswith(".s12.3.b.order_placed")
    assert page.locator("[style]").count() == 0
    assert violations == []


def test_soft_ask__tab__stays_inside_and_wraps(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    order = ["Tell me", "Not now", "Don’t ask again"]
    for expected in [*order, *order]:
        page.keyboard.press("Tab")
        assert page.evaluate(ACTIVE) == expected
    for expected in ["Not now", "Tell me", "Don’t ask again"]:
        page.keyboard.press("Shift+Tab")
        assert page.evaluate(ACTIVE) == expected


def test_soft_ask__stray_enter__answers_nothing(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.keyboard.press("Enter")
    page.keyboard.press("Space")

    expect(page.get_by_role("dialog")).to_be_visible()


def test_soft_ask__escape__dismisses_and_gives_the_focus_back(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_have_count(0)
    assert page.evaluate(ACTIVE) == "before"
    assert stub.wait_for("soft_ask_dismissed")["decision_id"].endswith(".order_placed")
    assert "soft_ask_declined" not in stub.types


def test_soft_ask__backdrop__dismisses(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.get_by_role("button", name="Tell me").click(trial=True)
    page.mouse.click(5, 5)

    stub.wait_for("soft_ask_dismissed")


def test_soft_ask__declined__costs_nothing(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.get_by_role("button", name="Not now").click()

    stub.wait_for("soft_ask_declined")
    assert page.evaluate("Notification.permission") == "default"
    assert "native_prompt_shown" not in stub.types


def test_soft_ask__accepted__asks_the_browser_and_tells_its_answer(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.get_by_role("button", name="Tell me").click()
    answered = stub.wait_for("native_prompt_answered")

    # A headless Chromium refuses every real request by itself: this is the browser's answer, not ours.
    assert page.evaluate("Notification.permission") == "denied"
    assert answered["outcome"] == "denied"
    assert answered["permission"] == {"library": "web", "value": "denied"}
    story = [t for t in stub.types if t.startswith(("soft_ask", "native", "permission"))]
    assert story == [
        "permission_status",
        "soft_ask_shown",
        "soft_ask_accepted",
        "native_prompt_shown",
        "native_prompt_answered",
    ]
    assert {e["decision_id"] for e in stub.accepted if "decision_id" in e} == {
        stub.decision["decision_id"]
    }


def test_soft_ask__browser_dialog_closed__is_a_dismissal(page: Page, stub: Stub) -> None:
    page.goto(stub.url)
    set_permission(page, stub.url, "prompt")
    ask_softly(page, stub)
    page.get_by_role("button", name="Tell me").click()

    assert stub.wait_for("native_prompt_answered")["outcome"] == "dismissed"


def test_soft_ask__browser_question_left_open__is_ignored(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.evaluate("() => { Notification.requestPermission = () => new Promise(() => {}); }")
    page.get_by_role("button", name="Tell me").click()
    stub.wait_for("native_prompt_shown")
    page.goto(f"{stub.url}/other")

    assert stub.wait_for("native_prompt_answered")["outcome"] == "ignored"


def test_soft_ask__never_button__is_told_and_remembered(page: Page, stub: Stub) -> None:
    ask_softly(page, stub)
    page.get_by_role("button", name="Don’t ask again").click()

    assert stub.wait_for("never_ask")["decision_id"] == stub.decision["decision_id"]
    assert page.evaluate("OneAsk.moment('Order Placed')")["reason"] == "user_said_never"


def test_soft_ask__two_moments_at_once__shows_one(page: Page, stub: Stub) -> None:
    stub.decision = soft_ask()
    page.goto(stub.url)
    answers = page.evaluate(
        "Promise.all([OneAsk.moment('Order Placed'), OneAsk.moment('Order Placed')])"
    )

    assert [answer["reason"] for answer in answers] == ["soft_ask", "already_showing"]
    assert len(stub.asked) == 1
    expect(page.get_by_role("dialog")).to_have_count(1)


def test_soft_ask__markup_in_words__stays_words(page: Page, stub: Stub) -> None:
    ask_softly(page, stub, title="<img src=x onerror=alert(1)>", body="<b>bold</b>")

    expect(page.get_by_role("dialog").get_by_role("heading")).to_have_text(
        "<img src=x onerror=alert(1)>"
    )
    assert page.get_by_role("dialog").locator("img, b").count() == 0


def test_soft_ask__hurried_tap__does_not_answer_it(page: Page, stub: Stub) -> None:
    stub.decision = soft_ask("dialog")
    page.goto(stub.url)
    clock = page.context.new_cdp_session(page)
    clock.send("Animation.enable")
    clock.send("Animation.setPlaybackRate", {"playbackRate": 0})
    page.evaluate("OneAsk.moment('Order Placed')")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    button = page.get_by_role("button", name="Not now")

    # While the dialog slides in, taps go nowhere; then it answers.
    assert dialog.evaluate("d => d.getAnimations().some(a => a.animationName === 'guard')")
    box = button.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    assert dialog.is_visible()
    assert "soft_ask_declined" not in stub.types

    clock.send("Animation.setPlaybackRate", {"playbackRate": 1})
    button.click()
    stub.wait_for("soft_ask_declined")


@pytest.mark.parametrize("surface", ["sheet", "dialog", "card"])
def test_soft_ask__small_screen_and_large_text__everything_can_be_reached(
    new_context: Callable[..., BrowserContext], stub: Stub, surface: str
) -> None:
    page = new_context(viewport={"width": 320, "height": 480}).new_page()
    page.add_init_script(
        "document.addEventListener('DOMContentLoaded', () => document.body.append('x'))"
    )
    page.goto(stub.url)
    page.context.new_cdp_session(page).send(
        "Page.setFontSizes", {"fontSizes": {"standard": 32, "fixed": 26}}
    )
    stub.decision = soft_ask(surface)
    page.evaluate("OneAsk.moment('Order Placed')")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()

    assert dialog.evaluate("d => getComputedStyle(d).fontSize") == "32px"
    assert dialog.evaluate("d => d.scrollWidth <= d.clientWidth")
    assert page.evaluate("document.documentElement.scrollWidth <= 320")
    for name in ["Tell me", "Not now", "Don’t ask again"]:
        button = page.get_by_role("button", name=name)
        button.scroll_into_view_if_needed()
        expect(button).to_be_in_viewport(ratio=0.9)
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44
        assert box["width"] >= 24


def test_soft_ask__right_to_left_language__is_mirrored(page: Page, stub: Stub) -> None:
    stub.lang = "ar"
    ask_softly(
        page, stub, title="اعرف متى يغادر طلبك", accept_label="أخبرني", decline_label="ليس الآن"
    )
    dialog = page.get_by_role("dialog")

    expect(dialog).to_have_css("direction", "rtl")
    expect(dialog).to_have_attribute("lang", "ar")
    accept = page.get_by_role("button", name="أخبرني").bounding_box()
    decline = page.get_by_role("button", name="ليس الآن").bounding_box()
    assert accept is not None
    assert decline is not None
    assert accept["x"] > decline["x"]


def test_soft_ask__reduced_motion__nothing_slides(
    new_context: Callable[..., BrowserContext], stub: Stub
) -> None:
    page = new_context(reduced_motion="reduce").new_page()
    ask_softly(page, stub)

    expect(page.get_by_role("dialog")).to_have_css("animation-name", "guard")


def test_soft_ask__dark_scheme__is_dark(
    new_context: Callable[..., BrowserContext], stub: Stub
) -> None:
    page = new_context(color_scheme="dark").new_page()
    ask_softly(page, stub)

    expect(page.get_by_role("dialog")).to_have_css("background-color", "rgb(31, 35, 43)")


def test_redirect__shown__does_not_take_the_focus_or_block_the_page(page: Page, stub: Stub) -> None:
    redirect(page, stub)

    expect(page.get_by_role("dialog")).to_have_attribute("aria-modal", "false")
    assert page.evaluate(ACTIVE) == "before"
    page.get_by_role("link", name="After").click()
    assert stub.wait_for("redirect_shown")["decision_id"].endswith(".r5.1.a.order_placed")


def test_redirect__tapped__shows_the_steps_of_this_browser_in_place(page: Page, stub: Stub) -> None:
    redirect(page, stub)
    page.get_by_role("button", name="Turn on order updates").click()

    expect(page.get_by_role("dialog").get_by_role("listitem")).to_have_text(
        stub.decision["settings"]["steps"]
    )
    expect(page.get_by_role("list")).to_be_focused()
    stub.wait_for("settings_opened")
    assert stub.types[-2:] == ["redirect_tapped", "settings_opened"]


def test_redirect__closed__is_a_dismissal(page: Page, stub: Stub) -> None:
    redirect(page, stub)
    page.get_by_role("button", name="Close").click()

    stub.wait_for("redirect_dismissed")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_redirect__escape_inside__closes_and_gives_the_focus_back(page: Page, stub: Stub) -> None:
    redirect(page, stub)
    page.get_by_role("button", name="Turn on order updates").focus()
    page.keyboard.press("Escape")

    stub.wait_for("redirect_dismissed")
    assert page.evaluate(ACTIVE) == "before"


def test_redirect__slot_on_the_page__is_shown_in_the_flow(page: Page, stub: Stub) -> None:
    stub.body = "<div data-oneask-slot></div>"
    redirect(page, stub, surface="card")

    expect(page.get_by_role("dialog")).to_have_css("position", "static")


def test_redirect__permission_switched_on__is_noticed_told_and_confirmed(
    page: Page, stub: Stub
) -> None:
    redirect(page, stub)
    page.evaluate("() => { OneAsk.on('recovered', () => { document.title = 'recovered'; }); }")
    page.get_by_role("button", name="Turn on order updates").click()
    set_permission(page, stub.url, "granted")

    expect(page).to_have_title("recovered")
    expect(page.get_by_role("status")).to_have_text("Notifications are on")
    expect(page.get_by_role("dialog")).to_have_count(0)
    assert stub.wait_for("permission_status", 3)["permission"]["value"] == "granted"


def test_redirect__switched_on_in_another_tab__is_noticed_on_return(page: Page, stub: Stub) -> None:
    page.add_init_script(
        "navigator.permissions.query = () => Promise.reject(new Error('not here'))"
    )
    redirect(page, stub)
    set_permission(page, stub.url, "granted")
    page.wait_for_function("() => Notification.permission === 'granted'")
    page.evaluate("window.dispatchEvent(new Event('focus'))")

    assert stub.wait_for("permission_status", 3)["permission"]["value"] == "granted"
    expect(page.get_by_role("status")).to_have_text("Notifications are on")


def test_redirect__switched_on_before_a_reload__is_noticed_at_start(page: Page, stub: Stub) -> None:
    redirect(page, stub)
    page.evaluate("localStorage.setItem('seen', JSON.stringify(OneAsk.status()))")
    page.route("**/static/js/oneask.js", lambda route: route.abort())
    page.goto(f"{stub.url}/without")
    set_permission(page, stub.url, "granted")
    page.unroute("**/static/js/oneask.js")
    page.goto(f"{stub.url}/again")

    expect(page.get_by_role("status")).to_have_text("Notifications are on")


def test_soft_ask__words_in_arabic_on_an_english_page__read_from_the_right(
    page: Page, stub: Stub
) -> None:
    ask_softly(page, stub, title="اعرف متى يغادر طلبك", locale="ar")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_have_attribute("lang", "ar")
    expect(dialog).to_have_css("direction", "rtl")


def test_soft_ask__with_a_picture__shows_it_from_the_host_and_says_nothing_of_it(
    page: Page, stub: Stub, violations: list[str]
) -> None:
    with page.expect_request("**/i/parcel.svg") as asked:
        ask_softly(page, stub, image="/i/parcel.svg")
    assert asked.value.url == f"{stub.url}/i/parcel.svg".replace("//i/", "/i/")
    picture = page.locator("dialog img")
    expect(picture).to_have_attribute("alt", "")
    assert picture.evaluate("img => img.parentElement.firstElementChild === img")
    assert violations == []
