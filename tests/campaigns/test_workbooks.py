"""Workbooks as they come: cells, sheets, titles; bombs, locks and ruins."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from contextlib import suppress
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from hypothesis import given
from hypothesis import strategies as st

from campaigns.lists.list_preview import preview
from campaigns.lists.readers import Reading, inspect_list, read_rows
from campaigns.row.cells import Cell, cell_text, safe_cell
from campaigns.row.columns import ColumnsRefusedError, map_columns, row_facts
from campaigns.row.csv_rows import Row
from campaigns.row.list_faults import ListFault, ListRefusedError

MOMENT = datetime.fromisoformat
DATA = Path(__file__).parent / "data"
ODS = "application/vnd.oasis.opendocument.spreadsheet"


def rows_of(path: Path, sheet: str | None = None) -> list[Row]:
    with inspect_list(path, Reading(sheet=sheet)) as shape:
        return [Row(line=0, cells=shape.headers), *read_rows(shape)]


def refusal_of(path: Path, sheet: str | None = None) -> ListRefusedError:
    with pytest.raises(ListRefusedError) as caught:
        rows_of(path, sheet)
    return caught.value


@pytest.fixture(scope="module")
def workbook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("workbooks") / "list.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("空")
    hidden = book.add_worksheet("旧")
    hidden.write_column(0, 0, ["电话", "x"])
    hidden.hide()
    sheet = book.add_worksheet("名单")
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.merge_range(1, 1, 1, 6, "2026年11月回访名单")
    sheet.write(3, 1, "姓名")
    sheet.merge_range(3, 2, 3, 3, "手机")
    sheet.write_row(3, 4, ["预约时间", "编号", "", "备注"])
    sheet.write(4, 1, "张三")
    sheet.write_number(4, 2, 13800138000)
    sheet.write_string(4, 3, "13900139000")
    sheet.write_datetime(4, 4, MOMENT("2026-11-25 15:00"), moment)
    sheet.write_number(4, 5, 460012345678901234)
    sheet.write_formula(4, 7, '=HYPERLINK("x")', None, "=1+1")
    sheet.write_row(6, 1, ["李四", "1.38E+10"])
    sheet.write_formula(6, 3, "=NA()", None, "#N/A")
    sheet.write_boolean(6, 7, True)
    book.add_chartsheet("图")
    book.close()
    return path


def test_a_sheet_is_read_with_its_own_rows_and_what_excel_made_of_cells(workbook: Path) -> None:
    header, *rows = rows_of(workbook)
    assert header.cells == ("姓名", "手机", "手机", "预约时间", "编号", "", "备注")
    moment, rounded = "2026-11-25 15:00", "4.60012345678901E+17"
    first = ("张三", "13800138000", "13900139000", moment, rounded, "", "=1+1")
    second = ("李四", "1.38E+10", "", "", "", "", "TRUE")
    assert [(row.line, row.cells) for row in rows] == [(5, first), (7, second)]


def test_a_merged_header_stands_over_each_of_its_columns(workbook: Path) -> None:
    with inspect_list(workbook) as shape:
        columns = map_columns(shape.headers)
        (first, second) = preview(shape, columns, 5)
    assert len(columns.phones) == 2
    assert first.facts is not None
    assert [phone.text for phone in first.facts.phones] == ["13800138000", "13900139000"]
    assert (first.line, second.line) == (5, 7)


def test_a_sheet_is_asked_for_by_name_or_number(workbook: Path) -> None:
    assert rows_of(workbook, "名单") == rows_of(workbook, "3") == rows_of(workbook)
    # A hidden one too, if it is asked for.
    assert rows_of(workbook, "旧") == rows_of(workbook, "2") != rows_of(workbook)


@pytest.mark.parametrize(
    ("sheet", "fault"),
    [
        ("2月", ListFault.NO_SUCH_SHEET),
        ("9", ListFault.NO_SUCH_SHEET),
        ("空", ListFault.EMPTY_SHEET),
        ("1", ListFault.EMPTY_SHEET),
        ("图", ListFault.EMPTY_SHEET),
    ],
)
def test_a_sheet_that_is_not_there_or_empty_is_named(
    workbook: Path, sheet: str, fault: ListFault
) -> None:
    refused = refusal_of(workbook, sheet)
    assert refused.fault is fault
    if fault is ListFault.NO_SUCH_SHEET:
        assert refused.facts == {"wanted": sheet, "sheets": "空, 旧, 名单, 图"}


def test_an_old_workbook_is_read(tmp_path: Path) -> None:
    renamed = tmp_path / "名单.csv"
    renamed.write_bytes((DATA / "list.xls").read_bytes())
    header, *rows = rows_of(renamed)
    assert header.cells == ("姓名", "手机", "预约时间", "备注")
    assert [(row.line, row.cells) for row in rows] == [
        (2, ("张三", "13800138000", "2026-11-25 15:00")),
        (4, ("李四", "13800138001", "", "TRUE")),
    ]


def test_a_workbook_of_open_document_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.ods"
    path.write_bytes(open_document([["电话", "姓名"], ["13800138000", "张三"]]))
    assert [row.cells for row in rows_of(path)] == [("电话", "姓名"), ("13800138000", "张三")]


def open_document(rows: list[list[str]]) -> bytes:
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p>'
            "</table:table-cell>"
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body>'
        f'<office:spreadsheet><table:table table:name="S">{cells}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as parts:
        parts.writestr("mimetype", ODS)
        manifest = f'<?xml version="1.0"?><m:manifest xmlns:m="{ODS}"/>'
        parts.writestr("META-INF/manifest.xml", manifest)
        parts.writestr("content.xml", content)
    return file.getvalue()


# ── what is no list ──────────────────────────────────────────────────────────────────────


def with_sheet(cells: str) -> bytes:
    """A workbook of which the only sheet says what is given, true or not."""
    plain = io.BytesIO()
    book = xlsxwriter.Workbook(plain)
    book.add_worksheet("名单").write(0, 0, "x")
    book.close()
    changed = io.BytesIO()
    schema = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    sheet = f'<?xml version="1.0"?><worksheet xmlns="{schema}">{cells}</worksheet>'
    with zipfile.ZipFile(plain) as parts, zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as to:
        for part in parts.infolist():
            is_sheet = part.filename.endswith("sheet1.xml")
            to.writestr(part.filename, sheet if is_sheet else parts.read(part))
    return changed.getvalue()


FARTHEST = (
    '<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
    '<row r="1048576"><c r="XFD1048576"><v>2</v></c></row></sheetData>'
)
WIDE = "".join(f'<c t="inlineStr"><is><t>phone{n}</t></is></c>' for n in range(10_000))


def swollen() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as parts:
        parts.writestr("xl/workbook.xml", bytes(70 * 2**20))
    return file.getvalue()


def lying() -> bytes:
    """A zip that says of its largest part that it is small."""
    data = with_sheet(f"<sheetData>{'<row></row>' * 10_000}</sheetData>")
    with zipfile.ZipFile(io.BytesIO(data)) as parts:
        size = max(part.file_size for part in parts.infolist())
    return data.replace(struct.pack("<L", size), struct.pack("<L", 100))


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"PK\x03\x04rest of a workbook", ListFault.DAMAGED_WORKBOOK),
        (b"PK\x05\x06" + bytes(18), ListFault.DAMAGED_WORKBOOK),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ListFault.DAMAGED_WORKBOOK),
        ((DATA / "list.xls").read_bytes()[:3000], ListFault.DAMAGED_WORKBOOK),
        ((DATA / "locked.xlsx").read_bytes(), ListFault.ENCRYPTED_WORKBOOK),
        (with_sheet(FARTHEST), ListFault.HUGE_WORKBOOK),
        (with_sheet(f"<sheetData><row>{WIDE}</row><row>{WIDE}</row></sheetData>"), "many_columns"),
        (with_sheet("<sheetData/>"), ListFault.EMPTY),
        (with_sheet("<sheetData><row><c"), ListFault.DAMAGED_WORKBOOK),
        (swollen(), ListFault.SWOLLEN_WORKBOOK),
        (lying(), ListFault.DAMAGED_WORKBOOK),
    ],
    ids=lambda part: part if isinstance(part, str) else "data",
)
def test_what_is_no_workbook_to_read_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, fault: ListFault
) -> None:
    path = tmp_path / "list.xlsx"
    path.write_bytes(data)
    assert refusal_of(path).fault == fault


def test_a_workbook_that_ends_early_is_damaged_wherever_it_ends(
    workbook: Path, tmp_path: Path
) -> None:
    whole = workbook.read_bytes()
    for end in (30, len(whole) // 2, len(whole) - 10):
        path = tmp_path / f"{end}.xlsx"
        path.write_bytes(whole[:end])
        assert refusal_of(path).fault is ListFault.DAMAGED_WORKBOOK


def test_bent_bytes_give_rows_or_a_refusal_and_nothing_else(workbook: Path, tmp_path: Path) -> None:
    chance = random.Random(20261122)
    sources = (workbook.read_bytes(), (DATA / "list.xls").read_bytes())
    for n in range(10):
        data = bytearray(sources[n % 2])
        for _ in range(chance.choice((1, 4, 30))):
            data[chance.randrange(8, len(data))] = chance.randrange(256)
        path = tmp_path / f"{n}.xlsx"
        path.write_bytes(data)
        understood_or_refused(path)


def understood_or_refused(path: Path) -> None:
    with (
        suppress(ListRefusedError, ColumnsRefusedError),
        inspect_list(path) as shape,
    ):
        columns = map_columns(shape.headers)
        for row in read_rows(shape):
            row_facts(row.cells, columns)


# ── cells ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (13800000000.0, "13800000000"),
        (999_999_999_999_999.0, "999999999999999"),
        (460012345678901234.0, "4.60012345678901E+17"),
        (0.1 + 0.2, "0.3"),
        (-5.0, "-5"),
        (7, "7"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("", ""),
        (" text\n2", " text\n2"),
        (MOMENT("2026-11-25 14:59:59.999600"), "2026-11-25 15:00"),
        (MOMENT("2026-11-25 15:00:30"), "2026-11-25 15:00:30"),
        (MOMENT("2026-11-25"), "2026-11-25"),
        (MOMENT("9999-12-31 23:59:59.999999"), "9999-12-31 23:59:59"),
        (date(2026, 11, 25), "2026-11-25"),
        (time(9, 5), "09:05"),
        (timedelta(hours=30), "30:00"),
        (timedelta(hours=-1, seconds=-5), "-1:00:05"),
    ],
)
def test_a_cell_is_written_as_it_was_meant(cell: Cell, text: str) -> None:
    assert cell_text(cell) == text


@given(st.one_of(st.floats(), st.integers(-(2**60), 2**60), st.datetimes(), st.timedeltas()))
def test_every_cell_has_a_text(cell: Cell) -> None:
    assert cell_text(cell)


@given(st.integers(0, 10**15 - 1))
def test_a_whole_number_of_up_to_15_digits_is_exactly_its_digits(number: int) -> None:
    assert cell_text(float(number)) == str(number)


@given(st.text(max_size=40))
def test_no_cell_that_we_write_is_a_formula(text: str) -> None:
    assert not safe_cell(text).startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋"))
    assert safe_cell(text).endswith(text)
