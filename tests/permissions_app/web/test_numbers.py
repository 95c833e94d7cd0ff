"""How numbers are written, and ranges read."""

from __future__ import annotations

from datetime import date

import pytest

from permissions_app.domain.proportions import wilson
from permissions_app.templatetags.numbers import count, duration, interval, percent, width
from permissions_app.web.ranges import read_range

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize("unknown", [None, ""])
def test_numbers__unknown__said_in_words(unknown):
    assert percent(unknown) == "not enough data"
    assert interval(unknown) == ""
    assert count(unknown) == "–"
    assert width(unknown) == "0%"


def test_numbers__known__thin_separators():
    assert count(1234567) == "1\u202f234\u202f567"
    assert percent(0.4231) == "42.3\u202f%"
    assert percent(0.4231, 2) == "42.31\u202f%"
    assert interval(wilson(successes=81, trials=263)) == "25.5\u2060–\u206036.6\u202f%"
    assert [duration(s) for s in (40, 95, 7300, 90_000)] == [
        "40\u202fs",
        "1\u202fmin",
        "2\u202fh",
        "1\u202fd",
    ]
    assert width(0.25) == "25.00%"


def test_range__nothing_said__ninety_days_to_today():
    chosen = read_range(parameters={}, today=TODAY)
    assert (chosen.start, chosen.end, chosen.platform) == (date(2026, 8, 26), TODAY, None)
    assert chosen.preset == 90
    assert chosen.problems == ()
    assert chosen.query() == "?"


def test_range__dates_and_platform__kept_in_its_own_address():
    said = {"from": "2026-10-01", "to": "2026-10-31", "platform": "web"}
    chosen = read_range(parameters=said, today=TODAY)
    assert (chosen.days, chosen.preset, chosen.platform_name) == (31, None, "Web")
    assert chosen.query() == "?from=2026-10-01&to=2026-10-31&platform=web"
    assert chosen.query(preset=7) == "?days=7&platform=web"
    assert chosen.query(platform=None) == "?from=2026-10-01&to=2026-10-31"


def test_range__end_in_the_future__today():
    chosen = read_range(parameters={"from": "2026-11-01", "to": "2030-01-01"}, today=TODAY)
    assert chosen.end == TODAY


@pytest.mark.parametrize("days", ["0", "367", "-1", "x", "000001000000", "9" * 5000, "٣"])
def test_range__odd_number_of_days__default_and_told(days):
    chosen = read_range(parameters={"days": days}, today=TODAY)
    assert chosen.preset == 90
    assert len(chosen.problems) == 1
