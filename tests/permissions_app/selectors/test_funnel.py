"""The funnel of groups, read from ways."""

from __future__ import annotations

from datetime import date

import pytest

from permissions_app.domain.device import DAY_MS
from permissions_app.models import App, FoldQueue
from permissions_app.selectors.funnel import Cohort, funnel, funnel_by, period_before
from permissions_app.services.rollups import fold_queue
from tests.factories import day_number, make_cast, make_device, make_rollups

pytestmark = pytest.mark.django_db
MONDAY = date(2026, 11, 2)


def cell(day: date, key: str, way: str, n: int, *, platform: str = "ios", asked: bool = False):
    return ("funnel_asked" if asked else "funnel", day, platform, key, way, 0, n)


@pytest.fixture
def app() -> App:
    app = make_cast().app
    make_rollups(
        app,
        [
            cell(MONDAY, "", "rspxgA", 30),
            cell(MONDAY, "", "rpxD", 10),
            cell(MONDAY, "", "W", 60, platform="android"),
            cell(date(2026, 11, 9), "", "rW", 7),
            cell(MONDAY, "os:18", "rspxgA", 20),
            cell(MONDAY, "os:17", "rspxgA", 10),
            cell(MONDAY, "os:17", "rpxD", 10),
            cell(MONDAY, "os:17", "W", 60, platform="android"),
            cell(MONDAY, "app:4.1", "rspxgA", 30),
            cell(MONDAY, "app_asked:4.0", "rspxgA", 30, asked=True),
            cell(MONDAY, "app:4.1", "rspxgA", 30, asked=True),
            cell(MONDAY, "moment:order_placed", "rspxgA", 5, asked=True),
            cell(MONDAY, "moment_asked:goal_set", "rspxgA", 5, asked=True),
            cell(MONDAY, "", "rspxgA", 30, asked=True),
        ],
    )
    return app


def read(app: App, by: str = "", *, asked: bool = False, platform: str | None = None):
    start, end = MONDAY, date(2026, 11, 9)
    cohort: Cohort = "ask" if asked else "install"
    if by:
        return funnel_by(
            app_id=app.pk, cohort=cohort, dimension=by, start=start, end=end, platform=platform
        )
    return funnel(app_id=app.pk, cohort=cohort, start=start, end=end, platform=platform)


def test_funnel__ways__are_summed_by_stage_and_place(app: App) -> None:
    whole = read(app)
    assert {stage.key: stage.n for stage in whole.stages} == {
        "eligible": 107,
        "reached": 47,
        "soft_ask_shown": 30,
        "soft_ask_accepted": 0,
        "prompted": 40,
        "authorized": 30,
    }
    assert (whole.authorized, whole.denied, whole.waiting) == (30, 10, 67)
    assert (whole.answered, whole.granted) == (40, 30)
    assert whole.opt_in is not None
    assert whole.opt_in.rate == pytest.approx(30 / 107)


def test_funnel__platform__only_its_devices(app: App) -> None:
    assert read(app, platform="android").eligible == 60
    assert read(app, platform="web").eligible == 0
    assert read(app, platform="web").opt_in is None


def test_by_os__same_number_on_two_platforms__two_groups_largest_first(app: App) -> None:
    found = [(group.platform, group.value, group.eligible) for group in read(app, "os")]
    assert found == [("android", "17", 60), ("ios", "17", 20), ("ios", "18", 20)]


def test_by_week__in_order_from_monday(app: App) -> None:
    found = [(group.value, group.eligible) for group in read(app, "week")]
    assert found == [("2026-11-02", 100), ("2026-11-09", 7)]


def test_by_app_in_the_cohort_of_the_ask__the_version_that_asked(app: App) -> None:
    assert [group.value for group in read(app, "app", asked=True)] == ["4.0"]
    assert [group.value for group in read(app, "moment", asked=True)] == ["goal_set"]
    assert [group.value for group in read(app, "app")] == ["4.1"]


def test_period_before__same_weekdays_and_length_without_overlap() -> None:
    assert period_before(start=date(2026, 11, 4), end=date(2026, 11, 10)) == (
        date(2026, 10, 28),
        date(2026, 11, 3),
    )
    start, end = period_before(start=date(2026, 11, 1), end=date(2026, 11, 30))
    assert start.weekday() == date(2026, 11, 1).weekday()
    assert (end - start).days == 29
    assert end < date(2026, 11, 1)


def test_funnel__folded_from_a_device__is_there() -> None:
    app = make_cast().app
    at = day_number(MONDAY) * DAY_MS
    device = make_device(app, platform="ios", first_seen_at=at, status="denied", locale="de_DE")
    FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    fold_queue(app_id=app.pk)
    assert [(group.value, group.denied) for group in read(app, "locale")] == [("de-DE", 1)]
