"""Where to begin, keys and the live view."""

from __future__ import annotations

import json
import time
import uuid
from typing import Any

from permissions_app.models import ApiKey
from permissions_app.selectors.arrivals import latest_arrivals
from permissions_app.selectors.keys import authenticate
from permissions_app.services.ingest import ingest
from permissions_app.services.keys import create_key
from permissions_app.services.signing import bundle_key
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of


def send(shop: Shop, *events: dict[str, Any]) -> None:
    now = int(time.time() * 1000)
    whole = [
        {"id": str(uuid.uuid4()), "device_id": "dev-1", "occurred_at": now, **event}
        for event in events
    ]
    payload = json.dumps({"events": whole}).encode()
    assert not ingest(app_id=shop.app.pk, payload=payload, received=now).rejected


def test_secret_key__shown_once_and_works(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    made = client.post(f"{shop.at}integrate/keys/", {"kind": "sk", "name": "Export"})
    assert made.status_code == 201
    assert made["Cache-Control"] == "no-store"
    text = made.content.decode().split('id="secret">')[1].split("<")[0]
    context = authenticate(text)
    assert context is not None
    assert context.app_id == shop.app.pk
    again = client.get(f"{shop.at}integrate/").content.decode()
    assert text not in again
    assert f"{ApiKey.objects.get().prefix}_…" in again


def test_secret_key_that_makes_keys__says_so_on_the_page_and_owners_alone_make_it(
    shop: Shop,
) -> None:
    typed = {"kind": "manager", "name": "Rotation"}
    for other in (shop.cast.bob, shop.cast.carol):
        assert client_of(other).post(f"{shop.at}integrate/keys/", typed).status_code == 403
    client = client_of(shop.cast.alice)
    assert client.post(f"{shop.at}integrate/keys/", typed).status_code == 201
    key = ApiKey.objects.get()
    assert (key.kind, key.manages_keys, key.created_by) == ("sk", True, shop.cast.alice)
    page = client.get(f"{shop.at}integrate/").content.decode()
    assert "Secret, makes keys" in page
    assert ", Alice</small>" in page


def test_new_key__wrong__422(shop: Shop) -> None:
    client = client_of(shop.cast.alice)
    for typed in ({"kind": "sk", "name": ""}, {"kind": "x", "name": "a"}, {"name": "x" * 61}):
        assert client.post(f"{shop.at}integrate/keys/", typed).status_code == 422
    assert not ApiKey.objects.exists()


def test_bundle_key__shown_beside_the_keys_to_everybody_of_the_app(shop: Shop) -> None:
    viewer = client_of(shop.cast.carol)
    assert "bundle-key" not in viewer.get(f"{shop.at}integrate/").content.decode()
    create_key(app=shop.app, kind="pk", name="Shop", actor=shop.cast.alice)
    page = viewer.get(f"{shop.at}integrate/").content.decode()
    assert f'<code id="bundle-key">{bundle_key(app=shop.app).public}</code>' in page
    assert client_of(shop.cast.mallory).get(f"{shop.at}integrate/").status_code == 404


def test_revoke__gone_from_the_page_other_apps_404(shop: Shop) -> None:
    key, _ = create_key(app=shop.app, kind="pk", name="Old app", actor=None)
    where = f"integrate/keys/{key.pk}/revoke/"
    assert client_of(shop.cast.mallory).post(f"/w/evil/lair/{where}").status_code == 404
    client = client_of(shop.cast.alice)
    assert client.post(shop.at + where).status_code == 302
    assert "Old app" not in client.get(f"{shop.at}integrate/").content.decode()


def test_arrivals__waiting_then_told_in_words(shop: Shop) -> None:
    shop.app.devices.all().delete()
    client = client_of(shop.cast.carol)
    where = f"{shop.at}integrate/arrivals/"
    assert "Waiting for your first event" in client.get(where).content.decode()
    send(
        shop,
        {"type": "moment_reached", "name": "Order Placed", "platform": "ios"},
        {
            "type": "permission_status",
            "platform": "ios",
            "permission": {"library": "ios", "value": 1},
        },
        {"type": "moment_reached", "name": "Cart <i>Viewed</i>"},
    )
    page = client.get(where).content.decode()
    assert "Waiting" not in page
    assert "Reached the moment “Order placed”." in page
    assert "read as: Notifications are off (refused for good)." in page
    assert "Cart &lt;i&gt;Viewed&lt;/i&gt;" in page
    assert "Make this a moment" not in page
    assert "Make this a moment" in client_of(shop.cast.bob).get(where).content.decode()


def test_arrivals__other_apps_events__not_shown(shop: Shop) -> None:
    send(shop, {"type": "session_started"})
    page = client_of(shop.cast.mallory).get("/w/evil/lair/integrate/arrivals/").content.decode()
    assert "Waiting for your first event" in page


def test_arrivals__twenty_newest__fixed_queries(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    send(shop, *[{"type": "session_started", "device_id": f"d{n}"} for n in range(40)])
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}integrate/arrivals/")
    with django_assert_max_num_queries(10):
        page = client.get(f"{shop.at}integrate/arrivals/").content.decode()
    assert page.count('id="arrived-') == 20


def test_arrivals__old_event_that_came_last__stands_first(shop: Shop) -> None:
    send(shop, *[{"type": "session_started", "device_id": f"d{n}"} for n in range(30)])
    later = int(time.time() * 1000) + 60_000
    long_ago = later - 100 * 86_400_000
    late = {
        "id": str(uuid.uuid4()),
        "device_id": "late",
        "type": "app_removed",
        "occurred_at": long_ago,
    }
    ingest(app_id=shop.app.pk, payload=json.dumps({"events": [late]}).encode(), received=later)
    newest = latest_arrivals(app_id=shop.app.pk)
    assert len(newest) == 20
    assert newest[0].device_key == "late"
