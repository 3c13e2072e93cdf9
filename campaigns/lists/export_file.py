"""A file of rows that goes out: CSV or an Excel workbook, whole or not there at all.

Owns: its form and its safety. It is made for its owner's eyes alone, under another name until it
is complete; no cell of it is run by a spreadsheet; it may be of any length, for few rows are in
memory at a time. Must not know what is in it.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Protocol

from campaigns.row.cells import safe_cell

WORKBOOK: Final = ".xlsx"
# What one sheet of a workbook can hold, its header among them; the rest goes onto the next.
MOST_ROWS: Final = 1_048_576


class Rows(Protocol):
    """What takes the rows of a file."""

    def add(self, cells: Sequence[str]) -> None:
        """Write the next row."""


@contextmanager
def export_file(path: Path, headers: Sequence[str]) -> Iterator[Rows]:
    """Write `path` anew; a name that ends with .xlsx makes a workbook, any other CSV.

    Raises:
        OSError: it cannot be written; `filename` is the wanted one. What was there stays.
    """
    form = _workbook if path.suffix.lower() == WORKBOOK else _csv
    with whole_file(path) as beside, form(beside, headers) as rows:
        yield rows


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """A file beside `path`, for its owner alone, that takes its name when the block ends well.

    Raises:
        OSError: it cannot be written; `filename` is the wanted one. What was there stays.
    """
    beside = path.with_name(f".{path.name}.waihu-new-{os.getpid()}")
    try:
        os.close(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        yield beside
        beside.replace(path)
    except OSError as error:
        if error.filename == str(beside):
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        beside.unlink(missing_ok=True)


@contextmanager
def _csv(path: Path, headers: Sequence[str]) -> Iterator[Rows]:
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        rows = _CsvRows(csv.writer(file))
        rows.add(headers)
        yield rows
        file.flush()
        os.fsync(file.fileno())


class _Writer(Protocol):
    def writerow(self, row: Sequence[str], /) -> object: ...


class _CsvRows:
    def __init__(self, writer: _Writer) -> None:
        self._writer = writer

    def add(self, cells: Sequence[str]) -> None:
        self._writer.writerow([safe_cell(cell) for cell in cells])


@contextmanager
def _workbook(path: Path, headers: Sequence[str]) -> Iterator[Rows]:
    from xlsxwriter import Workbook  # noqa: PLC0415  slow to load, and seldom needed

    # Its rows wait on the disk until it is closed, where nobody else can read them.
    with TemporaryDirectory(prefix="waihu-export-") as folder:
        book = Workbook(str(path), {"constant_memory": True, "tmpdir": folder})
        rows = _WorkbookRows(book.add_worksheet, headers)
        yield rows
        book.close()


class _WorkbookRows:
    """Every cell is written as a text, which no spreadsheet runs: a number keeps its plus."""

    def __init__(self, new_sheet: Callable[[], Any], headers: Sequence[str]) -> None:
        self._new_sheet = new_sheet
        self._headers = headers
        self._begin()

    def _begin(self) -> None:
        self._sheet, self._row = self._new_sheet(), 0
        self._sheet.freeze_panes(1, 0)
        self.add(self._headers)

    def add(self, cells: Sequence[str]) -> None:
        if self._row == MOST_ROWS:
            self._begin()
        for column, cell in enumerate(cells):
            if cell:
                self._sheet.write_string(self._row, column, cell[:32_000])
        self._row += 1
