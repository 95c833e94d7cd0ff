"""The chart that shows an alert, drawn from the numbers it was found by: also when rollups have moved on."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from campaigns.domain.alert_rules import OUTSIDE_DAYS
from permissions_app.charts import theme
from permissions_app.charts.columns import Series, columns_json
from permissions_app.charts.dots import Dot, dots_json
from permissions_app.domain.proportions import wilson

Seen = Mapping[str, Any]


def alert_json(*, kind: str, evidence: Seen) -> str:
    """The figure as JSON; '' for a kind without one."""
    draw = CHARTS.get(kind)
    return draw(evidence) if draw else ""


def _grant_drop(seen: Seen) -> str:
    """The grant rate by day; the last days on a band, the level before them dashed."""
    days = [(day, whole, hits) for day, whole, hits in seen["days"]]
    first = len(days) - seen["recent_days"]
    whole, hits = seen["before"]
    known = [(day, n, min(yes, n)) for day, n, yes in days if n]
    top = min(1.0, 1.1 * max([yes / n for _, n, yes in known] + [hits / whole]))
    return theme.figure_json(
        theme.figure(
            traces=[
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "x": [day for day, _, _ in days],
                    "y": [min(yes, n) / n if n else None for _, n, yes in days],
                    "line": {"width": 2.5, "color": theme.YES},
                    "marker": {"size": 5, "color": theme.YES},
                    "customdata": [f"{yes:,} of {n:,} answers were a yes" for _, n, yes in days],
                    "hovertemplate": "%{customdata}<extra></extra>",
                }
            ],
            layout={
                "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
                "xaxis": _dates([day for day, _, _ in days]),
                "yaxis": theme.rate_axis(top=top),
                "shapes": [
                    _band(days[first][0], days[-1][0]),
                    _level(hits / whole, days[0][0], days[first][0]),
                ],
            },
        )
    )


def _denial_spike(seen: Seen) -> str:
    """Refusals by version, the new one first, with intervals."""
    dots = []
    for version, answered, refused, new in seen["versions"][:12]:
        rate = wilson(successes=min(refused, answered), trials=answered)
        if rate is None:
            continue
        name = f"{version} (new)" if new else str(version)
        said = f"{name}: {theme.percent(rate.rate)} of {answered:,} answers were a no"
        dots.append(Dot(name=name, rate=rate.rate, low=rate.low, high=rate.high, said=said))
    return dots_json(dots=tuple(dots), colour=theme.NO)


def _outside(seen: Seen) -> str:
    days = seen["days"][-2 * OUTSIDE_DAYS :]
    return columns_json(
        labels=tuple(_short(day) for day, _, _ in days),
        series=(
            Series(
                "After a soft ask",
                theme.YES,
                tuple(float(inside) for _, inside, _ in days),
                tuple(f"{_short(day)}: {inside:,} after a soft ask" for day, inside, _ in days),
            ),
            Series(
                "Outside",
                theme.NO,
                tuple(float(outside) for _, _, outside in days),
                tuple(
                    f"{_short(day)}: {outside:,} outside any campaign" for day, _, outside in days
                ),
                "/",
            ),
        ),
        kind="count",
        below="first dialogs by day",
        stacked=True,
    )


def _stalled(seen: Seen) -> str:
    days = seen["days"]
    return columns_json(
        labels=tuple(_short(day) for day, _ in days),
        series=(
            Series(
                "New devices",
                theme.YES,
                tuple(float(n) for _, n in days),
                tuple(f"{_short(day)}: {n:,} new devices" for day, n in days),
            ),
        ),
        kind="count",
        below="new devices by day, until events stopped",
    )


def _lag(seen: Seen) -> str:
    """Minutes behind, as each look found it; the threshold dashed."""
    samples = seen.get("samples") or []
    times = [datetime.fromisoformat(at).strftime("%Y-%m-%d %H:%M:%S") for at, _ in samples]
    minutes = [round(seconds / 60, 1) for _, seconds in samples]
    threshold = seen["threshold"] / 60
    shapes = [_level(threshold, times[0], times[-1])] if len(times) > 1 else []
    return theme.figure_json(
        theme.figure(
            traces=[
                {
                    "type": "scatter",
                    "mode": "lines+markers",
                    "x": times,
                    "y": minutes,
                    "line": {"width": 2.5, "color": theme.NO},
                    "marker": {"size": 6, "color": theme.NO},
                    "hovertemplate": "%{y} minutes behind<extra></extra>",
                }
            ],
            layout={
                "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
                "xaxis": theme.axis(
                    type="date", nticks=4, hoverformat="%-d %b %H:%M", tickformat="%H:%M\n%-d %b"
                ),
                "yaxis": theme.value_axis(
                    range=[0, 1.15 * max([*minutes, threshold])], ticksuffix=" min", nticks=5
                ),
                "shapes": shapes,
            },
        )
    )


def _ratio(seen: Seen) -> str:
    arms = seen["arms"]
    labels = tuple(
        "Holdout" if key == "holdout" else f"Variant {key.upper()}" for key, _, _ in arms
    )
    return columns_json(
        labels=labels,
        series=(
            Series(
                "Devices",
                theme.YES,
                tuple(float(n) for _, n, _ in arms),
                tuple(
                    f"{name}: {n:,} devices" for name, (_, n, _) in zip(labels, arms, strict=True)
                ),
            ),
            Series(
                "Planned",
                theme.REFERENCE,
                tuple(float(expected) for _, _, expected in arms),
                tuple(
                    f"{name}: {expected:,.0f} planned"
                    for name, (_, _, expected) in zip(labels, arms, strict=True)
                ),
                "/",
            ),
        ),
        kind="count",
        below="devices in the arms",
    )


def _webhook(seen: Seen) -> str:
    """Messages by day, those that did not arrive on top."""
    days = seen["days"]
    return columns_json(
        labels=tuple(_short(day) for day, *_ in days),
        series=(
            Series(
                "Delivered",
                theme.YES,
                tuple(float(n) for _, n, _ in days),
                tuple(f"{_short(day)}: {n:,} delivered" for day, n, _ in days),
            ),
            Series(
                "Not delivered",
                theme.NO,
                tuple(float(n) for _, _, n in days),
                tuple(f"{_short(day)}: {n:,} not delivered" for day, _, n in days),
                "/",
            ),
        ),
        kind="count",
        below="messages by day",
        stacked=True,
    )


CHARTS: Mapping[str, Callable[[Seen], str]] = {
    "grant_drop": _grant_drop,
    "denial_spike": _denial_spike,
    "outside": _outside,
    "stalled": _stalled,
    "lag": _lag,
    "ratio": _ratio,
    "webhook": _webhook,
}
LEGENDS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "grant_drop": (("band", "The last days"), ("dash", "The level before")),
    "denial_spike": (("dot-no", "Refused of those who answered, with the 95 % interval"),),
    "outside": (("yes", "After a soft ask"), ("no-lines", "Outside any campaign")),
    "stalled": (),
    "lag": (("dash", "The threshold"),),
    "ratio": (("yes", "Devices"), ("planned", "Planned")),
    "webhook": (("yes", "Delivered"), ("no-lines", "Not delivered")),
}


def _dates(days: list[str]) -> dict[str, Any]:
    ticks = days[:: max(1, -(-len(days) // 6))]
    return theme.axis(
        type="date",
        tickangle=0,
        hoverformat="%-d %b %Y",
        tickvals=ticks,
        ticktext=[_short(day) for day in ticks],
    )


def _short(day: str) -> str:
    found = date.fromisoformat(day)
    return f"{found.day} {found:%b}"


def _band(first: str, last: str) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "xref": "x",
        "yref": "paper",
        "x0": first,
        "x1": last,
        "y0": 0,
        "y1": 1,
        "line": {"width": 0},
        "fillcolor": theme.REFERENCE_BAND,
    }


def _level(value: float, first: str, last: str) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": first,
        "x1": last,
        "y0": value,
        "y1": value,
        "line": {"color": theme.REFERENCE, "width": 1.5, "dash": "dash"},
    }
