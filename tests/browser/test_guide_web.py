"""The code of the web guide as a page of somebody else's site, in a real browser, against the real server."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psycopg
from playwright.sync_api import Page, expect

from permissions_app.domain.examples import STAND_IN
from permissions_app.domain.guides import GUIDES
from permissions_app.web.snippets import Values, whole
from tests.bench.scene import make_scene
from tests.browser.conftest import set_permission
from tests.live import Live

STORED = """
SELECT e.type FROM permissions_app_event e JOIN permissions_app_device d ON d.id = e.device_id
WHERE d.app_id = %s AND d.key = 'visitor-1'
"""


@contextmanager
def site(body: str) -> Iterator[str]:
    """A site with one page."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = f"<!doctype html><html lang=en><title>Shop</title>{body}"
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page.encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_web_guide__a_visitor_comes_back__asked_refused_never_and_recovered(
    live: Live, page: Page
) -> None:
    scene = make_scene(live)
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text))
    page.on("pageerror", lambda error: said.append(f"uncaught: {error}"))
    known = json.dumps({"device": "visitor-1", "session": 1, "active": 0})
    slot = json.dumps(f"oneask.{scene.publishable}.state")
    page.add_init_script(f"localStorage[{slot}] ||= {json.dumps(known)}")
    (program,) = GUIDES["web"].programs
    with site(whole(program, Values(live.url, scene.publishable, STAND_IN))) as address:
        page.goto(address)
        page.get_by_role("button", name="Done").click()
        ask = page.get_by_role("dialog")
        expect(ask).to_be_visible()
        ask.get_by_role("button").first.click()
        page.wait_for_function("() => Notification.permission === 'denied'")
        page.get_by_role("button", name="Never ask me about notifications").click()
        page.wait_for_function("() => OneAsk.status().queued === 0 && OneAsk.status().never")

        set_permission(page, address, "granted")
        page.reload()
        page.wait_for_function("() => OneAsk.status().permission === 'granted'")
        page.wait_for_function("() => OneAsk.status().queued === 0")
    assert "soft_ask ask_softly" in said
    assert any(line.startswith("soft_ask_accepted ") for line in said)
    assert "subscribed" in said
    assert not [line for line in said if line.startswith(("uncaught", "OneAsk:"))]
    with psycopg.connect(live.database_url, autocommit=True) as database:
        stored = {kind for (kind,) in database.execute(STORED, (scene.app,))}
    assert stored == {
        "session_started",
        "permission_status",
        "moment_reached",
        "soft_ask_shown",
        "soft_ask_accepted",
        "native_prompt_shown",
        "native_prompt_answered",
        "never_ask",
    }
