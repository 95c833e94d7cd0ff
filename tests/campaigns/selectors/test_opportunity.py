"""The journey: the order of moments, and who is reached by nobody."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from campaigns.selectors.opportunity import journey
from tests.factories import (
    client_of,
    make_cast,
    make_moment,
    make_redirect_rule,
    make_rollups,
    make_soft_ask,
)

pytestmark = pytest.mark.django_db
DAY = date(2026, 11, 20)


def test_journey__ordered_by_session__opportunity_only_where_nothing_is_live(
    django_assert_num_queries: Any,
) -> None:
    app = make_cast().app
    late = make_moment(app, key="goal_set", name="Goal set")
    make_moment(app, key="order_placed")
    make_moment(app, key="never_reached", name="Never reached")
    make_soft_ask(app, late, status="live")
    make_redirect_rule(app, late, status="paused")
    make_rollups(
        app,
        [
            ("moment_session", DAY, "ios", "goal_set", "not_asked", 5, 6),
            ("moment_session", DAY, "ios", "goal_set", "denied", 5, 4),
            ("moment_session", DAY, "ios", "order_placed", "not_asked", 2, 3),
            ("moment_session", DAY, "android", "order_placed", "authorized", 2, 1),
            ("moment_screen", DAY, "ios", "order_placed", "", 7, 4),
        ],
    )
    with django_assert_num_queries(3):
        stops = journey(app=app, start=DAY, end=DAY, platform=None)
    assert [stop.key for stop in stops] == ["order_placed", "goal_set", "never_reached"]
    first, second, third = stops
    assert (first.figures.session, first.figures.screen, first.figures.devices) == (2, 7, 4)
    assert (first.unasked, first.unredirected) == (3, 0)
    assert (second.unasked, second.unredirected) == (0, 4)
    assert dict(second.shares) == {"Can be asked": 0.6, "Authorised": 0.0, "Denied": 0.4}
    assert dict(third.shares)["Denied"] is None


def test_moments_page__tells_the_journey_and_leads_on() -> None:
    cast = make_cast()
    make_moment(cast.app)
    today = datetime.now(UTC).date()
    make_rollups(cast.app, [("moment_session", today, "ios", "order_placed", "denied", 3, 1204)])
    told = client_of(cast.bob).get("/w/acme/shop/moments/").content.decode()
    assert "The journey" in told
    assert "redirects/new/?moment=order_placed" in told
