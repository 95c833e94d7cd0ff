"""Webhooks in a real browser: added by keyboard, tested, watched, rotated."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from campaigns.models import WebhookDelivery, WebhookEndpoint
from campaigns.services.webhook_endpoints import secret_of
from permissions_app.models import User
from tests.browser.axe import WCAG_22, violations
from tests.factories import Cast, make_cast
from tests.web_server import WebServer
from tests.webhooks import holds, make_endpoint, send_due

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def server(settings: Settings) -> Iterator[WebServer]:
    """A receiver that the installation trusts."""
    with WebServer() as running:
        settings.WEBHOOK_HOSTS = [running.host]
        yield running


@pytest.fixture
def visit(
    open_as: Callable[..., Page], complaints: list[str], cast: Cast
) -> Iterator[Callable[..., Page]]:
    """Open a page about webhooks; every complaint of the browser fails the test."""

    def open_page(person: User, path: str = "", **options: object) -> Page:
        return open_as(person, f"/w/acme/shop/webhooks/{path}", **options)

    yield open_page
    assert complaints == []


def test_new__by_keyboard__refused_in_words_then_saved_tested_and_watched(
    visit, cast: Cast, server: WebServer, complaints: list[str]
) -> None:
    page = visit(cast.bob)
    page.get_by_role("link", name="New webhook").press("Enter")
    page.get_by_label("Name").fill("Warehouse")
    page.get_by_label("Address").fill("https://10.0.0.1/hook")
    page.get_by_label("A campaign was paused").press("Space")
    page.get_by_label("Name").press("Enter")
    expect(page.locator("#hook-url-error")).to_contain_text("inside a private network")
    expect(page.get_by_label("Address")).to_have_value("https://10.0.0.1/hook")
    expect(page.get_by_label("A campaign was paused")).to_be_checked()
    assert violations(page, tags=WCAG_22) == []
    (refused,) = complaints  # the browser writes down that the answer was a no
    assert "422" in refused
    complaints.clear()

    page.get_by_label("Address").fill(server.url)
    page.get_by_label("Address").press("Enter")
    expect(page.get_by_role("heading", name="Warehouse", level=1)).to_be_visible()
    page.get_by_role("button", name="Send a test").press("Enter")
    expect(page.locator("#tries")).to_contain_text("On its way")
    send_due(now=timezone.now())
    expect(page.locator("#tries")).to_contain_text("Delivered")
    expect(page.locator("#tries tbody tr")).to_have_count(1)
    expect(page.locator("#hook-body")).to_contain_text('"type": "webhook.test"')
    assert holds(server.posts[0], secret_of(WebhookEndpoint.objects.get()) or "")

    page.get_by_role("button", name="Send it again").press("Enter")
    expect(page.get_by_text("It is sent again, with the same webhook-id.")).to_be_visible()
    send_due(now=timezone.now())
    expect(page.locator("#tries tbody tr")).to_have_count(2)
    assert WebhookDelivery.objects.get().state == "delivered"


def test_secret__owner__shown_rotated_and_copied(visit, cast: Cast, server: WebServer) -> None:
    endpoint, secret = make_endpoint(cast.app, server.url)
    page = visit(cast.alice, f"{endpoint.pk}/", permissions=["clipboard-read", "clipboard-write"])
    expect(page.locator("#hook-secret")).to_be_hidden()
    page.get_by_text("Show the secret").press("Enter")
    expect(page.locator("#hook-secret")).to_have_text(secret)
    page.get_by_role("button", name="Copy").press("Enter")
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == secret
    page.get_by_text("Make a new secret").press("Enter")
    page.get_by_role("button", name="Rotate the secret").press("Enter")
    expect(page.get_by_text("This is the new secret.")).to_be_visible()
    fresh = page.locator("#fresh-secret").text_content()
    endpoint.refresh_from_db()
    assert fresh == secret_of(endpoint) != secret
    assert violations(page, tags=WCAG_22) == []


def test_switch_and_delete__without_script(visit, cast: Cast, server: WebServer) -> None:
    endpoint, _ = make_endpoint(cast.app, server.url)
    page = visit(cast.bob, f"{endpoint.pk}/", java_script_enabled=False)
    page.get_by_role("button", name="Disable").click()
    expect(page.get_by_text("Nothing is sent to this webhook.")).to_be_visible()
    expect(page.get_by_role("button", name="Send a test")).to_have_count(0)
    page.get_by_role("button", name="Enable").click()
    expect(page.get_by_role("button", name="Send a test")).to_be_visible()
    page.get_by_text("Delete this webhook").click()
    page.get_by_role("button", name=re.compile("^Delete “Warehouse”")).click()
    expect(page.get_by_text("“Warehouse” is deleted.")).to_be_visible()
    assert not WebhookEndpoint.objects.exists()
