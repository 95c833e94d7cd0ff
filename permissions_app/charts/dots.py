"""Rates of many groups as dots with their intervals, one row a group, the best known number first."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme

MOST_ROWS = 20
ROW_HEIGHT = 30
FRAME = 56


@dataclass(frozen=True, slots=True)
class Dot:
    """A group and its rate with a 95 % interval. `said`: what the label shows on hover. `href`: where a click leads.
    `before`: the rate of another period, drawn as a hollow dot.
    """

    name: str
    rate: float
    low: float
    high: float
    said: str
    href: str = ""
    before: float | None = None


@lru_cache(maxsize=64)
def dots_json(*, dots: tuple[Dot, ...], colour: str = theme.YES) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(dots_figure(dots=dots, colour=colour))


def dots_figure(*, dots: Sequence[Dot], colour: str = theme.YES) -> go.Figure:
    """At most MOST_ROWS rows, in the order given, from the top. The height is `layout.meta.height` (px)."""
    rows = list(dots[:MOST_ROWS])
    places = list(range(len(rows)))
    traces: list[dict[str, Any]] = []
    if any(dot.before is not None for dot in rows):
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [dot.before for dot in rows],
                "y": places,
                "marker": {
                    "size": 9,
                    "color": theme.SURFACE,
                    "line": {"color": theme.REFERENCE, "width": 1.5},
                },
                "hoverinfo": "skip",
            }
        )
    traces.append(
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [dot.rate for dot in rows],
            "y": places,
            "error_x": {
                "type": "data",
                "symmetric": False,
                "array": [dot.high - dot.rate for dot in rows],
                "arrayminus": [dot.rate - dot.low for dot in rows],
                "color": colour,
                "thickness": 1.5,
                "width": 0,
            },
            "marker": {"size": 9, "color": colour},
            "text": [theme.percent(dot.rate) for dot in rows],
            "textposition": "top center",
            "textfont": {"size": 11, "color": theme.INK},
            "customdata": [{"href": dot.href, "said": dot.said} for dot in rows],
            "hovertemplate": "%{customdata.said}<extra></extra>",
        }
    )
    top = max([dot.high for dot in rows], default=1.0)
    return theme.figure(
        traces=traces,
        layout={
            "hovermode": "closest",
            "margin": {"l": 8, "r": 16, "t": 12, "b": 8},
            "xaxis": theme.rate_axis(top=min(1.0, top * 1.06), title=None),
            "yaxis": theme.names_axis([dot.name for dot in rows], above=0.75),
            "meta": {"dark": theme.DARK, "height": FRAME + ROW_HEIGHT * len(rows)},
        },
    )
