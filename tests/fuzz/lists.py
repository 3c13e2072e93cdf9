"""Lists under fire: CSV in every encoding and workbooks, bent in their bytes and in their parts."""

from __future__ import annotations

import io
import tempfile
import zipfile
from functools import cache
from pathlib import Path
from random import Random

import xlsxwriter

from campaigns.lists.readers import inspect_list, read_rows
from campaigns.row.columns import ColumnsRefusedError, map_columns, row_facts
from campaigns.row.list_faults import ListRefusedError
from tests.fuzz.mutations import mutated

OLD_WORKBOOK = Path(__file__).parents[1] / "campaigns" / "data" / "list.xls"
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-be", "gb18030", "big5", "big5hkscs")
DELIMITERS = (",", ";", "\t", "|", "^", "，")
CELLS = (
    *("张三", "陳怡君", "13800138000", "021-60000000/13900139000", "", " ", '"', '""', '"a\nb"'),
    *("=1+1", "@x", "1.38E+10", "2026-11-25 15:00", "\u202e", "é", "9" * 40),
)
HEADERS = ("电话", "姓名", "手機", "phone", "", "优先级", "預約時間", "note", "note")


def make_list(random: Random) -> tuple[bytes, ...]:
    """A CSV of a few rows in one encoding, or of two, some of it bent."""
    delimiter = random.choice(DELIMITERS)
    rows = [[random.choice(HEADERS) for _ in range(random.randint(1, 6))]]
    rows += [
        [random.choice(CELLS) for _ in range(random.randint(0, 7))]
        for _ in range(random.randint(0, 6))
    ]
    lines = [delimiter.join(row) + random.choice(("\n", "\r\n")) for row in rows]
    codec = random.choice(ENCODINGS)
    data = b"".join(
        line.encode(codec if random.random() < 0.95 else random.choice(ENCODINGS), "ignore")
        for line in lines
    )
    return (mutated(data, random) if random.random() < 0.7 else data,)


def make_workbook(random: Random) -> tuple[bytes, ...]:
    """A workbook, old or new, bent as a whole or in one of its parts."""
    dice = random.random()
    if dice < 0.3:
        return (mutated(OLD_WORKBOOK.read_bytes(), random),)
    return (mutated(_workbook(), random) if dice < 0.5 else _with_a_bent_part(random),)


def read_list(chunks: tuple[bytes, ...]) -> str:
    """Rows come, or the file is refused in one sentence; lines are told in their order."""
    with tempfile.TemporaryDirectory(prefix="waihu-fuzz-") as folder:
        path = Path(folder, "list")
        path.write_bytes(b"".join(chunks))
        try:
            return _read(path)
        except ListRefusedError as refused:
            return str(refused.fault)
        except ColumnsRefusedError as refused:
            return str(refused.fault)


def _read(path: Path) -> str:
    with inspect_list(path) as shape:
        columns = map_columns(shape.headers)
        last = 0
        for row in read_rows(shape):
            assert row.line > last, "a line was told twice"
            last = row.line
            row_facts(row.cells, columns)
    return "ok"


@cache
def _workbook() -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet("名单")
    sheet.merge_range(0, 0, 0, 3, "回访名单")
    sheet.write_row(1, 0, ["姓名", "手机", "手机", "备注"])
    for row in range(2, 8):
        sheet.write_row(row, 0, ["张三", 13800138000 + row, "13900139000", "一段备注"])
    sheet.write_formula(8, 1, "=1+1", None, 2)
    book.close()
    return file.getvalue()


def _with_a_bent_part(random: Random) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(_workbook())) as parts, zipfile.ZipFile(file, "w") as bent:
        names = [part.filename for part in parts.infolist()]
        chosen = random.choice([name for name in names if "sheet" in name or "shared" in name])
        for name in names:
            data = parts.read(name)
            bent.writestr(name, mutated(data, random) if name == chosen else data)
    return file.getvalue()
