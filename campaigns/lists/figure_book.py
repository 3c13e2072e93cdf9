"""A workbook of figures that goes out: sheets to compute on, a picture on the first ones.

Owns: its form and its safety. Figures and days are written as such, texts as texts that no
spreadsheet runs; the file is whole or not there at all. Must not know what the figures mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from campaigns.lists.export_file import whole_file

Cell = str | int | float | date | None
"""None is an empty cell; a whole number is shown as one, another with one place."""

# What a cell, and the name of a sheet, can hold.
_LONGEST_TEXT: Final = 32_000
_LONGEST_NAME: Final = 31
_WIDEST: Final = 60
_NARROWEST: Final = 9
_WIDE_FROM: Final = 0x1100


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Columns drawn on each other over the rows; by their places in the header, from 0."""

    title: str
    along: int
    stacked: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSheet:
    """A header and its rows. `shares`: columns whose figures are shown as per cent."""

    name: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    shares: frozenset[int] = frozenset()
    picture: Picture | None = None


def write_figure_book(path: Path, sheets: Sequence[FigureSheet]) -> None:
    """Write `path` anew.

    Raises:
        OSError: it cannot be written; what was there stays.
    """
    from xlsxwriter import Workbook  # noqa: PLC0415  slow to load, and seldom needed

    with whole_file(path) as beside:
        book = Workbook(str(beside), {"in_memory": True})
        forms = {
            "head": book.add_format({"bold": True, "bottom": 1, "text_wrap": True}),
            "whole": book.add_format({"num_format": "#,##0"}),
            "part": book.add_format({"num_format": "#,##0.0"}),
            "share": book.add_format({"num_format": "0.0%"}),
            "day": book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        }
        for sheet in sheets:
            _write(book, sheet, forms)
        book.close()


def _write(book: Any, sheet: FigureSheet, forms: dict[str, Any]) -> None:
    page = book.add_worksheet(sheet.name[:_LONGEST_NAME])
    page.freeze_panes(1, 0)
    for column, header in enumerate(sheet.headers):
        page.write_string(0, column, header, forms["head"])
        cells = [header, *(str(row[column] or "") for row in sheet.rows[:100])]
        page.set_column(column, column, _width(cells))
    for line, row in enumerate(sheet.rows, start=1):
        for column, cell in enumerate(row):
            _put(page, line, column, cell, forms, is_share=column in sheet.shares)
    if sheet.picture is not None and sheet.rows:
        _draw(book, page, sheet, sheet.picture)


def _put(
    page: Any, line: int, column: int, cell: Cell, forms: dict[str, Any], *, is_share: bool
) -> None:
    match cell:
        case None:
            return
        case str():
            page.write_string(line, column, cell[:_LONGEST_TEXT])
        case date():
            page.write_datetime(line, column, cell, forms["day"])
        case int() | float():
            kind = "share" if is_share else "whole" if float(cell).is_integer() else "part"
            page.write_number(line, column, cell, forms[kind])


def _draw(book: Any, page: Any, sheet: FigureSheet, picture: Picture) -> None:
    chart = book.add_chart({"type": "column", "subtype": "stacked"})
    last = len(sheet.rows)
    name = sheet.name[:_LONGEST_NAME]
    for column in picture.stacked:
        chart.add_series(
            {
                "name": [name, 0, column],
                "categories": [name, 1, picture.along, last, picture.along],
                "values": [name, 1, column, last, column],
                "gap": 40,
            }
        )
    chart.set_title({"name": picture.title})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 900, "height": 360})
    page.insert_chart(1, len(sheet.headers) + 1, chart)


def _width(cells: Sequence[str]) -> int:
    """So wide that most cells are seen whole; a Chinese sign takes two columns."""
    widest = max(sum(2 if ord(sign) >= _WIDE_FROM else 1 for sign in cell) for cell in cells)
    return min(max(widest + 2, _NARROWEST), _WIDEST)
