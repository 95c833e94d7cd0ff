"""The league page: its order, its links and its file."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from tests.factories import Cast, client_of, make_cast, make_moment, make_rollups, make_soft_ask

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/league/"


@pytest.fixture
def cast() -> Cast:
    """Three moments: one wins much, one little, one nothing that anybody knows of."""
    cast = make_cast()
    day = timezone.now().date() - timedelta(days=3)
    make_moment(cast.app, key="never_met", name="Never met", event_name="Never")
    for key, name, won in (("order", "Order placed", 90), ("goal", "A goal set", 30)):
        ask = make_soft_ask(
            cast.app,
            make_moment(cast.app, key=key, name=name, event_name=name),
            name=f"Ask at {key}",
            status="live",
        )
        make_rollups(
            cast.app,
            [
                ("moment", day, "ios", key, "authorized", 0, 100 if key == "order" else 500),
                ("campaign_shown", day, "ios", ask.key, "", 0, 120),
                ("campaign_accepted", day, "ios", ask.key, "", 0, won),
                ("campaign_times", day, "ios", ask.key, "", 1, 180),
                ("funnel_asked", day, "ios", f"moment_asked:{key}", "rspxgA", 0, won),
                ("funnel_asked", day, "ios", f"moment_asked:{key}", "rspxD", 0, 10),
            ],
        )
    return cast


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(b"".join(response.streaming_content).decode().splitlines()))


def names(response) -> list[str]:
    """The moments in the order of the table."""
    page = response.content.decode()
    return re.findall(r'<th scope="row"><a href="[^"]*">([^<]*)</a>', page)


def test_page__no_order_asked_for__most_authorised_first(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH)
    assert names(response) == ["Order placed", "A goal set", "Never met"]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))
    assert "75.0 %" in text
    assert "0.50" in text, "90 authorised for 180 soft asks"


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("moment", ["A goal set", "Never met", "Order placed"]),
        ("-devices", ["A goal set", "Order placed", "Never met"]),
        ("acceptance", ["A goal set", "Order placed", "Never met"]),
        ("-acceptance", ["Order placed", "A goal set", "Never met"]),
        ("nonsense", ["Order placed", "A goal set", "Never met"]),
    ],
)
def test_page__sorted_by_the_address__unknown_last(
    cast: Cast, sort: str, expected: list[str]
) -> None:
    assert names(client_of(cast.carol).get(f"{PATH}?sort={sort}")) == expected


def test_page__heading_sorted_by__says_so_and_turns_around(cast: Cast) -> None:
    page = client_of(cast.carol).get(f"{PATH}?sort=-devices&days=28").content.decode()
    assert 'aria-sort="descending"><a class="sort" id="sort-devices"' in page
    assert 'href="?days=28&amp;sort=devices"' in page


def test_page__moment_and_campaigns__are_linked(cast: Cast) -> None:
    page = client_of(cast.carol).get(PATH).content.decode()
    ask = Campaign.objects.get(name="Ask at order")
    assert 'href="/w/acme/shop/moments/on/order/"' in page
    assert f'href="/w/acme/shop/soft-asks/{ask.pk}/">Ask at order' in page


def test_page__chart__the_same_numbers_as_the_table(cast: Cast) -> None:
    page = client_of(cast.carol).get(PATH).content.decode()
    found = re.search(r'<script type="application/json">(.*?)</script>', page)
    assert found
    data = json.loads(found[1])["data"]
    assert data[0]["x"] == [90, 30]
    assert data[0]["customdata"][0]["href"] == "/w/acme/shop/moments/on/order/"


def test_file__numbers_under_their_names(cast: Cast) -> None:
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?csv=league"))
    assert rows[0]["moment"] == "Order placed"
    assert float(rows[0]["acceptance"]) == 0.75
    assert rows[2]["acceptance"] == ""


def test_page__no_moment__says_so() -> None:
    cast = make_cast()
    assert "No value moment has been defined" in client_of(cast.carol).get(PATH).content.decode()


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405
