"""Sending webhooks to real servers that may be away, slow, rude or gone, read with the stock verifiers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django import Settings

from campaigns.domain.webhook_events import Fact
from campaigns.domain.webhook_tries import HELD, TRIES, WAITS
from campaigns.models import (
    Alert,
    WebhookAttempt,
    WebhookDelivery,
    WebhookEndpoint,
    WebhookMessage,
)
from campaigns.services import webhook_sending
from campaigns.services.alerts import QUIET, check
from campaigns.services.webhook_endpoints import (
    disable_endpoint,
    enable_endpoint,
    rotate_secret,
)
from campaigns.services.webhook_pool import Pool
from campaigns.services.webhook_sending import KEPT, call, headers_of, keep, take, tend, trim
from campaigns.services.webhooks import replay, send_test, tell
from permissions_app.models import App, AuditEntry
from tests.factories import Cast
from tests.web_server import WebServer
from tests.webhooks import holds, make_endpoint, send_due, verified, verified_in_node

pytestmark = pytest.mark.django_db
State = WebhookDelivery.State


@pytest.fixture
def server(settings: Settings) -> Iterator[WebServer]:
    """A receiver that the installation trusts."""
    with WebServer() as running:
        settings.WEBHOOK_HOSTS = [running.host]
        yield running


def happened(app: App, key: str = "one", *, now: datetime | None = None) -> int:
    """Something of which endpoints are told."""
    fact = Fact(key, {"name": "Shipping “news” – für 荷物"}, "Shop: it was published.")
    return tell(app=app, kind="campaign.published", facts=[fact], now=now or timezone.now())


def the_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.select_related("endpoint", "message").get()


def test_headers__vector__the_signature_that_everybody_computes() -> None:
    body = (
        '{"type":"segment.entered","timestamp":"2026-11-23T19:00:00Z",'
        '"data":{"segment":"denied_ios","device_id":"dev-1"}}'
    )
    headers = headers_of(
        message="msg_1",
        body=body,
        secrets=["whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3"],
        now=datetime.fromtimestamp(1795461000, UTC),
    )
    assert headers["webhook-id"] == "msg_1"
    assert headers["webhook-timestamp"] == "1795461000"
    assert headers["webhook-signature"] == "v1,hVSaxFK8Hx3dHmUcLtL01ycy6H81Y6cpjikPY2dQQ54="


def test_send__endpoint__arrives_once_and_stock_verifiers_take_it(
    app: App, server: WebServer, tmp_path: Path
) -> None:
    _, secret = make_endpoint(app, server.url)
    assert happened(app) == 1
    assert happened(app) == 0, "the same fact is told once"
    assert send_due(now=timezone.now()) == 1
    (post,) = server.posts
    told = verified(post, secret)
    assert told["type"] == "campaign.published"
    assert told["text"] == "Shop: it was published."
    assert told["data"] == {"app": "shop", "simulated": False, "name": "Shipping “news” – für 荷物"}
    (in_node,) = verified_in_node([post], [secret], tmp_path)
    assert in_node == {"holds": True, "read": told}
    sent = the_delivery()
    assert (sent.state, sent.status, sent.tries, sent.error) == (State.DELIVERED, 200, 1, "")
    assert post[1]["webhook-id"] == sent.message.public_id
    assert WebhookAttempt.objects.get().status == 200
    assert send_due(now=timezone.now()) == 0


def test_send__tampered_body_or_other_id__no_verifier_takes_it(
    app: App, server: WebServer, tmp_path: Path
) -> None:
    _, secret = make_endpoint(app, server.url)
    happened(app)
    send_due(now=timezone.now())
    ((path, headers, body),) = server.posts
    changed = [
        (path, headers, body.replace(b"published", b"pubIished", 1)),
        (path, {**headers, "webhook-id": "msg_other"}, body),
        (path, {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 1)}, body),
    ]
    assert not any(holds(post, secret) for post in changed)
    told = verified_in_node(changed, [secret] * 3, tmp_path)
    assert [one["holds"] for one in told] == [False] * 3


def test_send__while_rotating__old_and_new_verifier_pass_until_the_old_one_ends(
    app: App, server: WebServer, tmp_path: Path
) -> None:
    endpoint, old = make_endpoint(app, server.url)
    now = timezone.now()
    _, new = rotate_secret(app=app, pk=endpoint.pk, actor=None, now=now)
    assert new != old
    happened(app)
    send_due(now=now + timedelta(seconds=1))
    (post,) = server.posts
    assert post[1]["webhook-signature"].count("v1,") == 2
    assert holds(post, old)
    assert holds(post, new)
    told = verified_in_node([post, post], [old, new], tmp_path)
    assert [one["holds"] for one in told] == [True, True]
    WebhookEndpoint.objects.update(old_until=now)
    happened(app, "two")
    send_due(now=now + timedelta(seconds=1))
    assert not holds(server.posts[1], old)
    assert holds(server.posts[1], new)


def test_send__fails_twice_then_works__same_id_and_all_attempts_in_the_log(
    app: App, server: WebServer
) -> None:
    endpoint, secret = make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now)
    server.status = 500
    send_due(now=now)
    first = the_delivery()
    assert (first.state, first.status, first.due_at) == (State.WAITING, 500, now + WAITS[0])
    assert first.endpoint.failing_since == now
    assert send_due(now=now) == 0, "it waits"
    assert send_due(now=now + WAITS[0], draw=1.0) == 1
    again = the_delivery().due_at
    assert again == now + WAITS[0] + WAITS[1] * 1.1, "a wait is up to a tenth longer"
    server.status = 200
    assert again is not None
    assert send_due(now=again) == 1
    sent = the_delivery()
    assert (sent.state, sent.tries, sent.error) == (State.DELIVERED, 3, "")
    assert sent.endpoint.failing_since is None
    assert list(sent.attempts.order_by("pk").values_list("status", flat=True)) == [500, 500, 200]
    assert len({headers["webhook-id"] for _, headers, _ in server.posts}) == 1
    assert len({body for *_, body in server.posts}) == 1
    assert holds(server.posts[0], secret)
    assert endpoint.disabled_at is None


def test_send__never_works__given_up_after_the_last_wait(app: App, server: WebServer) -> None:
    make_endpoint(app, server.url)
    server.status = 503
    now = timezone.now()
    happened(app, now=now)
    for wait in WAITS:
        assert send_due(now=now) == 1
        now += wait
    assert send_due(now=now) == 1
    sent = the_delivery()
    assert (sent.state, sent.tries, sent.due_at) == (State.GIVEN_UP, TRIES, None)
    assert sent.error == "The answer was 503."
    assert len(server.posts) == TRIES == 10


def test_send__gone__endpoint_is_disabled_and_told_nothing_more(
    app: App, server: WebServer
) -> None:
    endpoint, _ = make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now)
    happened(app, "later", now=now)
    WebhookDelivery.objects.filter(message__fact="later").update(due_at=now + timedelta(hours=1))
    server.status = 410
    send_due(now=now)
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (now, "gone")
    assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.GIVEN_UP}
    assert happened(app, "more") == 0
    entry = AuditEntry.objects.get(action="webhook.disabled")
    assert (entry.actor_label, entry.changes["reason"]) == (
        "system",
        "It answered 410: it is gone",
    )
    server.status = 200
    enable_endpoint(app=app, pk=endpoint.pk, actor=None)
    assert happened(app, "again") == 1
    assert send_due(now=timezone.now()) == 1


def test_send__five_days_without_success__disabled(app: App, server: WebServer) -> None:
    endpoint, _ = make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now)
    server.status = 500
    send_due(now=now)
    almost = now + timedelta(days=5) - timedelta(seconds=1)
    happened(app, "two", now=almost)
    WebhookDelivery.objects.exclude(message__fact="two").update(due_at=now + timedelta(days=9))
    send_due(now=almost)
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    send_due(now=now + timedelta(days=5, seconds=30))
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "failing"


def test_send__redirect__a_failure_that_is_not_followed(app: App, settings: Settings) -> None:
    with WebServer() as elsewhere, WebServer(status=302, location=elsewhere.url) as moved:
        settings.WEBHOOK_HOSTS = [elsewhere.host, moved.host]
        make_endpoint(app, moved.url)
        happened(app)
        send_due(now=timezone.now())
    sent = the_delivery()
    assert (sent.state, sent.status) == (State.WAITING, 302)
    assert sent.error == "The answer was 302: the address has moved, and is not followed."
    assert elsewhere.posts == []


def test_send__name_that_became_private__refused_and_tried_again(
    app: App, server: WebServer, settings: Settings
) -> None:
    """It was fine when it was saved; since then the operator's trust ended, so it is a private address like others."""
    make_endpoint(app, server.url)
    happened(app)
    WebhookEndpoint.objects.update(url=f"https://localhost:{server.port}/hook")
    settings.WEBHOOK_HOSTS = []
    send_due(now=timezone.now())
    sent = the_delivery()
    assert (sent.state, sent.status) == (State.WAITING, None)
    assert sent.error == "This host is inside a private network, and is not called."
    assert server.posts == []


