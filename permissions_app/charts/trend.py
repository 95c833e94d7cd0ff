"""Reach-adjusted opt-in over time, above the devices it is made of."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme
from permissions_app.selectors.overview import TrendPoint

PARTS = (
    ("authorized", "Authorised", theme.YES),
    ("denied", "Lost by refusal", theme.NO),
    ("waiting", "Lost waiting", theme.WAITING),
)

TICKS = 6


@lru_cache(maxsize=64)
def trend_json(*, points: tuple[TrendPoint, ...]) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(trend_figure(points=points))


def trend_figure(*, points: Sequence[TrendPoint]) -> go.Figure:
    """Opt-in by install day or week as a line with its 95 % band; below, the same devices stacked
    by where they stand.
    """
    days = [p.day.isoformat() for p in points]
    ticks = points[:: max(1, -(-len(points) // TICKS))]
    rated = [p for p in points if p.opt_in is not None]
    top = min(1.0, 1.08 * max((p.opt_in.high for p in rated if p.opt_in), default=1.0))
    band = {
        "type": "scatter",
        "mode": "lines",
        "x": [p.day.isoformat() for p in rated],
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    traces: list[dict[str, Any]] = [
        {**band, "y": [p.opt_in.low for p in rated if p.opt_in]},
        {
            **band,
            "y": [p.opt_in.high for p in rated if p.opt_in],
            "fill": "tonexty",
            "fillcolor": theme.YES_BAND,
        },
        {
            "type": "scatter",
            "name": "Opt-in",
            "mode": "lines+markers",
            "x": days,
            "y": [None if p.opt_in is None else p.opt_in.rate for p in points],
            "line": {"width": 2.5, "color": theme.YES},
            "marker": {"size": 5, "color": theme.YES},
            "customdata": [theme.percent(p.opt_in.rate) if p.opt_in else "" for p in points],
            "hovertemplate": "Opt-in %{customdata}<extra></extra>",
        },
        *(
            {
                "type": "bar",
                "name": label,
                "x": days,
                "y": [getattr(p, part) for p in points],
                "marker": {"color": colour, "line": {"width": 0}},
                "yaxis": "y2",
                "hovertemplate": f"{label} %{{y:,}}<extra></extra>",
            }
            for part, label, colour in PARTS
        ),
    ]
    return theme.figure(
        traces=traces,
        layout={
            "barmode": "stack",
            "bargap": 0.25,
            "xaxis": theme.axis(
                type="date",
                tickangle=0,
                anchor="y2",
                hoverformat="%-d %b %Y",
                tickvals=[point.day.isoformat() for point in ticks],
                ticktext=[f"{point.day.day} {point.day:%b}" for point in ticks],
            ),
            "yaxis": theme.rate_axis(top=top, domain=[0.47, 0.96]),
            "yaxis2": theme.value_axis(domain=[0, 0.36], tickformat=",d", nticks=4),
            "annotations": [_heading("Opt-in", 1.0), _heading("Devices", 0.41)],
        },
    )


def _heading(text: str, y: float) -> dict[str, Any]:
    """A small heading of one of the two parts."""
    return {
        "text": text,
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": y,
        "xanchor": "left",
        "yanchor": "middle",
        "showarrow": False,
        "font": {"size": 11, "color": theme.QUIET},
    }
