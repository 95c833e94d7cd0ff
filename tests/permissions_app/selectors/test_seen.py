"""The catalogue of events that arrive."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from permissions_app.domain.moments import Condition
from permissions_app.models import App, SeenEvent, SeenSample
from permissions_app.selectors.seen import (
    Trial,
    catalogue,
    newest_samples,
    properties_seen,
    seen_names,
    trial,
)
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


def keep(app: App, name: str, *properties: dict[str, Any]) -> None:
    """Samples of a name, the last one the newest."""
    for minute, told in enumerate(properties):
        at = datetime(2026, 6, 30, tzinfo=UTC) + timedelta(minutes=minute)
        SeenSample.objects.create(app=app, name=name, at=at, properties=told)


def test_catalogue__tells_properties_examples_and_moments(
    app: App, django_assert_num_queries: Any
) -> None:
    keep(app, "Order Placed", {"total": 5}, {"total": 7, "gift": True}, {"total": 7, "gift": 1})
    keep(App.objects.exclude(pk=app.pk).get(), "Order Placed", {"secret": 1})
    with django_assert_num_queries(3):
        found = {entry.name: entry for entry in catalogue(app_id=app.pk, today=TODAY)}
    assert list(found) == ["Long Ago", "Order Placed", "Menu Viewed", "Search Performed"]
    order = found["Order Placed"]
    assert (order.count, order.moments) == (50, ("Order placed",))
    assert [(told.name, told.examples) for told in order.properties] == [
        ("total", (7, 5)),
        ("gift", (1, True)),
    ]
    assert (found["Menu Viewed"].moments, found["Menu Viewed"].properties) == ((), ())


def test_trial__no_conditions__is_exact(app: App) -> None:
    found = tried(app, ())
    assert (found.total, found.about, found.exact) == (50, 50, True)


def test_trial__conditions__is_an_estimate_with_its_interval(app: App) -> None:
    SeenEvent.objects.filter(name="Order Placed").update(count=4100)
    keep(app, "Order Placed", *({"total": 20 if n % 10 < 3 else 5} for n in range(200)))
    found = tried(app, (Condition("total", "gte", 20),))
    assert found.share is not None
    assert (found.share.successes, found.share.trials) == (60, 200)
    assert found.about == 1230
    assert (found.low, found.high) == (987, 1504)
    assert not found.exact


@pytest.mark.parametrize(("met", "low_is_0", "high_is_all"), [(0, True, False), (9, False, True)])
def test_trial__none_or_all_of_few__leaves_room(
    app: App, met: int, low_is_0: bool, high_is_all: bool
) -> None:
    keep(app, "Order Placed", *({"total": 1 if n < met else 0} for n in range(9)))
    found = tried(app, (Condition("total", "eq", 1),))
    assert (found.low == 0, found.high == 50) == (low_is_0, high_is_all)
    assert found.low < found.high


def test_trial__no_samples__not_enough_data(app: App) -> None:
    found = tried(app, (Condition("total", "gte", 20),))
    assert (found.total, found.about, found.share) == (50, None, None)


def test_trial__other_name__nothing(app: App) -> None:
    found = trial(app_id=app.pk, event_name="x", conditions=(), samples=(), today=TODAY)
    assert (found.total, found.about) == (0, 0)


def tried(app: App, conditions: tuple[Condition, ...]) -> Trial:
    samples = newest_samples(app_id=app.pk, event_name="Order Placed")
    return trial(
        app_id=app.pk,
        event_name="Order Placed",
        conditions=conditions,
        samples=samples,
        today=TODAY,
    )
