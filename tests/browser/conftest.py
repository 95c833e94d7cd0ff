"""A real Chromium, and a small server that answers the client as each test tells it to.

The system's Chromium is used (CHROMIUM, or the first one on the path), as `make test` found or installed it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from config.local.verify import find_browser
from tests.browser.gate import DOOR
from tests.browser.stub import Stub

FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-gpu",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]
WAIT_MS = 10_000


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Return the browser of this session; without one the tests end, with a line that says what to install."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def closing_time() -> Iterator[None]:
    """Take a test's data away only when no request of its pages is running any more."""
    DOOR.open()
    yield
    DOOR.close()


@pytest.fixture
def new_context(chromium: Browser, closing_time: None) -> Iterator[Callable[..., BrowserContext]]:
    """Return a maker of fresh profiles (`new_context(locale="ar", ...)`); all are closed at the end."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = chromium.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(WAIT_MS)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """Return one page in a fresh profile."""
    return new_context().new_page()


@pytest.fixture
def stub() -> Iterator[Stub]:
    """Return a server that stands in for the product and remembers what the client sent."""
    with Stub() as running:
        yield running


def set_permission(page: Page, origin: str, setting: str) -> None:
    """Make the browser hold `setting` (`granted`, `denied` or `prompt`) as its real notification permission.

    It lasts as long as the page: the browser forgets it when the session that said it ends.
    """
    session = page.context.new_cdp_session(page)
    profile = session.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    session.send(
        "Browser.setPermission",
        {
            "permission": {"name": "notifications"},
            "setting": setting,
            "origin": origin,
            "browserContextId": profile,
        },
    )
