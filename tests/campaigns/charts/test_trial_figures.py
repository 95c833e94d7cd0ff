"""Figures of trials say what their numbers say, and Plotly accepts them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import plotly.graph_objects as go
import pytest

from campaigns.charts.power import power_figure, power_json
from campaigns.charts.sequence import sequence_figure, sequence_json
from campaigns.domain.trial_shapes import Band
from permissions_app.charts import theme
from permissions_app.domain.planning import Plan, devices_to_plan, power_curve
from permissions_app.domain.sequences import Pair, difference_at

FIRST = date(2026, 11, 1)


def band(arm: str, rate: float, days: int = 20) -> Band:
    """A band whose first day has nobody."""
    points = []
    for day in range(days):
        n = 60 * day
        bounds = difference_at(Pair(int(n * rate), n, int(n * 0.4), n), n_star=2400)
        points.append((day, 2 * n, bounds))
    return Band(arm, "a", 2400, tuple(points))


def dates(days: int = 20) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(days=day) for day in range(days))


def valid(fig: go.Figure) -> go.Figure:
    return go.Figure(json.loads(theme.figure_json(fig)))


def test_sequence_figure__one_band__line_between_its_bounds_from_the_first_day_that_has_them() -> (
    None
):
    one = band("b", 0.45)
    low, high, line = valid(
        sequence_figure(bands=[one], names=["B"], smallest=0.02, dates=dates())
    ).data
    known = [bounds for _, _, bounds in one.points if bounds]
    assert next(iter(line.x)) == "2026-11-02"
    assert list(line.y) == [bounds.value for bounds in known]
    assert list(low.y) == [bounds.low for bounds in known]
    assert list(high.y) == [bounds.high for bounds in known]
    assert "2\u202f280 devices" in line.customdata[-1]


def test_sequence_figure__early_days_with_huge_bounds__do_not_stretch_the_axis() -> None:
    one = band("b", 0.45)
    fig = sequence_figure(bands=[one], names=["B"], smallest=0.02, dates=dates())
    low, high = fig.layout.yaxis.range
    first = next(bounds for _, _, bounds in one.points if bounds)
    assert low == -high
    assert first.high > high > 0.1


def test_sequence_figure__several_bands__named_at_their_ends_and_told_apart_without_colour() -> (
    None
):
    bands = [band("b", 0.45), band("c", 0.38)]
    fig = valid(sequence_figure(bands=bands, names=["B", "C"], smallest=0.02, dates=dates()))
    assert [note.text for note in fig.layout.annotations] == ["B", "C"]
    assert fig.data[2].line.dash != fig.data[5].line.dash
    assert fig.data[5].customdata[-1].startswith("C: −2.")


def test_sequence_figure__margin__grey_between_what_is_not_worth_knowing() -> None:
    fig = valid(sequence_figure(bands=[band("b", 0.4)], names=["B"], smallest=0.03, dates=dates()))
    assert (fig.layout.shapes[0].y0, fig.layout.shapes[0].y1) == (-0.03, 0.03)


@pytest.mark.parametrize("per_day", [10, 5000])
def test_power_figure__plan__marks_the_day_that_reaches_80_percent(per_day: int) -> None:
    plan = Plan(baseline=0.4, difference=0.1, per_day=per_day)
    needed = devices_to_plan(plan).days
    assert needed is not None
    points = power_curve(plan, days=sorted({*range(1, 2 * needed + 1), needed}))
    curve, mark = valid(power_figure(points=points, needed=needed)).data
    assert list(curve.y) == [point.power for point in points]
    assert list(mark.x) == [needed]
    assert mark.y[0] >= 0.8


def test_json__same_numbers__same_text() -> None:
    told = {"bands": (band("b", 0.4),), "names": ("B",), "smallest": 0.02, "dates": dates()}
    assert sequence_json(**told) == sequence_json(**told)
    assert power_json(points=(), needed=None) == power_json(points=(), needed=None)
