"""The pages of value moments."""

from __future__ import annotations

import re
from typing import Any

from django.utils import timezone

from permissions_app.models import SeenEvent, SeenSample, ValueMoment
from tests.campaigns.web.conftest import Shop
from tests.factories import client_of, make_moment, make_rollups

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


CHECK = {"name": "Big order", "event_name": "Order Placed"}


def condition(number: int, name: str, op: str, value: str) -> dict[str, str]:
    start = f"condition-{number}"
    return {f"{start}-property": name, f"{start}-op": op, f"{start}-value": value}


def send_orders(shop: Shop, *, times: int = 4100) -> None:
    """4,100 orders lately, of which 200 are kept, three in ten of them large."""
    now = timezone.now()
    SeenEvent.objects.create(app=shop.app, name="Order Placed", day=now.date(), count=times)
    SeenSample.objects.bulk_create(
        SeenSample(
            app=shop.app,
            name="Order Placed",
            at=now,
            properties={"total": 25 if n % 10 < 3 else 5, "store": "Harbour"},
        )
        for n in range(200)
    )


def words_of(answer: Any) -> str:
    text = answer.content.decode().replace("\u202f", ",").replace("&nbsp;", " ")
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def test_check__no_conditions__the_count_is_exact(shop: Shop) -> None:
    send_orders(shop)
    answer = client_of(shop.cast.bob).post(f"{shop.at}moments/check/", CHECK)
    assert "4,100 events in the last 30 days match." in words_of(answer)
    assert "Estimated" not in words_of(answer)


def test_check__conditions__estimate_with_interval_and_real_values(shop: Shop) -> None:
    send_orders(shop)
    typed = CHECK | condition(0, "total", "gte", "20")
    answer = client_of(shop.cast.bob).post(f"{shop.at}moments/check/", typed)
    said = words_of(answer)
    assert "About 1,230 of 4,100 events in the last 30 days match." in said
    assert "newest 200 of them, 95 % interval 987 to 1,504." in said
    page = answer.content.decode()
    assert '<option value="store">' in page
    values = page.split('<datalist id="values-0">')[1].split("</datalist>")[0]
    assert re.findall('value="([^"]*)"', values) == ["5", "25"]


def test_check__no_samples__not_enough_data(shop: Shop) -> None:
    SeenEvent.objects.create(app=shop.app, name="Order Placed", day=timezone.now().date(), count=12)
    typed = CHECK | condition(0, "total", "gte", "20")
    said = words_of(client_of(shop.cast.bob).post(f"{shop.at}moments/check/", typed))
    assert "not enough data" in said
    assert "About" not in said


def test_check__event_that_never_came__says_so(shop: Shop) -> None:
    said = words_of(client_of(shop.cast.bob).post(f"{shop.at}moments/check/", CHECK))
    assert "No event of this name arrived in the last 30 days." in said


def test_check__condition_that_cannot_be_read__no_count(shop: Shop) -> None:
    send_orders(shop)
    typed = CHECK | condition(0, "total", "gt", "lots")
    said = words_of(client_of(shop.cast.bob).post(f"{shop.at}moments/check/", typed))
    assert "takes a number" in said
    assert "match." not in said


def test_check__opening__reason_source_and_a_real_event_instead(shop: Shop) -> None:
    send_orders(shop)
    typed = {"name": "Hello", "event_name": "App Opened"}
    answer = client_of(shop.cast.bob).post(f"{shop.at}moments/check/", typed)
    said = words_of(answer)
    assert "Opening the app is not a value moment" in said
    assert "USENIX Security 2021, data" in said
    assert "Try “Order Placed”: it is done 4,100 times in 30 days." in said
    assert "moments/new/?event=Order%20Placed" in answer.content.decode()


def test_check__nearly_everybody_in_the_first_session__warned(shop: Shop) -> None:
    today = timezone.now().date()
    make_rollups(
        shop.app,
        [
            ("devices", today, "ios", "", "", 0, 300),
            ("moment_session", today, "ios", "order_placed", "not_asked", 1, 280),
        ],
    )
    client = client_of(shop.cast.carol)
    assert "Nearly everybody comes here in the first session" in words_of(
        client.get(f"{shop.at}moments/on/order_placed/")
    )
    typed = CHECK | {"moment": "order_placed"}
    said = words_of(client_of(shop.cast.bob).post(f"{shop.at}moments/check/", typed))
    assert "93% of new devices come in their first session" in said


def test_check__without_scripts__the_page_tells_the_same(shop: Shop) -> None:
    send_orders(shop)
    typed = TYPED | {"more": "1"} | condition(0, "total", "gte", "20")
    said = words_of(client_of(shop.cast.bob).post(f"{shop.at}moments/new/", typed))
    assert "About 1,230 of 4,100 events" in said


def test_check__queries__do_not_grow_with_what_is_kept(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    send_orders(shop)
    client = client_of(shop.cast.bob)
    client.get(f"{shop.at}moments/")
    with django_assert_max_num_queries(10):
        client.post(f"{shop.at}moments/check/", CHECK | {"moment": "order_placed"})


def test_new__catalogue__names_counts_properties_and_flags(shop: Shop) -> None:
    send_orders(shop)
    today = timezone.now().date()
    for name, count in (("App Opened", 9000), ("Menu Viewed", 800)):
        SeenEvent.objects.create(app=shop.app, name=name, day=today, count=count)
    answer = client_of(shop.cast.bob).get(f"{shop.at}moments/new/")
    said = words_of(answer)
    assert "Order Placed Already a moment: Order placed 4,100" in said
    assert "total 5, 25" in said
    assert "App Opened Opening Already a moment: App opened 9,000" in said
    assert "Menu Viewed Only seen 800" in said
    picked = client_of(shop.cast.bob).get(f"{shop.at}moments/new/?event=Menu%20Viewed")
    assert 'value="Menu Viewed"' in picked.content.decode()
    assert "Pick another event" in words_of(picked)


def test_new__many_events__same_number_of_queries(
    shop: Shop, django_assert_max_num_queries: Any
) -> None:
    send_orders(shop)
    today = timezone.now().date()
    for number in range(60):
        SeenEvent.objects.create(app=shop.app, name=f"Event {number}", day=today, count=5)
    client = client_of(shop.cast.bob)
    client.get(f"{shop.at}moments/new/")
    with django_assert_max_num_queries(11):
        client.get(f"{shop.at}moments/new/")
