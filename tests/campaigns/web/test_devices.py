"""Finding a device, and its story."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

import pytest

from campaigns.selectors import stories
from campaigns.services.campaigns import create_campaign
from campaigns.services.decide import Request, answer
from campaigns.services.steps import take_step
from permissions_app.models import DeviceAddress
from permissions_app.services.ingest import ingest
from tests.campaigns.drafts import soft_ask_draft
from tests.campaigns.web.conftest import Shop
from tests.factories import Cast, client_of, make_device

DAY = 86_400_000


@pytest.fixture
def story(shop: Shop) -> dict[str, Any]:
    """A device that accepted a soft ask, refused the dialog, and was met again a day later."""
    ask = create_campaign(
        app=shop.app,
        draft=soft_ask_draft(shop.moment, name="Live ask", holdout=0, min_sessions=1),
        actor=None,
    )
    take_step(campaign_id=ask.pk, app=shop.app, action="publish", actor=None)
    now = int(time.time() * 1000)

    def send(at: int, type_: str, **body: Any) -> None:
        event = {
            "id": str(uuid.uuid4()),
            "device_id": "dev-9",
            "type": type_,
            "occurred_at": at,
            "platform": "ios",
            "os_version": "18.1",
            **body,
        }
        payload = json.dumps({"events": [event]}).encode()
        receipt = ingest(app_id=shop.app.pk, payload=payload, received=now)
        assert receipt.accepted == 1, receipt

    start = now - 20 * DAY
    send(start, "session_started", session_index=3, permission={"library": "ios", "value": 0})
    send(start + 1000, "moment_reached", name="Order Placed", properties={"x": "<b>"})
    asked = Request(device_id="dev-9", event="Order Placed", properties={})
    told = answer(app_id=shop.app.pk, request=asked, now=start + 2000)
    assert told.action == "soft_ask", told
    ref = {"decision_id": told.decision_id}
    send(start + 3000, "soft_ask_shown", **ref)
    send(start + 4000, "soft_ask_accepted", **ref)
    refused = {"outcome": "denied", "permission": {"library": "ios", "value": 1}}
    send(start + 5000, "native_prompt_answered", **ref, **refused)
    answer(app_id=shop.app.pk, request=asked, now=start + 2 * DAY)
    return {"send": send, "start": start}


def test_device__denial__told_with_moment_words_and_cause(
    shop: Shop, story: dict[str, Any]
) -> None:
    page = client_of(shop.cast.carol).get(f"{shop.at}devices/dev-9/").content.decode()
    assert "Refused for good, at “Order placed”" in page
    assert "after “Live ask”, variant a" in page
    assert 'Know when order <span class="slot">order_id</span> ships' in page
    assert "OS dialog: refused" in page
    assert "Soft ask decided at “Order placed”" in page
    assert "Nothing shown at “Order placed”" in page
    assert "ios reported 1, read as: Notifications are off (refused for good)." in page
    assert "Refused for good. iOS shows its dialog once" in page
    assert "None left" in page


def test_device__long_story__paged_without_gap_or_repeat(shop: Shop, story: dict[str, Any]) -> None:
    for number in range(60):
        story["send"](story["start"] + 3 * DAY, "session_started", session_index=4 + number)
    client = client_of(shop.cast.carol)
    seen: list[str] = []
    where = f"{shop.at}devices/dev-9/"
    for _ in range(5):
        page = client.get(where).content.decode()
        seen += [part.split('"')[0] for part in page.split('id="event-')[1:]]
        seen += [part.split('"')[0] for part in page.split('id="decision-')[1:]]
        if "?before=" not in page:
            break
        where = f"{shop.at}devices/dev-9/?before=" + page.split("?before=")[1].split('"')[0]
    assert len(seen) == len(set(seen)) == 67


def test_device__events_of_one_second__told_in_the_order_they_happen(
    shop: Shop, story: dict[str, Any]
) -> None:
    types = ["session_started", "moment_reached", "native_prompt_shown", "never_ask", "app_removed"]
    for kind in types[::-1]:
        named = {"name": "Order Placed"} if kind == "moment_reached" else {}
        story["send"](story["start"] + 5 * DAY, kind, **named)
    device = shop.app.devices.get(key="dev-9")
    page = stories.story(app_id=shop.app.pk, device_id=device.pk, limit=5)
    assert [getattr(entry, "type", "a decision") for entry in page.entries] == types[::-1]
    older = stories.story(app_id=shop.app.pk, device_id=device.pk, before=page.older, limit=5)
    assert not {entry.id for entry in page.entries} & {entry.id for entry in older.entries}


@pytest.mark.parametrize("cursor", ["x", "1.2", "9" * 30 + ".x", "17.zzz", "%20"])
def test_device__broken_cursor__first_page(shop: Shop, cursor: str) -> None:
    answer_ = client_of(shop.cast.carol).get(f"{shop.at}devices/device-1/?before={cursor}")
    assert answer_.status_code == 200


def test_find__prefix_and_exact(shop: Shop) -> None:
    make_device(shop.app, "device-11")
    make_device(shop.cast.mallorys_app, "device-2")
    client = client_of(shop.cast.carol)
    page = client.get(f"{shop.at}devices/?q=device").content.decode()
    assert "device-11" in page
    assert "device-2" not in page
    exact = client.get(f"{shop.at}devices/?q=device-11")
    assert exact["Location"].endswith("/devices/device-11/")
    nobody = client.get(f"{shop.at}devices/?q=%25<script>").content.decode()
    assert "%&lt;script&gt;" in nobody


def test_erase__owner_types_the_key__gone_and_told(shop: Shop, story: dict[str, Any]) -> None:
    client = client_of(shop.cast.alice)
    assert "Erase this device" in client.get(f"{shop.at}devices/dev-9/").content.decode()
    told = client.post(f"{shop.at}devices/dev-9/erase/", {"confirm": " dev-9 "}, follow=True)
    assert told.redirect_chain == [(f"{shop.at}devices/", 302)]
    page = told.content.decode()
    assert "The device is erased, with 5 events and 2 decisions." in page
    assert "dev-9" not in page
    assert client.get(f"{shop.at}devices/dev-9/").status_code == 404
    again = client.post(f"{shop.at}devices/dev-9/erase/", {"confirm": "dev-9"})
    assert again.status_code == 404


@pytest.mark.parametrize("typed", ["", "dev-", "DEV-9", "device-1"])
def test_erase__another_key_typed__refused_and_nothing_lost(
    shop: Shop, story: dict[str, Any], typed: str
) -> None:
    answer_ = client_of(shop.cast.alice).post(f"{shop.at}devices/dev-9/erase/", {"confirm": typed})
    assert answer_.status_code == 422
    assert "This is not the key of this device." in answer_.content.decode()
    assert shop.app.devices.filter(key="dev-9").exists()
    assert shop.app.devices.filter(key="device-1").exists()


def test_erase__anybody_but_an_owner__not_offered_and_403(
    shop: Shop, story: dict[str, Any]
) -> None:
    for person in (shop.cast.bob, shop.cast.rita, shop.cast.carol):
        client = client_of(person)
        assert "Erase this device" not in client.get(f"{shop.at}devices/dev-9/").content.decode()
        where = f"{shop.at}devices/dev-9/erase/"
        assert client.post(where, {"confirm": "dev-9"}).status_code == 403
    assert shop.app.devices.filter(key="dev-9").exists()


def test_device__told_how_to_reach_it__shows_the_id_and_the_end_of_the_token(shop: Shop) -> None:
    device = make_device(shop.app, "phone", platform="ios")
    token = "ab" * 31 + "c0ffee"
    DeviceAddress.objects.create(
        device=device,
        app_id=shop.app.pk,
        external_id="<b>customer 42",
        push_token=token,
        token_kind="apns",
    )
    page = client_of(shop.cast.carol).get(f"{shop.at}devices/phone/").content.decode()
    assert "&lt;b&gt;customer 42" in page
    assert "…c0ffee" in page
    assert token not in page
    assert "bc0ffee" not in page
    assert (
        "Handed over as"
        not in client_of(shop.cast.carol).get(f"{shop.at}devices/device-1/").content.decode()
    )


def test_devices__id_of_a_person__all_devices_of_that_person(shop: Shop, cast: Cast) -> None:
    for app, key, external_id in (
        (shop.app, "phone", "customer-42"),
        (shop.app, "tablet", "customer-42"),
        (shop.app, "other", "customer-421"),
        (cast.mallorys_app, "theirs", "customer-42"),
    ):
        DeviceAddress.objects.create(
            device=make_device(app, key), app_id=app.pk, external_id=external_id
        )
    page = client_of(shop.cast.carol).get(f"{shop.at}devices/?q=customer-42")
    assert [row.key for row in page.context["rows"]] == ["phone", "tablet"]
