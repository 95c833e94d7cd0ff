"""Charts of alerts say what the findings say."""

from __future__ import annotations

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from campaigns.charts.alerts import CHARTS, LEGENDS, alert_json
from campaigns.domain.alert_rules import RULES

DAYS = [[f"2026-11-{day:02}", 100, 60 if day < 18 else 40] for day in range(1, 21)]
EVIDENCE: dict[str, dict[str, Any]] = {
    "grant_drop": {"days": DAYS, "recent": [300, 120], "before": [1700, 1020], "recent_days": 3},
    "denial_spike": {
        "versions": [["4.2", 200, 140, True], ["4.1", 900, 360, False]],
        "platform": "ios",
        "version": "4.2",
    },
    "outside": {"days": DAYS, "outside": 60, "all": 700},
    "stalled": {"days": [[day, n] for day, n, _ in DAYS], "hours": 9.0, "last": "", "usual": 100},
    "lag": {
        "seconds": 1200,
        "threshold": 600,
        "samples": [["2026-11-20T10:00:00+00:00", 900], ["2026-11-20T10:03:00+00:00", 1200]],
    },
    "ratio": {
        "name": "X",
        "pk": 1,
        "soft_ask": True,
        "p": 0.0,
        "arms": [["a", 700, 500.0], ["holdout", 300, 500.0]],
    },
    "webhook": {
        "name": "Warehouse",
        "pk": 1,
        "reason": "failing",
        "at": "2026-11-20T10:00:00+00:00",
        "days": [["2026-11-19", 40, 2], ["2026-11-20", 0, 31]],
    },
}


def drawn(kind: str) -> go.Figure:
    """The figure, every property checked by Plotly."""
    return go.Figure(json.loads(alert_json(kind=kind, evidence=EVIDENCE[kind])))


@pytest.mark.parametrize("kind", [rule.kind for rule in RULES])
def test_chart__every_kind__is_one_that_plotly_knows(kind: str) -> None:
    assert drawn(kind).data
    assert kind in CHARTS
    assert kind in LEGENDS


def test_grant_drop__last_days_on_a_band__and_the_level_before_dashed() -> None:
    figure = drawn("grant_drop")
    assert list(figure.data[0].y)[-3:] == [0.4, 0.4, 0.4]
    band, level = figure.layout.shapes
    assert (band.x0, band.x1) == ("2026-11-18", "2026-11-20")
    assert level.y0 == 0.6


def test_grant_drop__day_without_answers__a_gap() -> None:
    seen = {**EVIDENCE["grant_drop"], "days": [["2026-11-01", 0, 0], *DAYS[1:]]}
    figure = json.loads(alert_json(kind="grant_drop", evidence=seen))
    assert figure["data"][0]["y"][0] is None


def test_denial_spike__new_version_first() -> None:
    figure = drawn("denial_spike")
    assert list(figure.data[-1].x) == [0.7, 0.4]
    assert figure.layout.yaxis.ticktext[0] == "4.2 (new)"


def test_lag__minutes_and_threshold() -> None:
    figure = drawn("lag")
    assert list(figure.data[0].y) == [15.0, 20.0]
    assert figure.layout.shapes[0].y0 == 10


def test_lag__one_look__a_point_alone() -> None:
    seen = {**EVIDENCE["lag"], "samples": EVIDENCE["lag"]["samples"][:1]}
    figure = go.Figure(json.loads(alert_json(kind="lag", evidence=seen)))
    assert not figure.layout.shapes


def test_ratio__devices_beside_what_was_planned() -> None:
    devices, planned = drawn("ratio").data
    assert list(devices.y) == [700, 300]
    assert list(planned.y) == [500, 500]


def test_chart__kind_that_is_gone__none() -> None:
    assert alert_json(kind="old", evidence={}) == ""
