"""Standing columns over a few labels, a colour for each series; and rates by number with their intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import plotly.graph_objects as go

from permissions_app.charts import theme

MOST_COLUMNS = 31


@dataclass(frozen=True, slots=True)
class Series:
    """A number for each label; None leaves a gap. `said`: on hover."""

    name: str
    colour: str
    values: tuple[float | None, ...]
    said: tuple[str, ...]
    pattern: str = ""
    """A Plotly pattern such as "/", so that series are not told apart by colour alone."""


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate at a number, with its 95 % interval."""

    n: int
    rate: float
    low: float
    high: float
    said: str


@dataclass(frozen=True, slots=True)
class Line:
    """Rates by number. `index`: which colour, band and dash of the theme."""

    name: str
    points: tuple[Rate, ...]
    index: int


@lru_cache(maxsize=64)
def columns_json(
    *,
    labels: tuple[str, ...],
    series: tuple[Series, ...],
    kind: Literal["count", "rate"],
    below: str,
    marked: str = "",
    stacked: bool = False,
    share: float | None = None,
) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(
        columns_figure(
            labels=labels,
            series=series,
            kind=kind,
            below=below,
            marked=marked,
            stacked=stacked,
            share=share,
        )
    )


def columns_figure(
    *,
    labels: Sequence[str],
    series: Sequence[Series],
    kind: Literal["count", "rate"],
    below: str,
    marked: str = "",
    stacked: bool = False,
    share: float | None = None,
) -> go.Figure:
    """`below`: what the labels count. `marked`: the label whose column stands on a band, as the one in force.
    `share`: a dashed line across, of a rate.
    """
    places = list(range(len(labels)))
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": one.name,
            "x": places,
            "y": list(one.values),
            "marker": {
                "color": one.colour,
                "line": {"width": 0},
                "pattern": {"shape": one.pattern, "size": 5, "solidity": 0.35},
            },
            "customdata": list(one.said),
            "hovertemplate": "%{customdata}<extra></extra>",
        }
        for one in series
    ]
    tops = [
        sum(one.values[i] or 0 for one in series)
        if stacked
        else max((one.values[i] or 0 for one in series), default=0)
        for i in places
    ]
    top = max([*tops, share or 0, 0.01]) * 1.12
    shapes: list[dict[str, Any]] = []
    if marked in labels:
        at = list(labels).index(marked)
        shapes.append(_band(at))
    if share is not None:
        shapes.append(_dashed(share))
    across = (
        theme.rate_axis(top=top)
        if kind == "rate"
        else theme.value_axis(tickformat=",d", nticks=5, range=[0, max(top, 1.2)])
    )
    longest = max((len(label) for label in labels), default=0)
    skip = max(1, -(-len(labels) // (12 if longest <= 3 else 7)))
    return theme.figure(
        traces=traces,
        layout={
            "barmode": "stack" if stacked else "group",
            "bargap": 0.3,
            "margin": {"l": 8, "r": 8, "t": 12, "b": 8},
            "xaxis": theme.axis(
                tickvals=places[::skip],
                ticktext=list(labels)[::skip],
                tickangle=0,
                showspikes=False,
                title=_under(below),
                unifiedhovertitle={"text": ""},
            ),
            "yaxis": across,
            "shapes": shapes,
        },
    )


@lru_cache(maxsize=64)
def by_number_json(*, lines: tuple[Line, ...], below: str) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(by_number_figure(lines=lines, below=below))


def by_number_figure(*, lines: Sequence[Line], below: str) -> go.Figure:
    """Rates by a whole number (the first, the second, ...), each line with its band and its own dash."""
    traces: list[dict[str, Any]] = []
    for line in lines:
        quiet = {
            "type": "scatter",
            "mode": "lines",
            "x": [p.n for p in line.points],
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
        colour = theme.SERIES[line.index]
        traces += [
            {**quiet, "y": [p.low for p in line.points]},
            {
                **quiet,
                "y": [p.high for p in line.points],
                "fill": "tonexty",
                "fillcolor": theme.SERIES_BANDS[line.index],
            },
            {
                "type": "scatter",
                "name": line.name,
                "mode": "lines+markers",
                "x": [p.n for p in line.points],
                "y": [p.rate for p in line.points],
                "line": {"width": 2.5, "color": colour, "dash": theme.DASHES[line.index]},
                "marker": {"size": 6, "color": colour},
                "customdata": [p.said for p in line.points],
                "hovertemplate": "%{customdata}<extra></extra>",
            },
        ]
    last = max((p.n for line in lines for p in line.points), default=1)
    top = max((p.high for line in lines for p in line.points), default=1.0)
    return theme.figure(
        traces=traces,
        layout={
            "margin": {"l": 8, "r": 16, "t": 12, "b": 8},
            "xaxis": theme.axis(
                range=[0.7, last + 0.3],
                tickvals=list(range(1, last + 1)),
                title=_under(below),
                unifiedhovertitle={"text": "Number %{x}"},
            ),
            "yaxis": theme.rate_axis(top=min(1.0, top * 1.08)),
        },
    )


def _under(text: str) -> dict[str, Any]:
    return {"text": text, "font": {"size": 11, "color": theme.QUIET}, "standoff": 6}


def _band(at: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        "x0": at - 0.5,
        "x1": at + 0.5,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": theme.REFERENCE_BAND,
    }


def _dashed(value: float) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "above",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": value,
        "y1": value,
        "line": {"color": theme.REFERENCE, "width": 1, "dash": "dash"},
    }
