"""`/api/v1/manage/metrics/…`: the same numbers as the files of the pages, for the same questions."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from permissions_app.models import App
from permissions_app.services.keys import create_key
from tests.campaigns.api.conftest import Call
from tests.campaigns.web.learn.test_recovery import make_arms, make_denials
from tests.campaigns.web.learn.test_results import with_devices
from tests.campaigns.web.learn.test_timing import make_asks
from tests.factories import Cast, client_of, make_moment, make_rollups, make_soft_ask

API = "/api/v1/manage/metrics/"
EVERY = ("funnel", "recovery", "timing", "league", "variants")
Both = Callable[[str, str], tuple[Any, list[dict[str, str]]]]


def days_ago(days: int) -> date:
    return timezone.now().date() - timedelta(days=days)


@pytest.fixture
def both(call: Call, cast: Cast, settings: Any) -> Both:
    """Ask the API and the file of a page: `both("funnel?days=7", "funnel/?days=7&csv=groups")`."""
    settings.ROOT_URLCONF = "config.urls"

    def ask(api: str, page: str) -> tuple[Any, list[dict[str, str]]]:
        told = call("get", API + api)
        assert told.status_code == 200, told.content
        response = client_of(cast.carol).get(f"/w/acme/shop/{page}")
        assert response.status_code == 200
        lines = b"".join(response.streaming_content).decode().splitlines()  # type: ignore[attr-defined]
        return told.json(), list(csv.DictReader(lines))

    return ask


def same(text: str, value: Any) -> bool:
    """Whether a file says what the API says; empty stands for null."""
    if value is None or text == "":
        return value is None and text == ""
    return float(text) == pytest.approx(value, abs=1e-12)


def rate(found: dict[str, Any] | None) -> float | None:
    return None if found is None else found["rate"]


def make_funnel(app: App) -> None:
    """This week 40 of 100 said yes, the week before 10 of 50; one of them on an older version."""
    cells = []
    for key in ("", "os:18", "moment:order_placed"):
        cells += [
            ("funnel", days_ago(3), "ios", key, "rsapxgA", 0, 40),
            ("funnel", days_ago(3), "ios", key, "rsapxD", 0, 35),
            ("funnel", days_ago(3), "ios", key, "W", 0, 25),
            ("funnel", days_ago(10), "ios", key, "rsapxgA", 0, 10),
            ("funnel", days_ago(10), "ios", key, "W", 0, 40),
        ]
    cells.append(("funnel", days_ago(3), "ios", "os:17", "W", 0, 5))
    cells.append(("funnel", days_ago(3), "web", "", "rW", 0, 9))
    cells.append(("funnel_asked", days_ago(2), "ios", "", "rsapxgA", 0, 40))
    make_rollups(app, cells)


@pytest.mark.parametrize(
    "query",
    ["days=7", "days=7&platform=ios", "days=28", "days=7&cohort=ask", "days=90&platform=android"],
)
def test_funnel__stages_and_losses__as_on_the_page(both: Both, app: App, query: str) -> None:
    make_funnel(app)
    told, rows = both(f"funnel?{query}", f"funnel/?{query}&csv=funnel")
    everybody = told["everybody"]
    stages = {
        "Eligible": "eligible",
        "Asked for the first time": "eligible",
        "Reached a value moment": "reached",
        "Authorised now": "authorized",
    }
    by_key = {stage["key"]: stage for stage in everybody["stages"]}
    met = 0
    for row in rows:
        if row["stage"] in stages:
            stage = by_key[stages[row["stage"]]]
            assert same(row["devices"], stage["n"])
            assert same(row["share_of_eligible"], stage["share"])
            met += 1
    assert met == 3
    assert same(rows[-2]["devices"], everybody["denied"])
    assert same(rows[-2]["share_of_eligible"], rate(everybody["lost_by_refusal"]))
    assert same(rows[-1]["share_of_eligible"], rate(everybody["lost_waiting"]))


def test_funnel__groups_beside_the_period_before__as_on_the_page(both: Both, app: App) -> None:
    make_funnel(app)
    told, rows = both(
        "funnel?days=7&by=os&compare=true", "funnel/?days=7&by=os&compare=1&csv=groups"
    )
    assert [(it["value"], it["platform"]) for it in told["groups"]] == [
        ("18", "ios"),
        ("17", "ios"),
    ]
    assert [row["os"] for row in rows] == ["iOS 18", "iOS 17"]
    for group, row in zip(told["groups"], rows, strict=True):
        for name in ("eligible", "denied", "waiting", "authorized"):
            assert same(row[name], group[name])
        assert same(row["opt_in"], rate(group["opt_in"]))
        assert same(row["grant_rate"], rate(group["grant_rate"]))
        assert same(row["change"], group["change"] and group["change"]["value"])
    assert told["everybody"]["change"]["value"] == pytest.approx(40 / 109 - 10 / 50)
    assert (told["before"]["eligible"], told["before_start"]) == (50, days_ago(13).isoformat())


def test_funnel__by_moment__named(both: Both, app: App) -> None:
    make_moment(app)
    make_funnel(app)
    told, rows = both("funnel?days=7&by=moment", "funnel/?days=7&by=moment&csv=groups")
    assert [(it["value"], it["name"]) for it in told["groups"]] == [
        ("order_placed", "Order placed")
    ]
    assert rows[0]["moment"] == "Order placed"


@pytest.mark.parametrize("query", ["", "&platform=ios", "&by=platform", "&by=cause", "&by=moment"])
def test_recovery__groups__as_on_the_page(both: Both, app: App, query: str) -> None:
    make_denials(app)
    told, rows = both(f"recovery?days=90{query}", f"recovery/?days=90{query}&csv=curves")
    points = [point for group in told["groups"] for point in group["points"]]
    assert len(rows) == len(points) > 0
    for row, point in zip(rows, points, strict=True):
        assert same(row["days"], point["age"])
        for name, field in (("at_risk",) * 2, ("recovered",) * 2, ("gone", "lost")):
            assert same(row[name], point[field])
        assert same(row["recovered_by_then"], point["incidence"])
        assert same(row["low"], point["low"])
        assert same(row["high"], point["high"])
    assert all(group["within_7"] == group["points"][7] for group in told["groups"])
    if "by=cause" in query:
        assert told["gray"] is None  # nobody of these groups is told to have recovered
    if "by=platform" in query:
        assert told["gray"]["df"] == 1


def test_recovery__attribution__as_on_the_page(both: Both, app: App) -> None:
    make_denials(app)
    told, rows = both("recovery?days=90", "recovery/?days=90&csv=attribution")
    found = [(it["within_7"], it["within_30"], it["so_far"]) for it in told["attributed"]]
    assert found == [(int(r["within_7"]), int(r["within_30"]), int(r["so_far"])) for r in rows]


@pytest.mark.parametrize("holdout", [True, False])
def test_recovery__redirect__arms_and_increments_as_on_the_page(
    both: Both, app: App, holdout: bool
) -> None:
    make_denials(app)
    rule = make_arms(app, holdout=holdout)
    told, rows = both(f"recovery?days=90&rule={rule}", f"recovery/?days=90&rule={rule}&csv=arms")
    redirect = told["redirect"]
    assert (told["rules"], redirect["has_holdout"]) == ([rule], holdout)
    for arm, row in zip(redirect["arms"], rows, strict=True):
        assert same(row["devices"], arm["devices"])
        assert same(row["within_7"], arm["within_7"] and arm["within_7"]["incidence"])
        assert same(row["within_30"], arm["within_30"] and arm["within_30"]["incidence"])
    if holdout:
        _, lines = both(
            f"recovery?days=90&rule={rule}", f"recovery/?days=90&rule={rule}&csv=increment"
        )
        for found, row in zip(redirect["increments"], lines, strict=True):
            assert same(row["difference"], found["difference"] and found["difference"]["value"])
    else:
        assert all(it["difference"] is None for it in redirect["increments"])


@pytest.mark.parametrize("kind", ["screens", "minutes"])
def test_timing__points__as_on_the_page(both: Both, app: App, kind: str) -> None:
    make_asks(app)
    told, rows = both(f"timing?days=28&kind={kind}", f"timing/?days=28&kind={kind}&csv=timing")
    assert told["eligible"] == 2000
    for point, row in zip(told["points"], rows, strict=True):
        assert same(row["came"], point["came"])
        assert same(row["asked"], point["asked"])
        assert same(row["per_ask"], rate(point["per_ask"]))
        assert same(row["per_eligible"], rate(point["per_eligible"]))
    if kind == "screens":
        assert (told["lands"], told["levels"]["shape"], told["levels"]["step"]) == (2, "level", 5)
        assert told["headline"].startswith("Your dialog lands at screen 2")


def test_league__moments__as_on_the_page(both: Both, app: App) -> None:
    make_moment(app, key="never_met", name="Never met", event_name="Never")
    ask = make_soft_ask(app, make_moment(app), status="live")
    day = days_ago(3)
    make_rollups(
        app,
        [
            ("moment", day, "ios", "order_placed", "authorized", 0, 100),
            ("campaign_shown", day, "ios", ask.key, "", 0, 120),
            ("campaign_accepted", day, "ios", ask.key, "", 0, 90),
            ("campaign_times", day, "ios", ask.key, "", 1, 180),
            ("funnel_asked", day, "ios", "moment_asked:order_placed", "rspxgA", 0, 90),
            ("funnel_asked", day, "ios", "moment_asked:order_placed", "rspxD", 0, 10),
        ],
    )
    told, rows = both("league?days=28", "league/?days=28&csv=league")
    found = {row["moment"]: row for row in rows}
    for one in told["moments"]:
        row = found.pop(one["name"])
        assert same(row["devices"], one["devices"])
        assert same(row["acceptance"], rate(one["acceptance"]))
        assert same(row["share"], rate(one["authorized_of_asked"]))
        assert same(row["per_ask"], one["authorized_per_soft_ask"])
        assert same(row["recovery"], one["won_back"]["value"])
        assert same(row["interruptions"], one["interruptions"])
        assert same(row["spent"], one["interruptions_per_authorized"])
    assert not found
    placed = next(it for it in told["moments"] if it["key"] == "order_placed")
    assert placed["campaigns"] == [{"key": ask.key, "name": ask.name}]


@pytest.mark.parametrize("query", ["", "?revision=all", "?revision=2&outcome=accepted"])
def test_variants__arms_and_differences__as_on_the_page(both: Both, cast: Cast, query: str) -> None:
    campaign = with_devices(cast)
    page = f"results/{campaign.pk}/{query}{'&' if query else '?'}csv="
    told, rows = both(f"variants/{campaign.key}{query}", f"{page}arms")
    for arm, row in zip(told["arms"], rows, strict=True):
        assert row["arm"] == arm["key"]
        for name in ("devices", "shown", "accepted", "authorized"):
            assert same(row[name], arm["counts"][name])
        assert same(row["rate"], rate(arm["rate"]))
        assert same(row["chance_to_be_best"], arm["chance"] and arm["chance"]["best"])
    _, rows = both(f"variants/{campaign.key}{query}", f"{page}differences")
    for pair, row in zip(told["pairs"], rows, strict=True):
        assert (row["first"], row["other"]) == (pair["first"], pair["other"])
        assert same(row["difference"], pair["difference"]["value"])
        assert same(row["always_low"], pair["bounds"] and pair["bounds"]["low"])
    _, rows = both(f"variants/{campaign.key}{query}", f"{page}days")
    days = [(day["day"], band["arm"]) for band in told["days"] for day in band["days"]]
    assert days == [(row["day"], row["arm"]) for row in rows]
    _, rows = both(f"variants/{campaign.key}{query}", f"{page}platforms")
    assert [row["platform"] for row in rows] == [it["platform"] for it in told["platforms"]]


def test_variants__verdict__the_sentence_of_the_page(call: Call, cast: Cast, settings: Any) -> None:
    campaign = with_devices(cast)
    settings.ROOT_URLCONF = "config.urls"
    listed = call("get", f"{API}variants").json()["results"]
    assert [row["campaign"] for row in listed] == [campaign.key]
    one = call("get", f"{API}variants/{campaign.key}").json()
    assert (one["verdict"]["kind"], one["verdict"]["winner"]) == ("winner", "b")
    assert listed[0]["verdict"] == one["verdict"]
    page = client_of(cast.carol).get(f"/w/acme/shop/results/{campaign.pk}/").content.decode()
    assert one["verdict"]["sentence"].split(": ", 1)[1] in page
    assert one["mismatch"] is False
    assert {it["arm"] for it in one["ratio"]} == {"a", "b", "holdout"}


@pytest.mark.parametrize(
    "path",
    [
        "funnel?by=shoe_size",
        "funnel?cohort=never",
        "funnel?compare=perhaps",
        "funnel?days=0",
        "funnel?from=2026-02-30",
        "funnel?from=0001-01-01",
        "funnel?days=7&to=2026-11-01",
        "recovery?by=os",
        "recovery?rule=r999",
        "timing?kind=steps",
        "league?platform=symbian",
        "league?days=9999999999999999999999",
    ],
)
def test_metrics__malformed__422_names_the_parameter(call: Call, path: str) -> None:
    told = call("get", API + path)
    assert told.status_code == 422, told.content
    assert told.json()["errors"][0]["field"] in path


def test_variants__unknown_or_of_the_other_kind__404_422(call: Call, cast: Cast) -> None:
    campaign = with_devices(cast)
    draft = make_soft_ask(cast.app, cast.app.moments.get(), name="Draft")
    for key in (
        f"r{campaign.pk}",
        f"x{campaign.pk}",
        "s",
        "s-1",
        f"s{'9' * 40}",
        draft.key,
        f"{campaign.key}?revision=7",
    ):
        assert call("get", f"{API}variants/{key}").status_code == 404, key
    for query in ("revision=none", "revision=1234567", "outcome=recovered_7", "outcome=x"):
        answer = call("get", f"{API}variants/{campaign.key}?{query}")
        assert answer.status_code == 422, query


@pytest.mark.parametrize("name", EVERY)
def test_metrics__nothing_counted__nulls_and_no_zero_rates(call: Call, name: str) -> None:
    told = call("get", API + name)
    assert told.status_code == 200
    assert '"rate":0' not in told.content.decode().replace(" ", "")
    if name == "funnel":
        assert told.json()["everybody"]["opt_in"] is None


@pytest.mark.parametrize("name", [*EVERY, "variants/s1"])
def test_every_address__wrong_key_or_method__refused(call: Call, cast: Cast, name: str) -> None:
    _, publishable = create_key(app=cast.app, kind="pk", name="x", actor=None)
    assert call("get", API + name, key=publishable).status_code == 403
    assert call("get", API + name, key="").status_code == 401
    assert call("post", API + name, {}).status_code == 405


def test_every_address__key_of_another_app__sees_its_own_numbers(call: Call, cast: Cast) -> None:
    campaign = with_devices(cast)
    make_funnel(cast.app)
    make_denials(cast.app)
    _, theirs = create_key(app=cast.mallorys_app, kind="sk", name="x", actor=None)
    assert call("get", f"{API}funnel", key=theirs).json()["everybody"]["eligible"] == 0
    assert call("get", f"{API}recovery", key=theirs).json()["groups"] == []
    assert call("get", f"{API}variants", key=theirs).json()["results"] == []
    assert call("get", f"{API}variants/{campaign.key}", key=theirs).status_code == 404
    assert call("get", f"{API}league", key=theirs).json()["moments"] == []


def test_variants__many__same_number_of_queries_and_a_page_at_a_time(
    call: Call, cast: Cast, django_assert_max_num_queries: Any
) -> None:
    moment = make_moment(cast.app)
    for number in range(7):
        make_soft_ask(cast.app, moment, name=f"Ask {number}", status="live")
    call("get", f"{API}variants")
    with django_assert_max_num_queries(5):
        first = call("get", f"{API}variants?limit=5").json()
    rest = call("get", first["next"].removeprefix("http://testserver")).json()
    assert len({row["campaign"] for row in first["results"] + rest["results"]}) == 7