def test_send__server_that_never_answers__no_answer_in_time(
    app: App, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sending, "PATIENCE", 0.2)
    with WebServer(silent=True) as server:
        settings.WEBHOOK_HOSTS = [server.host]
        make_endpoint(app, server.url)
        happened(app)
        send_due(now=timezone.now())
        sent = the_delivery()
        assert (sent.status, sent.error) == (None, "No answer in time.")


def test_take__worker_that_dies_while_it_sends__comes_due_again(
    app: App, server: WebServer
) -> None:
    make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now)
    (claim,) = take(now=now, room=lambda endpoint, failing: 5).claims
    assert not take(now=now, room=lambda endpoint, failing: 5).claims, "it is under way"
    assert send_due(now=now + HELD) == 1, "nobody wrote down what came of it"
    assert server.posts[0][1]["webhook-id"] == claim.message
    assert the_delivery().tries == 2


def test_take__worker_that_died_at_the_last_try__given_up(app: App, server: WebServer) -> None:
    make_endpoint(app, server.url)
    happened(app)
    WebhookDelivery.objects.update(tries=TRIES)
    assert send_due(now=timezone.now()) == 0
    sent = the_delivery()
    assert (sent.state, sent.error) == (State.GIVEN_UP, "The worker was ended while it was sent.")


