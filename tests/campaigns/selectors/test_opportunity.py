"""The journey: the order of moments, and who is reached by nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from campaigns.domain.drafts import Line, RedirectDraft
from campaigns.selectors.opportunity import Stop, by_opportunity, journey
from campaigns.services.campaigns import create_campaign
from campaigns.services.steps import take_step
from permissions_app.models import App
from tests.factories import (
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)
CELLS = [
    ("moment_session", DAY, "ios", "goal_set", "not_asked", 5, 6),
    ("moment_session", DAY, "ios", "goal_set", "denied", 5, 4),
    ("moment_session", DAY, "android", "order_placed", "denied_for_now", 2, 5),
    ("moment_session", DAY, "ios", "order_placed", "not_asked", 2, 3),
    ("moment_session", DAY, "android", "order_placed", "authorized", 2, 1),
    ("moment_session", DAY, "web", "order_placed", "unsupported", 2, 1),
    ("moment_screen", DAY, "ios", "order_placed", "", 7, 4),
]


@pytest.fixture
def app() -> App:
    """Three moments; a soft ask is live on the later one, a redirect there is paused."""
    app = make_cast().app
    late = make_moment(app, key="goal_set", name="Goal set", event_name="Goal Set")
    make_moment(app, key="order_placed")
    make_moment(app, key="never_reached", name="Never reached", event_name="Nothing Done")
    make_soft_ask(app, late, status="live")
    make_redirect_rule(app, late, status="paused")
    make_rollups(app, CELLS)
    return app


def stops_of(app: App, **told: Any) -> tuple[Stop, ...]:
    return journey(app=app, start=DAY, end=DAY, **{"platform": None, **told})


def test_journey__ordered_by_session__opportunity_only_where_nothing_is_live(
    app: App, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(5):
        stops = stops_of(app)
    assert [stop.moment.key for stop in stops] == ["order_placed", "goal_set", "never_reached"]
    first, second, third = stops
    assert (first.figures.session, first.figures.screen, first.figures.devices) == (2, 7, 10)
    assert (first.unasked, first.unredirected) == (8, 0)
    assert (second.unasked, second.unredirected) == (0, 4)
    assert [one.name for one in second.live] == ["Shipping news"]
    assert third.opportunity == 0


def test_shares__parts_of_one_bar__follow_each_other(app: App) -> None:
    first, _, third = stops_of(app)
    told = {share.key: (share.devices, share.rate) for share in first.shares}
    assert told == {
        "not_asked": (3, 0.3),
        "denied_for_now": (5, 0.5),
        "authorized": (1, 0.1),
        "denied": (0, 0.0),
        "unsupported": (1, 0.1),
    }
    assert [round(share.before, 6) for share in first.shares] == [0.0, 0.3, 0.8, 0.9, 0.9]
    assert all(share.rate is None for share in third.shares)


def test_opportunity__campaign_for_one_platform__leaves_the_others(app: App) -> None:
    make_rollups(
        app,
        [
            ("moment_session", DAY, where, "order_placed", "denied", 3, n)
            for where, n in (("ios", 100), ("android", 20), ("web", 7))
        ],
    )
    line = Line(key="a", line="We could not tell you that it left.", action_label="Turn on")
    draft = RedirectDraft(
        name="Phones", moment="order_placed", variants=(line,), platforms=("ios", "android")
    )
    rule = create_campaign(app=app, draft=draft, actor=None)
    take_step(campaign_id=rule.pk, app=app, action="publish", actor=None)
    stop = next(stop for stop in stops_of(app) if stop.moment.key == "order_placed")
    assert stop.redirected
    assert stop.unredirected == 7


@pytest.mark.parametrize("change", [{"status": "paused"}, {"opening": True}])
def test_opportunity__paused_or_opening__none(app: App, change: dict[str, Any]) -> None:
    app.moments.filter(key="order_placed").update(**change)
    stop = next(stop for stop in stops_of(app) if stop.moment.key == "order_placed")
    assert (stop.unasked, stop.unredirected, stop.opportunity) == (None, None, 0)


def test_by_opportunity__largest_first__else_the_journey(app: App) -> None:
    assert [stop.moment.key for stop in by_opportunity(stops_of(app))] == [
        "order_placed",
        "goal_set",
        "never_reached",
    ]
    make_rollups(app, [("moment_session", DAY, "web", "goal_set", "denied", 5, 9)])
    assert by_opportunity(stops_of(app))[0].moment.key == "goal_set"


def test_journey__narrowed__by_text_status_and_platform(app: App) -> None:
    assert [stop.moment.key for stop in stops_of(app, text="goal")] == ["goal_set"]
    assert stops_of(app, status="paused") == ()
    android = stops_of(app, platform="android")
    assert {stop.moment.key: stop.figures.devices for stop in android} == {
        "order_placed": 6,
        "goal_set": 0,
        "never_reached": 0,
    }


def test_journey__linter__looks_at_names_and_numbers(app: App) -> None:
    make_moment(app, key="opened", name="App opened", event_name="App Opened", opening=True)
    make_rollups(app, [("devices", DAY, "ios", "", "", 0, 1000)])
    made = datetime.combine(DAY, time(23), tzinfo=UTC)
    app.moments.update(created_at=made)
    found = {stop.moment.key: [f.rule for f in stop.findings] for stop in stops_of(app)}
    assert found["opened"] == ["app-open", "almost-nobody"]
    assert found["order_placed"] == ["almost-nobody"]
    app.moments.update(created_at=made + timedelta(days=1))
    new = {stop.moment.key: [f.rule for f in stop.findings] for stop in stops_of(app)}
    assert new["order_placed"] == []
