"""A page of figures: charts, each with a table of the same numbers, a CSV file of them and a picture.

A view builds `Figure`s and calls `figures_page`. The template templates/components/figure.html draws each; the address
of the page with `csv=<key>` answers with the numbers of one figure as a file, so a link to a file carries the same
range and filters as the page. For htmx only the part that filters change is sent.
"""

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.utils.cache import patch_vary_headers

from permissions_app.templatetags.numbers import THIN, UNKNOWN, count, percent
from permissions_app.web.access import AppAccess, PersonRequest
from permissions_app.web.ranges import PLATFORMS, PRESETS, Range

Kind = Literal["text", "count", "rate", "points", "number", "decimals", "day"]
"""How a column is written. `rate`: a fraction as per cent; `points`: a difference of fractions in percentage points;
`number`: one decimal; `decimals`: two.
"""
Value = str | int | float | date | None


@dataclass(frozen=True, slots=True)
class Cell:
    """A value that leads somewhere, or has a second line in small letters such as an interval. `links`: (words,
    address) of things that belong to it, below. `unknown`: what is written where there is no value.
    """

    value: Value
    href: str = ""
    small: str = ""
    links: tuple[tuple[str, str], ...] = ()
    unknown: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """`name`: as people read it; `field`: as files call it. `sort`: the address that sorts by it, '' where nobody can;
    `order`: how the table is sorted by it now.
    """

    name: str
    field: str
    kind: Kind = "count"
    sort: str = ""
    order: Literal["", "ascending", "descending"] = ""


