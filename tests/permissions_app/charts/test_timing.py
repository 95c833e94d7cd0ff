"""The two lines of the timing page."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from permissions_app.charts import theme
from permissions_app.charts.timing import Mark, TimingStep, timing_figure, timing_json

STEPS = (
    TimingStep("1", 50, Mark(0.3, 0.2, 0.4), Mark(0.3, 0.2, 0.4)),
    TimingStep("2", 3, None, None),
    TimingStep("3", 90, Mark(0.6, 0.5, 0.7), Mark(0.2, 0.1, 0.3)),
)


def figure(lands: int | None = None, level: int | None = None, steps=STEPS) -> go.Figure:
    fig = timing_figure(steps=steps, unit="screens", lands=lands, level=level)
    return go.Figure(json.loads(theme.figure_json(fig)))  # raises where Plotly knows no such name


def test_figure__two_lines__dash_band_and_name_at_the_end_of_each():
    fig = figure()
    ask, eligible = (trace for trace in fig.data if trace.name)
    assert list(ask.x) == ["1", "3"]
    assert list(ask.y) == [0.3, 0.6]
    assert list(eligible.y) == [0.3, 0.2]
    assert (ask.line.dash, eligible.line.dash) == ("solid", "dash")
    assert [(note.text, note.x) for note in fig.layout.annotations] == [
        ("per ask", 2),
        ("per eligible", 2),
    ]
    assert list(fig.layout.xaxis.categoryarray) == ["1", "2", "3"]
    assert sum(trace.fill == "tonexty" for trace in fig.data) == 2


def test_figure__lands_and_levels_off__two_marks_that_look_different():
    fig = figure(lands=0, level=2)
    assert [(shape.x0, shape.line.dash) for shape in fig.layout.shapes] == [
        (0, "solid"),
        (2, "dot"),
    ]
    flags = {note.text: note for note in fig.layout.annotations}
    assert flags["lands here"].x == 0
    assert flags["levels off"].x == 2
    assert flags["levels off"].yshift == 0
    both = {note.text: note for note in figure(lands=1, level=1).layout.annotations}
    assert both["levels off"].yshift > 0


@pytest.mark.parametrize("steps", [(), (TimingStep("1", 0, None, None),)])
def test_figure__nothing_to_draw__no_failure(steps):
    assert len(figure(steps=steps).data) == 6


def test_json__same_numbers__same_text():
    told = [timing_json(steps=STEPS, unit="screens", lands=0, level=None) for _ in range(2)]
    assert told[0] == told[1]
    assert json.loads(told[0])["layout"]["shapes"]
