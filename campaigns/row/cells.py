"""A cell as text: one of a workbook as its writer saw it, one of ours as no spreadsheet runs it.

Owns: how numbers and dates of a workbook are written, and what makes a cell a formula. Must not
know files, nor which column a cell stands in.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

# Whole numbers below it are exact in a workbook, which keeps 15 digits.
_ROUNDED_FROM: Final = 1e15
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What a cell of Excel can hold.
_LONGEST_CELL: Final = 32_000

Cell = str | int | float | bool | datetime | date | time | timedelta


def cell_text(cell: Cell) -> str:  # noqa: PLR0911  one line a type
    """Return a workbook's cell as text.

    `13800000000.0` becomes `13800000000`; a whole number of more than 15 digits, which Excel has
    rounded, `4.60012345678901E+17`, so that nobody takes it for what was typed. Dates are ISO,
    `2026-11-25 15:00`; a day alone has no time.
    """
    match cell:
        case str():
            return cell
        case bool():
            return "TRUE" if cell else "FALSE"
        case int() | float():
            return _number(float(cell))
        case datetime():
            return _moment(cell)
        case date():
            return cell.isoformat()
        case time():
            return _without_zero_seconds(cell.isoformat("seconds"))
        case timedelta():
            return _hours(cell)


def _number(number: float) -> str:
    if abs(number) >= _ROUNDED_FROM:
        return f"{number:.14E}"
    return str(int(number)) if number.is_integer() else f"{number:.15g}"


def _moment(moment: datetime) -> str:
    try:
        # A workbook keeps days and parts of days: 14:59:59.9996 was 15:00.
        to_second = (moment + timedelta(microseconds=500_000)).replace(microsecond=0)
    except OverflowError:
        to_second = moment.replace(microsecond=0)
    if to_second.time() == time():
        return to_second.date().isoformat()
    return _without_zero_seconds(to_second.isoformat(" ", "seconds"))


def _without_zero_seconds(text: str) -> str:
    return text.removesuffix(":00") if text.count(":") == 2 else text  # noqa: PLR2004  h:m:s


def _hours(length: timedelta) -> str:
    minutes, seconds = divmod(round(abs(length.total_seconds())), 60)
    sign = "-" if length < timedelta() else ""
    return _without_zero_seconds(f"{sign}{minutes // 60}:{minutes % 60:02}:{seconds:02}")


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet runs as a formula."""
    short = text[:_LONGEST_CELL]
    return f"'{short}" if short.startswith(_FORMULA) else short
