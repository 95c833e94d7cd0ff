"""What each moment wins and spends, from cells."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from campaigns.selectors.league import MomentScore, league
from tests.factories import (
    Cast,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
    republish,
)

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
OLD = date(2026, 9, 1)


def scores(cast: Cast, *, days: int = 120, platform: str | None = None) -> dict[str, MomentScore]:
    end = NOW.date()
    start = end - timedelta(days=days - 1)
    found = league(app=cast.app, start=start, end=end, platform=platform, now=NOW)
    return {one.key: one for one in found}


def test_league__soft_ask__gain_acceptance_and_price() -> None:
    cast = make_cast()
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    make_rollups(
        cast.app,
        [
            ("moment", OLD, "ios", "order_placed", "authorized", 0, 300),
            ("moment", OLD, "android", "order_placed", "waiting", 0, 100),
            ("campaign_shown", OLD, "ios", ask.key, "", 0, 200),
            ("campaign_accepted", OLD, "ios", ask.key, "", 0, 120),
            ("campaign_times", OLD, "ios", ask.key, "", 1, 150),
            ("campaign_times", OLD, "ios", ask.key, "", 2, 50),
            ("funnel_asked", OLD, "ios", "moment_asked:order_placed", "rsapxgA", 0, 100),
            ("funnel_asked", OLD, "ios", "moment_asked:order_placed", "rspxD", 0, 60),
            ("funnel_asked", OLD, "ios", "moment:order_placed", "rspxgA", 0, 999),
        ],
    )
    one = scores(cast)["order_placed"]
    assert (one.devices, one.shown, one.accepted, one.asked, one.authorized) == (
        400,
        200,
        120,
        160,
        100,
    )
    assert one.acceptance is not None
    assert one.acceptance.rate == 0.6
    assert one.yield_ is not None
    assert one.yield_.rate == 0.625
    assert one.interruptions == 250
    assert one.per_interruption == 0.4
    assert one.spent == 2.5
    assert one.campaigns == ((ask.name, "soft_ask", ask.pk),)
    assert scores(cast, platform="android")["order_placed"].devices == 100


def test_league__redirect_with_holdout__difference_times_devices_in_the_arms() -> None:
    cast = make_cast()
    rule = make_redirect_rule(cast.app, make_moment(cast.app), status="live")
    rule = republish(rule, holdout=0.2)
    recent = NOW.date() - timedelta(days=30)
    make_rollups(
        cast.app,
        [
            ("assigned", OLD, "ios", rule.key, "a", 0, 1000),
            ("assigned", OLD, "ios", rule.key, "holdout", 0, 500),
            ("assigned_recovered", OLD, "ios", rule.key, "a", 3, 80),
            ("assigned_recovered", OLD, "ios", rule.key, "a", 30, 20),
            ("assigned_recovered", OLD, "ios", rule.key, "a", 31, 400),
            ("assigned_recovered", OLD, "ios", rule.key, "holdout", 9, 10),
            ("assigned", recent, "ios", rule.key, "a", 0, 7777),
            ("recovered_after", OLD, "ios", rule.key, "tapped", 0, 66),
            ("campaign_times", OLD, "ios", rule.key, "", 1, 400),
        ],
    )
    gain = scores(cast)["order_placed"].recovery
    assert gain.basis == "holdout"
    assert gain.value == pytest.approx(80.0)
    assert gain.low is not None
    assert gain.high is not None
    assert 0 < gain.low < 80 < gain.high
    assert scores(cast)["order_placed"].spent == pytest.approx(5.0)


def test_league__holdout_watched_too_short__not_known_yet() -> None:
    cast = make_cast()
    rule = republish(
        make_redirect_rule(cast.app, make_moment(cast.app), status="live"), holdout=0.2
    )
    recent = NOW.date() - timedelta(days=3)
    make_rollups(
        cast.app,
        [
            ("campaign_times", recent, "ios", rule.key, "", 1, 40),
            ("campaign_shown", recent, "ios", rule.key, "", 0, 40),
            ("recovered_after", recent, "ios", rule.key, "seen", 0, 4),
        ],
    )
    one = scores(cast)["order_placed"]
    assert (one.recovery.basis, one.recovery.value, one.spent) == ("holdout", None, None)


def test_league__redirect_without_holdout__what_is_put_down_to_it() -> None:
    cast = make_cast()
    rule = republish(
        make_redirect_rule(cast.app, make_moment(cast.app), status="live"), holdout=0.0
    )
    make_rollups(
        cast.app,
        [
            ("recovered_after", OLD, "ios", rule.key, "seen", 0, 4),
            ("recovered_after", OLD, "ios", rule.key, "tapped", 0, 6),
        ],
    )
    gain = scores(cast)["order_placed"].recovery
    assert (gain.basis, gain.value, gain.low) == ("attributed", 10, None)


def test_league__one_rule_of_each_kind__the_sum_without_an_interval() -> None:
    cast = make_cast()
    moment = make_moment(cast.app)
    held = republish(make_redirect_rule(cast.app, moment, status="live"), holdout=0.2)
    other = republish(
        make_redirect_rule(cast.app, moment, name="Another", status="live"), holdout=0.0
    )
    make_rollups(
        cast.app,
        [
            ("assigned", OLD, "ios", held.key, "a", 0, 100),
            ("assigned", OLD, "ios", held.key, "holdout", 0, 100),
            ("assigned_recovered", OLD, "ios", held.key, "a", 1, 30),
            ("assigned_recovered", OLD, "ios", held.key, "holdout", 1, 10),
            ("recovered_after", OLD, "ios", other.key, "tapped", 0, 5),
        ],
    )
    gain = scores(cast)["order_placed"].recovery
    assert (gain.basis, gain.low) == ("both", None)
    assert gain.value == pytest.approx(25.0)


def test_league__nothing_happened__nothing_is_a_number() -> None:
    cast = make_cast()
    make_moment(cast.app)
    one = scores(cast)["order_placed"]
    assert (one.acceptance, one.yield_, one.per_interruption, one.spent) == (None, None, None, None)
    assert one.recovery.basis == ""


def test_league__moment_that_was_deleted__is_told_by_its_key() -> None:
    cast = make_cast()
    make_rollups(cast.app, [("moment", OLD, "ios", "gone", "authorized", 0, 3)])
    assert (scores(cast)["gone"].name, scores(cast)["gone"].known) == ("gone", False)


def test_league__another_app__not_counted() -> None:
    cast = make_cast()
    make_rollups(cast.mallorys_app, [("moment", OLD, "ios", "lair", "authorized", 0, 3)])
    assert scores(cast) == {}


def test_league__more_yeses_than_asks__no_rate() -> None:
    cast = make_cast()
    ask = make_soft_ask(cast.app, make_moment(cast.app), status="live")
    make_rollups(
        cast.app,
        [
            ("campaign_shown", OLD, "ios", ask.key, "", 0, 1),
            ("campaign_accepted", OLD, "ios", ask.key, "", 0, 2),
        ],
    )
    assert scores(cast)["order_placed"].acceptance is None
