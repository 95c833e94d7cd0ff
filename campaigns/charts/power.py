"""The chance to find a difference, by days: how long a trial should be planned for."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from permissions_app.charts import theme
from permissions_app.domain.planning import POWER, PlanPoint

LONGEST_LABELS = (1, 2, 5, 7, 14, 28, 60, 90, 180, 365, 730, 1825, 3650)


@lru_cache(maxsize=64)
def power_json(*, points: tuple[PlanPoint, ...], needed: int | None) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(power_figure(points=points, needed=needed))


def power_figure(*, points: Sequence[PlanPoint], needed: int | None) -> go.Figure:
    """The power by days; the line at 80 %, and a mark where the plan reaches it."""
    last = points[-1].days if points else 1
    marked = [p for p in points if p.days == needed]
    step = next((n for n in LONGEST_LABELS if last / n <= 6), LONGEST_LABELS[-1])
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "x": [p.days for p in points],
            "y": [p.power for p in points],
            "line": {"width": 2.5, "color": theme.YES},
            "customdata": [
                [theme.percent(p.power, 0), f"{p.devices:,}".replace(",", theme.THIN)]
                for p in points
            ],
            "hovertemplate": "%{customdata[0]} to find it<br>%{customdata[1]} devices<extra></extra>",
        },
        {
            "type": "scatter",
            "mode": "markers+text",
            "x": [p.days for p in marked],
            "y": [p.power for p in marked],
            "text": [f"{p.days} days" if p.days != 1 else "1 day" for p in marked],
            "textposition": "bottom right",
            "textfont": {"size": 12, "color": theme.INK},
            "marker": {"size": 8, "color": theme.YES},
            "hoverinfo": "skip",
        },
    ]
    return theme.figure(
        traces=traces,
        layout={
            "margin": {"l": 8, "r": 12, "t": 16, "b": 8},
            "xaxis": theme.axis(
                range=[0, last],
                tickvals=list(range(0, last + 1, step)),
                title={
                    "text": "days after the launch",
                    "font": {"size": 11, "color": theme.QUIET},
                    "standoff": 6,
                },
                unifiedhovertitle={"text": "After %{x} days"},
            ),
            "yaxis": theme.rate_axis(top=1.02, tickvals=[0, 0.2, 0.4, 0.6, 0.8, 1.0]),
            "shapes": [
                {
                    "type": "line",
                    "layer": "between",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": POWER,
                    "y1": POWER,
                    "line": {"color": theme.REFERENCE, "width": 1, "dash": "dash"},
                }
            ],
        },
    )
