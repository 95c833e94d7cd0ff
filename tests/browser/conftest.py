"""A real Chromium, and a small server that answers the client as each test tells it to.

The system's Chromium is used (CHROMIUM, or the first one on the path), as `make test` found or installed it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from config.local.verify import find_browser
from permissions_app.models import User
from tests.browser.gate import DOOR
from tests.browser.stub import Stub
from tests.factories import client_of
from tests.live import Live

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


@pytest.fixture(scope="session")
def scene(live: Live) -> dict[str, Any]:
    """Return what the addresses are made of, with the scene in place."""
    told: dict[str, Any] = json.loads(live.run_module("tests.browser.scene").splitlines()[-1])
    return told


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


def is_complaint(said: ConsoleMessage) -> bool:
    """Tell whether something went wrong.

    A request that the page itself gives up, since a newer one replaces it, is no fault; htmx writes two lines
    about it, and the second of them beside every other fault, which has its own line.
    """
    given_up = said.text.startswith(("htmx:sendAbort", "htmx:afterRequest"))
    return said.type in ("error", "warning") and not given_up


@pytest.fixture
def complaints() -> list[str]:
    """Return what the browser complains about in the pages of `open_as`, policy violations included."""
    return []


@pytest.fixture
def open_as(
    new_context: Callable[..., BrowserContext], live_server: Any, complaints: list[str]
) -> Callable[..., Page]:
    """Return a way to look at a page as a person, None for nobody: `open_as(user, "/apps/", locale="ar")`."""

    def open_(user: User | None, path: str, **options: Any) -> Page:
        context = new_context(**options)
        if user is not None:
            session = client_of(user).cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        page = context.new_page()
        page.on(
            "console", lambda said: complaints.append(said.text) if is_complaint(said) else None
        )
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{live_server.url}{path}")
        return page

    return open_


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
