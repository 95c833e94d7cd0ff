"""The curve of Settings recovery, with what others have published beside it."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme
from permissions_app.domain.reference_lines import ReferenceLine
from permissions_app.domain.survival import AgePoint

TICKS = (0, 7, 14, 30, 45, 60, 75, 90)
MARKED = (7, 30)
"""Ages whose value is written beside the curve."""
MEANING = {
    "recovery_undesigned": "without design",
    "recovery_contextual": "with contextual copy, after 30+ days",
}
SHORTEST = 30
"""Days that the axis shows at least."""


@lru_cache(maxsize=64)
def recovery_json(*, points: tuple[AgePoint, ...], references: tuple[ReferenceLine, ...]) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(recovery_figure(points=points, references=references))


def recovery_figure(
    *, points: Sequence[AgePoint], references: Sequence[ReferenceLine]
) -> go.Figure:
    """Cumulative incidence by days since the denial, as steps with a 95 % band; references dashed
    and grey.
    """
    known = [p for p in points if p.incidence is not None and p.at_risk > 0]
    highest = max([p.high or p.incidence or 0.0 for p in known], default=0.0)
    top = max([highest, *(line.high or line.value or 0.0 for line in references)]) * 1.12
    last = max(SHORTEST, known[-1].age if known else 0)
    traces: list[dict[str, Any]] = [
        *band(known, fill=theme.YES_BAND),
        {
            "type": "scatter",
            "name": "Recovered",
            "mode": "lines",
            "x": [p.age for p in known],
            "y": [p.incidence for p in known],
            "customdata": [[value(p), p.at_risk] for p in known],
            "line": {"width": 2.5, "shape": "hv", "color": theme.YES},
            "hovertemplate": "%{customdata[0]}<br>%{customdata[1]:,} at risk<extra></extra>",
        },
        _marks(known),
    ]
    shapes: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for line in references:
        draw_reference(line, last, known[-1].incidence or 0.0 if known else 0.0, shapes, labels)
    return theme.figure(
        traces=traces,
        layout={
            "xaxis": days_axis(last, since="the denial"),
            "yaxis": theme.rate_axis(top=top),
            "shapes": shapes,
            "annotations": labels,
        },
    )


def _marks(known: Sequence[AgePoint]) -> dict[str, Any]:
    marked = [p for p in known if p.age in MARKED]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [p.age for p in marked],
        "y": [p.incidence for p in marked],
        "text": [theme.percent(p.incidence or 0.0) for p in marked],
        "textposition": "top left",
        "textfont": {"size": 12, "color": theme.INK},
        "marker": {"size": 7, "color": theme.YES},
        "hoverinfo": "skip",
    }


def days_axis(last: int, *, since: str) -> dict[str, Any]:
    """The axis of days from 0 to `last`. `since`: what they are counted from."""
    return theme.axis(
        range=[0, last],
        tickvals=[tick for tick in TICKS if tick <= last],
        title={
            "text": f"days since {since}",
            "font": {"size": 11, "color": theme.QUIET},
            "standoff": 6,
        },
        hoverformat="d",
        unifiedhovertitle={"text": "Within %{x} days"},
    )


def band(points: Sequence[AgePoint], *, fill: str) -> list[dict[str, Any]]:
    """The two edges between which a 95 % band is filled."""
    banded = [p for p in points if p.low is not None and p.high is not None]
    quiet = {
        "type": "scatter",
        "mode": "lines",
        "x": [p.age for p in banded],
        "line": {"width": 0, "shape": "hv"},
        "hoverinfo": "skip",
    }
    return [
        {**quiet, "y": [p.low for p in banded]},
        {**quiet, "y": [p.high for p in banded], "fill": "tonexty", "fillcolor": fill},
    ]


def value(point: AgePoint) -> str:
    """The incidence with its bounds, where it has any: "4.2 % (3.1–5.6 %)"."""
    told = theme.percent(point.incidence or 0.0)
    if point.low is None or point.high is None:
        return told
    return f"{told} ({point.low * 100:.1f}–{point.high * 100:.1f}{theme.THIN}%)"


def draw_reference(
    line: ReferenceLine,
    last: int,
    curve_end: float,
    shapes: list[dict[str, Any]],
    labels: list[dict[str, Any]],
) -> None:
    """A dashed line for each bound, a pale band between two, and one label with source and grade,
    on the side that the curve does not end on.
    """
    bounds = [b for b in (line.value, line.low, line.high) if b is not None]
    if line.low is not None and line.high is not None:
        shapes.append(
            {
                "type": "rect",
                "layer": "below",
                "x0": 0,
                "x1": last,
                "y0": line.low,
                "y1": line.high,
                "line": {"width": 0},
                "fillcolor": theme.REFERENCE_BAND,
            }
        )
    for bound in bounds:
        shapes.append(
            {
                "type": "line",
                "layer": "between",
                "x0": 0,
                "x1": last,
                "y0": bound,
                "y1": bound,
                "line": {"color": theme.REFERENCE, "width": 1, "dash": "dash"},
            }
        )
    if bounds:
        labels.append(
            {
                "x": last,
                "y": max(bounds),
                "xanchor": "right",
                "yanchor": "top" if curve_end > max(bounds) else "bottom",
                "showarrow": False,
                "align": "right",
                "text": f"{published(line)} {MEANING.get(line.key, '')}<br>{line.badge}",
                "font": {"size": 11, "color": theme.REFERENCE},
            }
        )


def published(line: ReferenceLine) -> str:
    """The published figure in words: "61 %", "10–15 %", "< 3 %"."""
    if line.value is not None:
        return f"{line.value * 100:.0f}{theme.THIN}%"
    if line.low is not None and line.high is not None:
        return f"{line.low * 100:.0f}–{line.high * 100:.0f}{theme.THIN}%"
    if line.high is not None:
        return f"<{theme.THIN}{line.high * 100:.0f}{theme.THIN}%"
    return "" if line.low is None else f">{theme.THIN}{line.low * 100:.0f}{theme.THIN}%"
