"""Settings recovery from hand-made rollup rows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from permissions_app.domain.survival import cumulative_incidence
from permissions_app.selectors.recovery import HORIZON, Recovery, recovery
from tests.factories import day_number, make_cast, make_rollups

pytestmark = pytest.mark.django_db

FIRST = date(2026, 3, 1)
NOW = datetime(2026, 3, 12, 0, 30, tzinfo=UTC)  # the last complete day is 11 March


def read(app, *, end: date = date(2026, 3, 12), platform: str | None = None) -> Recovery:
    """Recovery of denials from 1 March on."""
    return recovery(app_id=app.pk, start=FIRST, end=end, platform=platform, now=NOW)


def test_recovery__no_denial__no_curve():
    cast = make_cast()
    seen = read(cast.app)
    assert (seen.denials, seen.recovered, seen.lost, seen.points) == (0, 0, 0, ())
    assert seen.at(0) is None
    assert seen.as_of == date(2026, 3, 11)


def test_recovery__rows__counts_and_curve():
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("denial", FIRST, "ios", "refused", "", 0, 60),
            ("denial", FIRST, "android", "turned_off", "", 0, 40),
            ("recovered", FIRST, "ios", "", "tapped", 1, 5),
            ("recovered", FIRST, "ios", "", "organic", 1, 3),
            ("recovered", FIRST, "android", "", "seen", 4, 2),
            ("lost", FIRST, "ios", "", "", 2, 20),
        ],
    )
    seen = read(cast.app)
    assert seen.denials == 100
    assert seen.by_cause == (("refused", 60), ("turned_off", 40))
    assert seen.by_attribution == (("tapped", 5), ("seen", 2), ("organic", 3))
    assert (seen.recovered, seen.lost) == (10, 20)
    assert len(seen.points) == 11  # ages 0 to 10: watched until 11 March
    day = day_number(FIRST)
    expected = cumulative_incidence(
        cohorts={day: 100},
        hits={(day, 1): (8, 0), (day, 2): (0, 20), (day, 4): (2, 0)},
        as_of=day + 10,
    )
    assert seen.points == expected
    at_7 = seen.at(7)
    assert at_7 is not None
    assert at_7.incidence is not None
    assert round(at_7.incidence, 6) == round(0.08 + 0.92 * (72 / 92) * (2 / 72), 6)
    assert seen.at(30) is None


def test_recovery__platform__only_its_devices():
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("denial", FIRST, "ios", "refused", "", 0, 10),
            ("denial", FIRST, "web", "refused", "", 0, 7),
            ("recovered", FIRST, "web", "", "organic", 2, 1),
        ],
    )
    assert read(cast.app, platform="ios").recovered == 0
    assert read(cast.app, platform="web").denials == 7


def test_recovery__denied_today__counted_but_not_watched_yet():
    cast = make_cast()
    make_rollups(cast.app, [("denial", date(2026, 3, 12), "ios", "refused", "", 0, 4)])
    seen = read(cast.app)
    assert seen.denials == 4
    assert seen.points == ()


def test_recovery__ages_beyond_the_horizon__do_not_change_the_curve():
    cast = make_cast()
    start = FIRST - timedelta(days=200)
    rows = [
        ("denial", start, "ios", "refused", "", 0, 50),
        ("recovered", start, "ios", "", "seen", 10, 5),
        ("recovered", start, "ios", "", "seen", HORIZON + 3, 4),
        ("lost", start, "ios", "", "", HORIZON + 40, 3),
    ]
    make_rollups(cast.app, rows)
    seen = recovery(app_id=cast.app.pk, start=start, end=FIRST, platform=None, now=NOW)
    assert len(seen.points) == HORIZON + 1
    assert seen.points[HORIZON].incidence == pytest.approx(0.1)
    assert (seen.recovered, seen.lost) == (9, 3)


def test_recovery__more_hits_than_devices__marked_inconsistent():
    cast = make_cast()
    make_rollups(
        cast.app,
        [
            ("denial", FIRST, "ios", "refused", "", 0, 1),
            ("recovered", FIRST, "ios", "", "seen", 1, 2),
        ],
    )
    seen = read(cast.app)
    assert (seen.consistent, seen.points) == (False, ())
