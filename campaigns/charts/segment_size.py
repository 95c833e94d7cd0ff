"""How large a segment is over time, above who came and went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme


@dataclass(frozen=True, slots=True)
class SizePoint:
    """One look. `entered`, `left`: None where there is nothing to compare with."""

    day: date
    size: int
    entered: int | None
    left: int | None


@lru_cache(maxsize=64)
def size_json(*, points: tuple[SizePoint, ...]) -> str:
    """The figure as JSON."""
    return theme.figure_json(size_figure(points=points))


def size_figure(*, points: Sequence[SizePoint]) -> go.Figure:
    """The size as a line; below, those who entered upwards and those who left downwards."""
    days = [point.day.isoformat() for point in points]
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "name": "Devices",
            "mode": "lines+markers",
            "x": days,
            "y": [point.size for point in points],
            "line": {"width": 2.5, "color": theme.YES},
            "marker": {"size": 5, "color": theme.YES},
            "hovertemplate": "%{y:,} devices<extra></extra>",
        },
        _bars("Entered", days, [point.entered for point in points], theme.BLUE),
        _bars("Left", days, [None if p.left is None else -p.left for p in points], theme.WAITING),
    ]
    return theme.figure(
        traces=traces,
        layout={
            "barmode": "relative",
            "bargap": 0.3,
            "xaxis": theme.axis(
                type="date", anchor="y2", hoverformat="%-d %b %Y", tickformat="%-d %b", nticks=6
            ),
            "yaxis": theme.value_axis(domain=[0.42, 1], tickformat=",d"),
            "yaxis2": theme.value_axis(domain=[0, 0.3], tickformat=",d", rangemode="normal"),
        },
    )


def _bars(name: str, days: list[str], values: list[int | None], colour: str) -> dict[str, Any]:
    return {
        "type": "bar",
        "name": name,
        "x": days,
        "y": values,
        "yaxis": "y2",
        "marker": {"color": colour, "line": {"width": 0}},
        "customdata": [None if value is None else abs(value) for value in values],
        "hovertemplate": f"{name} %{{customdata:,}}<extra></extra>",
    }
