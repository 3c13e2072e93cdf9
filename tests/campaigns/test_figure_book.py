"""Workbooks of figures: figures stay figures, texts are never run, the file is whole or not."""

from __future__ import annotations

import zipfile
from datetime import date
from pathlib import Path

import pytest
from python_calamine import CalamineWorkbook

from campaigns.lists.figure_book import FigureSheet, Picture, write_figure_book

SHEET = FigureSheet(
    name="Hours of a name that is longer than any sheet's may be",
    headers=["day", "seats", "share", "note"],
    rows=[
        [date(2026, 11, 25), 12, 0.853, "=HYPERLINK(1)"],
        [date(2026, 11, 26), 1234, None, None],
    ],
    shares=frozenset({2}),
    picture=Picture(title="Seats", along=0, stacked=(1,)),
)


def test_figures_and_days_are_themselves_and_texts_are_texts(tmp_path: Path) -> None:
    path = tmp_path / "seats.xlsx"
    write_figure_book(path, [SHEET])
    page = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
    assert page.name == "Hours of a name that is longer "
    header, first, second = page.to_python()
    assert header == ["day", "seats", "share", "note"]
    assert first == [date(2026, 11, 25), 12.0, 0.853, "=HYPERLINK(1)"]
    assert second == [date(2026, 11, 26), 1234.0, "", ""]
    with zipfile.ZipFile(path) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
        assert "xl/charts/chart1.xml" in parts.namelist()


def test_a_book_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    path = tmp_path / "seats.xlsx"
    path.write_text("before")
    twice = [SHEET, SHEET]  # two sheets of one name are none
    with pytest.raises(Exception, match="already in use"):
        write_figure_book(path, twice)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "seats.xlsx"
    with pytest.raises(FileNotFoundError) as refused:
        write_figure_book(path, [SHEET])
    assert refused.value.filename == str(path)
