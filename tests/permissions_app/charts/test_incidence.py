"""Several curves of recovery in one figure."""

from __future__ import annotations

import json

import plotly.graph_objects as go
import pytest

from permissions_app.charts import theme
from permissions_app.charts.incidence import (
    MOST_CURVES,
    Curve,
    _End,
    apart,
    incidence_figure,
    incidence_json,
)
from permissions_app.domain.reference_lines import lines_for
from permissions_app.domain.survival import cumulative_incidence

LINES = lines_for(measure="recovery")


def curve(name: str, recovered: int) -> Curve:
    points = cumulative_incidence(cohorts={0: 100, 20: 50}, hits={(0, 2): (recovered, 1)}, as_of=40)
    return Curve(name, points)


def figure(*curves: Curve, references=()) -> go.Figure:
    fig = incidence_figure(curves=curves, references=references, since="the denial")
    return go.Figure(json.loads(theme.figure_json(fig)))  # raises where Plotly knows no such name


def test_figure__two_curves__line_band_dash_and_name_of_each():
    fig = figure(curve("iOS", 4), curve("Web", 9))
    lines = [trace for trace in fig.data if trace.name]
    assert [line.name for line in lines] == ["iOS", "Web"]
    assert [line.line.dash for line in lines] == ["solid", "dash"]
    assert lines[0].line.color != lines[1].line.color
    assert list(lines[1].y) == [p.incidence for p in curve("Web", 9).points]
    assert sum(trace.fill == "tonexty" for trace in fig.data) == 2
    names = {note.text: note for note in fig.layout.annotations}
    assert names["Web"].y > names["iOS"].y
    assert names["iOS"].font.color == lines[0].line.color


def test_figure__more_groups_than_can_be_told_apart__the_first_six():
    fig = figure(*(curve(f"g{number}", number) for number in range(9)))
    assert [trace.name for trace in fig.data if trace.name] == [f"g{n}" for n in range(MOST_CURVES)]


def test_figure__many_curves__bars_instead_of_bands():
    fig = figure(*(curve(f"g{number}", number + 1) for number in range(4)))
    assert not any(trace.fill for trace in fig.data)
    bars = [trace for trace in fig.data if trace.error_y.array is not None]
    assert len(bars) == 4
    point = curve("g0", 1).points[14]
    assert bars[0].error_y.array[0] == pytest.approx(point.high - point.incidence)
    assert bars[0].x[0] < bars[1].x[0]


def test_figure__curve_ends_above_a_published_line__its_label_is_below():
    ends = {
        recovered: next(
            note
            for note in figure(curve("Us", recovered), references=LINES).layout.annotations
            if "without design" in note.text
        ).yanchor
        for recovered in (2, 6)
    }
    assert ends == {2: "bottom", 6: "top"}


def test_figure__references__dashed_with_source_and_grade():
    fig = figure(curve("Everybody", 4), references=LINES)
    labels = [note for note in fig.layout.annotations if "<br>" in note.text]
    assert [note.xanchor for note in labels] == ["right", "left"]
    assert [note.text.split("<br>")[1] for note in labels] == [line.badge for line in LINES]
    assert {shape.line.dash for shape in fig.layout.shapes if shape.type == "line"} == {"dash"}
    assert fig.layout.yaxis.range[1] > 0.15


def test_figure__long_name__short_at_the_line_and_whole_on_hover():
    fig = figure(curve("A very long name of a soft ask", 4))
    assert fig.layout.annotations[-1].text == "A very long nam…"
    assert next(trace for trace in fig.data if trace.name).name == "A very long name of a soft ask"


def test_figure__nobody_watched__no_failure():
    assert len(figure(Curve("Nobody", ())).data) == 3


def test_apart__names_at_one_height__are_moved_up_in_order():
    ends = [_End("b", "x", 9, 0.1), _End("a", "x", 9, 0.1), _End("c", "x", 9, 0.5)]
    assert [(end.name, pytest.approx(end.y)) for end in apart(ends, gap=0.05)] == [
        ("b", 0.1),
        ("a", 0.15),
        ("c", 0.5),
    ]


def test_json__hostile_name__cannot_close_the_script():
    told = incidence_json(curves=(curve("</script>", 1),), references=(), since="the denial")
    assert "</script>" not in told
