"""The process that takes a workbook apart: `python -m campaigns.lists.workbook_process FILE SHEET`.

Owns: the limits of this process, the zip's honesty, the choice of the sheet, and what it writes:
on its output a JSON list for each row, `[row, cell, …]`, the header's first; on its errors one
JSON object, either `{"sheet": …, "rows": …}` or `{"fault": …}` with the fault's facts.

A workbook is a program's file from somebody else's machine. A cell that says it stands in row
1,048,576 and column 16,384 is enough to make the library ask for 550 GB and die of it; so it dies
here, where nothing else does. Must not know what the cells mean.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, NoReturn

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
    load_workbook,
)

from campaigns.lists.workbooks import MOST_MEGABYTES, MOST_SECONDS
from campaigns.row.cells import cell_text
from campaigns.row.list_faults import ListFault

_MOST_MEMORY: Final = MOST_MEGABYTES * 2**20
# Excel's largest sheet, 1,048,576 rows, unpacks to 360 MB with six columns.
_MOST_UNPACKED: Final = 1 << 30
_SUSPICIOUS_FROM: Final = 64 * 2**20
_MOST_RATIO: Final = 200
_ENCRYPTED: Final = "EncryptedPackage".encode("utf-16-le")
_COMPOUND: Final = b"\xd0\xcf\x11\xe0"
_REFUSED: Final = 3
# As JSON has it; what is written so in a cell looks the same.
_ZERO: Final = "\\u0000"
_FIRST_TO_DIE: Final = "1000"
Place = tuple[int, int]


def main(path: Path, wanted: str) -> None:
    """Write the rows of one sheet; ends with 3 if the workbook is refused."""
    _limit_this_process()
    try:
        _refuse_bombs(path)
        _refuse_encrypted(path)
        _write(_sheet(_opened(path), wanted))
    except PasswordError:
        _refuse(ListFault.ENCRYPTED_WORKBOOK)
    except MemoryError:
        _refuse(ListFault.HUGE_WORKBOOK)
    except (CalamineError, zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        _refuse(ListFault.DAMAGED_WORKBOOK, reason=_first_line(error))


def _limit_this_process() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    with suppress(OSError):  # where there is no such file, the kernel chooses as it likes
        Path("/proc/self/oom_score_adj").write_text(_FIRST_TO_DIE, "ascii")


def _refuse(fault: ListFault, **facts: int | str) -> NoReturn:
    _tell({"fault": fault, **facts})
    sys.stdout.flush()
    # Not by way of the library's destructors: what is damaged is left as it is.
    os._exit(_REFUSED)


def _tell(facts: dict[str, int | str]) -> None:
    sys.stderr.write(json.dumps(facts) + "\n")
    sys.stderr.flush()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _refuse_bombs(path: Path) -> None:
    """Refuse a zip that unpacks to too much. One that lies meets this process's limits."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        unpacked = sum(part.file_size for part in parts.infolist())
    swollen = unpacked > _SUSPICIOUS_FROM and unpacked > _MOST_RATIO * path.stat().st_size
    if swollen or unpacked > _MOST_UNPACKED:
        _refuse(ListFault.SWOLLEN_WORKBOOK, bytes=unpacked)


def _refuse_encrypted(path: Path) -> None:
    """A workbook with a password is in another container, which names what it holds."""
    with path.open("rb") as file:
        if file.read(len(_COMPOUND)) == _COMPOUND and _ENCRYPTED in file.read():
            _refuse(ListFault.ENCRYPTED_WORKBOOK)


def _opened(path: Path) -> CalamineWorkbook:
    with path.open("rb") as file:
        # By its content: what is called .xls is often something else.
        return load_workbook(file)


def _sheet(workbook: CalamineWorkbook, wanted: str) -> CalamineSheet:
    names = workbook.sheet_names
    if wanted in names:
        return workbook.get_sheet_by_name(wanted)
    if wanted.isdecimal() and 0 < int(wanted) <= len(names):
        return workbook.get_sheet_by_index(int(wanted) - 1)
    if wanted:
        _refuse(ListFault.NO_SUCH_SHEET, wanted=wanted, sheets=", ".join(names))
    shown = (workbook.get_sheet_by_name(name) for name in _shown(workbook))
    found = next((sheet for sheet in shown if sheet.height), None)
    if found is None:
        _refuse(ListFault.EMPTY)
    return found


def _shown(workbook: CalamineWorkbook) -> list[str]:
    return [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.typ == SheetTypeEnum.WorkSheet and sheet.visible == SheetVisibleEnum.Visible
    ]


def _write(sheet: CalamineSheet) -> None:
    if not sheet.height:
        _refuse(ListFault.EMPTY_SHEET, sheet=sheet.name)
    last = 0
    for last, cells in _from_header(sheet):
        line = json.dumps([last, *cells])
        if _ZERO in line and any("\0" in cell for cell in cells):
            _refuse(ListFault.ZERO_IN_SHEET, sheet=sheet.name, row=last)
        sys.stdout.write(line + "\n")
    _tell({"sheet": sheet.name, "rows": last})


def _from_header(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """The rows that have something in them, without titles above the header."""
    merged: Sequence[tuple[Place, Place]] = sheet.merged_cell_ranges or []
    _, left = sheet.start or (0, 0)
    titled = True
    for row, cells in enumerate(_texts(sheet), start=1):
        if not cells:
            continue
        if titled and _is_title(cells, row, merged):
            continue
        yield row, _spread(cells, row, left, merged) if titled else cells
        titled = False


def _texts(sheet: CalamineSheet) -> Iterator[list[str]]:
    for row in sheet.iter_rows():
        # Most cells are texts, and a sheet may have many millions.
        yield _without_end([cell if type(cell) is str else cell_text(cell) for cell in row])


def _without_end(cells: list[str]) -> list[str]:
    """The cells up to the last one with something in it."""
    while cells and not cells[-1].strip():
        cells.pop()
    return cells


def _is_title(cells: list[str], row: int, merged: Sequence[tuple[Place, Place]]) -> bool:
    """One text over several columns, as in `2026年11月回访名单`."""
    alone = sum(bool(cell.strip()) for cell in cells) == 1
    return alone and any(_across(place, row) for place in merged)


def _spread(
    cells: list[str], row: int, left: int, merged: Sequence[tuple[Place, Place]]
) -> list[str]:
    """A header that stands over several columns is each one's."""
    for place in merged:
        if _across(place, row):
            first, last = place[0][1] - left, place[1][1] - left
            cells += [""] * (last + 1 - len(cells))
            cells[first : last + 1] = [cells[first]] * (last + 1 - first)
    return cells


def _across(place: tuple[Place, Place], row: int) -> bool:
    """Several columns of one row only."""
    (top, first), (bottom, last) = place
    return top == bottom == row - 1 and first < last


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
