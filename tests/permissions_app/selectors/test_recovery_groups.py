"""Recovery of groups and arms, read from the rollups."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from permissions_app.domain.device import DAY_MS
from permissions_app.models import App, FoldQueue
from permissions_app.selectors.recovery import recovery
from permissions_app.selectors.recovery_groups import (
    TREATED,
    attributed,
    recovery_by,
    recovery_of_arms,
    rules_with_arms,
)
from permissions_app.services.rollups import fold_queue
from tests.factories import day_number, make_cast, make_device, make_rollups

pytestmark = pytest.mark.django_db
START, END = date(2026, 10, 1), date(2026, 10, 10)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def app() -> App:
    app = make_cast().app
    make_rollups(
        app,
        [
            ("denial", START, "ios", "refused", "", 0, 100),
            ("recovered", START, "ios", "", "tapped", 3, 10),
            ("recovered", START, "ios", "", "organic", 12, 2),
            ("recovered", START, "ios", "", "organic", 45, 1),
            ("lost", START, "ios", "", "", 5, 20),
            ("denial", END, "web", "refused", "", 0, 50),
            ("denial_by", START, "ios", "cause:refused", "", 0, 80),
            ("denial_by", START, "ios", "cause:turned_off", "", 0, 20),
            ("recovered_by", START, "ios", "cause:turned_off", "", 2, 5),
            ("denial_by", START, "ios", "app:4.1", "", 0, 100),
            ("denial_by", date(2026, 9, 1), "ios", "cause:embargoed", "", 0, 9),
            ("assigned", START, "ios", "r5", "a", 0, 60),
            ("assigned", START, "ios", "r5", "b", 0, 40),
            ("assigned", START, "ios", "r5", "holdout", 0, 20),
            ("assigned", START, "ios", "r50", "a", 0, 7),
            ("assigned", START, "ios", "s5", "a", 0, 900),
            ("assigned_recovered", START, "ios", "r5", "a", 4, 6),
            ("assigned_recovered", START, "ios", "r5", "b", 4, 2),
            ("assigned_lost", START, "ios", "r5", "holdout", 2, 3),
        ],
    )
    return app


def by(app: App, dimension: str, platform: str | None = None):
    return recovery_by(
        app_id=app.pk, dimension=dimension, start=START, end=END, platform=platform, now=NOW
    )


def test_by_platform__as_the_recovery_of_that_platform_alone(app: App) -> None:
    ios, web = by(app, "platform")
    alone = recovery(app_id=app.pk, start=START, end=END, platform="ios", now=NOW)
    assert (ios.value, ios.denials, ios.recovered, ios.lost) == ("ios", 100, 13, 20)
    assert ios.points == alone.points
    assert (web.value, web.denials, web.recovered) == ("web", 50, 0)


def test_by_cause__largest_first__only_days_of_the_range(app: App) -> None:
    assert [(group.value, group.denials, group.recovered) for group in by(app, "cause")] == [
        ("refused", 80, 0),
        ("turned_off", 20, 5),
    ]
    point = by(app, "cause")[1].at(7)
    assert point is not None
    assert point.incidence == 0.25
    assert by(app, "cause", "web") == ()


def test_by_app__keys_of_other_dimensions_are_no_groups(app: App) -> None:
    assert [group.value for group in by(app, "app")] == ["4.1"]


def test_arms__of_one_rule__together_first_and_the_holdout_last(app: App) -> None:
    arms = recovery_of_arms(app_id=app.pk, rule="r5", start=START, end=END, platform=None, now=NOW)
    assert [(arm.value, arm.denials, arm.recovered, arm.lost) for arm in arms] == [
        (TREATED, 100, 8, 0),
        ("a", 60, 6, 0),
        ("b", 40, 2, 0),
        ("holdout", 20, 0, 3),
    ]
    point = arms[0].at(7)
    assert point is not None
    assert point.incidence == pytest.approx(0.08)


def test_arms__one_arm__is_not_told_twice(app: App) -> None:
    arms = recovery_of_arms(app_id=app.pk, rule="r50", start=START, end=END, platform=None, now=NOW)
    assert [arm.value for arm in arms] == ["a"]


def test_rules__with_devices__most_first_and_no_soft_asks(app: App) -> None:
    for platform, rules in ((None, ("r5", "r50")), ("web", ())):
        found = rules_with_arms(app_id=app.pk, start=START, end=END, platform=platform)
        assert found == rules


def test_attributed__by_age__every_kind_is_named(app: App) -> None:
    found = attributed(app_id=app.pk, start=START, end=END, platform=None)
    assert [(row.kind, row.within_7, row.within_30, row.so_far) for row in found] == [
        ("tapped", 10, 10, 10),
        ("seen", 0, 0, 0),
        ("organic", 0, 2, 3),
    ]


def test_contradicting_counts__no_curve(app: App) -> None:
    make_rollups(app, [("recovered_by", START, "web", "app:4.1", "", 2, 101)])
    assert by(app, "app")[0].points == ()


def test_folded_from_a_device__its_groups_are_there() -> None:
    app = make_cast().app
    at = day_number(START) * DAY_MS
    device = make_device(
        app,
        platform="ios",
        first_seen_at=at,
        status="denied",
        denial={"at": at, "cause": "refused", "moment": "goal_set", "app_version": "4.1"},
    )
    FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    fold_queue(app_id=app.pk)
    for dimension, value in (("cause", "refused"), ("moment", "goal_set"), ("app", "4.1")):
        assert [(group.value, group.denials) for group in by(app, dimension)] == [(value, 1)]
