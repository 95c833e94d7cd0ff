"""The fatigue page and its files."""

from __future__ import annotations

import csv
import re
from datetime import timedelta

import pytest
from django.utils import timezone

from permissions_app.domain.device import PERIOD_DAYS
from permissions_app.services.apps import set_fatigue
from tests.factories import EPOCH, Cast, client_of, make_cast, make_rollups

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/fatigue/"


@pytest.fixture
def cast() -> Cast:
    """A hundred devices interrupted once, forty twice; ten of those said yes the second time."""
    cast = make_cast()
    day = timezone.now().date() - timedelta(days=35)
    period = EPOCH + timedelta(days=(day - EPOCH).days // PERIOD_DAYS * PERIOD_DAYS)
    make_rollups(
        cast.app,
        [
            ("interrupted", period, "ios", "", "", 1, 100),
            ("interrupted", period, "ios", "", "", 2, 40),
            ("exposure", day, "ios", "", "a", 1, 60),
            ("exposure", day, "ios", "", "d", 1, 80),
            ("exposure", day, "ios", "", "a", 2, 10),
            ("exposure", day, "ios", "", "y", 2, 30),
            ("exposure", day, "ios", "", "r", 2, 10),
            ("never_after", day, "ios", "", "", 2, 8),
        ],
    )
    return cast


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_page__caps__beside_the_one_in_force(cast: Cast) -> None:
    set_fatigue(app=cast.app, per_day=1, per_30_days=2, actor=None)
    text = text_of(client_of(cast.carol).get(PATH))
    assert "cap now is 2 in 30 days and 1 a day" in text
    assert "A cap of 1 instead of 2 would have saved 22.2 % of all interruptions" in text
    assert "cost at most 14.3 % of the yeses" in text
    assert "2 the cap now" in text


def test_page__cap_below_which_nothing_happened__says_so(cast: Cast) -> None:
    set_fatigue(app=cast.app, per_day=1, per_30_days=4, actor=None)
    assert "A cap of 3 would have saved nothing" in text_of(client_of(cast.carol).get(PATH))


def test_page__a_no_by_number__with_intervals(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(PATH))
    assert "57.1 %" in text, "80 of 140 declined the first"
    assert "75.0 %" in text, "30 of 40 dismissed the second"


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("caps", ["1", "40", str(40 / 180), "10", str(10 / 70)]),
        ("interruptions", ["1", "100", str(100 / 140)]),
        ("nevers", ["1", "140", "0", "0.0"]),
    ],
)
def test_file__first_row__the_numbers_of_the_page(cast: Cast, table: str, row: list[str]) -> None:
    assert rows_of(client_of(cast.carol).get(f"{PATH}?csv={table}"))[1] == row


def test_page__nobody_interrupted__not_enough_data(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?platform=web"))
    assert text.count("Not enough data. Nobody was interrupted in this range.") == 4
    assert "0.0 %" not in text


def test_page__htmx__the_figures_alone(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH, headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405
