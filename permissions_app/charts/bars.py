"""Counts of many groups as lying bars of parts, one row a group, in the order given."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme

MOST_ROWS = 20
ROW_HEIGHT = 30
FRAME = 48


@dataclass(frozen=True, slots=True)
class Bar:
    """A group with a number for each part. `said`: what each part shows on hover. `total`: is written at its end."""

    name: str
    values: tuple[float, ...]
    said: tuple[str, ...]
    total: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of every bar, and its colour (of the theme)."""

    name: str
    colour: str


@lru_cache(maxsize=64)
def bars_json(*, bars: tuple[Bar, ...], parts: tuple[Part, ...]) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(bars_figure(bars=bars, parts=parts))


def bars_figure(*, bars: Sequence[Bar], parts: Sequence[Part]) -> go.Figure:
    """At most MOST_ROWS rows, from the top. The height is `layout.meta.height` (px)."""
    rows = list(bars[:MOST_ROWS])
    places = list(range(len(rows)))
    traces: list[dict[str, Any]] = [
        {
            "type": "bar",
            "orientation": "h",
            "name": part.name,
            "x": [row.values[index] for row in rows],
            "y": places,
            "width": 0.62,
            "marker": {"color": part.colour, "line": {"width": 0}},
            "customdata": [{"href": row.href, "said": row.said[index]} for row in rows],
            "hovertemplate": "%{customdata.said}<extra></extra>",
        }
        for index, part in enumerate(parts)
    ]
    ends = [sum(row.values) for row in rows]
    traces.append(
        {
            "type": "scatter",
            "mode": "text",
            "x": ends,
            "y": places,
            "text": [f"  {row.total}" for row in rows],
            "textposition": "middle right",
            "textfont": {"size": 11, "color": theme.INK},
            "cliponaxis": False,
            "hoverinfo": "skip",
        }
    )
    return theme.figure(
        traces=traces,
        layout={
            "barmode": "stack",
            "hovermode": "closest",
            "margin": {"l": 8, "r": 16, "t": 8, "b": 8},
            "xaxis": theme.value_axis(
                range=[0, max([*ends, 1.0]) * 1.18], tickformat=",d", nticks=5
            ),
            "yaxis": theme.names_axis([row.name for row in rows], above=0.6),
            "meta": {"dark": theme.DARK, "height": FRAME + ROW_HEIGHT * len(rows)},
        },
    )
