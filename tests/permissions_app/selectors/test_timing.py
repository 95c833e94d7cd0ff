"""Timing read from the rollups."""

from __future__ import annotations

from datetime import date

import pytest

from permissions_app.domain.device import DAY_MS
from permissions_app.models import FoldQueue
from permissions_app.selectors.timing import Timing, timing
from permissions_app.services.rollups import fold_queue
from tests.factories import day_number, make_cast, make_device, make_rollups

pytestmark = pytest.mark.django_db
START, END = date(2026, 10, 1), date(2026, 10, 10)


def read(app, platform: str | None = None) -> Timing:
    return timing(app_id=app.pk, start=START, end=END, platform=platform)


def test_timing__cells__summed_by_step_and_platform() -> None:
    app = make_cast().app
    make_rollups(
        app,
        [
            ("eligible", START, "ios", "", "", 0, 100),
            ("eligible", START, "web", "", "", 0, 50),
            ("eligible", date(2026, 9, 1), "ios", "", "", 0, 999),
            ("lived", START, "ios", "screens", "", 2, 60),
            ("lived", END, "ios", "screens", "", 7, 40),
            ("lived", START, "web", "screens", "", 7, 50),
            ("asked_at", START, "ios", "screens", "granted", 2, 30),
            ("asked_at", END, "ios", "screens", "open", 2, 10),
            ("asked_at", START, "ios", "minutes", "granted", 5, 45),
        ],
    )
    found = read(app, "ios")
    assert (found.eligible, found.asked) == (100, 45)
    by_step = {point.step: point for point in found.points["screens"]}
    assert (by_step[2].asked, by_step[2].granted, by_step[2].came) == (40, 30, 100)
    assert by_step[7].came == 40
    assert read(app).eligible == 150
    assert found.points["sessions"] == ()


def test_timing__folded_from_a_device__is_there() -> None:
    app = make_cast().app
    at = day_number(START) * DAY_MS
    device = make_device(
        app,
        platform="ios",
        first_seen_at=at,
        last_seen_at=at + 600_000,
        screens=7,
        answers=1,
        first_ask={"at": at + 120_000, "by": "dialog", "screen": 3, "session": 1},
    )
    FoldQueue.objects.create(app_id=app.pk, device_id=device.pk)
    fold_queue(app_id=app.pk)
    found = read(app)
    assert found.eligible == 1
    asked = [(point.step, point.granted) for point in found.points["screens"] if point.asked]
    assert asked == [(3, 1)]
    assert found.points["screens"][-1].step == 7
