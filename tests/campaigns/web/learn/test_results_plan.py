"""Planning a trial, and keeping the plan in the draft."""

from __future__ import annotations

import re
from datetime import date, timedelta
from math import ceil

import pytest
from django.utils import timezone

from campaigns.models import Campaign
from permissions_app.domain.planning import Plan, devices_needed, devices_to_plan
from permissions_app.models import ValueMoment
from tests.campaigns.web.learn.test_results import text_of, with_devices
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
PATH = "/w/acme/shop/results/plan/"


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


@pytest.fixture
def cast() -> Cast:
    return make_cast()


@pytest.fixture
def moment(cast: Cast) -> ValueMoment:
    """2,800 devices that can still be asked, and 560 that were denied, came in the last 28 days."""
    made = make_moment(cast.app)
    make_rollups(
        cast.app,
        [
            ("moment_session", days_ago(4), "ios", "order_placed", "not_asked", 1, 2800),
            ("moment_session", days_ago(4), "ios", "order_placed", "denied", 1, 560),
            ("moment_session", days_ago(40), "ios", "order_placed", "not_asked", 1, 9999),
            ("moment_session", days_ago(0), "ios", "order_placed", "not_asked", 1, 9999),
        ],
    )
    return made


def test_plan__fresh__filled_from_the_volume_of_the_moment(cast: Cast, moment: ValueMoment) -> None:
    response = client_of(cast.carol).get(PATH)
    need = devices_to_plan(Plan(baseline=0.4, difference=0.02, per_day=100))
    text = text_of(response)
    assert "Order placed, 100 a day" in text
    assert f"{need.days} at 100 devices a day" in text
    assert "so the rate is a guess" in text


def test_plan__redirect__volume_of_those_only_settings_can_win_back(
    cast: Cast, moment: ValueMoment
) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}?kind=redirect"))
    assert "Order placed, 20 a day" in text
    assert "the answer comes 30 days after the last device" in text


def test_plan__numbers_in_the_address__worked_out_as_the_domain_says(
    cast: Cast, moment: ValueMoment
) -> None:
    query = "?baseline=30&difference=3,5&arms=3&share=50&per_day=800"
    plan = Plan(baseline=0.3, difference=0.035, arms=3, share=0.5, per_day=800)
    need, once = devices_to_plan(plan), devices_needed(plan)
    text = text_of(client_of(cast.carol).get(f"{PATH}{query}"))
    assert f"Days {need.days} at 800 devices a day" in text
    assert f"{need.devices:,}".replace(",", " ") in text
    assert f"single look at the end {once.devices:,}".replace(",", " ") in text


def test_plan__curve_as_a_file__reaches_80_percent_on_the_day_it_says(
    cast: Cast, moment: ValueMoment
) -> None:
    response = client_of(cast.carol).get(f"{PATH}?per_day=800&csv=power")
    lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
    need = devices_to_plan(Plan(baseline=0.4, difference=0.02, per_day=800)).days
    power = {int(days): float(power) for days, _, power in (line.split(",") for line in lines[1:])}
    assert need is not None
    assert power[need] >= 0.8
    assert all(p < 0.8 for day, p in power.items() if day < need)


def test_plan__own_trials__their_rate(cast: Cast, moment: ValueMoment) -> None:
    with_devices(cast)
    response = client_of(cast.carol).get(PATH)
    assert 'value="44.5"' in response.content.decode()
    assert "that of the app’s own trials" in text_of(response)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?baseline=abc", "Write a number"),
        ("?baseline=nan", "Write a number"),
        ("?baseline=99&difference=5", "must stay below 100 %"),
        ("?difference=0", "must be above 0 points"),
        ("?share=0", "share of devices"),
        ("?arms=900", "2 to 5 arms"),
    ],
)
def test_plan__impossible__told_with_what_was_typed(
    cast: Cast, moment: ValueMoment, query: str, said: str
) -> None:
    response = client_of(cast.carol).get(f"{PATH}{query}")
    assert response.status_code == 200
    assert said in text_of(response)
    assert "What it takes" not in text_of(response)


@pytest.mark.parametrize(
    ("query", "said"), [("?per_day=0", "No device comes"), ("?per_day=0.1", "more than ten years")]
)
def test_plan__nobody_comes__no_days(
    cast: Cast, moment: ValueMoment, query: str, said: str
) -> None:
    text = text_of(client_of(cast.carol).get(f"{PATH}{query}"))
    assert said in text
    assert "not in ten years" in text


def test_plan__no_moments__form_stands_all_the_same(cast: Cast) -> None:
    assert "No moment yet" in text_of(client_of(cast.carol).get(PATH))


def test_plan__one_wording_against_its_holdout__share_is_what_uneven_arms_are_worth(
    cast: Cast, moment: ValueMoment
) -> None:
    campaign = republish(make_redirect_rule(cast.app, moment, status="live"), holdout=0.2)
    response = client_of(cast.carol).get(f"{PATH}?for={campaign.pk}")
    assert 'name="share" inputmode="decimal" value="64"' in response.content.decode()
    assert "One wording against its holdout" in text_of(response)


def test_plan__one_wording_without_a_holdout__nothing_to_compare(
    cast: Cast, moment: ValueMoment
) -> None:
    campaign = republish(make_redirect_rule(cast.app, moment, status="live"), holdout=0.0)
    text = text_of(client_of(cast.carol).get(f"{PATH}?for={campaign.pk}"))
    assert "there is nothing to compare with" in text


