"""The timing page, its fragment and its file."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from permissions_app.models import App
from tests.factories import Cast, client_of, make_cast, make_rollups

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/timing/"
RATES = {1: (200, 60), 2: (400, 160), 3: (200, 100), 4: (100, 55), 5: (100, 60), 6: (100, 61)}
"""Screen -> (asked, granted)."""


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


def make_asks(app: App, *, kind: str = "screens") -> None:
    """2,000 eligible devices, of which half come to screen 3 and a quarter to screen 5."""
    day = days_ago(9)
    cells = [
        ("devices", day, "ios", "", "", 0, 2000),
        ("eligible", day, "ios", "", "", 0, 2000),
        ("lived", day, "ios", kind, "", 2, 1000),
        ("lived", day, "ios", kind, "", 4, 500),
        ("lived", day, "ios", kind, "", 6, 500),
    ]
    for step, (n, granted) in RATES.items():
        cells.append(("asked_at", day, "ios", kind, "granted", step, granted))
        cells.append(("asked_at", day, "ios", kind, "refused", step, n - granted - 5))
        cells.append(("asked_at", day, "ios", kind, "open", step, 5))
        cells.append(("asked_at", day, "ios", "minutes", "granted", step, n))
    make_rollups(app, cells)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_asks(cast.app)
    return cast


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def test_page__screens__landing_level_formula_and_badge(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH)
    text = text_of(response)
    assert "Your dialog lands at screen 2; the rate levels off at screen 5." in text
    assert "the share of eligible devices that come at least that far × the rate per ask" in text
    assert "Grant rate by screens before the first ask association" in text
    assert "Per ask: 60.0 % at screen 5 against 40.0 % at screen 2, +20.0 points" in text
    assert "Reach: 25.0 % of eligible devices come to screen 5, 100.0 % to screen 2." in text
    assert "this speaks against moving it" in text
    assert re.search(r"5 500 25.0 % 100 60 35 60.0 % 50.2–69.1 % 15.0 %", text)
    found = re.search(r'<script type="application/json">(.*?)</script>', response.content.decode())
    assert found
    chart = json.loads(found[1])
    assert [shape["x0"] for shape in chart["layout"]["shapes"]] == [1, 4]
    assert [line["y"][4] for line in chart["data"] if line.get("name")] == pytest.approx(
        [0.6, 0.15]
    )


def test_page__sessions_nobody_told__says_so(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?kind=sessions"))
    assert "Not enough data. Clients do not tell sessions." in text
    assert "No step has 50 asks to compare with" in text


def test_page__few_asks__no_number_is_made_up() -> None:
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("eligible", days_ago(3), "ios", "", "", 0, 30),
            ("asked_at", days_ago(3), "ios", "screens", "granted", 2, 3),
            ("asked_at", days_ago(3), "ios", "minutes", "granted", 2, 3),
        ],
    )
    text = text_of(client_of(cast.carol).get(PATH))
    assert "No step has 10 asks yet" in text
    assert "100.0 %" not in text


def test_page__nobody_asked_or_nobody_there__says_which(cast: Cast) -> None:
    client = client_of(cast.carol)
    assert "No eligible device was first seen" in text_of(client.get(f"{PATH}?platform=web"))
    make_rollups(cast.app, [("eligible", days_ago(3), "web", "", "", 0, 30)])
    assert "was asked yet" in text_of(client.get(f"{PATH}?platform=web"))
    empty = client_of(cast.mallory).get("/w/evil/lair/timing/")
    assert "No device has reported yet" in text_of(empty)


def test_page__htmx__the_figures_alone(cast: Cast) -> None:
    response = client_of(cast.carol).get(f"{PATH}?kind=minutes", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')
    assert 'aria-current="true"' in response.content.decode()


@pytest.mark.parametrize("query", ["kind=nonsense", "days=x", "kind=screens&csv=timing"])
def test_page__anything_in_the_address__the_page(cast: Cast, query: str) -> None:
    assert client_of(cast.carol).get(f"{PATH}?{query}").status_code == 200


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_file__numbers(cast: Cast) -> None:
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?csv=timing"))
    assert rows[0][:4] == ["screens", "came", "share", "asked"]
    assert rows[5][0] == "5"
    assert float(rows[5][7]) == pytest.approx(0.15)
    assert client_of(cast.carol).get(f"{PATH}?csv=other").status_code == 404


def test_page__outsider_404__nobody_to_the_door__put_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).put(PATH).status_code == 405
