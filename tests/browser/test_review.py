"""Author and reviewer, each in a browser of their own and with the keyboard alone, until it is live."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.domain.drafts import SoftAskDraft
from campaigns.models import Campaign, Comment
from campaigns.selectors.campaigns import working_copy
from campaigns.selectors.talk import token_of
from campaigns.services.campaigns import update_campaign
from campaigns.services.steps import take_step
from campaigns.services.talk import add_comment, create_link
from permissions_app.models import User
from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast, make_moment, make_soft_ask

AT = "/w/acme/shop/"
TITLE = "Know when your parcel leaves the warehouse?"
pytestmark = pytest.mark.django_db(transaction=True)
Open = Callable[..., Page]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    """Everybody, and a live soft ask whose title Bob changed since."""
    cast = make_cast()
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    draft = working_copy(ask)
    assert isinstance(draft, SoftAskDraft)
    words = replace(draft.variants[0], title=TITLE)
    update_campaign(
        campaign_id=ask.pk,
        app=cast.app,
        draft=replace(draft, variants=(words,), holdout=0.2),
        expected_version=ask.version,
        actor=cast.bob,
    )
    return cast


def review_of(ask: Campaign) -> str:
    return f"{AT}campaigns/{ask.pk}/review/"


def tab_to(page: Page, target: str) -> None:
    """Press Tab until the element has the focus."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", target):
            return
    raise AssertionError(f"Tab never reached {target}")


def press(page: Page, target: str) -> None:
    """Reach a button with Tab and press it."""
    tab_to(page, target)
    page.keyboard.press("Enter")


