"""Which encoding a list is in, or why it is no list.

Owns: the detection, by decoding the whole file strictly: UTF-8, else GB18030, else nothing.
It reads in pieces, so a file of any size takes little memory. Must not know what a row is.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

_PIECE: Final = 1 << 20
_UTF16_MARKS: Final = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_WORKBOOKS: Final = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


class Encoding(StrEnum):
    """The encodings that are read; the value is Python's name of it."""

    UTF_8 = "utf-8-sig"
    GB18030 = "gb18030"


class ListFault(StrEnum):
    """Why a file as a whole is refused."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    HEADER_ONLY = "header_only"
    BAD_HEADER = "bad_header"
    WORKBOOK = "workbook"
    BINARY = "binary"
    UTF_16 = "utf_16"
    UNKNOWN_ENCODING = "unknown_encoding"


_SENTENCES: Final = {
    ListFault.UNREADABLE: "cannot be read: {reason}",
    ListFault.EMPTY: "is empty",
    ListFault.HEADER_ONLY: "has a header and no rows under it",
    ListFault.BAD_HEADER: "has a first line that is no header: {reason}",
    ListFault.WORKBOOK: "is an Excel workbook; open it and save it as CSV UTF-8",
    ListFault.BINARY: "is no text: there is a zero byte at {offset}; give a CSV file",
    ListFault.UTF_16: "is UTF-16 (“Unicode text”); save it as CSV UTF-8",
    ListFault.UNKNOWN_ENCODING: (
        "is neither UTF-8 (wrong at byte {utf8_offset}, line {utf8_line}) nor GB18030 "
        "(wrong at byte {offset}, line {line}); save it as CSV UTF-8"
    ),
}


class ListRefusedError(Exception):
    """The file is not read at all. `facts` fill the sentence that the command line makes."""

    def __init__(self, path: Path, fault: ListFault, **facts: int | str) -> None:
        self.path = path
        self.fault = fault
        self.facts = facts
        super().__init__(f"{path} {_SENTENCES[fault].format(**facts)}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Undecodable:
    """Where decoding stopped: byte offset from 0, line from 1."""

    offset: int
    line: int


def detect_encoding(path: Path) -> Encoding:
    """Return the encoding that decodes every byte of the file.

    Raises:
        ListRefusedError: empty, unreadable, binary, UTF-16, or in no encoding that is read.
    """
    try:
        _refuse_other_formats(path)
        utf8 = _first_fault(path, Encoding.UTF_8)
        if utf8 is None:
            return Encoding.UTF_8
        gb18030 = _first_fault(path, Encoding.GB18030)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ListRefusedError(path, ListFault.UNREADABLE, reason=reason) from error
    if gb18030 is None:
        return Encoding.GB18030
    raise ListRefusedError(
        path,
        ListFault.UNKNOWN_ENCODING,
        utf8_offset=utf8.offset,
        utf8_line=utf8.line,
        offset=gb18030.offset,
        line=gb18030.line,
    )


def _refuse_other_formats(path: Path) -> None:
    with path.open("rb") as file:
        head = file.read(4)
    if not head:
        raise ListRefusedError(path, ListFault.EMPTY)
    if head.startswith(_WORKBOOKS):
        raise ListRefusedError(path, ListFault.WORKBOOK)
    if head.startswith(_UTF16_MARKS):
        raise ListRefusedError(path, ListFault.UTF_16)


def _first_fault(path: Path, encoding: Encoding) -> _Undecodable | None:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    done = lines = 0
    with path.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            if (zero := piece.find(0)) >= 0:
                raise ListRefusedError(path, ListFault.BINARY, offset=done + zero)
            try:
                decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                # The decoder puts what it held back in front of the piece.
                start = done + len(piece) - len(error.object) + error.start
                line = 1 + lines + piece[: max(0, start - done)].count(b"\n")
                return _Undecodable(offset=start, line=line)
            if not piece:
                return None
            done += len(piece)
            lines += piece.count(b"\n")
