"""Grant rate by how far people were when they were first asked: per ask, and per eligible device."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme

HEIGHT = 400
PER_ASK, PER_ELIGIBLE = 0, 1
NAMES = ("Per ask", "Per eligible device")
SHORT_NAMES = ("per ask", "per eligible")


@dataclass(frozen=True, slots=True)
class Mark:
    """A rate with its interval at one step; fractions."""

    rate: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class TimingStep:
    """One step of the axis. A rate is None where too few were asked to draw it."""

    label: str
    asked: int
    per_ask: Mark | None
    per_eligible: Mark | None


@lru_cache(maxsize=64)
def timing_json(
    *, steps: tuple[TimingStep, ...], unit: str, lands: int | None, level: int | None
) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(timing_figure(steps=steps, unit=unit, lands=lands, level=level))


def timing_figure(
    *, steps: Sequence[TimingStep], unit: str, lands: int | None, level: int | None
) -> go.Figure:
    """Two lines with 95 % bands. `lands`, `level`: places in `steps` that are marked, None for no mark."""
    marks = [(step.per_ask, step.per_eligible) for step in steps]
    top = max((mark.high for pair in marks for mark in pair if mark), default=1.0) * 1.12
    lines = [[pair[which] for pair in marks] for which in (PER_ASK, PER_ELIGIBLE)]
    names = [step.label for step in steps]
    traces = [trace for which, line in enumerate(lines) for trace in _band(which, line, names)]
    traces += [_line(which, line, steps) for which, line in enumerate(lines)]
    shapes, notes = [], [_end(which, line) for which, line in enumerate(lines) if any(line)]
    for place, words, dash in ((lands, "lands here", "solid"), (level, "levels off", "dot")):
        if place is not None:
            shapes.append(_upright(place, dash))
            notes.append(_flag(place, words, low=place == lands and level == lands))
    return theme.figure(
        traces=traces,
        layout={
            "margin": {"l": 8, "r": 78, "t": 30, "b": 8},
            "xaxis": theme.axis(
                type="category",  # its labels turn where a narrow screen has no room
                categoryorder="array",
                categoryarray=[step.label for step in steps],
                range=[-0.4, len(steps) - 0.6],
                title={
                    "text": unit,
                    "font": {"size": 11, "color": theme.QUIET},
                    "standoff": 6,
                },
            ),
            "yaxis": theme.rate_axis(top=min(1.08, top)),
            "shapes": shapes,
            "annotations": notes,
            "meta": {"dark": theme.DARK, "height": HEIGHT},
        },
    )


def _band(which: int, line: Sequence[Mark | None], names: Sequence[str]) -> list[dict[str, Any]]:
    known = [(place, mark) for place, mark in enumerate(line) if mark]
    quiet = {
        "type": "scatter",
        "mode": "lines",
        "x": [names[place] for place, _ in known],
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return [
        {**quiet, "y": [mark.low for _, mark in known]},
        {
            **quiet,
            "y": [mark.high for _, mark in known],
            "fill": "tonexty",
            "fillcolor": theme.SERIES_BANDS[which],
        },
    ]


def _line(which: int, line: Sequence[Mark | None], steps: Sequence[TimingStep]) -> dict[str, Any]:
    known = [(place, mark) for place, mark in enumerate(line) if mark]
    return {
        "type": "scatter",
        "name": NAMES[which],
        "mode": "lines+markers",
        "x": [steps[place].label for place, _ in known],
        "y": [mark.rate for _, mark in known],
        "customdata": [[_said(mark), steps[place].asked] for place, mark in known],
        "line": {"width": 2.5, "color": theme.SERIES[which], "dash": theme.DASHES[which]},
        "marker": {"size": 6, "color": theme.SERIES[which]},
        "hovertemplate": "%{customdata[0]}, %{customdata[1]:,} asked<extra>%{fullData.name}</extra>",
    }


def _said(mark: Mark) -> str:
    return f"{theme.percent(mark.rate)} ({mark.low * 100:.1f}–{mark.high * 100:.1f}{theme.THIN}%)"


def _end(which: int, line: Sequence[Mark | None]) -> dict[str, Any]:
    place, mark = next((p, m) for p, m in reversed(list(enumerate(line))) if m)
    return {
        "x": place,
        "y": mark.rate,
        "text": SHORT_NAMES[which],
        "xanchor": "left",
        "yanchor": "middle",
        "xshift": 7,
        "showarrow": False,
        "font": {"size": 12, "color": theme.SERIES[which]},
    }


def _upright(place: int, dash: str) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "x0": place,
        "x1": place,
        "y0": 0,
        "y1": 1,
        "yref": "paper",
        "line": {"color": theme.QUIET, "width": 1.5, "dash": dash},
    }


def _flag(place: int, words: str, *, low: bool) -> dict[str, Any]:
    """The words at the top of a mark. `low`: below the line of another one at the same place."""
    return {
        "x": place,
        "y": 1,
        "yref": "paper",
        "text": words,
        "xanchor": "left",
        "yanchor": "bottom",
        "xshift": -2,
        "yshift": 12 if low and words == "levels off" else 0,
        "showarrow": False,
        "font": {"size": 11, "color": theme.QUIET},
    }