def test_author_and_reviewer__keyboard_only__sent_back_commented_approved_published(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    ask = Campaign.objects.get()
    bob = open_as(cast.bob, review_of(ask))
    tab_to(bob, "#step-submit")
    bob.keyboard.type("Parcel, as people say")
    press(bob, "#do-submit")
    expect(bob.locator(".notes")).to_contain_text("waits for a review")
    expect(bob.locator("#verdict")).to_contain_text("somebody else has to approve it")
    expect(bob.locator("#do-approve")).to_have_count(0)

    rita = open_as(cast.rita, review_of(ask))
    expect(rita.locator("#changes-title")).to_have_text("What changes")
    expect(rita.locator(".rv-text del")).to_contain_text("package")
    expect(rita.locator(".rv-text ins")).to_contain_text("parcel")
    expect(rita.locator(".rv-setting", has_text="Holdout")).to_contain_text("20 %")
    tab_to(rita, "#comment-body")
    rita.keyboard.type("@bob is “parcel” what the app says?")
    press(rita, "#comment-send")
    expect(rita.locator("#talk .note")).to_contain_text("Bob will get an e-mail.")
    expect(rita.locator("#talk .note")).to_be_focused()
    tab_to(rita, "#step-send_back")
    rita.keyboard.type("Ask support about “parcel” first.")
    press(rita, "#do-send_back")
    expect(rita.locator(".notes")).to_contain_text("is a draft again")

    bob.reload()
    expect(bob.locator(".rv-state")).to_contain_text("Rita asked for changes")
    expect(bob.locator(".rv-state")).to_contain_text("Ask support")
    press(bob, ".rv-comment .btn")
    expect(bob.locator("#talk .note")).to_be_focused()
    expect(bob.locator(".rv-comment")).to_contain_text("Resolved by Bob")
    press(bob, "#do-submit")
    expect(bob.locator(".notes")).to_contain_text("waits for a review")

    rita.reload()
    press(rita, "#do-approve")
    expect(rita.locator(".notes")).to_contain_text("is approved")
    bob.reload()
    press(bob, "#do-publish")
    expect(bob.locator(".notes")).to_contain_text("is live now")
    expect(bob.locator(".rv-state")).to_contain_text("Nothing waits for a review.")

    ask.refresh_from_db()
    assert ask.published is not None
    assert (ask.status, ask.published.number) == ("live", 3)
    assert ask.published.content["variants"][0]["title"] == TITLE
    assert ask.published.reviewer == cast.rita
    assert Comment.objects.get().resolved_at is not None
    assert complaints == []


def test_mention__by_keyboard__offered_chosen_and_counted_for_the_other(
    cast: Cast, open_as: Open, complaints: list[str]
) -> None:
    ask = Campaign.objects.get()
    page = open_as(cast.bob, review_of(ask))
    body, members = page.locator("#comment-body"), page.locator("#mention-list")
    body.focus()
    page.keyboard.type("write to rita@example.com or ")
    expect(members).to_be_hidden()
    page.keyboard.type("@")
    expect(members.get_by_role("option")).to_have_count(4)
    expect(page.locator("#mention-told")).to_have_text("4 members. Arrows choose, Enter takes.")
    assert violations(page, tags=WCAG_22) == []
    page.keyboard.press("ArrowDown")
    expect(body).to_have_attribute("aria-activedescendant", f"mention-{cast.bob.pk}")
    page.keyboard.press("Escape")
    expect(members).to_be_hidden()
    page.keyboard.type("ri")
    expect(members.get_by_role("option")).to_have_text(["Rita@rita"])
    page.keyboard.press("Enter")
    expect(body).to_have_value("write to rita@example.com or @rita ")
    expect(body).to_be_focused()
    page.keyboard.type("@al")
    members.get_by_text("@alice").click()
    expect(body).to_have_value("write to rita@example.com or @rita @alice ")
    page.keyboard.type("please")
    press(page, "#comment-send")
    expect(page.locator("#talk .note")).to_contain_text("Rita and Alice will get an e-mail.")
    rita = open_as(cast.rita, "/apps/")
    rita.get_by_role("link", name="Mentions 1 open").click()
    rita.get_by_role("link", name=ask.name).click()
    expect(rita.locator(".rv-comment:target")).to_contain_text("please")
    assert complaints == []


def test_review__no_scripts__the_same_way_works(cast: Cast, open_as: Open) -> None:
    ask = Campaign.objects.get()
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    page = open_as(cast.rita, review_of(ask), java_script_enabled=False)
    page.get_by_label("Comment", exact=True).fill("Fine by me")
    page.get_by_role("button", name="Comment", exact=True).click()
    expect(page.locator(".rv-comment")).to_contain_text("Fine by me")
    page.get_by_text("Another device, language or colours").click()
    page.get_by_role("radio", name="Pixel").check(force=True)
    page.get_by_role("button", name="Show").click()
    expect(page.locator(".pv-pixel").first).to_be_attached()
    page.get_by_role("button", name="Approve").click()
    expect(page.locator(".notes")).to_contain_text("is approved")


def test_verdict__copy_changed_after_the_page_was_opened__refused_and_words_kept(
    cast: Cast, open_as: Open
) -> None:
    ask = Campaign.objects.get()
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    page = open_as(cast.rita, review_of(ask))
    page.locator("#step-approve").fill("Lovely")
    now = Campaign.objects.get()
    update_campaign(
        campaign_id=ask.pk,
        app=cast.app,
        draft=replace(working_copy(now), holdout=0.5),
        expected_version=now.version,
        actor=cast.bob,
    )
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    page.locator("#do-approve").click()
    expect(page.locator(".notes")).to_contain_text("changed it in the meantime")
    expect(page.locator("#step-approve")).to_have_value("Lovely")
    expect(page.locator(".rv-setting", has_text="Holdout")).to_contain_text("50 %")


@pytest.fixture
def pages(cast: Cast) -> list[tuple[User | None, str]]:
    """Every page around a campaign with something on it, and who looks at it."""
    ask = Campaign.objects.get()
    take_step(campaign_id=ask.pk, app=cast.app, action="submit", actor=cast.bob)
    add_comment(
        campaign=ask, author=cast.bob, body="@rita, is this right?", variant="a", address=""
    )
    link = create_link(campaign=ask, revision=None, days=7, actor=cast.bob, now=timezone.now())
    at = f"{AT}campaigns/{ask.pk}/"
    return [
        (cast.rita, f"{at}review/"),
        (cast.bob, f"{at}review/"),
        (cast.carol, f"{at}revisions/"),
        (cast.bob, f"{at}revisions/2/"),
        (cast.bob, f"{at}share/"),
        (None, f"/shared/{token_of(link.pk)}/"),
        (cast.alice, "/workspaces/acme/"),
    ]


@pytest.mark.parametrize(
    ("scheme", "direction"), [("light", "ltr"), ("dark", "ltr"), ("light", "rtl")]
)
def test_pages__axe_light_dark_and_right_to_left__no_barrier_and_no_complaint(
    pages: list[tuple[User | None, str]],
    open_as: Open,
    complaints: list[str],
    scheme: str,
    direction: str,
) -> None:
    for person, path in pages:
        page = open_as(person, path, color_scheme=scheme, viewport={"width": 1280, "height": 900})
        page.evaluate("direction => { document.documentElement.dir = direction; }", direction)
        page.evaluate(
            "document.querySelectorAll('main details').forEach((d) => { d.open = true; })"
        )
        assert violations(page, tags=WCAG_22) == [], path
        page.close()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_pages__any_width__nothing_sticks_out(
    pages: list[tuple[User | None, str]], open_as: Open, width: int
) -> None:
    for person, path in pages:
        page = open_as(person, path, viewport={"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        page.close()
