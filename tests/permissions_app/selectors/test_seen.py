"""The catalogue of events that arrive."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from permissions_app.models import App, SeenEvent, SeenSample
from permissions_app.selectors.seen import properties_seen, seen_names
from tests.factories import make_cast, make_moment

TODAY = date(2026, 6, 30)
pytestmark = pytest.mark.django_db


@pytest.fixture
def app() -> App:
    """An app with a moment on one of three events."""
    cast = make_cast()
    make_moment(cast.app)
    for owner, name, day, count in (
        (cast.app, "Order Placed", 29, 50),
        (cast.app, "Menu Viewed", 29, 20),
        (cast.app, "Menu Viewed", 30, 5),
        (cast.app, "Search Performed", 30, 9),
        (cast.app, "Long Ago", 2, 900),
        (cast.mallorys_app, "Elsewhere", 30, 900),
    ):
        SeenEvent.objects.create(app=owner, name=name, day=date(2026, 6, day), count=count)
    return cast.app


def test_names__all__most_frequent_first(app: App) -> None:
    found = seen_names(app_id=app.pk, today=TODAY)
    assert [(seen.name, seen.count) for seen in found] == [
        ("Order Placed", 50),
        ("Menu Viewed", 25),
        ("Search Performed", 9),
    ]
    assert found[1].last_day == TODAY


def test_names__without_moment__leaves_out_what_is_one_already(app: App) -> None:
    make_moment(App.objects.exclude(pk=app.pk).get(), event_name="Menu Viewed")
    found = seen_names(app_id=app.pk, today=TODAY, without_moment=True)
    assert [seen.name for seen in found] == ["Menu Viewed", "Search Performed"]


def test_names__without_moment__is_one_query(app: App, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        seen_names(app_id=app.pk, today=TODAY, without_moment=True)


def test_properties__of_samples__are_all_named(app: App) -> None:
    assert properties_seen(app_id=app.pk, event_name="Order Placed") is None
    for told in ({"total": 1}, {"order_id": "x", "total": 2}):
        SeenSample.objects.create(
            app=app, name="Order Placed", at="2026-06-30T10:00Z", properties=told
        )
    assert properties_seen(app_id=app.pk, event_name="Order Placed") == ("order_id", "total")