def test_plan__half_of_the_traffic__takes_twice_the_days_and_the_same_devices(
    cast: Cast, moment: ValueMoment
) -> None:
    campaign = with_devices(cast)
    client = client_of(cast.bob)

    def told(share: int) -> tuple[int, ...]:
        page = text_of(client.get(f"{PATH}?for={campaign.pk}&per_day=1000&share={share}"))
        days = re.search(r"Days ([0-9 ]+) at", page)
        kept = re.search(r"([0-9 ]+) devices in all, the holdout among them", page)
        assert days
        assert kept
        return int(days[1].replace(" ", "")), int(kept[1].replace(" ", ""))

    (fast, devices), (slow, same) = told(90), told(45)
    assert same == devices
    assert abs(slow - 2 * fast) <= 1


def test_plan__htmx__the_changed_part_alone(cast: Cast, moment: ValueMoment) -> None:
    response = client_of(cast.carol).get(PATH, headers={"HX-Request": "true"})
    assert response.content.decode().lstrip().startswith('<div id="plan"')


@pytest.mark.parametrize("wanted", ["x", "²", "9" * 20])
def test_plan__for_nonsense__400(cast: Cast, wanted: str) -> None:
    assert client_of(cast.carol).get(f"{PATH}?for={wanted}").status_code == 400


def test_plan__for_another_app_s_campaign__404(cast: Cast) -> None:
    theirs = make_soft_ask(cast.mallorys_app, make_moment(cast.mallorys_app))
    assert client_of(cast.carol).get(f"{PATH}?for={theirs.pk}").status_code == 404


def test_plan__viewer__sees_but_cannot_keep(cast: Cast, moment: ValueMoment) -> None:
    campaign = make_soft_ask(cast.app, moment)
    page = f"{PATH}?for={campaign.pk}"
    assert "Keep this plan" not in text_of(client_of(cast.carol).get(page))
    assert "Keep this plan" in text_of(client_of(cast.bob).get(page))


def keep(cast: Cast, campaign: Campaign, **sent: object):
    told = {"devices": 7400, "difference": 0.03, "version": campaign.version, **sent}
    return client_of(cast.bob).post(f"/w/acme/shop/campaigns/{campaign.pk}/plan/", told)


def test_keep__from_the_page__draft_has_it_and_what_is_live_does_not(
    cast: Cast, moment: ValueMoment
) -> None:
    campaign = make_soft_ask(cast.app, moment, status="live")
    page = client_of(cast.bob).get(f"{PATH}?for={campaign.pk}&difference=3").content.decode()
    sent = dict(
        re.findall(
            r'name="(version|devices|difference)" value="([^"]*)">',
            page.split("Keep this plan")[0].split("What it takes")[1],
        )
    )
    response = keep(cast, campaign, **sent)
    assert response.status_code == 302
    campaign.refresh_from_db()
    # One wording against a holdout of 10 %: a device is worth 4 * 0.1 * 0.9 of one in even arms.
    need = ceil(devices_to_plan(Plan(baseline=0.4, difference=0.03)).devices / 0.36)
    assert campaign.content["planned_devices"] == need
    assert campaign.content["smallest_difference"] == 0.03
    assert campaign.published is not None
    assert campaign.published.content["planned_devices"] == 5000
    published = republish(campaign)
    assert published.published is not None
    assert published.published.content["planned_devices"] == need


def test_keep__redirect__leads_back_to_it(cast: Cast, moment: ValueMoment) -> None:
    campaign = make_redirect_rule(cast.app, moment)
    assert keep(cast, campaign)["Location"] == f"/w/acme/shop/redirects/{campaign.pk}/"


def test_keep__somebody_was_faster__nothing_changes_and_it_is_said(
    cast: Cast, moment: ValueMoment
) -> None:
    campaign = make_soft_ask(cast.app, moment)
    client = client_of(cast.bob)
    told = {"devices": 7400, "difference": 0.03, "version": campaign.version + 1}
    response = client.post(f"/w/acme/shop/campaigns/{campaign.pk}/plan/", told)
    campaign.refresh_from_db()
    assert campaign.content["planned_devices"] == 5000
    assert "Somebody changed the draft meanwhile" in text_of(client.get(response["Location"]))


@pytest.mark.parametrize("sent", [{"devices": 5}, {"difference": 0.9}])
def test_keep__out_of_bounds__nothing_changes(
    cast: Cast, moment: ValueMoment, sent: dict[str, object]
) -> None:
    campaign = make_soft_ask(cast.app, moment)
    keep(cast, campaign, **sent)
    campaign.refresh_from_db()
    assert campaign.content["planned_devices"] == 5000


@pytest.mark.parametrize("sent", [{"devices": "x"}, {"difference": ""}, {"version": "1.5"}])
def test_keep__not_numbers__400(cast: Cast, moment: ValueMoment, sent: dict[str, object]) -> None:
    assert keep(cast, make_soft_ask(cast.app, moment), **sent).status_code == 400


def test_keep__outsider_viewer_and_get__refused(cast: Cast, moment: ValueMoment) -> None:
    path = f"/w/acme/shop/campaigns/{make_soft_ask(cast.app, moment).pk}/plan/"
    assert client_of(cast.mallory).post(path).status_code == 404
    assert client_of(cast.carol).post(path).status_code == 403
    assert client_of(cast.bob).get(path).status_code == 405
