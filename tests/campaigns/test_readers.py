"""CSV files as they come: encodings, delimiters, broken quoting, size."""

from __future__ import annotations

import csv
import io
import os
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from campaigns.lists.encodings import parse_encoding
from campaigns.lists.readers import MOST_COLUMNS, Reading, inspect_list, read_rows
from campaigns.row.csv_rows import LONGEST_ROW_LINES, Row, RowFault
from campaigns.row.list_faults import ListFault, ListRefusedError


def list_of(tmp_path: Path, data: bytes | str) -> Path:
    path = tmp_path / "list.csv"
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def rows_of(path: Path) -> list[Row]:
    return list(read_rows(inspect_list(path)))


def refusal_of(path: Path, reading: Reading | None = None) -> ListRefusedError:
    with pytest.raises(ListRefusedError) as caught:
        inspect_list(path, reading)
    return caught.value


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (b"", ListFault.EMPTY),
        (b"\xef\xbb\xbf", ListFault.EMPTY),
        (b"\r\n\r\n  \n", ListFault.EMPTY),
        (b"phone\n", ListFault.HEADER_ONLY),
        (b"phone\n\n,\n", ListFault.HEADER_ONLY),
        (b"phone\n138\x00\n", ListFault.BINARY),
        (bytes(range(256)) * 4, ListFault.BINARY),
        (b'"phone\n', ListFault.BAD_HEADER),
        (b"<html><table><tr><td>phone</td></tr></table></html>", ListFault.WEB_PAGE),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', ListFault.WEB_PAGE),
        (b",".join([b"phone"] * (MOST_COLUMNS + 1)) + b"\n1\n", ListFault.MANY_COLUMNS),
        (b",".join([b"phone"] * 10_000) + b"\n1\n", ListFault.MANY_COLUMNS),
    ],
)
def test_what_is_no_list_is_refused_with_the_reason(
    tmp_path: Path, data: bytes, fault: ListFault
) -> None:
    assert refusal_of(list_of(tmp_path, data)).fault is fault


def test_a_list_that_is_not_there_is_refused(tmp_path: Path) -> None:
    assert refusal_of(tmp_path / "none.csv").fault is ListFault.UNREADABLE
    assert refusal_of(tmp_path).fault is ListFault.UNREADABLE


def test_a_pipe_is_refused_before_anybody_waits_for_it(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert refusal_of(tmp_path / "pipe").facts == {"reason": "not a regular file"}


@pytest.mark.parametrize(
    "delimiter", [",", ";", "\t", "|", "^", "~", "\x1f", "，", "；", "§", "￥"]
)
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    path = list_of(tmp_path, f'"a,b;c"{delimiter}phone{delimiter}x\n1{delimiter}2{delimiter}3\n')
    assert rows_of(path) == [Row(line=2, cells=("1", "2", "3"))]


def test_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    assert rows_of(list_of(tmp_path, "phone\n138\n139")) == [
        Row(line=2, cells=("138",)),
        Row(line=3, cells=("139",)),
    ]


def test_lines_are_counted_as_an_editor_counts_them(tmp_path: Path) -> None:
    text = 'phone,note\r\n1,"two\r\nlines"\r\n\r\n2,x\r\n'
    assert [(row.line, row.cells[0]) for row in rows_of(list_of(tmp_path, text))] == [
        (2, "1"),
        (5, "2"),
    ]


def test_a_broken_row_is_handed_out_and_the_next_line_is_read(tmp_path: Path) -> None:
    text = 'phone,note\n"1"x,a\n2,b\n"3,never closed\n4,c\n5,"d"\n'
    assert rows_of(list_of(tmp_path, text)) == [
        Row(line=2, cells=('"1"x,a',), fault=RowFault.BAD_QUOTING),
        Row(line=3, cells=("2", "b")),
        Row(line=4, cells=('"3,never closed',), fault=RowFault.BAD_QUOTING),
        Row(line=5, cells=("4", "c")),
        Row(line=6, cells=("5", "d")),
    ]


def test_a_quote_that_is_never_closed_does_not_swallow_a_long_list(tmp_path: Path) -> None:
    good = "".join(f"{n},x\n" for n in range(10 * LONGEST_ROW_LINES))
    rows = rows_of(list_of(tmp_path, f'phone,note\n"oops,x\n{good}'))
    assert rows[0].fault is RowFault.BAD_QUOTING
    assert [row.cells[0] for row in rows[1:]] == [str(n) for n in range(10 * LONGEST_ROW_LINES)]
    assert rows[-1].line == 10 * LONGEST_ROW_LINES + 2


@pytest.mark.parametrize("length", [200_000, 5_000_000])
def test_a_huge_cell_costs_its_row_only(tmp_path: Path, length: int) -> None:
    rows = rows_of(list_of(tmp_path, f"phone,note\n1,{'x' * length}\n2,y\n"))
    assert [(row.line, row.fault) for row in rows] == [(2, RowFault.LINE_TOO_LONG), (3, None)]
    assert rows[1].cells == ("2", "y")


def test_a_list_of_200000_rows_is_read_in_flat_memory(tmp_path: Path) -> None:
    path = tmp_path / "big.csv"
    with path.open("w", encoding="utf-8") as file:
        file.write("姓名,电话,备注\n")
        file.writelines(f"张三,1380{n:07},一段备注\n" for n in range(200_000))
    tracemalloc.start()
    try:
        last = None
        for row in read_rows(inspect_list(path)):
            last = row
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert last is not None
    assert last.line == 200_001
    assert peak < 12_000_000


CELL = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)


@given(
    st.lists(st.tuples(CELL, CELL), min_size=1, max_size=20),
    st.sampled_from([",", ";", "\t"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from(["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-be"]),
)
def test_whatever_the_cells_say_they_come_back_with_their_lines(
    tmp_path_factory: pytest.TempPathFactory,
    cells: list[tuple[str, str]],
    delimiter: str,
    line_end: str,
    codec: str,
) -> None:
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator=line_end, quoting=csv.QUOTE_ALL)
    writer.writerow(["电话", "备注"])
    expected = []
    for row in cells:
        line = physical_lines(text.getvalue()) + 1
        writer.writerow(row)
        if any(map(str.strip, row)):
            expected.append((line, row))
    path = tmp_path_factory.mktemp("lists") / "x.csv"
    path.write_bytes(text.getvalue().encode(codec))
    told = None if codec in {"utf-8", "utf-16"} else parse_encoding(codec)
    if not expected:
        assert refusal_of(path, Reading(encoding=told)).fault is ListFault.HEADER_ONLY
        return
    rows = read_rows(inspect_list(path, Reading(encoding=told)))
    assert [(row.line, row.cells) for row in rows] == expected


def physical_lines(text: str) -> int:
    """Count line ends as text files do: LF, CR LF, and a CR alone."""
    return text.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@given(st.text(alphabet='ab,"\n\r;\t1', max_size=200))
def test_no_text_stops_the_reading_and_no_line_is_told_twice(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    path = tmp_path_factory.mktemp("lists") / "x.csv"
    # The last line sees to it that there is a row.
    path.write_bytes(b"phone,note\n" + text.encode() + b"\n1,2\n")
    rows = rows_of(path)
    lines = [row.line for row in rows]
    assert lines == sorted(set(lines))
    assert lines[-1] <= 3 + physical_lines(text)