@dataclass(frozen=True, slots=True)
class Table:
    """The numbers of a figure; each row has one value (or Cell) for each column."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Value | Cell, ...], ...]
    caption: str = ""

    @property
    def written(self) -> Iterator[list[tuple[str, "Cell"]]]:
        """The rows as pages show them: (text, cell) for each column."""
        for row in self.rows:
            cells = [value if isinstance(value, Cell) else Cell(value) for value in row]
            yield [
                (
                    cell.unknown
                    if cell.value is None and cell.unknown
                    else write(cell.value, column.kind),
                    cell,
                )
                for cell, column in zip(cells, self.columns, strict=True)
            ]

    def file(self) -> Iterator[list[object]]:
        """The rows as a file has them: plain values under the columns' field names."""
        yield [column.field for column in self.columns]
        for row in self.rows:
            yield [harmless(value.value if isinstance(value, Cell) else value) for value in row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One panel. `chart`: the figure as JSON (charts.theme.figure_json), or '' for a table alone. `sketch`: points of
    the line shown before the chart is drawn. `size`: a class of app.css for its height. `legend`: (swatch, words).
    `blank`: why there is nothing to see; then neither chart nor table is shown.
    """

    key: str
    title: str
    table: Table
    note: str = ""
    chart: str = ""
    sketch: str = ""
    size: str = "chart-recovery"
    legend: tuple[tuple[str, str], ...] = ()
    blank: str = ""
    badge: str = ""
    findings: tuple[str, ...] = field(default_factory=tuple)
    """Sentences above the chart: what it says."""
    open: bool = False
    """Whether the table below the chart is unfolded."""


def write(value: Value, kind: Kind) -> str:
    """A value as pages show it; what is not known says so."""
    if value is None:
        return "–" if kind in ("text", "day", "count") else UNKNOWN
    if kind == "rate":
        return percent(float(value))  # type: ignore[arg-type]  # numbers by their column
    if kind == "points":
        return f"{float(value) * 100:+.1f}".replace("-", "−") + f"{THIN}points"  # type: ignore[arg-type]
    if kind == "number":
        return f"{float(value):.1f}"  # type: ignore[arg-type]
    if kind == "decimals":
        return f"{float(value):.2f}"  # type: ignore[arg-type]
    if kind == "count":
        return count(int(value))  # type: ignore[arg-type]
    if isinstance(value, date):
        return f"{value.day} {value:%b %Y}"
    return str(value)


def harmless(value: object) -> object:
    """A value for a file: a text that a spreadsheet would run as a formula is quoted."""
    if isinstance(value, str) and value.startswith(("=", "+", "-", "@", "\t", "\r")):
        return f"'{value}"
    return value.isoformat() if isinstance(value, date) else value


def csv_response(*, name: str, rows: Iterable[Sequence[object]]) -> StreamingHttpResponse:
    """Rows as a CSV file, sent while they are read; no spreadsheet will run what is in them."""

    class Echo:
        def write(self, text: str) -> str:
            return text

    writer = csv.writer(Echo())
    return StreamingHttpResponse(
        (writer.writerow([harmless(value) for value in row]) for row in rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def address(*, chosen: Range, carried: Mapping[str, str], **changes: object) -> str:
    """The query of the page with some parts changed: `platform`, `preset`, or anything of `carried`. What is empty is
    left out.
    """
    own = {key: changes.pop(key) for key in ("platform", "preset") if key in changes}
    more = {**carried, **{key: str(value) for key, value in changes.items()}}
    query = chosen.query(**own)
    rest = urlencode({key: value for key, value in more.items() if value})
    if not rest:
        return query
    return f"{query}{'' if query == '?' else '&'}{rest}"


def filters(*, chosen: Range, carried: Mapping[str, str]) -> dict[str, Any]:
    """What templates/components/range.html needs; `carried`: the other choices of the page."""
    return {
        "chosen": chosen,
        "carried": [(key, value) for key, value in carried.items() if value],
        "platforms": [
            (key, name, address(chosen=chosen, carried=carried, platform=key))
            for key, name in ((None, "All"), *PLATFORMS.items())
        ],
        "presets": [
            (days, address(chosen=chosen, carried=carried, preset=days)) for days in PRESETS
        ],
    }


def choices(
    *,
    name: str,
    label: str,
    options: Mapping[str, str],
    current: str,
    chosen: Range,
    carried: Mapping[str, str],
) -> dict[str, Any]:
    """A row of links that choose one value, for templates/components/choices.html. `options`: value -> words."""
    return {
        "name": name,
        "label": label,
        "options": [
            (
                value or "all",
                words,
                address(chosen=chosen, carried=carried, **{name: value}),
                value == current,
            )
            for value, words in options.items()
        ],
    }


def figures_page(
    request: PersonRequest,
    *,
    access: AppAccess,
    nav: str,
    page: str,
    chosen: Range,
    carried: Mapping[str, str],
    figures: Sequence[Figure],
    context: Mapping[str, Any],
) -> HttpResponseBase:
    """The page `{page}page.html`, for htmx `{page}_figures.html`, or the file of one figure.

    `carried`: the page's own choices as the address has them.
    """
    wanted = request.GET.get("csv")
    if wanted is not None:
        return _file(access, nav, chosen, figures, wanted)
    partial = request.htmx and not request.htmx.history_restore_request
    if not partial:
        for problem in chosen.problems:
            messages.warning(request, problem)
    files = {
        figure.key: address(chosen=chosen, carried=carried, csv=figure.key) for figure in figures
    }
    told = {
        "access": access,
        "nav": nav,
        "figures": [(figure, files[figure.key]) for figure in figures],
        "by_key": {figure.key: (figure, files[figure.key]) for figure in figures},
        **filters(chosen=chosen, carried=carried),
        **context,
    }
    response: HttpResponse = render(
        request, f"{page}{'_figures' if partial else 'page'}.html", told
    )
    patch_vary_headers(response, ["HX-Request"])
    return response


def _file(
    access: AppAccess, nav: str, chosen: Range, figures: Sequence[Figure], wanted: str
) -> HttpResponseBase:
    found = next((figure for figure in figures if figure.key == wanted), None)
    if found is None:
        raise Http404("no such table")
    name = f"{access.app.slug}-{nav}-{found.key}-{chosen.start}-{chosen.end}.csv"
    return csv_response(name=name, rows=found.table.file())
