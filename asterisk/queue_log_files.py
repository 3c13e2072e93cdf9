"""Files of queue_log: rotated, packed, damaged, and written to while they are read.

Owns: the order of several files, their lines with their numbers, and which lines cannot be read.
Must not know what a line tells (`asterisk.queue_log`), nor write anything.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import Final

from asterisk.queue_log import LogLine, read_line

LONGEST_LINE: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_LOOKED_AT: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BadLine:
    """A line that tells nothing, and why."""

    file: Path
    number: int
    why: str


INCOMPLETE: Final = "the line has no end: it is being written, or was cut off"
PACKED_BADLY: Final = "the packed file ends too early"


def in_order(files: Sequence[Path]) -> list[Path]:
    """The files by the time of their first line; one that has none comes last.

    Raises:
        OSError: a file cannot be read.
    """
    firsts = [(_first_moment(file), place, file) for place, file in enumerate(files)]
    return [file for _, _, file in sorted(firsts)]


def _first_moment(file: Path) -> float:
    for (_, read), _ in zip(lines_of(file), range(_LOOKED_AT), strict=False):
        if isinstance(read, LogLine):
            return read.at.timestamp()
    return float("inf")


def lines_of(file: Path) -> Iterator[tuple[int, LogLine | BadLine]]:
    """What can be read of one file, line by line with its number, and what cannot.

    The last line of a file may be half of what it will be: without its end it is none.

    Raises:
        OSError: the file cannot be read.
    """
    with _opened(file) as opened:
        number = 0
        while True:
            number += 1
            try:
                raw = opened.readline(LONGEST_LINE)
            except (EOFError, gzip.BadGzipFile):
                yield number, BadLine(file=file, number=number, why=PACKED_BADLY)
                return
            if not raw:
                return
            if not raw.endswith(b"\n"):
                yield number, BadLine(file=file, number=number, why=INCOMPLETE)
                continue
            try:
                line = read_line(raw.decode("utf-8", "replace").rstrip("\r\n"))
            except ValueError as error:
                yield number, BadLine(file=file, number=number, why=str(error))
                continue
            if line is not None:
                yield number, line


def _opened(file: Path) -> gzip.GzipFile | BufferedReader:
    with file.open("rb") as first:
        packed = first.read(len(_GZIP)) == _GZIP
    return gzip.open(file, "rb") if packed else file.open("rb")
