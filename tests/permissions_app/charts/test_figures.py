"""Figures say what their dataclasses say, and Plotly accepts them."""

from __future__ import annotations

import json
from datetime import date, timedelta

import plotly.graph_objects as go

from permissions_app.charts import sketch, theme
from permissions_app.charts.recovery import published, recovery_figure, recovery_json
from permissions_app.charts.trend import trend_figure, trend_json
from permissions_app.domain.proportions import wilson
from permissions_app.domain.reference_lines import lines_for
from permissions_app.domain.survival import cumulative_incidence
from permissions_app.selectors.overview import TrendPoint

POINTS = cumulative_incidence(
    cohorts={0: 100, 20: 50},
    hits={(0, 2): (4, 1), (0, 9): (3, 0), (20, 2): (1, 2)},
    as_of=40,
)
LINES = lines_for(measure="recovery")


def week(number: int, authorized: int, eligible: int) -> TrendPoint:
    """A week of installs, those not authorised waiting."""
    return TrendPoint(
        day=date(2026, 3, 2) + timedelta(days=7 * number),
        days=7,
        eligible=eligible,
        authorized=authorized,
        denied=0,
        waiting=eligible - authorized,
        opt_in=wilson(successes=authorized, trials=eligible),
    )


WEEKS = (week(0, 4, 10), week(1, 0, 0), week(2, 6, 12))


def valid(fig: go.Figure) -> go.Figure:
    """The same figure with every property checked; raises where Plotly knows none of that name."""
    return go.Figure(json.loads(theme.figure_json(fig)))


def test_recovery_figure__points__curve_and_band():
    fig = valid(recovery_figure(points=POINTS, references=LINES))
    low, high, curve, marks = fig.data
    known = [p for p in POINTS if p.at_risk]
    assert list(curve.x) == [p.age for p in known]
    assert list(curve.y) == [p.incidence for p in known]
    banded = [p for p in known if p.low is not None]
    assert list(low.y) == [p.low for p in banded]
    assert list(high.y) == [p.high for p in banded]
    assert curve.line.shape == low.line.shape == "hv"
    assert list(marks.x) == [7, 30]


def test_recovery_figure__references__dashed_with_source_and_grade():
    fig = valid(recovery_figure(points=POINTS, references=LINES))
    lines = [shape for shape in fig.layout.shapes if shape.type == "line"]
    assert sorted(shape.y0 for shape in lines) == [0.03, 0.10, 0.15]
    assert {shape.line.dash for shape in lines} == {"dash"}
    assert {shape.line.color for shape in lines} == {theme.REFERENCE}
    texts = " ".join(label.text for label in fig.layout.annotations)
    for line in LINES:
        assert line.badge in texts
        assert published(line) in texts


def test_recovery_figure__nothing_known__empty_axes():
    fig = valid(recovery_figure(points=(), references=()))
    assert len(fig.data[2].x or ()) == 0


def test_trend_figure__weeks__line_and_bars():
    fig = valid(trend_figure(points=WEEKS))
    line = fig.data[2]
    assert list(line.x) == ["2026-03-02", "2026-03-09", "2026-03-16"]
    assert list(line.y) == [0.4, None, 0.5]
    bars = {trace.name: list(trace.y) for trace in fig.data if trace.type == "bar"}
    assert bars == {
        "Authorised": [4, 0, 6],
        "Lost by refusal": [0, 0, 0],
        "Lost waiting": [6, 0, 6],
    }
    assert fig.layout.barmode == "stack"


def test_figure_json__any_text__cannot_leave_its_script_element():
    fig = theme.figure(traces=[], layout={"title": {"text": "</script><b>&"}})
    text = theme.figure_json(fig)
    assert not set("<>&") & set(text)
    assert json.loads(text)["layout"]["title"]["text"] == "</script><b>&"


def test_json__same_numbers__same_text():
    assert trend_json(points=WEEKS) is trend_json(points=tuple(WEEKS))
    assert recovery_json(points=POINTS, references=LINES) == theme.figure_json(
        recovery_figure(points=POINTS, references=LINES)
    )


def test_dark__every_colour_of_a_figure__has_a_counterpart():
    used = set()

    def walk(value: object) -> None:
        if isinstance(value, dict):
            for key, item in value.items():
                if "color" in key and isinstance(item, str):
                    used.add(item)
                if key != "meta":
                    walk(item)
        elif isinstance(value, list):
            for item in value:
                walk(item)

    for text in (trend_json(points=WEEKS), recovery_json(points=POINTS, references=LINES)):
        walk(json.loads(text))
    assert used - {"rgba(0,0,0,0)"} <= theme.DARK.keys()


def test_sketch__values__from_left_to_right_and_up():
    assert sketch.line([0.0, 1.0]) == "0.0,160.0 600.0,24.0"
    assert sketch.line([0.0, 1.0], steps=True) == "0.0,160.0 600.0,160.0 600.0,24.0"
    assert sketch.line([0.0, None, 1.0]) == "0.0,160.0 600.0,24.0"
    assert sketch.line([0.5]) == sketch.line([]) == sketch.line([None, None]) == ""
    assert sketch.line([0.0, 0.0]) == "0.0,160.0 600.0,160.0"
