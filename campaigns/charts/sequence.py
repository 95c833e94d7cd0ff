"""The always-valid sequence over time: the difference with a band that closes in, and zero across it."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from campaigns.domain.trial_shapes import Band
from permissions_app.charts import theme
from permissions_app.domain.sequences import Bounds

STEPS = (0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
"""Distances between the labels, as fractions."""
SETTLED = 0.35
"""The part of the devices from which on the band decides how far the axis reaches: the first days would fill it."""
TICKS = 4


@lru_cache(maxsize=64)
def sequence_json(
    *, bands: tuple[Band, ...], names: tuple[str, ...], smallest: float, dates: tuple[date, ...]
) -> str:
    """The figure as JSON; the same numbers give the same text, so the last ones are remembered."""
    return theme.figure_json(
        sequence_figure(bands=bands, names=names, smallest=smallest, dates=dates)
    )


def sequence_figure(
    *, bands: Sequence[Band], names: Sequence[str], smallest: float, dates: Sequence[date]
) -> go.Figure:
    """`names`: how each band's arm is called. `dates`: of the points. Grey across: differences that are not worth
    knowing.
    """
    reach = _reach(bands, smallest)
    traces: list[dict[str, Any]] = []
    labels: list[dict[str, Any]] = []
    for index, (band, name) in enumerate(zip(bands, names, strict=True)):
        colour = theme.SERIES[index % len(theme.SERIES)]
        traces += _traces(band, name, dates, index, several=len(bands) > 1)
        last = next((b for _, _, b in reversed(band.points) if b is not None), None)
        if last is not None and len(bands) > 1:
            labels.append(_label(name, dates[-1], min(reach, max(-reach, last.value)), colour))
    ticks = dates[:: max(1, -(-len(dates) // TICKS))]
    return theme.figure(
        traces=traces,
        layout={
            "margin": {"l": 8, "r": 76 if labels else 12, "t": 16, "b": 8},
            "xaxis": theme.axis(
                type="date",
                tickangle=0,
                hoverformat="%-d %b %Y",
                tickvals=[day.isoformat() for day in ticks],
                ticktext=[f"{day.day} {day:%b}" for day in ticks],
            ),
            "yaxis": _points_axis(reach),
            "shapes": [_rect(smallest), _zero()],
            "annotations": labels,
        },
    )


def _traces(
    band: Band, name: str, dates: Sequence[date], index: int, *, several: bool
) -> list[dict[str, Any]]:
    known = [
        (day.isoformat(), devices, bounds)
        for day, (_, devices, bounds) in zip(dates, band.points, strict=True)
        if bounds is not None
    ]
    days = [day for day, _, _ in known]
    quiet = {
        "type": "scatter",
        "mode": "lines",
        "x": days,
        "line": {"width": 0},
        "hoverinfo": "skip",
    }
    return [
        {**quiet, "y": [b.low for _, _, b in known]},
        {
            **quiet,
            "y": [b.high for _, _, b in known],
            "fill": "tonexty",
            "fillcolor": theme.SERIES_BANDS[index % len(theme.SERIES_BANDS)],
        },
        {
            "type": "scatter",
            "name": name,
            "mode": "lines+markers" if len(known) < 3 else "lines",
            "x": days,
            "y": [b.value for _, _, b in known],
            "line": {
                "width": 2.5,
                "color": theme.SERIES[index % len(theme.SERIES)],
                "dash": theme.DASHES[index % len(theme.DASHES)],
            },
            "customdata": [_said(name if several else "", b, n) for _, n, b in known],
            "hovertemplate": "%{customdata}<extra></extra>",
        },
    ]


def _said(name: str, bounds: Bounds, devices: int) -> str:
    told = f"{signed(bounds.value)} ({signed(bounds.low)} to {signed(bounds.high)}) points"
    count = f"{devices:,}".replace(",", theme.THIN)
    return f"{name}: {told}" if name else f"{told}<br>{count} devices"


def signed(value: float) -> str:
    """0.0123 -> "+1.2"."""
    return f"{value * 100:+.1f}".replace("-", "−")


def _reach(bands: Sequence[Band], smallest: float) -> float:
    """How far the axis goes up and down."""
    found = [smallest]
    for band in bands:
        enough = band.points[-1][1] * SETTLED if band.points else 0
        found += [
            max(abs(b.low), abs(b.high)) for _, n, b in band.points if b is not None and n >= enough
        ]
    return min(1.0, max(found) * 1.1)


def _points_axis(reach: float) -> dict[str, Any]:
    step = next((step for step in STEPS if reach / step <= 3.5), STEPS[-1])
    most = int(reach / step)
    ticks = [step * n for n in range(-most, most + 1)]
    return theme.value_axis(
        range=[-reach, reach],
        rangemode="normal",
        tickvals=ticks,
        ticktext=[f"{tick * 100:+.4g}".replace("-", "−") if tick else "0" for tick in ticks],
    )


def _rect(smallest: float) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": -smallest,
        "y1": smallest,
        "line": {"width": 0},
        "fillcolor": theme.REFERENCE_BAND,
    }


def _zero() -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "between",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "y0": 0,
        "y1": 0,
        "line": {"color": theme.QUIET, "width": 1.5},
    }


def _label(name: str, day: date, y: float, colour: str) -> dict[str, Any]:
    return {
        "x": day.isoformat(),
        "y": y,
        "xanchor": "left",
        "xshift": 6,
        "showarrow": False,
        "text": name,
        "font": {"size": 11, "color": colour},
    }
