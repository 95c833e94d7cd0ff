"""Columns and rates by number say what they are given."""

from __future__ import annotations

from permissions_app.charts import theme
from permissions_app.charts.columns import Line, Rate, Series, by_number_figure, columns_figure
from tests.permissions_app.charts.test_figures import valid

SAVED = Series("Saved", theme.BLUE, (0.5, 0.2, None), ("a", "b", "c"))
LOST = Series("Lost", theme.NO, (0.1, 0.05, 0.0), ("d", "e", "f"), "/")


def test_columns__two_series__beside_each_other_and_the_marked_one_on_a_band() -> None:
    figure = valid(
        columns_figure(
            labels=("1", "2", "3"), series=(SAVED, LOST), kind="rate", below="caps", marked="2"
        )
    )
    assert list(figure.data[0].y) == [0.5, 0.2, None]
    assert figure.data[1].marker.pattern.shape == "/"
    assert figure.layout.barmode == "group"
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (0.5, 1.5)
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "3"]


def test_columns__mark_that_is_not_there__no_band() -> None:
    figure = valid(columns_figure(labels=("1",), series=(), kind="count", below="caps", marked="9"))
    assert not figure.layout.shapes


def test_columns__stacked_with_a_share__axis_holds_both() -> None:
    one = Series("a", theme.YES, (4.0,), ("x",))
    figure = valid(
        columns_figure(
            labels=("1",), series=(one, one), kind="count", below="days", stacked=True, share=3.0
        )
    )
    assert figure.layout.yaxis.range[1] > 8
    assert figure.layout.shapes[0].line.dash == "dash"


def test_columns__many_labels__not_all_written() -> None:
    labels = tuple(str(n) for n in range(31))
    figure = valid(columns_figure(labels=labels, series=(), kind="count", below="days"))
    assert len(figure.layout.xaxis.ticktext) <= 12


def test_by_number__lines__with_bands_and_their_own_dashes() -> None:
    points = (Rate(1, 0.4, 0.3, 0.5, "x"), Rate(3, 0.6, 0.4, 0.8, "y"))
    figure = valid(
        by_number_figure(lines=(Line("Ask", points, 0), Line("Redirect", points, 1)), below="n")
    )
    low, high, line, *_ = figure.data
    assert list(low.y) == [0.3, 0.4]
    assert list(high.y) == [0.5, 0.8]
    assert list(line.x) == [1, 3]
    assert figure.data[5].line.dash == "dash"
    assert list(figure.layout.xaxis.tickvals) == [1, 2, 3]
