"""A file of numbers that must not be called: which column holds them, and what each row says.

Owns: reading it, with or without a header. Must not know what is done with the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from campaigns.do_not_call import AND_ON, ANY_DIGIT, read_pattern
from campaigns.lists.encodings import Encoding
from campaigns.lists.readers import Reading, inspect_list, read_rows
from campaigns.phone.numbers import NumberCheck, NumberRefusal, to_e164

HEADERS: Final = frozenset(
    {
        *("number", "phone", "mobile", "telephone", "phone number", "e164"),
        *("号码", "电话", "手机", "手机号", "手机号码", "电话号码", "联系电话"),
        *("號碼", "電話", "手機", "手機號碼", "電話號碼", "聯絡電話"),
    }
)


_FEWEST_DIGITS: Final = 5


class NoNumberColumnError(Exception):
    """Several columns, and none is known to hold the numbers."""

    def __init__(self, path: Path, headers: Sequence[str]) -> None:
        super().__init__(f"{path}: none of {', '.join(headers)} is known to hold the numbers")
        self.path = path
        self.headers = tuple(headers)


@dataclass(frozen=True, slots=True, kw_only=True)
class BarredRow:
    """One row: a number or a pattern as it is kept, or why it is none."""

    line: int
    text: str
    number: str | None
    refusal: NumberRefusal | str | None = None


def is_pattern(text: str) -> bool:
    """Whether it is meant as more than one number."""
    return AND_ON in text or ANY_DIGIT in text


def read_barred(
    path: Path, country: str, column: str | None = None, encoding: Encoding | None = None
) -> Iterator[BarredRow]:
    """The rows that hold anything where the numbers are; `encoding` None: it is found out.

    Raises:
        ListRefusedError: it is no file that can be read, with the reason.
        NoNumberColumnError: `column` must be named.
    """
    with inspect_list(path, Reading(encoding=encoding), header_alone=True) as shape:
        place = _column(path, shape.headers, column)
        first = _read(1, shape.headers[place], country)
        if first.number is not None or _is_meant_as_number(first.text):
            # A list without a header begins with a number, or with what is to be mended.
            yield first
        for row in read_rows(shape):
            text = row.cells[place].strip() if place < len(row.cells) else ""
            if text or row.fault is not None:
                yield _read(row.line, text or row.cells[0], country)


def _column(path: Path, headers: Sequence[str], wanted: str | None) -> int:
    if wanted is None and len(headers) == 1:
        return 0
    known = HEADERS if wanted is None else {wanted.strip().lower()}
    places = (at for at, header in enumerate(headers) if header.strip().lower() in known)
    place = next(places, None)
    if place is None:
        raise NoNumberColumnError(path, headers)
    return place


def _is_meant_as_number(text: str) -> bool:
    """Whether a heading has so many digits that it is none: `13800138000 / 13900139000`."""
    return sum(sign.isdecimal() for sign in text) >= _FEWEST_DIGITS


def _read(line: int, text: str, country: str) -> BarredRow:
    if is_pattern(text):
        try:
            # What our own files put before a sign that a spreadsheet would run.
            return BarredRow(line=line, text=text, number=read_pattern(text.lstrip("'")))
        except ValueError as error:
            return BarredRow(line=line, text=text, number=None, refusal=str(error))
    number = to_e164(text, country, NumberCheck.POSSIBLE)
    if isinstance(number, NumberRefusal):
        return BarredRow(line=line, text=text, number=None, refusal=number)
    return BarredRow(line=line, text=text, number=str(number))
