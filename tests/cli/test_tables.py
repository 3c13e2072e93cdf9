"""What a terminal of a hundred columns shows of a table that is wider than it."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from contextlib import redirect_stdout

import pytest

from dialer.cli_print import table

COLUMNS = 100
FIGURES = (
    *("calls", "answered", "given up", "soon", "left"),
    *("service level", "rate", "ASA", "longest", "AHT"),
)
ROW = ("2026-11-16", "waihu-inbound", "606", "512", "64", "26", "30", "74 % (n 606)")
MORE = ("7 % (n 580)", "9.6 s", "0:55", "149.1 s")


class Terminal(io.StringIO):
    """Standard output that is one."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def hundred_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(COLUMNS))
    monkeypatch.setenv("TERM", "xterm")


def shown(columns: Sequence[str], rows: Sequence[Sequence[str]], figures: Sequence[str]) -> str:
    terminal = Terminal()
    with redirect_stdout(terminal):
        table(columns, rows, right="|".join(figures))
    return re.sub(r"\x1b\[[0-9;]*m", "", terminal.getvalue())


def test_a_narrow_terminal_tears_no_figure_and_no_word_apart() -> None:
    text = shown(["from", "queue", *FIGURES], [(*ROW, *MORE)], FIGURES)

    assert max(map(len, text.splitlines())) <= COLUMNS
    words = set(text.split())
    assert words >= {"answered", "given", "up", "service", "level", "longest", "149.1", "(n"}
    assert words >= {"2026-11-16", "waihu-", "inbound", "606)", "580)"}


def test_names_in_chinese_are_halved() -> None:
    names = ["平均应答速度", "平均处理时长", "服务水平", "最长等待", "短时放弃"] * 2
    text = shown(["队列", *names], [("waihu-inbound", *["0:55"] * len(names))], names)

    assert all(half in text for half in ("平均应", "答速度", "服务", "水平"))
    assert "waihu-inbound" in text


def test_a_table_without_rows_has_its_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "75")

    assert "answered" in shown(FIGURES, [], FIGURES)


def test_where_figures_have_no_room_either_the_rows_keep_their_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "70")

    text = shown(["from", "queue", *FIGURES], [(*ROW, *MORE)], FIGURES)

    assert "wai" in text
    assert max(map(len, text.splitlines())) <= 70
