"""The funnel page, its fragment and its files."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from campaigns.selectors.names import names_in
from tests.factories import Cast, client_of, make_cast, make_moment, make_rollups, make_soft_ask

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/funnel/"


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


@pytest.fixture
def cast() -> Cast:
    """Last week 40 of 100 said yes; the week before 10 of 50."""
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("funnel", days_ago(3), "ios", "", "rsapxgA", 0, 40),
            ("funnel", days_ago(3), "ios", "", "rsapxD", 0, 35),
            ("funnel", days_ago(3), "ios", "", "W", 0, 25),
            ("funnel", days_ago(10), "ios", "", "rsapxgA", 0, 10),
            ("funnel", days_ago(10), "ios", "", "W", 0, 40),
            ("funnel", days_ago(3), "ios", "os:18", "rsapxgA", 0, 40),
            ("funnel", days_ago(10), "ios", "os:18", "W", 0, 40),
            ("funnel", days_ago(3), "ios", "app:=HYPERLINK(1)", "rsapxgA", 0, 40),
            ("funnel_asked", days_ago(2), "ios", "", "rsapxgA", 0, 40),
        ],
    )
    return cast


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_page__cohort_of_a_week__stages_and_both_losses(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?days=7"))
    assert "Eligible 100 100.0 %" in text
    assert re.search(r"Lost by refusal\s+35\s+35.0 %", text)
    assert re.search(r"Lost waiting\s+25\s+25.0 %", text)
    assert re.search(r"Reach-adjusted opt-in\s+40.0 %", text)


def test_page__compared__the_same_weekdays_before(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?days=7&compare=1"))
    assert "20.0 % before" in text
    nothing = text_of(client_of(cast.carol).get(f"{PATH}?days=28&compare=1"))
    assert "so there is nothing to stand beside it" in nothing


def test_page__by_os__rows_chart_and_change_have_the_same_numbers(cast: Cast) -> None:
    response = client_of(cast.carol).get(f"{PATH}?days=7&by=os&compare=1")
    text = text_of(response)
    assert "iOS 18 40" in text
    assert "+100.0 points" in text
    found = re.search(r'<script type="application/json">(.*?)</script>', response.content.decode())
    assert found
    assert json.loads(found[1])["data"][-1]["x"] == [1.0]


def test_page__cohort_of_the_ask__only_the_asked(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?days=7&cohort=ask"))
    assert "Asked for the first time 40 100.0 %" in text


def test_page__htmx__the_figures_alone(cast: Cast) -> None:
    client = client_of(cast.carol)
    response = client.get(f"{PATH}?by=os", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')
    assert "HX-Request" in response["Vary"]


@pytest.mark.parametrize("query", ["by=nonsense", "cohort=never", "days=-3", "from=x&compare=2"])
def test_page__nonsense_in_the_address__the_page(cast: Cast, query: str) -> None:
    assert client_of(cast.carol).get(f"{PATH}?{query}").status_code == 200


def test_page__nothing_yet__leads_to_the_set_up() -> None:
    cast = make_cast()
    assert "No device has reported yet" in text_of(client_of(cast.carol).get(PATH))


def test_file__of_a_group__numbers_and_no_formula(cast: Cast) -> None:
    response = client_of(cast.carol).get(f"{PATH}?days=7&by=app&csv=groups")
    head, row = rows_of(response)
    assert head[:2] == ["app", "eligible"]
    assert row[0] == "'=HYPERLINK(1)"
    assert row[1] == "40"
    assert response["Content-Disposition"].startswith('attachment; filename="shop-funnel-groups-')


def test_file__unknown__404(cast: Cast) -> None:
    assert client_of(cast.carol).get(f"{PATH}?csv=secrets").status_code == 404


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405


@pytest.mark.parametrize("by", ["moment", "campaign", "variant"])
def test_page__groups_with_names__as_many_queries_for_three_as_for_thirty(by: str) -> None:
    more = make_cast()
    make_rollups(more.app, [("funnel", days_ago(3), "ios", "", "W", 0, 1)])
    few = queries_for(more, by, 3)
    assert queries_for(more, by, 30) == few


def queries_for(cast: Cast, by: str, groups: int) -> int:
    keys = {"moment": "moment:m{}", "campaign": "campaign:s{}", "variant": "variant:s{}.1.a"}
    day = days_ago(groups)
    make_rollups(
        cast.app,
        [("funnel", day, "ios", keys[by].format(n), "W", 0, n + 1) for n in range(groups)],
    )
    client = client_of(cast.carol)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(f"{PATH}?by={by}").status_code == 200
    return len(seen)


def test_names__gone_or_known(cast: Cast) -> None:
    moment = make_moment(cast.app)
    ask = make_soft_ask(cast.app, moment)
    names = names_in(app=cast.app)
    assert names.moment(moment.key) == moment.name
    assert names.moment("gone") == "gone"
    assert names.campaign(ask.key) == ask.name
    assert names.words(f"{ask.key}.3.b") == f"B · {ask.name}, revision 3"
    assert names.words("s999999.1.a") == "A · s999999, revision 1"
