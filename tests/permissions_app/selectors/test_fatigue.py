"""Interruptions read from cells."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from permissions_app.domain.device import DAY_MS, PERIOD_DAYS
from permissions_app.models import App, FoldQueue
from permissions_app.selectors.fatigue import Fatigue, fatigue
from permissions_app.services.rollups import fold_queue
from tests.factories import EPOCH, make_cast, make_device, make_rollups

pytestmark = pytest.mark.django_db
PERIOD = EPOCH + timedelta(days=690 * PERIOD_DAYS)
DAY = PERIOD + timedelta(days=12)


@pytest.fixture
def app() -> App:
    return make_cast().app


def read(app: App, start: date = DAY, end: date = DAY, platform: str | None = None) -> Fatigue:
    return fatigue(app_id=app.pk, start=start, end=end, platform=platform)


def test_fatigue__letters__by_kind_and_number(app: App) -> None:
    make_rollups(
        app,
        [
            ("exposure", DAY, "ios", "", "a", 1, 50),
            ("exposure", DAY, "ios", "", "d", 1, 30),
            ("exposure", DAY, "ios", "", "x", 1, 10),
            ("exposure", DAY, "ios", "", "s", 1, 10),
            ("exposure", DAY, "ios", "", "y", 2, 6),
            ("exposure", DAY, "ios", "", "t", 2, 3),
            ("exposure", DAY, "ios", "", "r", 2, 1),
            ("exposure", DAY, "android", "", "a", 1, 1000),
            ("never_after", DAY, "ios", "", "", 2, 4),
        ],
    )
    found = read(app, platform="ios")
    assert [(n.n, n.shown, n.yes, n.no) for n in found.soft_asks] == [(1, 100, 50, 40)]
    assert [(n.n, n.shown, n.yes, n.no) for n in found.redirects] == [(2, 10, 3, 6)]
    assert found.soft_asks[0].no_rate is not None
    assert found.soft_asks[0].no_rate.rate == 0.4
    assert [(n.n, n.met, n.said) for n in found.nevers] == [(1, 100, 0), (2, 10, 4)]
    assert found.caps[0].lost == 3


def test_fatigue__periods_that_touch_the_range__are_read_whole(app: App) -> None:
    before, after = PERIOD - timedelta(days=PERIOD_DAYS), PERIOD + timedelta(days=PERIOD_DAYS)
    make_rollups(
        app,
        [
            ("interrupted", before, "ios", "", "", 9, 100),
            ("interrupted", PERIOD, "ios", "", "", 1, 7),
            ("interrupted", PERIOD, "ios", "", "", 3, 2),
            ("interrupted", after, "ios", "", "", 9, 100),
        ],
    )
    found = read(app)
    assert (found.start, found.end) == (PERIOD, after - timedelta(days=1))
    assert found.distribution == ((1, 7), (3, 2))
    assert (found.devices, found.interruptions) == (9, 13)
    assert found.caps[1].saved == 2


def test_fatigue__device_through_the_fold__its_cells_are_read(app: App) -> None:
    at = (DAY - EPOCH).days * DAY_MS
    device = make_device(
        app,
        first_seen_at=at,
        platform="ios",
        first_exposure_at=at,
        answers_in_order="da",
        interrupted={690: 2},
    )
    FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    fold_queue(app_id=app.pk)
    found = read(app)
    assert found.distribution == ((2, 1),)
    assert [(n.n, n.yes, n.no) for n in found.soft_asks] == [(1, 0, 1), (2, 1, 0)]


def test_fatigue__nobody__nothing(app: App) -> None:
    found = read(app)
    assert (found.devices, found.soft_asks, found.nevers) == (0, (), ())
    assert found.caps[0].saved_share is None


def test_fatigue__more_nevers_than_interruptions__no_rate(app: App) -> None:
    make_rollups(app, [("never_after", DAY, "ios", "", "", 1, 4)])
    assert read(app).nevers[0].rate is None
