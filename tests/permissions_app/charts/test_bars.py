"""Lying bars say what they are given."""

from __future__ import annotations

from permissions_app.charts import theme
from permissions_app.charts.bars import MOST_ROWS, Bar, Part, bars_figure
from tests.permissions_app.charts.test_figures import valid

PARTS = (Part("Won", theme.YES), Part("Won back", theme.BLUE))


def bar(name: str, *values: float) -> Bar:
    return Bar(name=name, values=values, said=("a", "b"), total="12", href=f"/{name}/")


def test_bars__rows_and_parts__stacked_in_order() -> None:
    figure = valid(bars_figure(bars=[bar("order", 9, 3), bar("goal", 2, 0)], parts=PARTS))
    won, back, totals = figure.data
    assert list(won.x) == [9, 2]
    assert list(back.x) == [3, 0]
    assert list(totals.x) == [12, 2]
    assert figure.layout.barmode == "stack"
    assert list(figure.layout.yaxis.ticktext) == ["order", "goal"]
    assert won.customdata[0]["href"] == "/order/"


def test_bars__more_than_fit__the_first_ones_and_long_names_cut() -> None:
    figure = valid(bars_figure(bars=[bar("x" * 40, 1, 1)] * 30, parts=PARTS))
    assert len(figure.data[0].x) == MOST_ROWS
    assert len(figure.layout.yaxis.ticktext[0]) == 28


def test_bars__nothing__an_empty_figure() -> None:
    assert valid(bars_figure(bars=[], parts=PARTS)).layout.xaxis.range[1] > 0
