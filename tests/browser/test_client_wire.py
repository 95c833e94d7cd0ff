"""What the browser client sends, and what it does when sending fails."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable
from datetime import datetime

from playwright.sync_api import BrowserContext, Page

from permissions_app.services.arrivals import parse_batch
from tests.browser.stub import KEY, STATIC, Stub, in_minutes, soft_ask

UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def warnings_of(page: Page) -> list[str]:
    """Collect what the page warns about from now on; uncaught errors count too."""
    seen: list[str] = []
    page.on(
        "console", lambda message: seen.append(message.text) if message.type == "warning" else None
    )
    page.on("pageerror", lambda error: seen.append(f"uncaught: {error}"))
    return seen


def wait_for_empty_queue(page: Page) -> None:
    page.wait_for_function("() => OneAsk.status().queued === 0")


def test_client__size__stays_under_six_kilobytes() -> None:
    assert len(gzip.compress((STATIC / "js/oneask.js").read_bytes(), 9)) < 6 * 1024
    assert len(gzip.compress((STATIC / "css/oneask.css").read_bytes(), 9)) < 2.5 * 1024


def test_client__first_visit__starts_a_session_and_tells_the_permission(
    page: Page, stub: Stub
) -> None:
    page.goto(stub.url)
    stub.wait_for("permission_status")

    first = stub.event("session_started")
    assert UUID7.fullmatch(first["id"])
    assert first["session_index"] == first["screen_index"] == 1
    assert first["platform"] == "web"
    assert first["browser"] == "Chrome"
    assert first["locale"] == "en"
    assert first["standalone"] is False
    assert first["permission"] == {"library": "web", "value": "default"}
    assert first["device_id"] == page.evaluate("OneAsk.status().deviceId")
    assert datetime.fromisoformat(first["occurred_at"]).tzinfo is not None
    assert stub.headers[0]["Authorization"] == f"Bearer {KEY}"
    assert stub.headers[0]["Content-Type"] == "application/json"
    assert "Cookie" not in stub.headers[0]


def test_client__many_events_at_once__never_share_a_millisecond_and_sort_by_id(
    page: Page, stub: Stub
) -> None:
    page.goto(stub.url)
    page.evaluate(
        "for (let i = 0; i < 120; i++) OneAsk.track('moment_reached', { name: 'Note ' + i })"
    )
    stub.wait_for("moment_reached", 120)

    told = [event for event in stub.accepted if event["type"] == "moment_reached"]
    assert [event["name"] for event in told] == [f"Note {i}" for i in range(120)]
    assert len({event["occurred_at"] for event in told}) == 120
    assert [event["id"] for event in told] == sorted(event["id"] for event in told)
    assert max(len(batch) for batch in stub.batches) <= 50


def test_client__next_page_and_next_day__count_screens_and_sessions(page: Page, stub: Stub) -> None:
    page.clock.install(time="2026-03-01T10:00:00Z")
    page.goto(stub.url)
    page.goto(f"{stub.url}/other")
    assert page.evaluate("[OneAsk.status().sessionIndex, OneAsk.status().screenIndex]") == [1, 2]

    page.clock.fast_forward("31:00")
    page.goto(stub.url)
    assert page.evaluate("[OneAsk.status().sessionIndex, OneAsk.status().screenIndex]") == [2, 3]

    page.evaluate("OneAsk.screen()")
    assert page.evaluate("OneAsk.status().screenIndex") == 4


def test_client__same_permission__is_told_once(page: Page, stub: Stub) -> None:
    page.goto(stub.url)
    stub.wait_for("permission_status")
    page.goto(f"{stub.url}/other")
    page.evaluate("OneAsk.track('moment_reached', { name: 'x' })")
    stub.wait_for("moment_reached")

    assert stub.types.count("permission_status") == 1


def test_client__server_fails_twice__sends_the_same_ids_until_they_are_taken_once(
    page: Page, stub: Stub
) -> None:
    stub.answers.extend([(503, {}), (503, {})])
    page.goto(stub.url)
    stub.wait_for("session_started")
    wait_for_empty_queue(page)

    ids = [[event["id"] for event in batch] for batch in stub.batches[:3]]
    assert ids[0][0] == ids[1][0] == ids[2][0]
    assert stub.types.count("session_started") == 1


def test_client__too_many_requests__waits_as_long_as_it_is_told(page: Page, stub: Stub) -> None:
    page.clock.install(time="2026-03-01T10:00:00Z")
    page.clock.pause_at("2026-03-01T10:00:01Z")  # only run_for moves it: a slow machine does not
    stub.answers.append((429, {"Retry-After": "40"}))
    page.goto(stub.url)
    page.clock.run_for(400)
    stub.wait_for_batches(1)
    page.wait_for_function("() => OneAsk.flush().then(() => true)")

    page.clock.run_for(39_000)
    page.evaluate("OneAsk.flush()")
    assert len(stub.batches) == 1

    page.clock.run_for(2_000)
    stub.wait_for("session_started")
    assert len(stub.batches) == 2


def test_client__batch_refused__is_dropped_with_a_warning(page: Page, stub: Stub) -> None:
    seen = warnings_of(page)
    stub.answers.append((401, {}))
    page.goto(stub.url)
    stub.wait_for_batches(1)
    page.wait_for_function("() => OneAsk.flush().then(() => OneAsk.status().queued === 0)")

    assert any("401" in text for text in seen)
    assert "session_started" not in stub.types


def test_client__one_event_rejected__warns_with_code_and_detail_and_goes_on(
    page: Page, stub: Stub
) -> None:
    seen = warnings_of(page)
    stub.rejected = [{"index": 0, "id": "x", "code": "unknown_type", "detail": "no such type"}]
    page.goto(stub.url)
    stub.wait_for("session_started")
    wait_for_empty_queue(page)

    assert any("unknown_type, no such type" in text for text in seen)


def test_client__offline__keeps_events_and_sends_them_when_online_again(
    new_context: Callable[..., BrowserContext], stub: Stub
) -> None:
    context = new_context()
    page = context.new_page()
    page.goto(stub.url)
    stub.wait_for("permission_status")
    wait_for_empty_queue(page)

    context.set_offline(True)
    page.evaluate("OneAsk.track('moment_reached', { name: 'Offline' })")
    page.evaluate("OneAsk.flush()")
    assert page.evaluate("OneAsk.status().queued") == 1

    context.set_offline(False)
    assert stub.wait_for("moment_reached")["name"] == "Offline"
    wait_for_empty_queue(page)


def test_client__page_left_before_sending__next_page_sends(page: Page, stub: Stub) -> None:
    stub.answers.append((503, {}))
    page.goto(stub.url)
    stub.wait_for_batches(1)
    page.goto(f"{stub.url}/other")

    stub.wait_for("session_started")
    wait_for_empty_queue(page)
    assert stub.types.count("session_started") == 1


def test_client__page_hidden__sends_at_once(page: Page, stub: Stub) -> None:
    page.clock.install()
    page.goto(stub.url)
    page.evaluate(
        """() => {
            OneAsk.track('moment_reached', { name: 'Last' });
            Object.defineProperty(document, 'hidden', { value: true });
            document.dispatchEvent(new Event('visibilitychange'));
        }"""
    )
    assert stub.wait_for("moment_reached")["name"] == "Last"


def test_client__server_away_for_long__keeps_the_latest_500(page: Page, stub: Stub) -> None:
    page.goto(stub.url)
    stub.wait_for("permission_status")
    page.context.set_offline(True)
    page.evaluate(
        "for (let i = 0; i < 510; i++) OneAsk.track('moment_reached', { name: 'Note ' + i })"
    )
    assert page.evaluate("OneAsk.status().queued") == 500

    page.context.set_offline(False)
    stub.wait_for("moment_reached", 500)
    assert next(e["name"] for e in stub.accepted if e["type"] == "moment_reached") == "Note 10"


def test_client__storage_throws__works_from_memory(page: Page, stub: Stub) -> None:
    page.add_init_script(
        "Storage.prototype.getItem = Storage.prototype.setItem = () => { throw new Error('no storage'); };"
    )
    page.goto(stub.url)
    page.evaluate("OneAsk.track('moment_reached', { name: 'x' })")

    assert (
        stub.wait_for("moment_reached")["device_id"] == stub.event("session_started")["device_id"]
    )
    wait_for_empty_queue(page)


def test_client__moment__event_arrives_before_the_decision_is_asked(page: Page, stub: Stub) -> None:
    page.goto(stub.url)
    decision = page.evaluate("OneAsk.moment('Order Placed', { order_id: '1042', total: 23.5 })")

    assert decision["reason"] == "unknown_moment"
    told = stub.event("moment_reached")
    assert (told["name"], told["properties"]) == (
        "Order Placed",
        {"order_id": "1042", "total": 23.5},
    )
    asked = stub.asked[0]
    assert asked["event"] == "Order Placed"
    assert asked["properties"] == {"order_id": "1042", "total": 23.5}
    assert asked["device_id"] == told["device_id"]
    assert asked["context"]["permission"] == {"library": "web", "value": "default"}
    assert asked["context"]["session_index"] == 1


def test_client__options__are_sent(page: Page, stub: Stub) -> None:
    stub.attributes = ' data-device-id="till-7" data-app-version="4.2" data-locale="pt-BR"'
    page.goto(stub.url)
    event = stub.wait_for("session_started")

    assert (event["device_id"], event["app_version"], event["locale"]) == ("till-7", "4.2", "pt-BR")


def test_client__no_notification_support__says_unsupported(page: Page, stub: Stub) -> None:
    page.add_init_script("delete window.Notification")
    page.goto(stub.url)

    assert stub.wait_for("permission_status")["permission"] == {
        "library": "web",
        "value": "unsupported",
    }


def test_client__never__is_told_once_and_no_decision_is_asked_again(page: Page, stub: Stub) -> None:
    stub.decision = soft_ask()
    page.goto(stub.url)
    page.evaluate("OneAsk.never(); OneAsk.never()")
    stub.wait_for("never_ask")
    page.goto(f"{stub.url}/other")

    assert page.evaluate("OneAsk.moment('Order Placed')") == {
        "action": "none",
        "reason": "user_said_never",
    }
    stub.wait_for("moment_reached")
    assert stub.types.count("never_ask") == 1
    assert stub.asked == []


def test_client__identify__tells_who_it_is_and_the_subscription_as_the_server_takes_them(
    page: Page, stub: Stub
) -> None:
    page.goto(stub.url)
    page.evaluate(
        """() => {
            const keys = { p256dh: "BNc", auth: "tBH" };
            const subscription = { endpoint: "https://push.example.com/send/1", expirationTime: null, keys };
            const push = { external_id: "customer-42", token: JSON.stringify(subscription) };
            OneAsk.track("identify", { push });
        }"""
    )
    event = stub.wait_for("identify")
    received = round(datetime.fromisoformat(event["occurred_at"]).timestamp() * 1000)
    payload = json.dumps({"events": [event]}).encode()
    found = parse_batch(payload=payload, received=received)
    assert found.rejected == []
    address = found.taken[0].address
    assert address is not None
    assert address.external_id.text == "customer-42"
    assert address.token.kind == "web"
    assert json.loads(address.token.text)["endpoint"] == "https://push.example.com/send/1"


def test_client__misused__warns_and_never_throws(page: Page, stub: Stub) -> None:
    seen = warnings_of(page)
    page.goto(stub.url)
    page.evaluate(
        """() => {
            OneAsk.init({});
            OneAsk.on('moment_reached', () => { throw new Error('listener'); });
            OneAsk.track('moment_reached', { name: 'x', properties: { big: 1n } });
            OneAsk.track('moment_reached', { name: 'fine' });
        }"""
    )
    assert stub.wait_for("moment_reached")["name"] == "fine"
    assert any("listener" in text for text in seen)
    assert not any(text.startswith("uncaught") for text in seen)


def test_client__decision_fails__page_gets_none(page: Page, stub: Stub) -> None:
    page.goto(stub.url)
    page.route("**/api/v1/decisions", lambda route: route.fulfill(status=500, body="no"))

    assert page.evaluate("OneAsk.moment('Order Placed')") == {
        "action": "none",
        "reason": "client_error",
    }


def test_client__answer_already_expired__shows_nothing(page: Page, stub: Stub) -> None:
    stub.decision = {**soft_ask(), "expires_at": in_minutes(-1)}
    page.goto(stub.url)
    page.evaluate("OneAsk.moment('Order Placed')")

    assert page.evaluate("OneAsk.status().showing") is None
    assert "soft_ask_shown" not in stub.types
