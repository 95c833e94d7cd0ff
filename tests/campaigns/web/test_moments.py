"""The pages of value moments."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from permissions_app.models import SeenEvent, ValueMoment
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_moment

TYPED = {"name": "Big order", "event_name": "Order Placed", "version": "0"}


def test_new__conditions_typed_plainly__stored_as_json(shop: Shop) -> None:
    answer = client_of(shop.cast.bob).post(
        f"{shop.at}moments/new/",
        {
            **TYPED,
            "condition-0-property": "total",
            "condition-0-op": "gte",
            "condition-0-value": "20",
            "condition-1-property": "code",
            "condition-1-op": "in",
            "condition-1-value": '"7", seven, 7',
            "condition-5-property": "gift",
            "condition-5-op": "exists",
            "condition-5-value": "no",
        },
    )
    assert answer.status_code == 302
    moment = ValueMoment.objects.get(key="big_order")
    assert moment.conditions == [
        {"property": "total", "op": "gte", "value": 20},
        {"property": "code", "op": "in", "value": ["7", "seven", 7]},
        {"property": "gift", "op": "exists", "value": False},
    ]
    page = client_of(shop.cast.bob).get(answer["Location"]).content.decode()
    assert "&quot;7&quot;, seven, 7" in page


def test_new__wrong__422_keeps_what_was_typed(shop: Shop) -> None:
    answer = client_of(shop.cast.bob).post(
        f"{shop.at}moments/new/",
        {
            **TYPED,
            "name": "x" * 81,
            "condition-0-property": "total",
            "condition-0-op": "gt",
            "condition-0-value": "lots",
        },
    )
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "at most 80 fit" in page
    assert "takes a number" in page
    assert 'value="lots"' in page
    assert "x" * 81 in page


def test_new__more_conditions__no_save(shop: Shop) -> None:
    before = ValueMoment.objects.count()
    answer = client_of(shop.cast.bob).post(f"{shop.at}moments/new/", {**TYPED, "more": "1"})
    assert answer.content.decode().count('-property"') == 4
    assert ValueMoment.objects.count() == before


def test_new__from_a_seen_event__filled_in_and_warned(shop: Shop) -> None:
    page = client_of(shop.cast.bob).get(f"{shop.at}moments/new/?event=App%20Opened").content
    assert b'value="App Opened"' in page
    assert b"An opening moment." in page


def test_names__script_and_formula__shown_as_text(shop: Shop) -> None:
    nasty = "<script>alert(1)</script>"
    make_moment(shop.app, key="nasty", name=nasty, event_name='=HYPERLINK("x")')
    SeenEvent.objects.create(app=shop.app, name="<img src=x>&a=b", day="2026-11-23", count=3)
    client = client_of(shop.cast.carol)
    for path in ("moments/", "moments/on/nasty/", "soft-asks/{}/", "integrate/"):
        page = client.get(shop.at + path.format(shop.ask.pk)).content.decode()
        assert nasty not in page
        assert "<img src=x>" not in page
    page = client.get(f"{shop.at}moments/").content.decode()
    assert "&lt;script&gt;" in page
    assert "=HYPERLINK(&quot;x&quot;)" in page


def test_edit__two_at_once__conflict_shown_and_nothing_lost(shop: Shop) -> None:
    where = f"{shop.at}moments/on/order_placed/"
    first = {"name": "Order done", "event_name": "Order Placed", "version": "1"}
    second = {"name": "Order sent", "event_name": "Order Placed", "version": "1"}
    assert client_of(shop.cast.alice).post(where, first).status_code == 302
    client = client_of(shop.cast.bob)
    answer = client.post(where, second)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Somebody else saved this" in page
    assert "Order done" in page
    assert 'value="Order sent"' in page
    assert 'name="version" value="2"' in page
    assert ValueMoment.objects.get(pk=shop.moment.pk).name == "Order done"
    assert client.post(where, {**second, "version": "2"}).status_code == 302
    assert ValueMoment.objects.get(pk=shop.moment.pk).name == "Order sent"


def test_edit__becomes_opening_with_a_redirect__refused(shop: Shop) -> None:
    where = f"{shop.at}moments/on/order_placed/"
    typed = {"name": "x", "event_name": "Order Placed", "version": "1", "opening": "on"}
    answer = client_of(shop.cast.bob).post(where, typed)
    assert answer.status_code == 422
    assert "Missed shipping" in answer.content.decode()


def test_status__pause_and_nonsense(shop: Shop) -> None:
    where = f"{shop.at}moments/on/order_placed/status/"
    client = client_of(shop.cast.bob)
    assert client.post(where, {"status": "paused"}).status_code == 302
    assert client.post(where, {"status": "exploded"}).status_code == 302
    assert ValueMoment.objects.get(pk=shop.moment.pk).status == "paused"


def test_list__filter_by_htmx__fragment_only(shop: Shop) -> None:
    client = client_of(shop.cast.carol)
    headers = {"HX-Request": "true", "HX-Target": "rows"}
    page = client.get(f"{shop.at}moments/?q=opened", headers=headers).content.decode()
    assert page.strip().startswith('<div class="panel panel-table" id="rows">')
    assert "App opened" in page
    assert "Order placed" not in page


def test_list__many__same_number_of_queries(shop: Shop, django_assert_max_num_queries: Any) -> None:
    client = client_of(shop.cast.carol)
    client.get(f"{shop.at}moments/")
    for number in range(15):
        make_moment(shop.app, key=f"m{number}", name=f"Moment {number}")
    with django_assert_max_num_queries(10):
        client.get(f"{shop.at}moments/")


def test_list__empty__leads_to_the_next_step(shop: Shop) -> None:
    client = client_of(shop.cast.mallory)
    page = client.get("/w/evil/lair/moments/").content.decode()
    assert "Make the first moment" in page
    assert "Connect the app" in page


def test_seen__already_a_moment__is_not_offered_again(shop: Shop) -> None:
    today = timezone.now().date()
    SeenEvent.objects.create(app=shop.app, name="Order Placed", day=today, count=70)
    SeenEvent.objects.create(app=shop.app, name="Menu Viewed", day=today, count=30)
    client = client_of(shop.cast.bob)
    for path in ("moments/", "integrate/"):
        page = client.get(shop.at + path).content.decode()
        assert "?event=Menu%20Viewed" in page
        assert "?event=Order%20Placed" not in page
    form = client.get(f"{shop.at}moments/new/").content.decode()
    assert '<option value="Order Placed">' in form
