"""The rows of CSV text, one after the other.

Owns: quoting, and the line each row begins on. Memory stays flat however long the text is. Must
not know which file it is, nor what a row means.

A row whose quoting is broken is handed out as such, and reading goes on with the very next
line: one quote that is never closed must not swallow the rest of the list.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TextIO

# A quoted note may go over lines; more than this is a quote that was never closed.
LONGEST_ROW_LINES: Final = 100
# Far beyond any honest row; a file without line ends must not be taken into memory whole.
LONGEST_LINE: Final = 1 << 20
_LINE_ENDS: Final = ("\r", "\n")


class RowFault(StrEnum):
    """Why a row could not be taken apart."""

    BAD_QUOTING = "bad_quoting"
    LINE_TOO_LONG = "line_too_long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `line` is the physical line that it begins on, or the sheet's row, from 1.

    With a `fault`, `cells` holds the raw first line as its only cell.
    """

    line: int
    cells: tuple[str, ...]
    fault: RowFault | None = None


def text_lines(file: TextIO) -> Iterator[str]:
    """Yield physical lines; of one that is too long only the beginning, LONGEST_LINE long."""
    while line := file.readline(LONGEST_LINE):
        yield line
        if len(line) == LONGEST_LINE and not line.endswith(_LINE_ENDS):
            _skip_rest_of_line(file)


def _skip_rest_of_line(file: TextIO) -> None:
    while (rest := file.readline(LONGEST_LINE)) and not rest.endswith(_LINE_ENDS):
        pass


class _OpenQuoteError(Exception):
    """A row goes on for longer than any honest one."""


class _LineTooLongError(Exception):
    """A line was cut."""


class _LineFeed:
    """Feeds csv.reader line by line and remembers the lines of the row being read.

    So a row that cannot be taken apart gives back all its lines but the first.
    """

    def __init__(self, file: TextIO) -> None:
        self._lines = text_lines(file)
        self._again: deque[str] = deque()
        self._taken: list[str] = []
        self.line = 1

    def __iter__(self) -> _LineFeed:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= LONGEST_ROW_LINES:
            raise _OpenQuoteError
        line = self._again.popleft() if self._again else next(self._lines)
        self._taken.append(line)
        if len(line) >= LONGEST_LINE:
            raise _LineTooLongError
        return line

    def end_row(self) -> int:
        """Count the row's lines as read; return the line that the row began on."""
        began = self.line
        self.line += len(self._taken)
        self._taken.clear()
        return began

    def broken_row(self) -> Row:
        """Give back the row's lines but the first, and return that one as the broken row."""
        first, *others = self._taken
        self._again.extendleft(reversed(others))
        self._taken = [first]
        too_long = not others and len(first) > csv.field_size_limit()
        fault = RowFault.LINE_TOO_LONG if too_long else RowFault.BAD_QUOTING
        return Row(line=self.end_row(), cells=(first.rstrip("\r\n"),), fault=fault)


def csv_rows(file: TextIO, delimiter: str) -> Iterator[Row]:
    """Yield the rows of a text, the header too; blank lines are left out, broken rows are not."""
    feed = _LineFeed(file)
    # Strict: a quote in the wrong place is told, not guessed at.
    parser = csv.reader(feed, delimiter=delimiter, strict=True)
    while True:
        try:
            cells = next(parser)
        except StopIteration:
            return
        except (csv.Error, _OpenQuoteError, _LineTooLongError):
            yield feed.broken_row()
            continue
        line = feed.end_row()
        if cells and any(map(str.strip, cells)):
            yield Row(line=line, cells=tuple(cells))
