"""Curves of Settings recovery beside each other: each with its band, its own dash, and its name at its end."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme
from permissions_app.charts.recovery import SHORTEST, band, days_axis, draw_reference, value
from permissions_app.domain.reference_lines import ReferenceLine
from permissions_app.domain.survival import AgePoint

MOST_CURVES = 6
MOST_BANDS = 3
"""Of more curves the bands would hide each other."""
BARS_AT = (14, 30, 60)
HEIGHT = 400
PLOT_HEIGHT = 320
"""What is left of HEIGHT for the lines, about; names are kept apart by it."""
LINE_HEIGHT = 15
LETTER = 6.4
LONGEST = 16


@dataclass(frozen=True, slots=True)
class Curve:
    """A group and its points by age."""

    name: str
    points: tuple[AgePoint, ...]


@dataclass(frozen=True, slots=True)
class _End:
    """Where a line ends and what it is called. `y` is moved so that names do not touch."""

    name: str
    colour: str
    x: int
    y: float


@lru_cache(maxsize=64)
def incidence_json(
    *, curves: tuple[Curve, ...], references: tuple[ReferenceLine, ...], since: str
) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(incidence_figure(curves=curves, references=references, since=since))


def incidence_figure(
    *, curves: Sequence[Curve], references: Sequence[ReferenceLine], since: str
) -> go.Figure:
    """At most MOST_CURVES cumulative incidences with 95 % bands, in the order given; more than MOST_BANDS have bars at
    some ages instead. `since`: what the days are counted from ("the denial"). References are grey and dashed, with
    their source, year and grade.
    """
    shown = list(curves[:MOST_CURVES])
    known = [[p for p in c.points if p.incidence is not None and p.at_risk > 0] for c in shown]
    # The band of a group of few would press all lines flat: the axis follows the lines, and half the room above them.
    highest = max((p.incidence or 0.0 for points in known for p in points), default=0.0)
    bands = max((p.high or 0.0 for points in known for p in points), default=0.0)
    published = [bound for line in references for bound in (line.value, line.high) if bound]
    top = max([min(bands, highest * 1.6), highest, *published, 0.01]) * 1.08
    last = max([SHORTEST, *(points[-1].age for points in known if points)])
    spread = _band if len(known) <= MOST_BANDS else _bars
    traces = [trace for index, points in enumerate(known) for trace in spread(index, points)]
    traces += [_line(index, shown[index].name, points) for index, points in enumerate(known)]
    ends = [
        _End(_short(shown[index].name), _colour(index), points[-1].age, points[-1].incidence or 0.0)
        for index, points in enumerate(known)
        if points
    ]
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for line in references:
        side = _crowded(line, [end.y for end in ends], room=top * 2.2 * LINE_HEIGHT / PLOT_HEIGHT)
        draw_reference(line, last, side, shapes, labels)
        if labels and labels[-1]["y"] > max(bands, highest):
            # Nothing is in its way on the left, and a narrow screen has the margin of the names on the right.
            labels[-1] |= {"x": 0, "xanchor": "left", "align": "left"}
    labels += [_name(end) for end in apart(ends, gap=top * LINE_HEIGHT / PLOT_HEIGHT)]
    longest = max((len(end.name) for end in ends), default=0)
    return theme.figure(
        traces=traces,
        layout={
            "margin": {"l": 8, "r": round(12 + LETTER * longest), "t": 30, "b": 8},
            "xaxis": days_axis(last, since=since),
            "yaxis": theme.rate_axis(top=top),
            "shapes": shapes,
            "annotations": labels,
            "meta": {"dark": theme.DARK, "height": HEIGHT},
        },
    )


def apart(ends: Sequence[_End], *, gap: float) -> list[_End]:
    """The names from the lowest up, each moved up as far as it must be not to touch the one below."""
    placed: list[_End] = []
    for end in sorted(ends, key=lambda end: end.y):
        lowest = placed[-1].y + gap if placed else 0.0
        placed.append(_End(end.name, end.colour, end.x, max(end.y, lowest)))
    return placed


def _colour(index: int) -> str:
    return theme.SERIES[index % len(theme.SERIES)]


def _band(index: int, points: Sequence[AgePoint]) -> list[dict[str, Any]]:
    return band(points, fill=theme.SERIES_BANDS[index % len(theme.SERIES_BANDS)])


def _bars(index: int, points: Sequence[AgePoint]) -> list[dict[str, Any]]:
    """The intervals at BARS_AT, each curve's a little beside the others'."""
    told = [
        (p.age, p.incidence, p.low, p.high)
        for p in points
        if p.age in BARS_AT and p.incidence and p.low is not None and p.high is not None
    ]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "x": [age + 0.7 * (index - MOST_CURVES / 2) for age, *_ in told],
            "y": [rate for _, rate, *_ in told],
            "error_y": {
                "type": "data",
                "symmetric": False,
                "array": [high - rate for _, rate, _, high in told],
                "arrayminus": [rate - low for _, rate, low, _ in told],
                "color": _colour(index),
                "thickness": 1.25,
                "width": 0,
            },
            "marker": {"size": 4, "color": _colour(index)},
            "hoverinfo": "skip",
        }
    ]


def _crowded(line: ReferenceLine, ends: Sequence[float], *, room: float) -> float:
    """The side of a published bound on which more curves end, as draw_reference takes it: 1 above, 0 below."""
    bound = max(b for b in (line.value, line.low, line.high, 0.0) if b is not None)
    above = sum(bound <= end < bound + room for end in ends)
    below = sum(bound - room < end < bound for end in ends)
    return 1.0 if above > below else 0.0


def _line(index: int, name: str, points: Sequence[AgePoint]) -> dict[str, Any]:
    return {
        "type": "scatter",
        "name": name,
        "mode": "lines",
        "x": [p.age for p in points],
        "y": [p.incidence for p in points],
        "customdata": [[value(p), p.at_risk] for p in points],
        "line": {
            "width": 2.5,
            "shape": "hv",
            "color": _colour(index),
            "dash": theme.DASHES[index % len(theme.DASHES)],
        },
        "hovertemplate": "%{customdata[0]}, %{customdata[1]:,} at risk<extra>%{fullData.name}</extra>",
    }


def _name(end: _End) -> dict[str, Any]:
    return {
        "x": end.x,
        "y": end.y,
        "text": end.name,
        "xanchor": "left",
        "yanchor": "middle",
        "xshift": 4,
        "showarrow": False,
        "font": {"size": 12, "color": end.colour},
    }


def _short(name: str) -> str:
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
