"""The rows of a long list come from another process: all of them, in order, or an error."""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from xlsxwriter import Workbook

from campaigns.lists.readers import inspect_list
from campaigns.lists.row_pipe import Failure, RowWork, checked_batches
from campaigns.row.columns import map_columns
from campaigns.row.list_faults import ListFault, ListRefusedError
from campaigns.row.rows import CheckedRow, GoodRow, Reason, RowRule

ROOT = Path(__file__).parents[2]
RULE = RowRule(
    country="CN",
    check="valid",
    zone=ZoneInfo("Asia/Shanghai"),
    now=datetime(2026, 11, 22, 4, tzinfo=UTC),
)
HERE, IN_A_PROCESS = 1_000_000, 0


def work(path: Path, rows: int) -> RowWork:
    lines = [f"K{n},张三,{13800000000 + n},报修" for n in range(rows)]
    lines[7] = 'K7,"张"三,13800000007,'
    lines[8] = "K8,张三,无,报修"
    path.write_text("\n".join(["编号,姓名,手机,备注", *lines]) + "\n", encoding="utf-8")
    shape = inspect_list(path)
    return RowWork(shape=shape, columns=map_columns(shape.headers), rule=RULE, batch=500)


def read(asked: RowWork, long_list: int) -> list[list[CheckedRow]]:
    with checked_batches(asked, long_list=long_list) as batches:
        return list(batches)


def test_the_rows_are_the_same_in_the_same_order_wherever_they_are_checked(
    tmp_path: Path,
) -> None:
    asked = work(tmp_path / "list.csv", 2_100)
    here = read(asked, HERE)
    assert read(asked, IN_A_PROCESS) == here
    assert [len(batch) for batch in here] == [500, 500, 500, 500, 100]
    rows = [row for batch in here for row in batch]
    assert [row.line for row in rows] == list(range(2, 2_102))
    assert [row.result for row in rows[7:9]] == [Reason.BAD_QUOTING, Reason.LETTERS]
    assert isinstance(rows[9].result, GoodRow)
    assert rows[9].cells == ("K9", "张三", "13800000009", "报修")


def test_the_rows_of_a_workbook_come_the_same_way(tmp_path: Path) -> None:
    path = tmp_path / "list.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "手机"])
        for n in range(1, 1_200):
            sheet.write_row(n, 0, [f"张{n}", 13800000000 + n])
    with inspect_list(path) as shape:
        asked = RowWork(shape=shape, columns=map_columns(shape.headers), rule=RULE, batch=500)
        there = read(asked, IN_A_PROCESS)
        assert there == read(asked, HERE)
    assert [len(batch) for batch in there] == [500, 500, 199]
    assert there[0][0].line == 2


@pytest.mark.parametrize("long_list", [HERE, IN_A_PROCESS])
def test_what_goes_wrong_there_is_raised_here(tmp_path: Path, long_list: int) -> None:
    asked = work(tmp_path / "list.csv", 10)
    asked.shape.path.unlink()
    with pytest.raises(FileNotFoundError) as raised:
        read(asked, long_list)
    assert raised.value.filename == str(asked.shape.path)


def test_an_error_of_ours_keeps_its_facts(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    error = ListRefusedError(path, ListFault.BINARY, offset=5)
    again = Failure.of(error).error()
    assert isinstance(again, ListRefusedError)
    assert (again.path, again.fault, again.facts) == (path, ListFault.BINARY, {"offset": 5})
    assert str(again) == str(error)


def test_who_leaves_early_leaves_no_process_behind(tmp_path: Path) -> None:
    with checked_batches(work(tmp_path / "list.csv", 20_000), long_list=IN_A_PROCESS) as batches:
        assert len(next(batches)) == 500
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []


def test_what_the_process_was_set_to_holds_again_afterwards(tmp_path: Path) -> None:
    before = gc.get_threshold()
    with checked_batches(work(tmp_path / "list.csv", 2_000), long_list=IN_A_PROCESS) as batches:
        assert gc.get_threshold() != before
        list(batches)
    assert gc.get_threshold() == before
    assert not [one for one in threading.enumerate() if one.name.startswith("waihu-rows")]


def test_a_process_that_was_ended_is_an_error_and_not_the_lists_end(tmp_path: Path) -> None:
    with checked_batches(work(tmp_path / "list.csv", 20_000), long_list=IN_A_PROCESS) as batches:
        next(batches)
        multiprocessing.active_children()[0].kill()
        with pytest.raises(OSError, match=r"was ended|end of file"):
            list(batches)


LOADER = """
import multiprocessing, sys, time
from pathlib import Path
from tests.campaigns.test_row_pipe import IN_A_PROCESS, checked_batches, work

if __name__ == "__main__":
    with checked_batches(work(Path(sys.argv[1]), 20_000), long_list=IN_A_PROCESS) as batches:
        next(batches)
        print(multiprocessing.active_children()[0].pid, flush=True)
        time.sleep(60)
"""


@pytest.mark.parametrize(
    "end",
    [
        lambda loader: os.kill(loader, signal.SIGKILL),
        lambda loader: os.killpg(loader, signal.SIGINT),
    ],
    ids=["killed", "Ctrl-C"],
)
def test_the_process_ends_with_the_one_that_started_it(
    tmp_path: Path, end: Callable[[int], None]
) -> None:
    program = tmp_path / "loader.py"
    program.write_text(LOADER, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, program, tmp_path / "list.csv"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    ) as loader:
        assert loader.stdout is not None
        child = int(loader.stdout.readline())
        assert _blocked(child) & 1 << (signal.SIGINT - 1)
        end(loader.pid)
        loader.wait(30)
        deadline = time.monotonic() + 30
        while _lives(child) and time.monotonic() < deadline:
            time.sleep(0.02)
        assert not _lives(child)
        assert loader.stderr is not None
        # One Ctrl-C, one traceback at most: the loader's own.
        assert loader.stderr.read().count("Traceback") <= 1


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state.rpartition(")")[2].split()[0] not in "ZX"


def _blocked(process: int) -> int:
    """The signals that a process does not hear, a bit for each."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii")
    return int(status.partition("SigBlk:")[2].split()[0], 16)