def test_keep__disabled_while_under_way__stays_given_up(app: App, server: WebServer) -> None:
    endpoint, _ = make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now)
    server.status = 500
    (claim,) = take(now=now, room=lambda endpoint, failing: 5).claims
    answer = call(claim, now=now)
    disable_endpoint(app=app, pk=endpoint.pk, reason="person", actor=None, now=now)
    keep(claim, answer, now=now, draw=0.0)
    assert the_delivery().state == State.GIVEN_UP
    endpoint.delete()
    keep(claim, answer, now=now, draw=0.0)
    assert not WebhookAttempt.objects.exists()


def test_replay__given_up__sent_again_with_the_same_id(cast: Cast, server: WebServer) -> None:
    _, secret = make_endpoint(cast.app, server.url)
    now = timezone.now()
    happened(cast.app, now=now)
    server.status = 500
    send_due(now=now)
    WebhookDelivery.objects.update(state=State.GIVEN_UP, due_at=None)
    server.status = 200
    replay(delivery_id=the_delivery().pk, app=cast.app, actor=cast.bob, now=now)
    assert the_delivery().tries == 0
    assert send_due(now=now) == 1
    first, second = server.posts
    assert first[1]["webhook-id"] == second[1]["webhook-id"]
    assert first[2] == second[2]
    assert holds(second, secret)
    assert the_delivery().state == State.DELIVERED
    assert the_delivery().attempts.count() == 2
    assert AuditEntry.objects.filter(action="webhook.replayed", actor=cast.bob).exists()
    with pytest.raises(WebhookDelivery.DoesNotExist):
        replay(delivery_id=the_delivery().pk, app=cast.mallorys_app, actor=cast.mallory, now=now)


def test_test__endpoint__one_message_that_is_tried_once(cast: Cast, server: WebServer) -> None:
    endpoint, secret = make_endpoint(cast.app, server.url)
    now = timezone.now()
    server.status = 500
    delivery = send_test(endpoint=endpoint, actor=cast.bob, now=now)
    assert delivery is not None
    send_due(now=now)
    told = verified(server.posts[0], secret)
    assert told["type"] == "webhook.test"
    assert told["text"] == "Shop: This is a test: messages of this app arrive here."
    assert the_delivery().state == State.GIVEN_UP
    disable_endpoint(app=cast.app, pk=endpoint.pk, reason="person", actor=cast.bob, now=now)
    endpoint.refresh_from_db()
    assert send_test(endpoint=endpoint, actor=cast.bob, now=now) is None


