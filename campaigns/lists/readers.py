"""A list file, whatever its format: its header, then its rows, one after the other.

Owns: how a file is to be read, and which format it is. Memory stays flat however long the file
is. Must not know which column means what (`campaigns.row.columns`) nor what a good number is.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, Final, Self, TextIO

from campaigns.lists.encodings import Encoding, detect_encoding
from campaigns.lists.workbooks import is_workbook, unpacked_rows, unpacked_sheet
from campaigns.row.csv_rows import Row, csv_rows, text_lines
from campaigns.row.delimiters import sniff_delimiter
from campaigns.row.list_faults import ListFault, ListRefusedError

# More is a broken file, or a bomb; the widest lists that are known have some two hundred.
MOST_COLUMNS: Final = 1_000
_SNIFFED_LINES: Final = 50
_MARK: Final = "\ufeff"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How a file is to be read; what is None is found out.

    `sheet`: a workbook's, by name or by number from 1; else the first that has rows.
    """

    delimiter: str | None = None
    encoding: Encoding | None = None
    sheet: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListShape:
    """What was found out about a file; `lines` is how far its last row's `line` can go.

    CSV has an encoding and a delimiter, a workbook the name of a sheet. As a context it gives
    back what a workbook took on the disk.
    """

    path: Path
    headers: tuple[str, ...]
    lines: int
    encoding: Encoding | None = None
    delimiter: str = ""
    sheet: str | None = None
    unpacked: IO[bytes] | None = field(default=None, repr=False, compare=False)

    def close(self) -> None:
        """Remove what the workbook took on the disk."""
        if self.unpacked is not None:
            self.unpacked.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def inspect_list(
    path: Path, reading: Reading | None = None, *, header_alone: bool = False
) -> ListShape:
    """Find out format and header, and make sure that there is a row; close it after use.

    `header_alone`: no row is needed under it.

    Reads the whole file once, to be sure of it before anything is loaded. Blocks; a workbook
    is unpacked by a process of its own.

    Raises:
        ListRefusedError: it is no list that can be read, with the reason.
    """
    wanted = reading or Reading()
    if path.exists() and not path.is_file():
        raise ListRefusedError(path, ListFault.UNREADABLE, reason="not a regular file")
    opened = _workbook if is_workbook(path) else _csv
    shape = opened(path, wanted, header_alone=header_alone)
    if len(shape.headers) > MOST_COLUMNS:
        shape.close()
        found = {"columns": len(shape.headers), "limit": MOST_COLUMNS}
        raise ListRefusedError(path, ListFault.MANY_COLUMNS, **found)
    return shape


def read_rows(shape: ListShape) -> Iterator[Row]:
    """Yield the rows under the header; blank lines are left out, broken rows are not.

    Raises:
        OSError: the file cannot be read any more.
    """
    if shape.unpacked is not None:
        yield from islice(unpacked_rows(shape.unpacked), 1, None)
    elif shape.encoding is not None:
        with _opened(shape.path, shape.encoding) as file:
            yield from islice(csv_rows(file, shape.delimiter), 1, None)


def _workbook(path: Path, wanted: Reading, *, header_alone: bool) -> ListShape:
    unpacked = unpacked_sheet(path, wanted.sheet)
    try:
        headers = _header(path, unpacked_rows(unpacked.file), header_alone=header_alone)
    except BaseException:
        unpacked.file.close()
        raise
    return ListShape(
        path=path,
        headers=headers,
        lines=unpacked.rows,
        sheet=unpacked.sheet,
        unpacked=unpacked.file,
    )


def _csv(path: Path, wanted: Reading, *, header_alone: bool) -> ListShape:
    decodable = detect_encoding(path, wanted.encoding)
    encoding = decodable.encoding
    delimiter = wanted.delimiter or _sniffed(path, encoding)
    with _opened(path, encoding) as file:
        headers = _header(path, csv_rows(file, delimiter), header_alone=header_alone)
    return ListShape(
        path=path, headers=headers, lines=decodable.lines, encoding=encoding, delimiter=delimiter
    )


def _sniffed(path: Path, encoding: Encoding) -> str:
    with _opened(path, encoding) as file:
        written = (line.rstrip("\r\n") for line in text_lines(file) if line.strip())
        return sniff_delimiter(list(islice(written, _SNIFFED_LINES)))


@contextmanager
def _opened(path: Path, encoding: Encoding) -> Iterator[TextIO]:
    with path.open(encoding=encoding, newline="") as file:
        if file.read(1) != _MARK:
            file.seek(0)
        yield file


def _header(path: Path, rows: Iterator[Row], *, header_alone: bool) -> tuple[str, ...]:
    header = next(rows, None)
    if header is None:
        raise ListRefusedError(path, ListFault.EMPTY)
    if header.fault is not None:
        raise ListRefusedError(path, ListFault.BAD_HEADER, reason=header.fault)
    if not header_alone and next(rows, None) is None:
        raise ListRefusedError(path, ListFault.HEADER_ONLY)
    return tuple(cell.strip() for cell in header.cells)
