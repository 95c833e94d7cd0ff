"""The report on the screen, and on paper."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta

import pypdf
import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast, make_moment, make_rollups, make_soft_ask

pytestmark = pytest.mark.django_db(transaction=True)
POINTS_PER_MM = 72 / 25.4
SMALLEST = 8.0
WIDTH, MARGIN = 210 * POINTS_PER_MM, 12 * POINTS_PER_MM


@pytest.fixture
def cast() -> Cast:
    """Sixty days of devices, six moments with long names, a live soft ask on each."""
    cast = make_cast()
    cells = []
    told = {
        "devices": 40,
        "eligible": 40,
        "authorized": 18,
        "denied": 9,
        "waiting": 13,
        "reached": 30,
        "soft_ask_shown": 26,
        "soft_ask_accepted": 20,
        "prompted": 27,
        "answered": 27,
        "granted": 18,
    }
    for back in range(60):
        day = timezone.now().date() - timedelta(days=back)
        cells += [(measure, day, "ios", "", "", 0, n) for measure, n in told.items()]
        cells.append(("denial", day, "ios", "refused", "", 0, 9))
        cells.append(("recovered", day, "ios", "", "tapped", 4, 1))
    for n in range(6):
        name = f"A moment with quite a long name, number {n}"
        moment = make_moment(cast.app, key=f"moment_{n}", name=name, event_name=f"Moment {n}")
        ask = make_soft_ask(cast.app, moment, name=f"Ask {n}", status="live")
        cells += [
            ("moment", day, "ios", moment.key, "authorized", 0, 900),
            ("campaign_shown", day, "ios", ask.key, "", 0, 500),
            ("campaign_accepted", day, "ios", ask.key, "", 0, 400),
            ("funnel_asked", day, "ios", f"moment_asked:{moment.key}", "rspxgA", 0, 300 + n),
        ]
    make_rollups(cast.app, cells)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the report as Carol, with all its charts; every complaint of the browser fails the test."""

    def open_(query: str = "", **options: object) -> Page:
        page = open_as(cast.carol, f"/w/acme/shop/report/{query}", **options)
        charts = page.locator("oneask-chart")
        for number in range(charts.count()):
            expect(charts.nth(number)).to_have_attribute("data-drawn", "light")
        return page

    yield open_
    assert complaints == []


@pytest.mark.parametrize(
    "options",
    [
        {"color_scheme": "light", "viewport": {"width": 1440, "height": 900}},
        {"color_scheme": "dark", "viewport": {"width": 1440, "height": 900}},
        {"color_scheme": "light", "viewport": {"width": 390, "height": 800}},
    ],
    ids=["light", "dark", "phone"],
)
def test_pdf__from_any_screen__has_the_figures_and_nothing_is_cut_off(visit, options):
    page = visit(**options)
    paper = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True)))
    assert 1 <= len(paper.pages) <= 3
    text = letters(" ".join(sheet.extract_text() for sheet in paper.pages))
    assert letters("A moment with quite a long name, number 5") in text
    assert letters("days since the denial") in text, "the charts are on it, with their axes"
    lines = page.locator(".paper").inner_text().split("\n")
    spoken = page.locator(".paper .visually-hidden").all_inner_texts()
    lost = [line for line in lines if letters(line) not in text and line not in spoken]
    assert lost == [], "all that the screen has"
    for unwanted in ("Overview", "Settings redirects", "Print or save", "Skip to the content"):
        assert letters(unwanted) not in text
    for sheet in paper.pages:
        assert round(float(sheet.mediabox.width)) == round(WIDTH)
        assert outside(sheet) == []


def letters(text: str) -> str:
    """The text without any space or joiner: a PDF keeps letters in their places, and no words."""
    return "".join(letter for letter in text if not letter.isspace() and letter != "\u2060")


def outside(sheet: pypdf.PageObject) -> list[tuple[str, float]]:
    """Pieces of text that begin or end beyond the margins, with where; half a letter is forgiven. And pieces that are
    too small to read: a browser shrinks a page whose content is too wide for it.
    """
    found = []

    def look(text: str, cm: list[float], tm: list[float], _: object, size: float) -> None:
        x = cm[0] * tm[4] + cm[2] * tm[5] + cm[4]
        scale = abs(cm[0] * tm[0]) or 1.0
        end = x + len(text.strip()) * size * scale * 0.3
        if text.strip() and not (x >= MARGIN - 4 and end <= WIDTH - MARGIN + 4):
            found.append((text.strip()[:30], x))

    sheet.extract_text(visitor_text=look)
    return found


def test_print__charts_and_tables__within_the_sheet_and_not_torn_apart(visit):
    page = visit(color_scheme="dark", viewport={"width": 703, "height": 1000})
    page.emulate_media(media="print")
    stick_out = page.evaluate(
        """() => [...document.querySelectorAll('.paper *')]
        .filter((one) => !one.closest('.visually-hidden'))
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1)
        .map((one) => one.outerHTML.slice(0, 80))"""
    )
    assert stick_out == []
    assert page.locator(".rail").is_hidden()
    assert page.locator(".filters").is_hidden()
    kept = page.evaluate(
        """[...document.querySelectorAll('.paper-part')].map((one) => getComputedStyle(one).breakInside)"""
    )
    assert set(kept) == {"avoid"}
    colours = page.evaluate(
        """[document.body, document.querySelector('.paper')].map((one) => getComputedStyle(one))
        .map((style, index) => (index ? style.color : style.backgroundColor))"""
    )
    assert colours == ["rgb(255, 255, 255)", "rgb(29, 35, 33)"]


def test_button__prints(visit):
    page = visit()
    page.evaluate("window.print = () => { document.body.dataset.printed = 'yes'; }")
    page.get_by_role("button", name="Print or save as PDF").press("Enter")
    expect(page.locator("body")).to_have_attribute("data-printed", "yes")


def test_filter__changed__the_sheet_follows(visit):
    page = visit()
    page.locator("#platform-web").press("Enter")
    expect(page.locator(".paper-head")).to_contain_text("Web")
    expect(page.locator(".paper")).to_contain_text("No eligible device was first seen")
    assert "platform=web" in page.url


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
