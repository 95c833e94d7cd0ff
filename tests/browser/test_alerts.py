"""The alerts page in a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from campaigns.models import Alert, AlertSettings
from tests.browser.axe import WCAG_22, violations
from tests.campaigns.charts.test_alert_charts import EVIDENCE
from tests.factories import Cast, make_cast

pytestmark = pytest.mark.django_db(transaction=True)
SUBJECTS = {
    "grant_drop": "ios",
    "denial_spike": "ios 4.2",
    "outside": "ios",
    "ratio": "s1",
    "webhook": "w1",
}


@pytest.fixture
def cast() -> Cast:
    """One open alert of each kind, and one that is over."""
    cast = make_cast()
    now = timezone.now()
    for kind, evidence in EVIDENCE.items():
        told = {
            "app": cast.app,
            "kind": kind,
            "subject": SUBJECTS.get(kind, ""),
            "evidence": evidence,
            "opened_at": now - timedelta(hours=2),
            "last_seen_at": now,
        }
        Alert.objects.create(**told)
        if kind == "lag":
            Alert.objects.create(**told, resolved_at=now)
    return cast


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open the alerts as Bob, who may change them; every complaint of the browser fails the test."""
    yield lambda query="", **options: open_as(cast.bob, f"/w/acme/shop/alerts/{query}", **options)
    assert complaints == []


def test_settings__by_keyboard__saved_or_shown_again_with_the_reason(visit, cast, complaints):
    page = visit()
    field = page.locator("#threshold-lag")
    field.fill("many")
    field.press("Enter")
    expect(page.locator("#error-lag")).to_have_text("A whole number from 1 to 1440.")
    expect(page.locator("#threshold-lag")).to_have_value("many")
    assert violations(page, tags=WCAG_22) == []
    (refused,) = complaints  # the browser writes down that the answer was a no
    assert "422" in refused
    complaints.clear()
    page.get_by_label("carol@example.com").press("Space")
    page.locator("#threshold-lag").fill("20")
    page.locator("#threshold-lag").press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    mine = AlertSettings.objects.get(app=cast.app)
    assert mine.rules["lag"] == {"on": True, "threshold": 20}
    assert mine.recipients.get() == cast.carol
    assert mine.address.endswith("/w/acme/shop/alerts/")


def test_test_button_and_weekly_mail__without_script(visit):
    page = visit(java_script_enabled=False)
    page.get_by_label("carol@example.com").check()
    page.get_by_role("button", name="Save").click()
    page.get_by_role("button", name="Send a test").click()
    expect(page.locator("#sent tbody tr")).to_have_count(1)
    expect(page.locator("#sent tbody tr")).to_contain_text("On its way")
    page.get_by_role("button", name="Send it to me").click()
    expect(page.locator("#weekly")).to_contain_text("You get it, at bob@example.com.")


def test_past_alert__unfolded_by_keyboard__its_chart_is_drawn(visit):
    page = visit()
    summary = page.locator(".past-alert > summary")
    summary.focus()
    summary.press("Enter")
    expect(page.locator(".past-alert oneask-chart")).to_have_attribute("data-drawn", "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_page__axe_and_width__nothing_found(visit, scheme, width):
    page = visit(color_scheme=scheme, viewport={"width": width, "height": 900})
    charts = page.locator("article oneask-chart")
    expect(charts).to_have_count(7)
    for number in range(7):
        charts.nth(number).scroll_into_view_if_needed()
        expect(charts.nth(number)).to_have_attribute("data-drawn", scheme)
    assert violations(page, tags=WCAG_22) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
