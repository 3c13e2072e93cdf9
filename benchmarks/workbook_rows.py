"""Rows a second and memory of our reading of a workbook, beside the library by itself.

The reference is python-calamine in a process of its own that only walks over the rows: no cell
made text, no row kept. Run:  python benchmarks/workbook_rows.py [rows]
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter

from campaigns.lists.readers import inspect_list, read_rows

ROWS = 50_000
WALK = """
import sys
from python_calamine import load_workbook
with open(sys.argv[1], "rb") as file:
    for row in load_workbook(file).get_sheet_by_index(0).iter_rows():
        pass
"""


def write_workbook(path: Path, rows: int) -> None:
    book = xlsxwriter.Workbook(path, {"constant_memory": True})
    sheet = book.add_worksheet("名单")
    sheet.write_row(0, 0, ["编号", "姓名", "手机", "座机", "小区", "备注"])
    for n in range(rows):
        number = 13_800_000_000 + n
        cells = (f"K{n}", "张三", number, f"021{60_000_000 + n}", f"小区{n % 300}", f"备注 {n}")
        sheet.write_row(n + 1, 0, cells)
    book.close()


def walked(path: Path) -> tuple[float, int]:
    """Seconds, and the most memory that a process of ours has held so far."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", WALK, str(path)], check=True)  # noqa: S603
    return time.perf_counter() - began, _megabytes(resource.RUSAGE_CHILDREN)


def read(path: Path) -> tuple[int, float, int]:
    """Rows, seconds, and the most memory that the reading process or its own has held."""
    began = time.perf_counter()
    with inspect_list(path) as shape:
        rows = sum(1 for _ in read_rows(shape))
    return rows, time.perf_counter() - began, _megabytes(resource.RUSAGE_CHILDREN)


def _megabytes(whose: int) -> int:
    return resource.getrusage(whose).ru_maxrss // 1024


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "list.xlsx")
        write_workbook(path, rows)
        here = _megabytes(resource.RUSAGE_SELF)
        bare, bare_memory = walked(path)
        found, took, memory = read(path)
    assert found == rows
    print(f"{rows:,} rows of 6 cells")
    print(f"library alone  {rows / bare:>9,.0f} rows/s, {bare_memory} MB")
    print(f"ours           {rows / took:>9,.0f} rows/s, {memory} MB, in a process that ends")
    print(f"ratio          {bare / took:>9.2f}")
    grown = _megabytes(resource.RUSAGE_SELF) - here
    print(f"the process that loads grew by {grown} MB")


if __name__ == "__main__":
    main()
