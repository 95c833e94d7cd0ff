"""The list of results, and the page of one campaign with its files and statements."""

from __future__ import annotations

import csv
import html
import json
import re
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from campaigns.models import Campaign
from campaigns.selectors.campaigns import working_copy
from tests.factories import (
    Cast,
    client_of,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db
LIST = "/w/acme/shop/results/"


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


def with_devices(
    cast: Cast, *, b_yes: int = 1200, b_no: int = 1050, name: str = "Shipping"
) -> Campaign:
    """A soft ask with two variants in its second revision; B leads clearly."""
    moment = cast.app.moments.first() or make_moment(cast.app)
    campaign = make_soft_ask(cast.app, moment, name=name, status="live")
    first = working_copy(campaign).variants[0]
    campaign = republish(campaign, variants=(first, replace(first, key="b")))
    cells = []
    for back, platform in ((9, "ios"), (5, "android")):
        for arm, yes, no in (("a", 900, 1350), ("b", b_yes, b_no), ("holdout", 126, 374)):
            key = f"{campaign.key}.2.{arm}"
            way = "A" if arm == "holdout" else "saA"
            cells.append(("trial", days_ago(back), platform, key, way, 0, yes // 2))
            cells.append(("trial", days_ago(back), platform, key, "D", 0, no // 2))
    make_rollups(cast.app, cells)
    return campaign


def page_of(campaign: Campaign, query: str = "") -> str:
    return f"{LIST}{campaign.pk}/{query}"


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    told = html.unescape(re.sub(r"<[^>]+>", " ", page))
    return re.sub(r"\s+", " ", told.replace("\u202f", " "))


def rows_of(
    client: Client, campaign: Campaign, table: str, query: str = ""
) -> list[dict[str, str]]:
    response = client.get(page_of(campaign, f"?csv={table}{query}"))
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    return list(csv.DictReader(lines))


def test_page__clear_lead__verdict_and_numbers_of_every_arm(cast: Cast) -> None:
    campaign = with_devices(cast)
    text = text_of(client_of(cast.carol).get(page_of(campaign)))
    assert "Enough evidence for variant B: it leads variant A by 13.3 points" in text
    assert "Enough evidence for the soft ask: it leads the holdout by 21.5 points" in text
    assert re.search(r"Variant A Know when .*? 2 250 900 900 900 40.0 %", text)
    assert re.search(r"> 99.9 % 0.00 points", text)
    assert "4 500 of 4 500 planned" in text
    assert "fixed before launch" in text


def test_page__chance_and_loss__said_to_be_no_evidence(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(page_of(with_devices(cast))))
    assert "They are no evidence and name no winner" in text


def test_page__chart_over_time__has_the_numbers_of_its_file(cast: Cast) -> None:
    campaign = with_devices(cast)
    client = client_of(cast.carol)
    page = client.get(page_of(campaign)).content.decode()
    figures = [
        json.loads(found)
        for found in re.findall(r'<script type="application/json">(.*?)</script>', page)
    ]
    drawn = figures[1]["data"][2]["y"]
    told = [float(row["difference"]) for row in rows_of(client, campaign, "days")]
    assert drawn == pytest.approx(told)


def test_page__devices_in_wrong_proportions__banner_and_no_winner(cast: Cast) -> None:
    campaign = with_devices(cast, b_yes=1600, b_no=1050)
    text = text_of(client_of(cast.carol).get(page_of(campaign)))
    assert "other proportions than planned, so no winner is named" in text
    assert "Variant B 2 650 2 430" in text
    assert "Enough evidence" not in text
    listed = text_of(client_of(cast.carol).get(LIST))
    assert "No winner can be named: devices came into the arms" in listed
    assert "Enough evidence" not in listed


def test_page__outcome_in_the_address__yes_to_the_soft_ask(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(page_of(with_devices(cast), "?outcome=accepted")))
    assert "Accepted, by arm" in text
    assert "is not asked" in text
    assert "Does it help at all?" not in text


def test_page__revision_in_the_address__its_own_results(cast: Cast) -> None:
    campaign = with_devices(cast)
    make_rollups(cast.app, [("trial", days_ago(20), "ios", f"{campaign.key}.1.a", "saA", 0, 55)])
    client = client_of(cast.carol)
    first = text_of(client.get(page_of(campaign, "?revision=1")))
    assert "Not enough data" in first
    assert re.search(r"Variant A Know when .*? 55 55 55 55 100.0 %", first)
    together = text_of(client.get(page_of(campaign, "?revision=all")))
    assert "so no winner is named; choose one." in together
    assert re.search(r"Variant A 2 305", together)


@pytest.mark.parametrize(
    "query", ["?revision=9", "?revision=x", "?revision=-1", "?csv=nothing", "?revision=²"]
)
def test_page__nonsense_in_the_address__404(cast: Cast, query: str) -> None:
    assert client_of(cast.carol).get(page_of(with_devices(cast), query)).status_code == 404


def test_page__redirect__recovered_by_30_days_of_those_old_enough(cast: Cast) -> None:
    campaign = make_redirect_rule(cast.app, make_moment(cast.app), status="live")
    key = campaign.key
    make_rollups(
        cast.app,
        [
            ("trial", days_ago(40), "ios", f"{key}.1.a", "saAR", 12, 120),
            ("trial", days_ago(40), "ios", f"{key}.1.a", "sD", 0, 1680),
            ("trial", days_ago(40), "ios", f"{key}.1.holdout", "AR", 12, 2),
            ("trial", days_ago(40), "ios", f"{key}.1.holdout", "D", 0, 198),
            ("trial", days_ago(3), "ios", f"{key}.1.a", "sD", 0, 64),
        ],
    )
    text = text_of(client_of(cast.carol).get(page_of(campaign)))
    assert "Recovered by 30 days, by arm" in text
    assert "64 are younger" in text
    assert re.search(r"Variant A Your package .*? 1 800 1 800 120 0 120 6.7 %", text)
    assert re.search(r"Holdout shown nothing 200 – – 0 2 1.0 %", text)
    assert "Variant A against Holdout +5.7 points" in text


def test_page__nobody_yet__not_enough_data_and_no_rate(cast: Cast) -> None:
    campaign = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    text = text_of(client_of(cast.carol).get(page_of(campaign)))
    assert "Not enough data" in text
    assert "0.0 %" not in text
    assert "100.0 %" not in text


def test_page__never_published__says_so(cast: Cast) -> None:
    campaign = make_soft_ask(cast.app, make_moment(cast.app))
    text = text_of(client_of(cast.carol).get(page_of(campaign)))
    assert "It was never published" in text


def test_page__htmx__the_changed_part_alone(cast: Cast) -> None:
    campaign = with_devices(cast)
    response = client_of(cast.carol).get(page_of(campaign), headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')
    assert "HX-Request" in response["Vary"]


def test_statements__on_the_page__run_as_they_stand_and_give_what_the_files_hold(
    cast: Cast,
) -> None:
    campaign = with_devices(cast)
    client = client_of(cast.carol)
    page = client.get(page_of(campaign)).content.decode()
    shown = {
        key: html.unescape(sql)
        for key, sql in re.findall(r'<code id="sql-([a-z]+)">(.*?)</code>', page, re.S)
    }
    assert set(shown) == {"arms", "differences", "days", "platforms"}
    for key, sql in shown.items():
        with connection.cursor() as cursor:
            cursor.execute(sql)
            names = [column.name for column in cursor.description or ()]
            told = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        file = rows_of(client, campaign, key)
        assert len(told) == len(file) > 0
        for row, line in zip(told, file, strict=True):
            for name, value in row.items():
                if isinstance(value, float):
                    assert float(line[name]) == pytest.approx(value, abs=1e-9), (key, name)
                else:
                    assert line[name] == ("" if value is None else str(value)), (key, name)


def test_file__name__says_app_campaign_revision_and_table(cast: Cast) -> None:
    response = client_of(cast.carol).get(page_of(with_devices(cast), "?csv=arms"))
    assert re.search(
        r"shop-shipping-revision-2-arms-\d{4}-\d\d-\d\d\.csv", response["Content-Disposition"]
    )


def test_list__live_and_finished__each_with_its_verdict(cast: Cast) -> None:
    campaign = with_devices(cast)
    make_soft_ask(cast.app, campaign.moment, name="Was tried", status="paused")
    make_soft_ask(cast.app, campaign.moment, name="Only a draft")
    text = text_of(client_of(cast.carol).get(LIST))
    assert "Enough evidence for variant B" in text
    assert "Enough evidence for the soft ask: it leads the holdout" in text
    assert text.index("Live") < text.index("Paused or finished") < text.index("Was tried")
    assert "Only a draft" not in text


def test_list__nothing_published__leads_on(cast: Cast) -> None:
    assert "Nothing was published yet" in text_of(client_of(cast.carol).get(LIST))


def test_list__many_campaigns__as_many_queries_as_for_one(
    cast: Cast, django_assert_max_num_queries
) -> None:
    for number in range(3):
        with_devices(cast, name=f"Ask {number}")
    client = client_of(cast.carol)
    client.get(LIST)
    with django_assert_max_num_queries(10):
        client.get(LIST)


@pytest.mark.parametrize("page", ["", "1/", "plan/"])
def test_pages__outsider__404(cast: Cast, page: str) -> None:
    assert client_of(cast.mallory).get(f"{LIST}{page}").status_code == 404


def test_page__campaign_of_another_app__404(cast: Cast) -> None:
    theirs = make_soft_ask(cast.mallorys_app, make_moment(cast.mallorys_app), status="live")
    assert client_of(cast.alice).get(page_of(theirs)).status_code == 404


@pytest.mark.parametrize("page", ["", "1/", "plan/"])
def test_pages__nobody_signed_in__sent_to_sign_in(cast: Cast, page: str) -> None:
    assert client_of(None).get(f"{LIST}{page}").status_code == 302


@pytest.mark.parametrize("page", ["", "1/", "plan/"])
def test_pages__post__405(cast: Cast, page: str) -> None:
    assert client_of(cast.alice).post(f"{LIST}{page}").status_code == 405
