"""Why a file as a whole is no list.

Owns: the codes, their facts and a bare sentence for each; the command line gives its own, in
the operator's language. Must not know how a file is read.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Final


class ListFault(StrEnum):
    """Why a file as a whole is refused."""

    UNREADABLE = "unreadable"
    EMPTY = "empty"
    TOO_BIG = "too_big"
    HEADER_ONLY = "header_only"
    BAD_HEADER = "bad_header"
    MANY_COLUMNS = "many_columns"
    CHANGED = "changed"
    BINARY = "binary"
    WEB_PAGE = "web_page"
    WRONG_BYTE = "wrong_byte"
    UNKNOWN_ENCODING = "unknown_encoding"
    MIXED_ENCODINGS = "mixed_encodings"
    UNSURE_ENCODING = "unsure_encoding"

    DAMAGED_WORKBOOK = "damaged_workbook"
    ENCRYPTED_WORKBOOK = "encrypted_workbook"
    SWOLLEN_WORKBOOK = "swollen_workbook"
    HUGE_WORKBOOK = "huge_workbook"
    NO_SUCH_SHEET = "no_such_sheet"
    EMPTY_SHEET = "empty_sheet"
    ZERO_IN_SHEET = "zero_in_sheet"


_SENTENCES: Final = {
    ListFault.UNREADABLE: "cannot be read: {reason}",
    ListFault.EMPTY: "is empty",
    ListFault.TOO_BIG: "is longer than {limit} bytes",
    ListFault.HEADER_ONLY: "has a header and no rows under it",
    ListFault.BAD_HEADER: "has a first line that is no header: {reason}",
    ListFault.MANY_COLUMNS: "has {columns} columns; at most {limit} are read",
    ListFault.CHANGED: "was changed while it was read; nothing is loaded",
    ListFault.BINARY: "is no text: there is a zero byte at {offset}; give a CSV file",
    ListFault.WEB_PAGE: (
        "is a web page or XML, whatever its name says; open it in Excel and save it as XLSX"
    ),
    ListFault.WRONG_BYTE: "is not {encoding}: wrong at byte {offset}, line {line}",
    ListFault.UNKNOWN_ENCODING: (
        "is neither UTF-8 (wrong at byte {utf8_offset}, line {utf8_line}) nor GB18030 "
        "(wrong at byte {offset}, line {line}); save it as CSV UTF-8"
    ),
    ListFault.MIXED_ENCODINGS: (
        "mixes encodings: it reads as {encoding}, but not from byte {offset}, line {line}; "
        "save all of it as CSV UTF-8"
    ),
    ListFault.UNSURE_ENCODING: (
        "can be read as {encodings}, and no reading gives common words; say which one it is"
    ),
    ListFault.DAMAGED_WORKBOOK: "is a damaged workbook: {reason}",
    ListFault.ENCRYPTED_WORKBOOK: "is a workbook with a password; save it without one",
    ListFault.SWOLLEN_WORKBOOK: (
        "would unpack to {bytes} bytes, more than a list can have; save it as CSV UTF-8"
    ),
    ListFault.HUGE_WORKBOOK: (
        "needs more than {megabytes} MB of memory or {seconds} s to be read; save it as CSV UTF-8"
    ),
    ListFault.NO_SUCH_SHEET: "has no sheet {wanted}; its sheets are: {sheets}",
    ListFault.EMPTY_SHEET: "has no rows in sheet {sheet}",
    ListFault.ZERO_IN_SHEET: "has a zero character in sheet {sheet}, row {row}",
}


class ListRefusedError(Exception):
    """The file is not read at all. `facts` fill the sentence that the command line makes."""

    def __init__(self, path: Path, fault: ListFault, **facts: int | str) -> None:
        self.path = path
        self.fault = fault
        self.facts = facts
        super().__init__(f"{path} {_SENTENCES[fault].format(**facts)}")
