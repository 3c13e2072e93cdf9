"""Rows a second of our check of a list's rows, beside the bare library in the same run.

The reference is phonenumbers.parse and is_valid_number of the same texts, and nothing else: no
E.164 made, no kind, country or zone found, no row. It is how fast a list could be checked with
the library alone. Then the whole way of a list's rows, read and checked: in this process, in
one of its own (what `waihu list import` does with a long list: here the time is what this
process spends waiting, "busy" what is left to do here), and by two that are fed from here.
Run:  python benchmarks/check_rows.py [rows]
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import UTC, datetime
from functools import partial
from itertools import islice
from multiprocessing import get_context
from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
from import_rows import write_list

from campaigns.lists.readers import Row, inspect_list, read_rows
from campaigns.lists.row_pipe import RowWork, checked_batches
from campaigns.phone.numbers import ask_library, read_number
from campaigns.row.columns import map_columns
from campaigns.row.row_check import check_row
from campaigns.row.rows import GoodRow, Reason, RowRule

ROWS = 200_000
BATCH = 1_000
AHEAD = 4
NOW = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
RULE = RowRule(country="CN", check="valid", zone=ZoneInfo("Asia/Shanghai"), now=NOW)


def texts(rows: int) -> list[str]:
    return [f"{1380000 + n // 10_000}{n % 10_000:04}" for n in range(rows)]


def reference(numbers: list[str]) -> None:
    for text in numbers:
        phonenumbers.is_valid_number(phonenumbers.parse(text, "CN"))


def the_long_way(numbers: list[str]) -> None:
    for text in numbers:
        ask_library(text, "CN", possible_is_enough=False)


def ours(numbers: list[str]) -> None:
    for text in numbers:
        read_number(text, "CN")


def written_with_a_code(numbers: list[str]) -> None:
    for text in numbers:
        read_number(f"+86 {text[:3]} {text[3:7]} {text[7:]}", "CN")


def through_the_pipe(work: RowWork, long_list: int) -> None:
    with checked_batches(work, long_list=long_list) as batches:
        for batch in batches:
            assert batch


def check_batch(work: RowWork, batch: list[Row]) -> list[GoodRow | Reason]:
    width = len(work.shape.headers)
    return [check_row(row.cells, width, work.columns, work.rule) for row in batch]


def by_two_fed_from_here(work: RowWork) -> None:
    waiting: deque[Future[list[GoodRow | Reason]]] = deque()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        for batch in in_batches(work):
            waiting.append(pool.submit(check_batch, work, batch))
            if len(waiting) > AHEAD:
                assert waiting.popleft().result()
        while waiting:
            assert waiting.popleft().result()


def in_batches(work: RowWork) -> Iterator[list[Row]]:
    rows = read_rows(work.shape)
    while batch := list(islice(rows, work.batch)):
        yield batch


def seconds(do: Callable[[], object]) -> tuple[float, float]:
    began, busy = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - began, time.process_time() - busy


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    numbers = texts(rows)
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "list.csv"
        write_list(path, rows)
        shape = inspect_list(path)
        work = RowWork(shape=shape, columns=map_columns(shape.headers), rule=RULE, batch=BATCH)
        took = {
            "reference: parse + is_valid_number, no rows": seconds(partial(reference, numbers)),
            "numbers, by the library (the long way)": seconds(partial(the_long_way, numbers)),
            "numbers, ours": seconds(partial(ours, numbers)),
            "numbers, ours, as +86 138 0013 8000": seconds(partial(written_with_a_code, numbers)),
            "rows read and checked, here": seconds(partial(through_the_pipe, work, rows * 2)),
            "rows read and checked, in a process": seconds(partial(through_the_pipe, work, 0)),
            "rows read here, checked by two processes": seconds(
                partial(by_two_fed_from_here, work)
            ),
        }
    floor, _busy = next(iter(took.values()))
    print(f"{rows} rows")
    for what, (wall, busy) in took.items():
        print(
            f"{what:45} {rows / wall:10,.0f} rows/s   x {floor / wall:5.1f} the reference's rate"
            f"   busy here {busy / rows * 1e6:5.1f} µs a row"
        )


if __name__ == "__main__":
    main()
