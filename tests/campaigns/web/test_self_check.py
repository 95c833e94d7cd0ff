"""The self-check's page: what arrived since it began, for one device or one platform."""

from __future__ import annotations

import html
import json
import time
import uuid
from typing import Any

import pytest

from permissions_app.models import UntakenEntry
from permissions_app.services.ingest import ingest
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of

PERMISSION = {"library": "ios", "value": 0}


def send(shop: Shop, *events: dict[str, Any], device: str = "test-1") -> None:
    now = int(time.time() * 1000)
    usual = {"platform": "ios", "os_version": "18.1", "session_index": 3, "permission": PERMISSION}
    whole = [
        {"id": str(uuid.uuid4()), "device_id": device, "occurred_at": now, **usual, **event}
        for event in events
    ]
    ingest(app_id=shop.app.pk, payload=json.dumps({"events": whole}).encode(), received=now)


def look(
    shop: Shop, since: int | str, *, device: str = "", guide: str = "curl", **headers: str
) -> Any:
    where = {"since": since, "device": device, "guide": guide}
    return client_of(shop.cast.carol).get(f"{shop.at}integrate/check/", where, headers=headers)


def ago(seconds: float) -> int:
    return int((time.time() - seconds) * 1000)


def text(answer: Any) -> str:
    return html.unescape(answer.content.decode())


def test_check__not_started__the_form_and_the_five(shop: Shop) -> None:
    page = text(client_of(shop.cast.carol).get(f"{shop.at}integrate/check/"))
    assert "Start now" in page
    assert "native_prompt_answered" in page
    assert "hx-get" not in page.split('id="check-said"')[1].split("<dialog")[0]


def test_start__sends_to_an_address_that_begins_now(shop: Shop) -> None:
    before = ago(0)
    answer = client_of(shop.cast.carol).get(
        f"{shop.at}integrate/check/start/", {"device": " phone-1 ", "guide": "ios"}
    )
    assert answer.status_code == 302
    assert "device=phone-1&guide=ios" in answer["Location"]
    since = int(answer["Location"].split("since=")[1].split("&")[0])
    assert before <= since <= ago(0)


def test_check__earlier_events__do_not_count(shop: Shop) -> None:
    send(shop, {"type": "session_started"})
    assert "0 of 5 have arrived." in text(look(shop, ago(-0.001)))
    assert "1 of 5 have arrived." in text(look(shop, ago(30)))


def test_check__one_device__only_its_events(shop: Shop) -> None:
    send(shop, {"type": "session_started"}, device="other")
    send(shop, {"type": "permission_status"}, device="test-1")
    assert "1 of 5" in text(look(shop, ago(30), device="test-1"))
    assert "2 of 5" in text(look(shop, ago(30)))


def test_check__one_platform__only_its_events(shop: Shop) -> None:
    send(shop, {"type": "session_started"})
    assert "0 of 5" in text(look(shop, ago(30), guide="android"))
    assert "1 of 5" in text(look(shop, ago(30), guide="ios"))


def test_check__missing__the_code_of_the_chosen_guide(shop: Shop) -> None:
    page = text(look(shop, ago(30), guide="flutter"))
    assert "What sends it, for Flutter" in page
    assert "Permission.notification.request()" in page
    assert f"{shop.at}integrate/flutter/#prompt" in page


def test_check__name_without_a_moment__offered_to_editors(shop: Shop) -> None:
    send(shop, {"type": "moment_reached", "name": "Cart <b>Viewed</b>"})
    where = {"since": ago(30)}
    page = client_of(shop.cast.bob).get(f"{shop.at}integrate/check/", where).content.decode()
    assert "Cart &lt;b&gt;Viewed&lt;/b&gt;" in page
    assert "Make it a moment" in page
    assert "Make it a moment" not in text(look(shop, ago(30)))


def test_check__refused_and_repeated__told_with_the_code(shop: Shop) -> None:
    same = str(uuid.uuid4())
    send(shop, {"type": "session_started", "id": same})
    send(shop, {"type": "session_started", "id": same})
    send(shop, {"type": "session_began"}, {"type": "permission_status", "permission": None})
    page = text(look(shop, ago(30), device="test-1"))
    assert "unknown_type" in page
    assert "missing_field" in page
    assert "1 × an id that was stored before" in page
    assert "2 entries were not taken" in page


def test_check__polled_without_news__204_and_with_news_the_part(shop: Shop) -> None:
    since = ago(30)
    first = look(shop, since, HX_Request="true")
    assert "<html" not in text(first)
    digest = text(first).split("digest=")[1].split('"')[0]
    where: dict[str, Any] = {"since": since, "device": "", "guide": "curl", "digest": digest}
    client = client_of(shop.cast.carol)
    htmx = {"HX-Request": "true"}
    assert client.get(f"{shop.at}integrate/check/", where, headers=htmx).status_code == 204
    send(shop, {"type": "session_started"})
    news = client.get(f"{shop.at}integrate/check/", where, headers=htmx)
    assert news.status_code == 200
    assert 'hx-swap-oob="innerHTML">1 of 5 have arrived.' in text(news)


@pytest.mark.parametrize("since", ["", "x", "-1", "1" * 40, "1", "９９"])
def test_check__strange_time__the_form_and_no_error(shop: Shop, since: str) -> None:
    answer = look(shop, since)
    assert answer.status_code in (200, 422)
    assert "have arrived." not in text(answer)


@pytest.mark.parametrize("device", ["a b", "x" * 129, "<script>", "\ud800"])
def test_check__no_device_id__422_and_what_was_typed_stays(shop: Shop, device: str) -> None:
    where: dict[str, Any] = {"since": ago(1), "device": device.encode("utf-8", "replace")}
    answer = client_of(shop.cast.carol).get(f"{shop.at}integrate/check/", where)
    assert answer.status_code == 422
    assert "characters A-Z a-z 0-9" in text(answer)


def test_check__outsider__404(shop: Shop) -> None:
    client = client_of(shop.cast.mallory)
    for path in ("check/", "check/start/"):
        assert client.get(f"{shop.at}integrate/{path}").status_code == 404


def test_check__other_apps_refusals__not_shown(shop: Shop) -> None:
    send(shop, {"type": "nonsense"})
    client = client_of(shop.cast.mallory)
    page = text(client.get("/w/evil/lair/integrate/check/", {"since": ago(30)}))
    assert "unknown_type" not in page
    assert UntakenEntry.objects.count() == 1
