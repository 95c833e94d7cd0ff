"""The page of the moments map."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.campaigns.web.conftest import Shop
from tests.factories import (
    client_of,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
)

MAP = {"HX-Request": "true", "HX-Target": "map"}


def today() -> date:
    return timezone.now().date()


@pytest.fixture
def busy(shop: Shop) -> Shop:
    """Orders in the second session, goals in the fourth; a live soft ask waits on goals."""
    goal = make_moment(shop.app, key="goal_set", name="Goal set", event_name="Goal Set")
    make_soft_ask(shop.app, goal, name="Goal news", status="live")
    rows = []
    for where, factor in (("ios", 1), ("web", 10)):
        rows += [
            ("moment_session", today(), where, "order_placed", "not_asked", 2, 30 * factor),
            ("moment_session", today(), where, "order_placed", "denied", 2, 10 * factor),
            ("moment_session", today(), where, "order_placed", "authorized", 2, 60 * factor),
            ("moment_screen", today(), where, "order_placed", "", 7, 100 * factor),
            ("moment_session", today(), where, "goal_set", "not_asked", 4, 400 * factor),
            ("moment_session", today(), where, "goal_set", "denied", 4, factor),
        ]
    make_rollups(shop.app, rows)
    return shop


def words_of(answer: Any) -> str:
    text = answer.content.decode().replace("\u202f", ",")
    return " ".join(re.sub("<[^>]+>", " ", text).split())


def order_of(answer: Any) -> list[str]:
    """The moments of the table, from above."""
    table = answer.content.decode().split("<tbody>")[1]
    return re.findall(r"/moments/on/([a-z_]+)/", table)


def test_map__journey__order_numbers_and_what_is_live(busy: Shop) -> None:
    answer = client_of(busy.cast.carol).get(f"{busy.at}moments/")
    assert order_of(answer) == ["order_placed", "goal_set", "opened"]
    said = words_of(answer)
    assert "Session 2, screen 7" in said
    assert "1,100 devices" in said
    assert "Not asked 30,%" in said
    assert "Denied 10,%" in said
    assert "Goal news" in said
    assert "330 can be asked and meet no soft ask" in said
    assert "110 refused and meet no redirect" in said
    assert "11 refused and meet no redirect" in said
    assert "None: nothing of value has happened yet" in said
    assert "Write a" not in said  # Carol may only look


def test_map__editor__is_led_to_what_is_missing(busy: Shop) -> None:
    page = client_of(busy.cast.bob).get(f"{busy.at}moments/").content.decode()
    assert f"{busy.at}soft-asks/new/?moment=order_placed" in page
    assert f"{busy.at}redirects/new/?moment=order_placed" in page
    assert f"{busy.at}redirects/new/?moment=goal_set" in page
    assert f"{busy.at}soft-asks/new/?moment=goal_set" not in page


def test_map__sorted_by_opportunity__largest_first(busy: Shop) -> None:
    make_moment(busy.app, key="table", name="Table booked", event_name="Table Booked")
    make_rollups(busy.app, [("moment_session", today(), "ios", "table", "denied", 9, 9000)])
    client = client_of(busy.cast.carol)
    assert order_of(client.get(f"{busy.at}moments/?sort=opportunity"))[0] == "table"
    assert order_of(client.get(f"{busy.at}moments/"))[0] == "order_placed"
    assert order_of(client.get(f"{busy.at}moments/?sort=nonsense"))[0] == "order_placed"


def test_map__platform_and_days__narrow_the_numbers(busy: Shop) -> None:
    client = client_of(busy.cast.carol)
    assert "100 devices" in words_of(client.get(f"{busy.at}moments/?platform=ios"))
    before = today() - timedelta(days=9)
    past = client.get(f"{busy.at}moments/?from={before}&to={before}")
    assert "Nobody came in these days" in words_of(past)
    wrong = client.get(f"{busy.at}moments/?platform=toaster&from=x")
    assert wrong.status_code == 200
    assert "That platform is not known here." in words_of(wrong)


def test_map__filters__are_kept_in_every_address(busy: Shop) -> None:
    where = f"{busy.at}moments/?q=placed&status=active&platform=ios&sort=opportunity&days=7"
    page = client_of(busy.cast.carol).get(where).content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'hx-get="(\?[^"]*)"', page)]
    assert len(links) == 9
    assert all("q=placed" in link and "status=active" in link for link in links)
    assert sum("sort=opportunity" in link for link in links) == 8
    assert sum("platform=ios" in link for link in links) == 6
    hidden = re.findall(r'form="filter" name="(\w+)" value="(\w+)"', page)
    assert hidden == [("days", "7"), ("platform", "ios"), ("sort", "opportunity")]
    days = page.partition('<form class="menu range-form"')[2].partition("</form>")[0]
    carried = re.findall(r'<input type="hidden" name="(\w+)" value="(\w+)">', days)
    assert carried == [
        ("platform", "ios"),
        ("q", "placed"),
        ("status", "active"),
        ("sort", "opportunity"),
    ]
    assert "Goal set" not in page


def test_map__htmx__fragment_only(busy: Shop) -> None:
    client = client_of(busy.cast.carol)
    answer = client.get(f"{busy.at}moments/?q=goal", headers=MAP)
    assert answer.content.decode().strip().startswith('<div id="map"')
    assert order_of(answer) == ["goal_set"]
    assert "HX-Target" in answer["Vary"]
    nothing = client.get(f"{busy.at}moments/?q=zzz", headers=MAP)
    assert "No moment matches this filter." in words_of(nothing)
    problem = client.get(f"{busy.at}moments/?platform=x", headers=MAP)
    assert "That platform is not known here." in words_of(problem)


def test_map__many_moments__same_number_of_queries_and_no_raw_events(busy: Shop) -> None:
    client = client_of(busy.cast.carol)
    client.get(f"{busy.at}moments/")
    with CaptureQueriesContext(connection) as few:
        client.get(f"{busy.at}moments/")
    for number in range(40):
        moment = make_moment(busy.app, key=f"m{number}", name=f"M {number}", event_name="E")
        make_redirect_rule(busy.app, moment, name=f"R {number}", status="live")
    with CaptureQueriesContext(connection) as many:
        client.get(f"{busy.at}moments/")
    assert len(many) == len(few) <= 12
    assert not [
        query["sql"]
        for query in many.captured_queries
        if re.search(r"permissions_app_(event|device)\b", query["sql"])
    ]


def test_map__paused_moment__offers_nothing(busy: Shop) -> None:
    type(busy.moment).objects.filter(pk=busy.moment.pk).update(status="paused")
    said = words_of(client_of(busy.cast.bob).get(f"{busy.at}moments/?q=order"))
    assert "Paused: nothing is shown here" in said
    assert "?moment=order_placed" not in said


def test_map__linter__speaks_on_the_map(busy: Shop) -> None:
    said = words_of(client_of(busy.cast.carol).get(f"{busy.at}moments/?q=opened"))
    assert "Opening the app is not a value moment" in said


@pytest.mark.parametrize(
    ("path", "weak"),
    [("moments/", None), ("moments/new/", "carol"), ("moments/check/", "carol")],
)
def test_pages__outsider_weak_role_signed_out(shop: Shop, path: str, weak: str | None) -> None:
    method = "post" if path == "moments/check/" else "get"
    assert getattr(client_of(shop.cast.mallory), method)(shop.at + path).status_code == 404
    signed_out = getattr(client_of(None), method)(shop.at + path)
    assert signed_out.status_code == 302
    assert "/accounts/login/" in signed_out["Location"]
    if weak:
        person = getattr(shop.cast, weak)
        assert getattr(client_of(person), method)(shop.at + path).status_code == 403
    wrong = "put" if path == "moments/new/" else "get" if method == "post" else "post"
    assert getattr(client_of(shop.cast.alice), wrong)(shop.at + path).status_code == 405
