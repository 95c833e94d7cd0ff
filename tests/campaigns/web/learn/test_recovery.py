"""The recovery page, its fragment and its files."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from permissions_app.models import App
from tests.factories import (
    Cast,
    client_of,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
)

pytestmark = pytest.mark.django_db
PATH = "/w/acme/shop/recovery/"


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


def make_denials(app: App) -> None:
    """40 days ago 500 devices said no on iOS and 300 on Android; more came back on iOS."""
    day = days_ago(40)
    cells = [
        ("denial", day, "ios", "refused", "", 0, 500),
        ("recovered", day, "ios", "", "tapped", 3, 50),
        ("recovered", day, "ios", "", "organic", 20, 10),
        ("lost", day, "ios", "", "", 5, 40),
        ("denial", day, "android", "turned_off", "", 0, 300),
        ("recovered", day, "android", "", "seen", 3, 3),
        ("denial_by", day, "ios", "cause:refused", "", 0, 500),
        ("denial_by", day, "android", "cause:turned_off", "", 0, 300),
        ("denial_by", day, "ios", "app:=HYPERLINK(1)", "", 0, 500),
        ("denial_by", day, "ios", "moment:", "", 0, 500),
    ]
    make_rollups(app, cells)


@pytest.fixture
def cast() -> Cast:
    cast = make_cast()
    make_denials(cast.app)
    return cast


def make_arms(app: App, *, holdout: bool) -> str:
    """A redirect with 800 devices, 64 of them back after 4 days; the holdout has 200, and 2 back."""
    rule = make_redirect_rule(app, make_moment(app), name="Missed parcels")
    arms = [("a", 800, 64), *([("holdout", 200, 2)] if holdout else [])]
    cells = []
    for arm, n, back in arms:
        cells.append(("assigned", days_ago(40), "ios", rule.key, arm, 0, n))
        cells.append(("assigned_recovered", days_ago(40), "ios", rule.key, arm, 4, back))
    make_rollups(app, cells)
    return rule.key


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)).replace("\u202f", " ")


def charts_of(response) -> list[dict[str, Any]]:
    found = re.findall(
        r'<script type="application/json">(.*?)</script>', response.content.decode(), flags=re.S
    )
    return [json.loads(one) for one in found]


def rows_of(response) -> list[list[str]]:
    return list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))


def test_page__everybody__curve_numbers_at_risk_and_references(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH)
    text = text_of(response)
    assert "Everybody 800 0.0 %" in text
    assert re.search(r"After tapping a redirect 50 50 50 79.4 %", text)
    assert re.search(r"On their own 0 10 10 15.9 %", text)
    (chart,) = charts_of(response)
    (line,) = [trace for trace in chart["data"] if trace.get("name")]
    assert line["name"] == "Everybody"
    assert line["y"][3] == pytest.approx(53 / 800)
    labels = " ".join(note["text"] for note in chart["layout"]["annotations"])
    assert "One agency, claimed" in labels
    assert "Published by others, not your data" in text


def test_page__by_platform__two_curves_and_whether_they_differ(cast: Cast) -> None:
    response = client_of(cast.carol).get(f"{PATH}?by=platform")
    text = text_of(response)
    assert "These groups differ by more than chance explains. Gray&#x27;s test: χ²" in text
    assert "1 degree of freedom, p &lt; 0.001" in text
    assert re.search(r"iOS 500 60 40 10.0 %", text)
    names = [trace["name"] for trace in charts_of(response)[0]["data"] if trace.get("name")]
    assert names == ["iOS", "Android"]


def test_page__by_cause_without_any_recovery__no_test_and_no_made_up_number(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?by=cause"))
    assert "cannot be told yet" in text
    assert "Turned off in Settings 300" in text


def test_page__by_moment__no_moment_has_a_name(cast: Cast) -> None:
    assert "Outside of any moment 500" in text_of(client_of(cast.carol).get(f"{PATH}?by=moment"))


def test_page__by_words__the_letter_first_then_the_soft_ask(cast: Cast) -> None:
    ask = make_soft_ask(cast.app, make_moment(cast.app))
    make_rollups(cast.app, [("denial_by", days_ago(9), "ios", f"variant:{ask.key}.b", "", 0, 30)])
    text = text_of(client_of(cast.carol).get(f"{PATH}?by=variant"))
    assert f"B · {ask.name} 30 0 0" in text


def test_page__redirect_with_a_holdout__because_of_with_its_interval(cast: Cast) -> None:
    make_arms(cast.app, holdout=True)
    text = text_of(client_of(cast.carol).get(PATH))
    assert "What “Missed parcels” changed causal, randomised" in text
    assert (
        "Within 30 days, 7.0 points more recovered because of the redirect (+4.7 to +9.3)" in text
    )
    assert re.search(r"Within 7 days 8.0 % .{3,20} 1.0 % .{3,20} \+7.0 points \+4.7 points", text)


def test_page__redirect_without_a_holdout__after_and_never_because(cast: Cast) -> None:
    make_arms(cast.app, holdout=False)
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Within 30 days, 8.0 % recovered after a redirect. Without a holdout nobody" in text
    assert "because of the redirect" not in text
    assert "causal" not in text
    assert "Redirect minus holdout" not in text


def test_page__platform_in_the_address__only_its_devices(cast: Cast) -> None:
    assert "Everybody 300 0.0 %" in text_of(client_of(cast.carol).get(f"{PATH}?platform=android"))


def test_page__htmx__the_figures_alone(cast: Cast) -> None:
    response = client_of(cast.carol).get(f"{PATH}?by=cause", headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')


@pytest.mark.parametrize("query", ["by=nonsense", "rule=r9", "rule=s1&by=arm", "days=-3"])
def test_page__nonsense_in_the_address__the_page(cast: Cast, query: str) -> None:
    assert client_of(cast.carol).get(f"{PATH}?{query}").status_code == 200


def test_page__nothing_yet__leads_to_the_set_up() -> None:
    cast = make_cast()
    assert "No device has reported yet" in text_of(client_of(cast.carol).get(PATH))


def test_page__denied_today__says_why_there_is_no_curve() -> None:
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("devices", days_ago(0), "ios", "", "", 0, 5),
            ("denial", days_ago(0), "ios", "refused", "", 0, 5),
        ],
    )
    assert "not a full day old yet" in text_of(client_of(cast.carol).get(PATH))


def test_file__every_day_of_every_curve(cast: Cast) -> None:
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?by=platform&csv=curves"))
    assert rows[0][:4] == ["group", "days", "at_risk", "recovered"]
    assert rows[4][:5] == ["iOS", "3", "500", "50", "0"]
    assert rows[-1][:3] == ["Android", "39", "297"]


def test_file__of_groups__no_formula(cast: Cast) -> None:
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?by=app&csv=groups"))
    assert rows[1][:2] == ["'=HYPERLINK(1)", "500"]


def test_file__of_the_increment__numbers(cast: Cast) -> None:
    make_arms(cast.app, holdout=True)
    rows = rows_of(client_of(cast.carol).get(f"{PATH}?csv=increment"))
    assert float(rows[2][3]) == pytest.approx(0.07)
    assert client_of(cast.carol).get(f"{PATH}?csv=secrets").status_code == 404


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405


def test_page__three_groups_or_thirty__as_many_queries(cast: Cast) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get(f"{PATH}?by=variant").status_code == 200
        return len(seen)

    client = client_of(cast.carol)
    make_rollups(cast.app, [("denial_by", days_ago(9), "ios", "variant:s1.a", "", 0, 3)])
    client.get(PATH)
    few = queries()
    make_rollups(
        cast.app,
        [("denial_by", days_ago(9), "ios", f"variant:s{n}.a", "", 0, 3) for n in range(2, 32)],
    )
    assert queries() == few
