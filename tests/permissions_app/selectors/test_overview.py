"""The numbers of the overview from hand-made rollup rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from permissions_app.domain.measures import FUNNEL_STAGES
from permissions_app.selectors.overview import Overview, by_week, has_devices, overview
from tests.factories import make_cast, make_rollups

pytestmark = pytest.mark.django_db

MONDAY = date(2026, 3, 2)
SUNDAY = date(2026, 3, 8)
NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)


def read(app, *, start: date = MONDAY, end: date = SUNDAY, platform: str | None = None) -> Overview:
    """The overview of a week in March."""
    return overview(app_id=app.pk, start=start, end=end, platform=platform, now=NOW)


def opt_in_cells(day: date, platform: str, **counts: int):
    """Rows of install-day measures."""
    return [(measure, day, platform, "", "", 0, n) for measure, n in counts.items()]


def test_overview__no_rows__every_rate_unknown():
    cast = make_cast()
    seen = read(cast.app)
    assert (seen.devices, seen.eligible, seen.authorized) == (0, 0, 0)
    assert seen.opt_in is seen.grant_rate is seen.soft_ask_acceptance is None
    assert [stage.share for stage in seen.stages] == [None] * 6
    assert [stage.drop_share for stage in seen.stages] == [None] * 6
    assert len(seen.trend) == 7
    assert all(point.opt_in is None for point in seen.trend)
    assert seen.recovery.points == ()


def test_overview__rows__exact_numbers():
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            *opt_in_cells(
                MONDAY, "ios", devices=60, eligible=60, authorized=30, denied=10, waiting=20
            ),
            *opt_in_cells(MONDAY, "android", devices=50, on_by_default=10, eligible=40),
            *opt_in_cells(SUNDAY, "android", authorized=10, denied=10, waiting=20),
            *opt_in_cells(SUNDAY, "ios", reached=80, soft_ask_shown=70, soft_ask_accepted=35),
            *opt_in_cells(SUNDAY, "ios", prompted=50, answered=48, granted=36),
        ],
    )
    seen = read(cast.app)
    assert (seen.devices, seen.on_by_default, seen.eligible) == (110, 10, 100)
    assert (seen.authorized, seen.denied, seen.waiting) == (40, 20, 40)
    assert seen.authorized + seen.denied + seen.waiting == seen.eligible
    assert seen.opt_in is not None
    assert seen.opt_in.rate == 0.4
    assert (round(seen.opt_in.low, 4), round(seen.opt_in.high, 4)) == (0.3094, 0.498)
    assert tuple(stage.key for stage in seen.stages) == FUNNEL_STAGES
    assert [stage.n for stage in seen.stages] == [100, 80, 70, 35, 50, 40]
    assert [stage.dropped for stage in seen.stages] == [None, 20, 10, 35, -15, 10]
    assert seen.stages[3].drop_share == 0.5
    assert seen.soft_ask_acceptance is not None
    assert seen.soft_ask_acceptance.rate == 0.5
    assert (seen.answered, seen.granted) == (48, 36)
    assert seen.grant_rate is not None
    assert seen.grant_rate.rate == 0.75


def test_overview__edges__both_days_included_and_nothing_outside():
    cast = make_cast()
    for day in (date(2026, 3, 1), MONDAY, SUNDAY, date(2026, 3, 9)):
        make_rollups(cast.app, opt_in_cells(day, "ios", eligible=1))
    assert read(cast.app).eligible == 2


def test_overview__platform_and_app__others_left_out():
    cast = make_cast()
    make_rollups(cast.app, opt_in_cells(MONDAY, "ios", eligible=3))
    make_rollups(cast.app, opt_in_cells(MONDAY, "web", eligible=4))
    make_rollups(cast.mallorys_app, opt_in_cells(MONDAY, "web", eligible=100))
    assert read(cast.app).eligible == 7
    assert read(cast.app, platform="web").eligible == 4
    assert read(cast.app, platform="android").eligible == 0


def test_overview__more_accepted_than_shown__rate_unknown():
    cast = make_cast()
    make_rollups(cast.app, opt_in_cells(MONDAY, "ios", soft_ask_shown=2, soft_ask_accepted=3))
    assert read(cast.app).soft_ask_acceptance is None


def test_by_week__days_from_wednesday__part_of_a_week_then_a_whole_one():
    cast = make_cast()
    start, end = date(2026, 3, 4), date(2026, 3, 15)
    for number in range(4, 16):
        make_rollups(
            cast.app,
            opt_in_cells(date(2026, 3, number), "ios", eligible=10, authorized=4, waiting=6),
        )
    weeks = by_week(read(cast.app, start=start, end=end).trend)
    assert [(w.day, w.days, w.eligible, w.authorized, w.waiting) for w in weeks] == [
        (start, 5, 50, 20, 30),
        (date(2026, 3, 9), 7, 70, 28, 42),
    ]
    assert weeks[1].opt_in is not None
    assert weeks[1].opt_in.rate == 0.4


def test_has_devices__counted_down_to_nothing__no():
    cast = make_cast()
    make_rollups(cast.app, opt_in_cells(MONDAY, "ios", devices=0))
    assert not has_devices(app_id=cast.app.pk)
    make_rollups(cast.app, opt_in_cells(SUNDAY, "ios", devices=1))
    assert has_devices(app_id=cast.app.pk)
