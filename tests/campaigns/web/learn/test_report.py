"""The report and its fragment."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from campaigns.models import Alert
from permissions_app.models import App
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
PATH = "/w/acme/shop/report/"


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


@pytest.fixture
def cast() -> Cast:
    """Forty of a hundred said yes; one moment, one live soft ask."""
    cast = make_cast()
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    day = days_ago(40)
    told = {
        "devices": 110,
        "eligible": 100,
        "authorized": 40,
        "denied": 35,
        "waiting": 25,
        "reached": 80,
        "soft_ask_shown": 60,
        "soft_ask_accepted": 45,
        "answered": 70,
        "granted": 38,
    }
    cells = [(measure, day, "ios", "", "", 0, n) for measure, n in told.items()]
    cells += [
        ("denial", day, "ios", "refused", "", 0, 35),
        ("recovered", day, "ios", "", "tapped", 5, 7),
        ("moment", day, "ios", "order_placed", "authorized", 0, 80),
        ("campaign_shown", day, "ios", ask.key, "", 0, 60),
        ("campaign_accepted", day, "ios", ask.key, "", 0, 45),
        ("campaign_times", day, "ios", ask.key, "", 1, 66),
        ("funnel_asked", day, "ios", "moment_asked:order_placed", "rspxgA", 0, 38),
    ]
    make_rollups(cast.app, cells)
    return cast


def text_of(response) -> str:
    page = re.sub(r"<script.*?</script>", "", response.content.decode(), flags=re.S)
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_page__main_figures__of_the_range(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH)
    text = text_of(response)
    assert "Authorised of eligible 40.0 %" in text
    assert "Lost by refusal 35.0 % 35 devices" in text
    assert "Soft ask accepted 75.0 %" in text
    assert "OS dialog granted 54.3 %" in text
    assert "Of 35 denials in the range, seen authorised again within 7 days: 20.0 %" in text
    assert "Order placed 80 75.0 % 38 – 66" in text
    assert "Live trials 1 has not enough data yet." in text
    assert "simulated" not in text.lower()


def test_page__charts__drawn_at_once_on_light_paper(cast: Cast) -> None:
    page = client_of(cast.carol).get(PATH).content.decode()
    assert 'class="paper" data-bs-theme="light"' in page
    charts = re.findall(r"<oneask-chart[^>]*data-eager[^>]*><script[^>]*>(.*?)</script>", page)
    assert len(charts) == 2
    assert all(json.loads(chart)["data"] for chart in charts)


def test_page__platform_and_range__narrow_everything(cast: Cast) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?platform=web&days=28"))
    assert "· Web · devices first seen" in text
    assert "Not enough data. No eligible device was first seen in this range." in text
    assert "Nobody who refused in this range could be watched yet" in text
    assert "0.0 %" not in text


def test_page__simulated_and_open_alerts__on_the_paper(cast: Cast) -> None:
    now = timezone.now()
    App.objects.filter(pk=cast.app.pk).update(simulated=True)
    Alert.objects.create(
        app=cast.app,
        kind="lag",
        evidence={"seconds": 1200, "threshold": 600},
        opened_at=now,
        last_seen_at=now,
    )
    text = text_of(client_of(cast.carol).get(PATH))
    paper = text[text.index("devices first seen") :]
    assert "Simulated data" in paper
    assert "Open alerts Numbers are behind" in paper


def test_page__trial_with_a_verdict__one_sentence(cast: Cast) -> None:
    rule = republish(
        make_redirect_rule(
            cast.app, make_moment(cast.app, key="other"), name="Back", status="live"
        ),
        holdout=0.5,
    )
    assert rule.published is not None
    key = f"{rule.key}.{rule.published.number}"
    make_rollups(
        cast.app,
        [
            ("trial", days_ago(60), "ios", f"{key}.a", "sD", 0, 700),
            ("trial", days_ago(60), "ios", f"{key}.holdout", "D", 0, 300),
        ],
    )
    text = text_of(client_of(cast.carol).get(PATH))
    assert "Back Settings redirect, 1,000 devices No winner can be named:" in text.replace(
        "1 000", "1,000"
    )
    assert "1 more has not enough data yet." in text


def test_page__htmx__the_sheet_alone(cast: Cast) -> None:
    response = client_of(cast.carol).get(PATH, headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="figures"')
    assert "HX-Request" in response["Vary"]


def test_page__nothing_yet__no_number_is_made_up() -> None:
    text = text_of(client_of(make_cast().carol).get(PATH))
    assert "Not enough data. No eligible device was first seen in this range." in text


def test_page__outsider_404__nobody_to_the_door__post_405(cast: Cast) -> None:
    assert client_of(cast.mallory).get(PATH).status_code == 404
    assert client_of(None).get(PATH).status_code == 302
    assert client_of(cast.alice).post(PATH).status_code == 405
