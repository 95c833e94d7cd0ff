"""The figures of the moments map, from rollups alone."""

from __future__ import annotations

from datetime import date

import pytest
from django.db import connection

from permissions_app.models import App
from permissions_app.selectors.moments_map import QUERY, median_of, moments_map
from tests.factories import make_cast, make_rollups

DAY = date(2026, 6, 1)
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    return make_cast().app


def test_map__cells__are_summed_by_place_and_platform(app: App) -> None:
    make_rollups(
        app,
        [
            ("devices", DAY, "ios", "", "", 0, 90),
            ("moment_session", DAY, "ios", "order", "not_asked", 1, 30),
            ("moment_session", DAY, "ios", "order", "denied", 3, 10),
            ("moment_session", DAY, "web", "order", "denied_for_now", 3, 5),
            ("moment_session", DAY, "web", "order", "authorized", 0, 50),
            ("moment_screen", DAY, "ios", "order", "", 4, 10),
            ("moment_screen", DAY, "ios", "order", "", 9, 11),
            ("moment_times", DAY, "ios", "order", "", 2, 95),
            ("moment_session", date(2026, 5, 1), "ios", "order", "denied", 1, 999),
        ],
    )
    found = moments_map(app_id=app.pk, start=DAY, end=DAY, platform=None)
    order = found.of("order")
    assert found.devices == 90
    assert order.devices == 95
    assert order.places == {
        "not_asked": 30,
        "denied_for_now": 5,
        "authorized": 50,
        "denied": 10,
        "unsupported": 0,
    }
    assert (order.session, order.screen, order.times) == (1, 9, 2)
    assert order.in_first_session == 30
    ios = moments_map(app_id=app.pk, start=DAY, end=DAY, platform="ios").of("order")
    assert (ios.devices, ios.session) == (40, 1)


def test_map__other_app__is_not_counted(app: App) -> None:
    other = App.objects.exclude(pk=app.pk).get()
    make_rollups(other, [("moment_session", DAY, "ios", "order", "denied", 1, 5)])
    found = moments_map(app_id=app.pk, start=DAY, end=DAY, platform=None)
    assert found.moments == {}
    assert found.of("order").devices == 0
    assert found.of("order").session is None


def test_order__unknown_session_and_screen__come_last(app: App) -> None:
    make_rollups(
        app,
        [
            ("moment_session", DAY, "ios", "c", "denied", 2, 1),
            ("moment_screen", DAY, "ios", "c", "", 3, 1),
            ("moment_session", DAY, "ios", "b", "denied", 2, 1),
            ("moment_session", DAY, "ios", "a", "denied", 0, 1),
            ("moment_session", DAY, "ios", "d", "denied", 1, 1),
        ],
    )
    found = moments_map(app_id=app.pk, start=DAY, end=DAY, platform=None)
    ordered = sorted(found.moments.values(), key=lambda moment: moment.order)
    assert [moment.key for moment in ordered] == ["d", "c", "b", "a"]


def test_median__of_counted_values__is_the_lower_one() -> None:
    assert median_of({}) is None
    assert median_of({3: 1}) == 3
    assert median_of({1: 5, 2: 5}) == 1
    assert median_of({1: 5, 2: 6}) == 2
    assert median_of({4: 0, 7: 2}) == 7


def test_query__plan__reads_only_rollups(app: App) -> None:
    make_rollups(
        app, [("moment_session", DAY, "ios", f"m{n}", "denied", n % 9, 1) for n in range(400)]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE permissions_app_rollup")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            f"EXPLAIN {QUERY}",
            {"app": app.pk, "measures": ["devices"], "first": 1, "last": 99, "platform": None},
        )
        plan = "\n".join(row for (row,) in cursor.fetchall())
    assert "rollup_cell_once" in plan
    assert "permissions_app_event" not in plan
    assert "permissions_app_device" not in plan