def test_send__secret_that_nobody_can_read__says_so(
    app: App, server: WebServer, settings: Settings
) -> None:
    make_endpoint(app, server.url)
    happened(app)
    settings.SECRET_KEY = "another key of this installation, since this morning"
    send_due(now=timezone.now())
    assert the_delivery().error == "The secret cannot be read any more: rotate it."
    settings.SECRET_KEY_FALLBACKS = ["a fixed key that protects nothing but tests"]
    assert send_due(now=timezone.now() + WAITS[0]) == 1
    assert the_delivery().state == State.DELIVERED


def test_trim__old_and_done__forgotten_but_what_waits_stays(app: App, server: WebServer) -> None:
    make_endpoint(app, server.url)
    now = timezone.now()
    happened(app, now=now - KEPT)
    send_due(now=now)
    happened(app, "waits", now=now - KEPT)
    assert trim(now=now) == 0
    assert trim(now=now + timedelta(seconds=1)) == 1
    assert WebhookMessage.objects.get().fact == "waits"
    assert not WebhookAttempt.objects.exists()


def test_tend__more_waiting_than_ever_goes_out__disabled(
    app: App, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_sending, "MOST_WAITING", 2)
    endpoint, _ = make_endpoint(app, server.url)
    happened(app)
    happened(app, "two")
    tend(now=timezone.now())
    endpoint.refresh_from_db()
    assert endpoint.disabled_at is None
    happened(app, "three")
    tend(now=timezone.now())
    endpoint.refresh_from_db()
    assert endpoint.disabled_reason == "overrun"
    assert not WebhookDelivery.objects.filter(due_at__isnull=False).exists()


@pytest.mark.django_db(transaction=True)
def test_pool__one_server_never_answers__the_others_are_told(settings: Settings, app: App) -> None:
    with WebServer(silent=True) as slow, WebServer() as quick:
        settings.WEBHOOK_HOSTS = [slow.host, quick.host]
        make_endpoint(app, slow.url, name="Slow")
        make_endpoint(app, quick.url, name="Quick")
        for number in range(12):
            happened(app, f"fact {number}")
        pool = Pool()
        pause = threading.Event()
        while (len(quick.posts) < 12 or len(slow.posts) < 4) and not pause.wait(0.01):
            pool.drain(ends=float("inf"))
        assert len(slow.posts) == 4, "a server has four calls at a time"
    pool.close()
    told = WebhookDelivery.objects.filter(endpoint__name="Quick")
    assert set(told.values_list("state", flat=True)) == {State.DELIVERED}
    assert json.loads(quick.posts[0][2])["type"] == "campaign.published"


@pytest.mark.django_db(transaction=True)
def test_pool__server_that_fails_and_never_answers__has_one_call_at_a_time(
    settings: Settings, app: App
) -> None:
    with WebServer(silent=True) as slow, WebServer() as quick:
        settings.WEBHOOK_HOSTS = [slow.host, quick.host]
        failing, _ = make_endpoint(app, slow.url, name="Slow")
        WebhookEndpoint.objects.update(failing_since=timezone.now())
        make_endpoint(app, quick.url, name="Quick")
        for number in range(6):
            happened(app, f"fact {number}")
        pool = Pool()
        pause = threading.Event()
        while (len(quick.posts) < 6 or not slow.posts) and not pause.wait(0.01):
            pool.drain(ends=float("inf"))
        assert len(slow.posts) == 1
    pool.close()
    failing.refresh_from_db()
    assert failing.disabled_at is None


def test_send__gone__an_alert_is_open_until_it_is_enabled(app: App, server: WebServer) -> None:
    endpoint, _ = make_endpoint(app, server.url)
    happened(app)
    server.status = 410
    now = timezone.now()
    send_due(now=now)
    check(app_id=app.pk, now=now)
    alert = Alert.objects.get(kind="webhook")
    assert (alert.subject, alert.resolved_at) == (f"w{endpoint.pk}", None)
    enable_endpoint(app=app, pk=endpoint.pk, actor=None)
    check(app_id=app.pk, now=now + QUIET + timedelta(minutes=1))
    alert.refresh_from_db()
    assert alert.resolved_at is not None
