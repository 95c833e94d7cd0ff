"""One look for all charts: calm lines, no decoration, colours that stay apart for everybody.

Figures are built in the light colours. `meta.dark` of each figure says which colour takes the place
of which when the page is dark, so the browser can switch without asking again.
"""

from collections.abc import Sequence
from typing import Any

import orjson
import plotly.graph_objects as go

INK = "#1d2321"
QUIET = "#4d5552"
GRID = "#e9e6df"
AXIS = "#c9c5ba"
SURFACE = "#ffffff"
YES = "#0b6b61"
YES_BAND = "rgba(11,107,97,0.14)"
NO = "#b9491a"
WAITING = "#b3ac9d"
REFERENCE = "#77726a"
REFERENCE_BAND = "rgba(119,114,106,0.09)"
BLUE = "#2b62b3"
AMBER = "#a36a00"
PLUM = "#7b4a94"
SERIES = (YES, BLUE, AMBER, PLUM, NO, REFERENCE)
"""Colours of groups, in order; told apart by people with any colour vision, and never by colour alone: lines carry
their name at the end, or a dash of DASHES.
"""
SERIES_BANDS = (
    YES_BAND,
    "rgba(43,98,179,0.13)",
    "rgba(163,106,0,0.13)",
    "rgba(123,74,148,0.13)",
    "rgba(185,73,26,0.12)",
    REFERENCE_BAND,
)
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")

DARK: dict[str, str] = {
    INK: "#eceeec",
    QUIET: "#b6bdb9",
    GRID: "#2a2f2c",
    AXIS: "#4a514d",
    SURFACE: "#1c1f1d",
    YES: "#56c3b3",
    YES_BAND: "rgba(86,195,179,0.18)",
    NO: "#f0915f",
    WAITING: "#6f736c",
    REFERENCE: "#a5a199",
    REFERENCE_BAND: "rgba(165,161,153,0.10)",
    BLUE: "#86b2f2",
    AMBER: "#e0ab4c",
    PLUM: "#c39add",
    SERIES_BANDS[1]: "rgba(134,178,242,0.16)",
    SERIES_BANDS[2]: "rgba(224,171,76,0.16)",
    SERIES_BANDS[3]: "rgba(195,154,221,0.16)",
    SERIES_BANDS[4]: "rgba(240,145,95,0.16)",
}

FONT = (
    "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', 'Liberation Sans', sans-serif"
)
THIN = "\u202f"
STEPS = (0.005, 0.01, 0.02, 0.05, 0.1, 0.2)
"""Distances between the labels of a rate axis."""


def axis(**settings: Any) -> dict[str, Any]:
    """An axis with the common look; `settings` win."""
    return {
        "showgrid": False,
        "zeroline": False,
        "linecolor": AXIS,
        "tickcolor": AXIS,
        "ticks": "outside",
        "ticklen": 4,
        "fixedrange": True,
        "automargin": True,
        "tickfont": {"color": QUIET, "size": 11},
        "spikethickness": 1,
        "spikedash": "solid",
        "spikecolor": AXIS,
        **settings,
    }


def value_axis(**settings: Any) -> dict[str, Any]:
    """An axis of values: light lines across, no line of its own."""
    return axis(
        **{
            "showgrid": True,
            "gridcolor": GRID,
            "linecolor": "rgba(0,0,0,0)",
            "ticks": "",
            "rangemode": "tozero",
            "showspikes": False,
            **settings,
        }
    )


def rate_axis(*, top: float, **settings: Any) -> dict[str, Any]:
    """An axis of rates from 0 to about `top`, with at most six labels such as "40 %"."""
    step = next((step for step in STEPS if top / step <= 5.5), STEPS[-1])
    ticks = [step * n for n in range(int(top / step) + 1)]
    decimals = 1 if step < 0.01 else 0
    return value_axis(
        **{
            "range": [0, top],
            "tickvals": ticks,
            "ticktext": [percent(tick, decimals) for tick in ticks],
            **settings,
        }
    )


def names_axis(names: Sequence[str], *, above: float) -> dict[str, Any]:
    """The axis of a chart with one row a name, from the top down. `above`: room over the first row, in rows."""
    return axis(
        tickvals=list(range(len(names))),
        ticktext=[name if len(name) <= 28 else f"{name[:27]}…" for name in names],
        range=[len(names) - 0.4, -above],
        ticks="",
        linecolor="rgba(0,0,0,0)",
        showspikes=False,
    )


def percent(rate: float, decimals: int = 1) -> str:
    """A rate as pages write it: 0.448 -> "44.8 %" with a thin space."""
    return f"{rate * 100:.{decimals}f}{THIN}%"


def figure(*, traces: Sequence[dict[str, Any]], layout: dict[str, Any]) -> go.Figure:
    """A figure with the common look. The parts are not validated here, which is twenty times
    faster; the tests validate them.
    """
    return go.Figure(
        {
            "data": list(traces),
            "layout": {
                "template": {},
                "font": {"family": FONT, "size": 12, "color": INK},
                "paper_bgcolor": SURFACE,
                "plot_bgcolor": SURFACE,
                "margin": {"l": 8, "r": 8, "t": 30, "b": 8},
                "separators": f".{THIN}",
                "showlegend": False,
                "hovermode": "x unified",
                "hoverlabel": {
                    "bgcolor": SURFACE,
                    "bordercolor": AXIS,
                    "font": {"color": INK, "size": 12},
                },
                "dragmode": False,
                "modebar": {
                    "bgcolor": "rgba(0,0,0,0)",
                    "color": AXIS,
                    "activecolor": INK,
                    "orientation": "h",
                },
                "hoversubplots": "axis",
                "meta": {"dark": DARK},
                **layout,
            },
        },
        _validate=False,
    )


def figure_json(fig: go.Figure) -> str:
    """The figure as JSON that may stand inside a `<script>` element as it is."""
    text = orjson.dumps(fig.to_plotly_json(), option=orjson.OPT_SERIALIZE_NUMPY).decode()
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
